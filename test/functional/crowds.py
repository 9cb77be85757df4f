# SPDX-License-Identifier: GPL-2.0-only
"""Users who crowd a daemon (test/lib/crowd.c), and a user who makes calls meanwhile."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import pytest

from fake_host import BUILD, SANITIZED, FakeHost

PROGRAM = BUILD / "test/functional/crowd"
# Users without names. Tests open the socket to those who are to get in.
GREEDY, OTHER = 60001, 60100
# The limit of a turn of the loop.
TURN_US = 20_000

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="becomes other users, which root can")


class Latency(NamedTuple):
    """Times of answers, in microseconds."""

    median: int
    p99: int
    longest: int


def show(host: FakeHost) -> None:
    """Opens the socket's folder to others, as /run is open: here it is also the store's folder, which is
    closed.
    """
    host.folder.chmod(0o755)


def let_in(host: FakeHost) -> None:
    """Lets all users in, as if they were members of the socket's group."""
    show(host)
    host.socket.chmod(0o666)


def ask(host: FakeHost, times: int, user: int = OTHER) -> Latency:
    """Makes one call after the other, each on a new connection."""
    result = subprocess.run(
        [PROGRAM, host.socket, str(user), "probe", str(times)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return Latency(*map(int, result.stdout.split()))


class Crowd:
    """A user with a number of connections of one kind; a context manager."""

    def __init__(self, host: FakeHost, kind: str, count: int, user: int = GREEDY) -> None:
        self._program = subprocess.Popen(
            # Other work on the same processor is not the daemon's fault.
            ["nice", "-n", "19", PROGRAM, host.socket, str(user), kind, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Crowd:
        assert self._program.stdout is not None
        assert self._program.stdout.readline() == "ready\n"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A crowd that waits for an answer does not notice the end of its input.
        self._program.kill()
        self._program.communicate()


def resident_kib(pid: int) -> int:
    """Resident memory; 0 for a build with a sanitizer."""
    if SANITIZED:
        return 0
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def connect(host: FakeHost, user: int) -> socket.socket:
    """Connects as this user: the kernel tells the daemon the user of a connection."""
    client = socket.socket(socket.AF_UNIX)
    os.setegid(user)
    os.seteuid(user)
    try:
        client.connect(str(host.socket))
    finally:
        os.seteuid(0)
        os.setegid(0)
    client.settimeout(20)
    return client


def say(client: socket.socket, method: str, more: bool = False, **parameters: Any) -> None:
    message = {"method": f"io.cxlfm.Host.{method}", "parameters": parameters, "more": more}
    client.sendall(json.dumps(message).encode() + b"\0")
