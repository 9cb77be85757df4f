#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-units.sh SOURCE_FOLDER SERVICE: asks systemd's own tools whether they understand what we give
# them. Skips (77) where there are none.

set -euo pipefail

source=$1 service=$2

skip() {
	echo "$1"
	exit 77
}

for tool in systemd-analyze systemd-sysusers systemd-tmpfiles; do
	command -v "$tool" >/dev/null || skip "there is no $tool"
done
[ -e /usr/lib/systemd/system/multi-user.target ] || skip "systemd's own units are not installed"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The program need not be installed for this.
sed "s|^ExecStart=.*|ExecStart=$(type -P true)|" "$service" >"$folder/cxlfmd.service"
cp "$source/cxlfmd.socket" "$source/cxlfm-auto-online.service" "$folder/"
SYSTEMD_UNIT_PATH=$folder: systemd-analyze --man=no verify \
	"$folder/cxlfmd.service" "$folder/cxlfmd.socket" "$folder/cxlfm-auto-online.service" >"$folder/complaints" 2>&1 ||
	echo "(systemd-analyze ended with $?)" >>"$folder/complaints"
if grep -E '^(/.*)?cxlfm|ended with' "$folder/complaints" || grep "$folder" "$folder/complaints"; then
	exit 1
fi

# exposed UNIT MOST: what systemd says of how exposed a unit is, in tenths; 0 is nothing, 100 everything
exposed() {
	systemd-analyze security --no-pager --offline=yes --threshold="$2" "$1" >"$folder/exposure" || {
		grep -v '^✓' "$folder/exposure" || cat "$folder/exposure"
		exit 1
	}
}
if systemd-analyze security --help | grep -q -e --offline; then
	exposed "$folder/cxlfmd.service" 30
	exposed "$folder/cxlfm-auto-online.service" 40
fi

# There is a limit for each thing that can be used up.
for limit in MemoryMax TasksMax LimitNOFILE UMask; do
	for unit in cxlfmd cxlfm-auto-online; do
		grep -q "^$limit=[0-9]" "$folder/$unit.service"
	done
done

mkdir -p "$folder/root/etc" "$folder/root/run"
systemd-sysusers --root="$folder/root" "$source/cxlfm.sysusers"
grep -q '^cxlfm:' "$folder/root/etc/passwd"
# The clients' group is not the daemon's own.
grep -q '^cxlfm:' "$folder/root/etc/group"
group=$(awk -F: '$1 == "cxlfm" { print $4 }' "$folder/root/etc/passwd")
[ "$(awk -F: -v gid="$group" '$3 == gid { print $1 }' "$folder/root/etc/group")" = cxlfmd ]
if [ "$(id -u)" -eq 0 ]; then
	systemd-tmpfiles --root="$folder/root" --create "$source/cxlfm.tmpfiles"
	user=$(awk -F: '$1 == "cxlfm" { print $3 }' "$folder/root/etc/passwd")
	[ "$(stat -c %u:%g:%a "$folder/root/run/cxlfm")" = 0:0:755 ]
	[ "$(stat -c %u:%g:%a "$folder/root/var/lib/cxlfm")" = "$user:$group:700" ]
fi
