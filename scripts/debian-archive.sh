# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Where this machine gets Debian from: read from its own apt sources, so that a private mirror,
# a proxy or an own signing key stays in use and no mirror's name is ever written into the project.
# Sourced by the other scripts.

# One "URI<TAB>KEYRING<TAB>SUITE" line for each entry of the apt sources, in both formats.
archive_entries() {
	local files=() file
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$file" ] && files+=("$file")
	done
	[ ${#files[@]} -eq 0 ] || archive_entries_one_line "${files[@]}"
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -f "$file" ] && archive_entries_deb822 "$file"
	done
	return 0
}

archive_entries_one_line() {
	awk '
		$1 != "deb" { next }
		{
			key = ""
			sub(/^deb[ \t]+/, "")
			if (match($0, /^\[[^]]*\]/)) {
				count = split(substr($0, 2, RLENGTH - 2), options, /[ \t]+/)
				$0 = substr($0, RLENGTH + 1)
				for (i = 1; i <= count; i++)
					if (tolower(options[i]) ~ /^signed-by=/)
						key = substr(options[i], 11)
			}
			print $1 "\t" key "\t" $2
		}' "$@"
}

archive_entries_deb822() {
	awk '
		function flush_entry(  i) {
			if (uri != "" && enabled && types ~ /(^| )deb( |$)/)
				for (i = 1; i <= suite_count; i++)
					print uri "\t" key "\t" suites[i]
			uri = key = types = ""
			suite_count = 0
			enabled = 1
		}
		BEGIN { flush_entry() }
		/^[ \t]*$/ { flush_entry(); next }
		/^[# \t]/ { next }
		{
			field = tolower($1)
			rest = $0
			sub(/^[^:]*:[ \t]*/, "", rest)
		}
		field == "types:" { types = rest }
		field == "uris:" { split(rest, words, /[ \t]+/); uri = words[1] }
		field == "signed-by:" { key = rest }
		field == "suites:" { suite_count = split(rest, suites, /[ \t]+/) }
		field == "enabled:" { enabled = tolower(rest) != "no" }
		END { flush_entry() }' "$1"
}

# The main archive is the entry whose suite is the release itself; the security and the updates
# archives, and other vendors, have other suites.
main_archive() {
	local release
	# shellcheck disable=SC1091
	release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	archive_entries | awk -F '\t' -v release="$release" '
		$3 == release || $3 ~ /^(stable|testing|unstable|sid)$/ { print $1 "\t" $2; exit }'
}

# A sources line for SUITE of the machine's main archive.
archive_line() {
	local suite=$1 entry uri key options=''
	entry=$(main_archive)
	uri=${entry%%$'\t'*}
	key=${entry#*$'\t'}
	if [ -z "$uri" ]; then
		echo "no Debian archive in this machine's apt sources" >&2
		return 1
	fi
	# A key that is not a file (an inline block) is left to apt's default keyrings.
	[ ! -f "$key" ] || options="[signed-by=$key] "
	printf 'deb %s%s %s main\n' "$options" "$uri" "$suite"
}

# make_private_apt SUITE FOLDER: from here on apt is one of our own. Its lists, cache and sources all
# lie below FOLDER. No preferences, since packages are asked for by their full name and pull nothing
# in. A mirror may stand still for weeks: the lists are signed all the same.
make_private_apt() {
	local suite=$1 apt=$2
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	archive_line "$suite" >"$apt/sources.list"
	cat >"$apt/apt.conf" <<-END
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::State::lists "$apt/lists";
		Dir::Cache "$apt/cache";
		Acquire::Check-Valid-Until "false";
		APT::Sandbox::User "root";
	END
	export APT_CONFIG=$apt/apt.conf
	apt-get update -q
}
