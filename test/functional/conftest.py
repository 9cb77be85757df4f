# SPDX-License-Identifier: GPL-2.0-only
"""Shared by the functional tests: the program under test and a folder for sockets."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BUILD = Path(os.environ["CXLFM_BUILD"])
CXLFM = BUILD / "cli" / "cxlfm"


class Cxlfm:
    """cxlfm with a socket in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "cxlfm.sock"
        self.program = CXLFM
        self.environment = {**os.environ, "CXLFM_SOCKET": str(self.socket), "LC_ALL": "C.UTF-8"}

    def command(self, *arguments: str) -> list[str]:
        return [str(self.program), *arguments]

    def run(self, *arguments: str, prefix: tuple[str, ...] = (), **more: Any) -> Any:
        return subprocess.run([*prefix, *self.command(*arguments)], capture_output=True, text=True,
                              env=self.environment, timeout=60, check=False, **more)

    def start(self, *arguments: str, **more: Any) -> Any:
        return subprocess.Popen(self.command(*arguments), env=self.environment, text=True,
                                **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more})


@pytest.fixture
def cxlfm() -> Iterator[Cxlfm]:
    # Not tmp_path: other users need access, and socket paths have to be short.
    folder = Path(tempfile.mkdtemp(prefix="cxlfm-"))
    folder.chmod(0o755)
    yield Cxlfm(folder)
    shutil.rmtree(folder)
