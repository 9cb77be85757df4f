# SPDX-License-Identifier: GPL-2.0-only
"""Turns of changes on the host: waiting clients hear of them, and a change that nobody wants any more is
given up.
"""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
from typing import Any

import pytest

from crowds import connect, needs_root, say
from fake_host import BUILD, answer
from pinned_host import OTHER, SLOW, PinnedHost, pinned_host


def first_outcome(client: socket.socket) -> Any:
    """In the first of several replies."""
    data = b""
    while b"\0" not in data:
        received = client.recv(65536)
        assert received
        data += received
    reply = json.loads(data.split(b"\0")[0])
    assert reply["continues"]
    return reply["parameters"]["outcome"]


def start(host: PinnedHost, *arguments: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
    environment = {**os.environ, "CXLFM_SOCKET": str(host.socket)}
    return subprocess.Popen([BUILD / "cli/cxlfm", *arguments], env=environment, stderr=stderr, text=True)


@needs_root
def test_whoever_waits_is_told_for_whom() -> None:
    with pinned_host() as (host, _):
        hog = host.hog()
        with connect(host, OTHER) as other:
            say(other, "ForgetClaim", more=True, claim="web", dry_run=True)
            news = first_outcome(other)
        assert news["step"] == 1 < news["steps"]
        whose = f"RemoveRegion region0 of user {SLOW} (process {os.getpid()})"
        assert news["text"].startswith(f"waiting for {whose}: memory")
        host.pinned.unlink()
        assert "error" not in answer(hog)


@needs_root
def test_a_terminal_shows_for_whom() -> None:
    with pinned_host() as (host, _):
        hog = host.hog()
        ours, theirs = pty.openpty()
        with start(host, "forget", "web", stderr=theirs) as client:
            os.close(theirs)
            shown = ""
            while "RemoveRegion" not in shown:
                shown += os.read(ours, 4096).decode()
            assert "[1/" in shown and "waiting for" in shown
            client.send_signal(signal.SIGINT)
            client.wait(20)
        os.close(ours)
        host.pinned.unlink()
        assert "error" not in answer(hog)


@needs_root
@pytest.mark.parametrize("verb", ["remove-memory", "offline-memory"])
def test_what_nobody_wants_any_more_is_given_up(verb: str) -> None:
    """The timeout was a day, and the kernel would only wait."""
    with pinned_host() as (host, before):
        with start(host, verb, "web", "--timeout", "86400") as client:
            host.until_begun()
            client.send_signal(signal.SIGINT)
            client.communicate(timeout=20)
        assert host.run("forget", "web", "--dry-run").returncode == 0
        assert host.state() == before
