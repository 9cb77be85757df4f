# SPDX-License-Identifier: GPL-2.0-only
"""A change that only waits may keep the host as long as no other change waits."""

from __future__ import annotations

import time

import pytest

from crowds import connect, needs_root, say
from fake_host import answer, call
from pinned_host import DAY_MS, OTHER, pinned_host

PATIENCE = 60  # seconds: cxlfmd(8)


@needs_root
def test_nobody_else_waits() -> None:
    """Others only look on, and the same user has more changes."""
    with pinned_host() as (host, _):
        offline = {"claim": "web", "zone": "offline", "timeout_ms": DAY_MS, "dry_run": False}
        slow = call(host, "SetMemory", **offline)
        host.until_begun()
        more = call(host, "ForgetClaim", claim="web", dry_run=False)
        ends = time.monotonic() + PATIENCE + 5
        while time.monotonic() < ends:
            assert host.json("list", "-R")
            time.sleep(1)
        host.pinned.unlink()
        assert "error" not in answer(slow)
        assert "error" not in answer(more)


@needs_root
@pytest.mark.parametrize("other", [OTHER, 0])
def test_patience_ends(other: int) -> None:
    with pinned_host() as (host, before):
        slow = host.hog()
        began = time.monotonic()
        waiting = connect(host, other)
        say(waiting, "ForgetClaim", claim="web", dry_run=True)
        for client in (slow, waiting):
            client.settimeout(PATIENCE * 2)
        reply = answer(slow)
        assert PATIENCE - 1 < time.monotonic() - began < PATIENCE + 10
        assert reply["error"] == "io.cxlfm.Host.Failed"
        told = reply["parameters"]
        assert (told["undone"], told["busy"], told["leftover"]) == (True, True, [])
        (refusal,) = told["refusals"]
        assert refusal["code"] == "gave-way"
        kept = f"it kept ForgetClaim of user {other} waiting for more than {PATIENCE} s"
        assert kept in refusal["text"]
        assert "error" not in answer(waiting)
        assert host.state() == before
        # Without obstacles the change ends.
        host.pinned.unlink()
        assert host.run("remove-memory", "web").returncode == 0
