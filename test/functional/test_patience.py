# SPDX-License-Identifier: GPL-2.0-only
"""A change that only waits may keep the host as long as no other change waits, and waits for no look for ever."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from crowds import connect, needs_root, say
from fake_host import FakeHost, answer, call, until
from pinned_host import DAY_MS, OTHER, pinned_host
from test_fresh import TWO_MEMDEVS, health, mailboxes

PATIENCE = 60  # seconds: cxlfmd(8)
DEADLINE_S = 10.0  # daemon/observe/mailbox-reader.h


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


def test_a_look_hangs(tmp_path: Path) -> None:
    """Each change is told after 10 s, also one that begins while the kernel still holds the look."""
    region = {"region": "region9", "keep_region": False, "force": False, "dry_run": False}
    with FakeHost(tmp_path, "guest-one-switch.json") as host:
        os.kill(host.helper_pid, signal.SIGSTOP)
        clients = [call(host, "RemoveRegion", **region) for _ in range(2)]
        for client in clients:
            client.settimeout(30)
            reply = answer(client)
            assert reply["error"] == "io.cxlfm.Host.HostUnread"
            assert "a look has not ended within 10 s" in reply["parameters"]["text"]
        os.kill(host.helper_pid, signal.SIGCONT)
        until(lambda: host.run("add-memory", "256M").returncode == 0)


def test_a_mailbox_that_hangs_is_named(tmp_path: Path) -> None:
    with FakeHost(tmp_path, TWO_MEMDEVS, environment=mailboxes("mem1:hang")) as host:
        # The other memdevs do not wait for the mailbox that hangs.
        begin = time.monotonic()
        assert health(host, "--health", "--memdev", "mem0 mem2 mem3").keys() == {"mem0", "mem2", "mem3"}
        assert time.monotonic() - begin < DEADLINE_S / 2
        listed = {m["memdev"]: m for m in host.json("list", "--memdevs", "--health")}
        assert DEADLINE_S * 0.9 < time.monotonic() - begin < DEADLINE_S * 2
        assert listed["mem1"]["mailbox_error"] == "no answer within 10 s"
        assert all("health" in listed[name] for name in ("mem0", "mem2", "mem3"))
        # The failure is known now, and one read is under way, for any number of questions.
        begin = time.monotonic()
        for _ in range(3):
            assert "mailbox_error" in host.json("list", "--memdevs", "--health", "--memdev", "mem1")[0]
        assert time.monotonic() - begin < DEADLINE_S / 2
