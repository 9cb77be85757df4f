#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test-completion.sh: the bash completion of cxlfm, with the names that a canned server gives. Needs
# CXLFM_BUILD and CXLFM_SOURCE.

set -euo pipefail

folder=$(mktemp -d)
trap 'exec 9>&-; rm -rf "$folder"' EXIT
export CXLFM_SOCKET=$folder/cxlfm.sock
PATH=$CXLFM_BUILD/cli:$PATH

cat >"$folder/answers.json" <<'END'
{"List": {"list": [
	{"memdev": "mem0", "region": "region0", "decoder": "decoder0.0", "bus": "root0"},
	{"memdev": "mem1", "region": "region1", "decoder": "decoder0.1", "chardev": "dax1.0"}
]}, "ListClaims": {"claims": [
	{"name": "database", "size": 1, "members": [{"path": "x"}], "region": "region1"},
	{"name": "drum", "size": 1},
	{"name": "e$(touch${IFS}$folder/obeyed)", "size": 1}, {"name": "e`touch${IFS}$folder/obeyed`", "size": 1},
	{"name": "e;touch $folder/obeyed", "size": 1}, {"name": "e*", "size": 1}, {"name": "e~root", "size": 1}
]}, "ListChanges": {"changes": [
	{"id": "7h2k9qd-12", "state": "running", "origin": "claim", "object": "drum", "age_ms": 1},
	{"id": "7h2k9qd-11", "state": "ended", "origin": "claim", "object": "drum", "age_ms": 1}
]}}
END

# The server goes when descriptor 9 is closed.
mkfifo "$folder/hold" "$folder/ready"
python3 "$CXLFM_SOURCE/test/functional/canned_server.py" "$CXLFM_SOCKET" "$folder/answers.json" \
	<"$folder/hold" >"$folder/ready" &
exec 9>"$folder/hold"
read -r _ <"$folder/ready"

# shellcheck source=cli/completion/cxlfm
. "$CXLFM_SOURCE/cli/completion/cxlfm"
# As in the shells of people.
set +eu +o pipefail

failures=0

# expect WANTED WORD...: what is offered for these words, the cursor behind the last one. Words are
# given as bash would split them: "=" is a word.
expect() {
	local wanted=$1 got
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_cxlfm
	got=${COMPREPLY[*]:-}
	if [ "$got" != "$wanted" ]; then
		echo "$*: offered \"$got\" instead of \"$wanted\"" >&2
		failures=$((failures + 1))
	fi
}

# verbs and global options
expect "add-memory" cxlfm add
expect "adopt" cxlfm ado
expect "create-region" cxlfm --socket "$CXLFM_SOCKET" cr
expect "--socket=" cxlfm --so
expect "--version" cxlfm --v

# options of a verb
expect "--memdev= --memdevs --media-errors" cxlfm list --me
expect "--dry-run" cxlfm add-memory --dr
expect "--granularity=" cxlfm create-region --g
expect "--name=" cxlfm create-region --na
expect "--claims" cxlfm list --cl

# values
expect "mem0 mem1" cxlfm list -m ""
expect "mem1" cxlfm list --memdev = mem1
expect "mem0 mem1" cxlfm list -Mm m
expect "mem0,mem0 mem0,mem1" cxlfm add-memory 1G --memdevs = mem0,
expect "decoder0.0 decoder0.1" cxlfm create-region -d ""
expect "region0 region1" cxlfm list -r reg
expect "1 12 16" cxlfm add-memory 1G -w 1
expect "movable" cxlfm online-memory region0 --zone = m
expect "devdax" cxlfm add-memory 1G --mode d
expect "ram pmem" cxlfm create-region --type ""
expect "" cxlfm add-memory 1G --name = ""
expect "Online" cxlfm wait --for = O
expect "mend" cxlfm adopt region0 --drift = m

# arguments
expect "mem0 mem1" cxlfm create-region -t ram ""
expect "region0 region1" cxlfm destroy-region -f re
expect "all" cxlfm enable-region a
expect "dax1.0 database drum" cxlfm remove-memory d
# A daemon that was taken over names things so that a shell would obey: they are neither run nor offered.
export folder
expect "" cxlfm forget e
expect "" cxlfm remove-memory e
if [ -e "$folder/obeyed" ]; then
	echo "a name was run as a command" >&2
	failures=$((failures + 1))
fi
expect "dax1.0 database drum" cxlfm offline-memory d
expect "region0 region1 dax1.0" cxlfm adopt ""
expect "database drum" cxlfm forget ""
expect "7h2k9qd-12 7h2k9qd-11" cxlfm cancel ""
expect "7h2k9qd-12" cxlfm wait --change = 7h2k9qd-12
expect "drum" cxlfm wait database dr
expect "monitor" cxlfm help mo
expect "" cxlfm apply da
expect "apply" cxlfm ap
expect "--dry-run" cxlfm apply db.yaml --dr
expect "mem1" cxlfm --socket = "$CXLFM_SOCKET" create-region mem1

# nobody there: no names, and no noise
CXLFM_SOCKET=$folder/none
expect "" cxlfm destroy-region re 2>"$folder/noise"
if [ -s "$folder/noise" ]; then
	cat "$folder/noise" >&2
	failures=$((failures + 1))
fi

[ "$failures" -eq 0 ]
