#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The helper needs nothing of libcxl that version 77 did not have, but for what cxl/topology/meson.build
looks for first. The library's symbol versions tell, whichever is installed.

usage: test-libcxl-versions.py cxlfm-helper
"""

from __future__ import annotations

import re
import subprocess
import sys

# The newest symbol version of ndctl v77: cxl/lib/libcxl.sym
NEWEST = 5
LOOKED_FOR = re.compile(r"cxl_cmd_new_get_fw_info|cxl_cmd_fw_info_\w+|cxl_memdev_fw_update_\w+")
SYMBOL = re.compile(r"(\w+)@LIBCXL_(\d+)")


def main() -> int:
    command = ["readelf", "--wide", "--dyn-syms", sys.argv[1]]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    symbols = SYMBOL.findall(text)
    assert symbols, text
    newer = [
        f"{name} is of LIBCXL_{version}"
        for name, version in symbols
        if int(version) > NEWEST and not LOOKED_FOR.fullmatch(name)
    ]
    print("\n".join(newer))
    return 1 if newer else 0


if __name__ == "__main__":
    sys.exit(main())
