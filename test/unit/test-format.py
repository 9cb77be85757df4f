#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every .c and .h file is laid out as .clang-format says. Skipped (77) where there is no clang-format,
or not the one that the workshop has: each version lays out a little differently.

To put it right: scripts/workshop clang-format -i FILE
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
FOLDERS = ("change", "cli", "cxl", "daemon", "fabric", "include", "test", "util")
VERSION = 19
SKIPPED = 77


def version(program: str) -> int:
    text = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(text.split("version ")[1].split(".")[0])


def main() -> int:
    program = shutil.which("clang-format")
    if program is None or version(program) != VERSION:
        print(f"no clang-format {VERSION}")
        return SKIPPED
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.[ch]")]
    assert files, f"no sources below {ROOT}"
    return subprocess.run([program, "--dry-run", "-Werror", *sorted(files)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
