# SPDX-License-Identifier: GPL-2.0-only
"""A guest with the result of `meson install`, under the real systemd."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from guest import BUILD, Guest
from topology import TOPOLOGIES


@contextmanager
def host(tmp_path: Path, topology: str = "one_switch", **options: Any) -> Iterator[Guest]:
    """A host after `meson install` and `systemctl enable`."""
    installed = tmp_path / "installed"
    install = ["meson", "install", "-C", str(BUILD), "--no-rebuild", "--quiet", "--destdir"]
    subprocess.run([*install, str(installed)], check=True)
    disk = tmp_path / "disk"
    with Guest(TOPOLOGIES[topology], disk=disk, installed=installed, **options) as guest:
        yield guest
