#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The way back from add-memory.sh.
#
# usage: remove-memory.sh REGION
set -eu

daxctl offline-memory "dax${1#region}.0" >/dev/null
cxl disable-region "$1"
cxl destroy-region "$1"
