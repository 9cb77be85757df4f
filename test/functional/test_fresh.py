# SPDX-License-Identifier: GPL-2.0-only
"""Answers are fresh, or tell their age; values that could not be read are read again.

test/vm/test_list.py tests that changes by others are seen by later questions: that needs a kernel that sends
events.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

from fake_host import FakeHost, answer, call, until

TWO_MEMDEVS = "guest-two-bridges.json"
MIB = 1 << 20
# What the model says can't be read.
UNREAD = "/sys/bus/cxl/devices/region0/size: Input/output error"
# daemon/observe/mailbox-reader.h
EARLY_AT_ONCE, EARLY_PER_SECOND = 64, 16


def blind(tmp_path: Path) -> dict[str, str]:
    return {"CXLFM_FAKE_BLIND": str(tmp_path / "blind")}


def test_a_host_that_can_not_be_read_heals(tmp_path: Path) -> None:
    """From the start, and without a request: changes are made when the host can be read, without a restart.
    """
    (tmp_path / "blind").touch()
    with FakeHost(tmp_path, TWO_MEMDEVS, environment=blind(tmp_path)) as host:
        refused = host.run("add-memory", "256M")
        assert refused.returncode == 1
        assert refused.stderr.startswith(
            f"cxlfm add-memory: the host can't be read: {UNREAD}; nothing was changed\n"
        )
        listed = host.run("list")
        assert listed.returncode == 1 and listed.stdout == ""
        assert f"the host can't be read: {UNREAD}" in listed.stderr
        assert "nothing was changed" not in listed.stderr
        assert f"the host can't be read: {UNREAD}" in host.log
        (tmp_path / "blind").unlink()
        looks = host.log.count("the host can't be read")
        assert looks > 0
        added = host.run("add-memory", "256M")
        assert added.returncode == 0, added.stderr
        assert len(host.json("list", "--regions")) == 1


def test_a_failed_look_is_tried_again_by_itself(tmp_path: Path) -> None:
    (tmp_path / "blind").touch()
    with FakeHost(tmp_path, TWO_MEMDEVS, environment=blind(tmp_path), debug=True) as host:
        failures = host.log.count("the host can't be read")
        until(lambda: host.log.count("the host can't be read") > failures)
        (tmp_path / "blind").unlink()
        looks = host.log.count("took")
        until(lambda: host.log.count("took") > looks)
        assert len(host.json("list", "--memdevs")) == 4


def fail_a_look(host: FakeHost) -> None:
    """A refusal is final only on a look that was begun for it."""
    assert host.run("add-memory", "9T", "--dry-run").returncode != 0


def test_what_is_old_says_so(tmp_path: Path) -> None:
    with FakeHost(tmp_path, TWO_MEMDEVS, environment=blind(tmp_path)) as host:
        good = host.json("list", "--memdevs")
        (tmp_path / "blind").touch()
        fail_a_look(host)
        for arguments in (["list", "--memdevs"], ["list", "--tree"], ["list", "--claims"], ["record"]):
            old = host.run(*arguments)
            assert old.returncode == 0, old.stderr
            assert f"the host can't be read ({UNREAD}): this is the host of" in old.stderr
        assert json.loads(host.run("list", "--memdevs").stdout) == good
        assert answer(call(host, "Record"))["parameters"]["stale"]["text"] == UNREAD
        (tmp_path / "blind").unlink()
        fresh = host.run("list", "--memdevs")
        assert fresh.stderr == ""
        assert "stale" not in answer(call(host, "Record"))["parameters"]


# Mailboxes


def mailboxes(order: str = "count") -> dict[str, str]:
    return {"CXLFM_FAKE_MAILBOX": order}


def health(host: FakeHost, *arguments: str) -> dict[str, Any]:
    """The answer of each memdev's mailbox, None without one."""
    listed = host.json("list", "--memdevs", *arguments)
    return {m["memdev"]: m.get("health", {}).get("life_used_percent") for m in listed}


def test_what_is_asked_for_by_name_is_read_again(tmp_path: Path) -> None:
    """The client may have changed the device a moment ago."""
    with FakeHost(tmp_path, TWO_MEMDEVS, environment=mailboxes()) as host:
        first = health(host, "--health")
        assert sorted(first.values()) == [1, 2, 3, 4]
        # Only mem0's mailbox is read.
        again = health(host, "--health", "--memdev", "mem0")
        assert again == {"mem0": 5}
        # A question about all memdevs gets the known answers.
        shown = re.findall(r'"life_used_percent": ?(\d+)', host.run("list", "-vvv").stdout)
        assert sorted(shown) == sorted(map(str, {**first, **again}.values()))
        assert sorted(health(host, "--health").values()) == [6, 7, 8, 9]


def test_a_crowd_shares_answers(tmp_path: Path) -> None:
    with FakeHost(tmp_path, TWO_MEMDEVS, environment=mailboxes()) as host:
        options = {"show": ["memdevs", "health"]}
        reads = set()
        begin = time.monotonic()
        for _ in range(10):
            clients = [call(host, "List", options=options) for _ in range(20)]
            for client in clients:
                listed = answer(client)["parameters"]["list"]
                reads |= {m["health"]["life_used_percent"] for m in listed}
        seconds = time.monotonic() - begin
        # Of 800 mailboxes: the values that are a second old are read, and some more.
        assert len(reads) <= 4 * (1 + seconds) + EARLY_AT_ONCE + EARLY_PER_SECOND * seconds


def test_a_mailbox_that_fails_hides_no_other(tmp_path: Path) -> None:
    """All memdevs have the same serial number: 0."""
    with FakeHost(tmp_path, "ndctl-276.json", environment=mailboxes("mem1:fail")) as host:
        listed = {m["memdev"]: m for m in host.json("list", "--memdevs", "--health")}
        assert {m["serial"] for m in listed.values()} == {0}
        assert listed["mem1"]["mailbox_error"] == "Input/output error"
        assert "health" not in listed["mem1"]
        for name in ("mem0", "mem2", "mem3"):
            assert listed[name]["health"]["life_used_percent"] > 0
            assert "mailbox_error" not in listed[name]


def test_a_mailbox_that_was_read_is_no_new_look(tmp_path: Path) -> None:
    """A mailbox answer is no new look: a monitor hears nothing, and no claim is judged."""
    with FakeHost(tmp_path, TWO_MEMDEVS, environment=mailboxes(), debug=True) as host:
        assert host.run("add-memory", "256M").returncode == 0
        until(lambda: bool(host.json("list", "--regions")))
        looks = host.log.count("look ")
        assert sorted(health(host, "--health").values()) == [1, 2, 3, 4]
        assert host.log.count("look ") == looks
