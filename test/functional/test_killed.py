# SPDX-License-Identifier: GPL-2.0-only
"""SIGKILL at every place around a word of the journal and around a step (util/fault.h): to the daemon,
to its helper, to both at one moment. After the next start the host is as it was before or as it was
wanted, the claims with it; nothing is left over, and the same command works then.

The kernel is a model that outlives its processes (test/lib/fake-helper.c). test/vm/test_daemon_killed.py
does some of it on the real one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fake_host import FakeHost

pytestmark = pytest.mark.skipif(
    os.environ["CXLFM_FAULT_POINTS"] != "true", reason="built without -Dfault_points=true"
)

ONE_SWITCH, MIXED = "guest-one-switch.json", "guest-mixed.json"
LOST = 9  # the exit code of cxlfm when its connection ends

Orders = dict[str, str]


@dataclass(frozen=True)
class Victim:
    """Who counts the places, and who is killed there."""

    counter: str
    order: str
    code: int  # the daemon's exit code

    def at(self, n: int) -> Orders:
        return {self.counter: f"{self.order}{n}"}

    @property
    def listing(self) -> Orders:
        return {self.counter: "list"}


# Without its helper the daemon ends by itself, with a failure.
VICTIMS = {
    "daemon": Victim("fault", "", -signal.SIGKILL),
    "helper": Victim("helper_fault", "", 1),
    "both": Victim("fault", "group:", -signal.SIGKILL),
    "both-in-step": Victim("helper_fault", "group:", -signal.SIGKILL),
}
victims = pytest.mark.parametrize("victim", VICTIMS.values(), ids=VICTIMS)


@dataclass(frozen=True)
class Case:
    """A command, on a host that others have prepared."""

    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    record: str = ONE_SWITCH
    # What it may have come to: by default all of it at once.
    stages: tuple[tuple[str, ...], ...] = ()


UUID = "5f1d2c0a-8a3b-4f0e-9d57-3b1f6a2c7e11"
ADD = ("add-memory", "512M")
RAM = ("create-region", "-t", "ram", "-s", "512M")
PMEM = ("create-region", "-t", "pmem", "-s", "256M", "-U", UUID)

CASES = {
    "add-memory": Case(ADD),
    "remove-memory": Case(("remove-memory", "region0"), (ADD,)),
    "online-memory": Case(("online-memory", "region0"), (ADD, ("offline-memory", "region0"))),
    "offline-memory": Case(("offline-memory", "region0"), (ADD,)),
    "create-region-ram": Case(RAM),
    "create-region-pmem": Case(PMEM, record=MIXED),
    "destroy-region-ram": Case(("destroy-region", "region0", "-f"), (RAM,)),
    "destroy-region-pmem": Case(("destroy-region", "region0", "-f"), (PMEM,), MIXED),
    "disable-region": Case(("disable-region", "region0", "-f"), (RAM,)),
    "enable-region": Case(("enable-region", "region0"), (RAM, ("disable-region", "region0", "-f"))),
}


class View:
    """The host and its claims, as the daemon shows them."""

    def __init__(self, host: FakeHost) -> None:
        self.state = host.state()
        self.claims = host.json("list", "--claims")
        for claim in self.claims:
            for condition in claim["conditions"]:
                del condition["since"]

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, View)
        return (self.state, self.claims) == (other.state, other.claims)


@dataclass
class Prepared:
    """A host at rest in a folder, and what may become of it."""

    folder: Path
    record: str
    before: View
    after: list[View]
    points: dict[str, int]


def host_in(folder: Path, record: str, base: Path | None = None) -> FakeHost:
    """With @base: as the host was that was left there."""
    shutil.rmtree(folder, ignore_errors=True)
    if base:
        shutil.copytree(base, folder, ignore=lambda *_: ["socket", "ready", "log"])
    else:
        folder.mkdir()
    return FakeHost(folder, record, keep=True)


def run(host: FakeHost, *commands: tuple[str, ...]) -> None:
    for command in commands:
        result = host.run(*command)
        assert result.returncode == 0, f"{command}: {result.stderr}"


def points_in(log: str) -> int:
    return len(re.findall("^fault point ", log, re.MULTILINE))


def open_changes(folder: Path) -> list[str]:
    """What the journal holds of a daemon that has ended."""
    with closing(sqlite3.connect(folder / "store.db")) as store:
        return [key for (key,) in store.execute("SELECT key FROM entry WHERE key LIKE 'plan/%'")]


def prepare(folder: Path, case: Case) -> Prepared:
    """What an undisturbed run comes to, and how many places it comes by."""
    base, work = folder / "base", folder / "work"
    with host_in(base, case.record) as host:
        run(host, *case.before)
        before = View(host)
    after = []
    with host_in(work, case.record, base) as host:
        for stage in case.stages or (case.command,):
            run(host, stage)
            after.append(View(host))
    assert before not in after
    points = {}
    for counter in ("fault", "helper_fault"):
        with closing(host_in(work, case.record, base)) as host:
            assert host.start(**{counter: "list"})
            run(host, case.command)
            assert View(host) == after[-1]
            check_rest(host, f"{case.command}, undisturbed")
            points[counter] = points_in(host.log)
    return Prepared(base, case.record, before, after, points)


def check(host: FakeHost, allowed: list[View], what: str) -> View:
    """A daemon that nobody kills makes good what was left."""
    assert host.start(), f"{what}: {host.log}"
    view = View(host)
    if view not in allowed:
        for other in allowed:
            assert (view.state, view.claims) == (other.state, other.claims), f"{what}: {host.log}"
    return view


def check_rest(host: FakeHost, what: str) -> None:
    assert host.stop() == 0, what
    assert open_changes(host.folder) == [], what


def is_killed_at(folder: Path, case: Case, prepared: Prepared, orders: Orders, code: int) -> bool:
    """Whether the command was cut short; then all is good again."""
    what = f"{case.command} at {orders}"
    with closing(host_in(folder / "work", case.record, prepared.folder)) as host:
        assert host.start(**orders), what
        result = host.run(*case.command)
        if result.returncode == 0:
            check_rest(host, what)
            return False
        assert result.returncode == LOST, f"{what}: {result.stderr}"
        assert host.wait() == code, what
        view = check(host, [prepared.before, *prepared.after], what)
        if view != prepared.after[-1]:
            run(host, case.command)
        check_rest(host, what)
    return True


@victims
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_command(tmp_path: Path, case: Case, victim: Victim) -> None:
    prepared = prepare(tmp_path, case)
    killed = 0
    while is_killed_at(tmp_path, case, prepared, victim.at(killed + 1), victim.code):
        killed += 1
    assert killed == prepared.points[victim.counter]
