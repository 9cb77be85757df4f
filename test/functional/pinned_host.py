# SPDX-License-Identifier: GPL-2.0-only
"""A host with memory that does not go offline: the pages of the memory can't be moved."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crowds import connect, let_in, say
from fake_host import FakeHost, until

DAY_MS = 24 * 3600 * 1000
SLOW, OTHER = 60001, 60002


class PinnedHost(FakeHost):
    """While the file `pinned` exists, memory does not go offline."""

    def __init__(self, folder: Path) -> None:
        self.pinned = folder / "pinned"
        super().__init__(
            folder, "guest-one-switch.json", environment={"CXLFM_FAKE_PINNED": str(self.pinned)}
        )

    def pin(self) -> Any:
        """Makes region0 for the claim web, whose memory stays online from now on; returns the host's state.
        """
        assert self.run("add-memory", "512M", "--name", "web").returncode == 0
        self.pinned.touch()
        return self.state()

    def until_begun(self) -> None:
        """Waits until the change after pin()'s is under way."""
        until(lambda: self.log.count(", for uid ") == 2)

    def hog(self) -> socket.socket:
        """A user takes the region down with a timeout of a day."""
        client = connect(self, SLOW)
        remove = {"keep_region": False, "force": False, "timeout_ms": DAY_MS, "dry_run": False}
        say(client, "RemoveRegion", region="region0", **remove)
        self.until_begun()
        return client


@contextmanager
def pinned_host() -> Iterator[tuple[PinnedHost, Any]]:
    """A pinned host for all users, and its state. Not in pytest's folder: other users need access."""
    with tempfile.TemporaryDirectory(prefix="cxlfm-") as name:
        with PinnedHost(Path(name)) as host:
            before = host.pin()
            let_in(host)
            yield host, before
