#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test-install.py BUILD_FOLDER: what `meson install` installs has the modes that it has to have, whatever
the umask of who installs: everybody can read it, root alone can change it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = {"cxlfm", "cxlfmd", "cxlfm-helper"}


def modes(build: str, umask: int) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        root.mkdir()
        root.chmod(0o755)
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root],
                       check=True, umask=umask, stdout=subprocess.DEVNULL)
        return {str(path.relative_to(root)): path.lstat().st_mode for path in root.rglob("*")}


def main() -> None:
    problems = []
    installed = [modes(sys.argv[1], umask) for umask in (0o077, 0o000)]
    for path, mode in installed[0].items():
        program = Path(path).name in PROGRAMS or ".so" in path
        wanted = 0o755 if stat.S_ISDIR(mode) or program else 0o644
        got = {stat.S_IMODE(modes.get(path, 0)) for modes in installed}
        if not stat.S_ISLNK(mode) and got != {wanted} and not (program and got == {0o644}):
            problems.append(f"{path}: {', '.join(map(oct, got))} instead of {oct(wanted)}")
    if missing := PROGRAMS - {os.path.basename(path) for path in installed[0]}:
        problems.append(f"not installed: {missing}")
    sys.exit("\n".join(problems) or 0)


if __name__ == "__main__":
    main()
