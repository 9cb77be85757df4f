#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The helper needs nothing of libcxl and libdaxctl that version 77 did not have, but for what
cxl/topology/meson.build looks for first. The libraries' symbol versions tell, whichever is installed.

usage: test-libcxl-versions.py cxlfm-helper
"""

from __future__ import annotations

import re
import subprocess
import sys

# The newest symbol versions of ndctl v77: cxl/lib/libcxl.sym, daxctl/lib/libdaxctl.sym
NEWEST = {"LIBCXL": 5, "LIBDAXCTL": 9}
LOOKED_FOR = re.compile(r"cxl_cmd_new_get_fw_info|cxl_cmd_fw_info_\w+|cxl_memdev_fw_update_\w+")
SYMBOL = re.compile(r"(\w+)@(LIBCXL|LIBDAXCTL)_(\d+)")


def main() -> int:
    command = ["readelf", "--wide", "--dyn-syms", sys.argv[1]]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    symbols = SYMBOL.findall(text)
    assert {library for _, library, _ in symbols} == set(NEWEST), text
    newer = [
        f"{name} is of {library}_{version}"
        for name, library, version in symbols
        if int(version) > NEWEST[library] and not LOOKED_FOR.fullmatch(name)
    ]
    print("\n".join(newer))
    return 1 if newer else 0


if __name__ == "__main__":
    sys.exit(main())
