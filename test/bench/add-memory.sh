#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What an admin would write without cxlfm: the shortest script of cxl and daxctl that gives the host
# the memory of some memdevs and is correct, that is: in the movable zone whatever the kernel's policy,
# the policy as before afterwards, and nothing left behind when a part of it fails.
#
# usage: add-memory.sh DECODER MEMDEV...
set -euo pipefail

policy=/sys/devices/system/memory/auto_online_blocks
decoder=$1
shift

before=$(cat $policy)
trap 'echo "$before" >$policy' EXIT
echo online_movable >$policy

region=$(cxl create-region -t ram -d "$decoder" -w $# -m "$@" | jq -r .region)
device=dax${region#region}.0

# The device comes up behind create-region's back.
tries=200
until [ "$(daxctl list -d "$device" | jq -r '.[0].online_memblocks // 0')" -gt 0 ]; do
	tries=$((tries - 1))
	if [ $tries -eq 0 ]; then
		cxl destroy-region -f "$region"
		exit 1
	fi
	usleep 10000
done
