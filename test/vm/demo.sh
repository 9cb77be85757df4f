#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The demonstration, as it runs on the emulated host. Each command is shown before what it prints.

failed=0

show() {
	printf '\n# %s\n' "$*"
	"$@" || {
		echo "(ended with $?)"
		failed=1
	}
}

show cxlfm list --tree
show cxlfm add-memory 512M --dry-run -u
show numactl -H
show cxlfm add-memory 512M -u
show cxlfm list --tree
show numactl -H
region=$(cxlfm list -R | jq -r '.[0].region')
show cxlfm remove-memory "$region"
show numactl -H
exit "$failed"
