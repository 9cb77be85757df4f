#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fuzz.sh TARGET FOUND LENGTH SEEDS...: fuzzes a target from its seeds and from what earlier runs have
# left in the folder FOUND, with inputs of up to LENGTH bytes. What it trips over stays as FOUND-crash-*
# and so on, to be replayed with TARGET FILE, and, when it is mended, to be put beside the seeds.
#
#   CXLFM_FUZZ_SECONDS   how long (30)

set -eu
target=$1 found=$2 length=$3
shift 3
mkdir -p "$found"
# Ten seconds and 1 GiB for one input of these lengths is a finding, too. By itself libFuzzer ends with 77
# after a crash, which a test says that it was skipped with.
exec "$target" -error_exitcode=1 -timeout_exitcode=1 -max_total_time="${CXLFM_FUZZ_SECONDS:-30}" -max_len="$length" -timeout=10 \
	-rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 -artifact_prefix="$found-" "$found" "$@"
