# SPDX-License-Identifier: GPL-2.0-only
"""SIGKILL at every place around a write of the journal and around a step (util/fault.h): of the daemon, of
its helper, of both at once. After the next start the host is as before or as wanted, and so are the claims;
nothing is left over, and the same command works then.

The kernel is a model that outlives its processes (test/lib/fake-helper.c). test/vm/test_daemon_killed.py does
a part of this on a real kernel.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

from fake_host import FakeHost, answer, call, edited_store, is_stopped, until

pytestmark = pytest.mark.skipif(
    os.environ["CXLFM_FAULT_POINTS"] != "true", reason="built without -Dfault_points=true"
)

ONE_SWITCH, MIXED = "guest-one-switch.json", "guest-mixed.json"
LOST = 9  # the exit code of cxlfm when its connection ends

Orders = dict[str, str]


@dataclass(frozen=True)
class Victim:
    """The process that counts the places, and the processes that are killed there."""

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
    """A command, on a host that was prepared."""

    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    record: str = ONE_SWITCH
    # After a recovery the regions may have other names than in an undisturbed run.
    goes_on: bool = False
    # The command has an id of its request: a user who is not sure runs the command again, and the change is
    # done once.
    again: bool = False


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
    "adopt-region": Case(("adopt", "region0", "--name", "db"), (ADD, ("forget", "memory-1"))),
    "forget-memory": Case(("forget", "memory-1"), (ADD,)),
    "add-requested": Case((*ADD, "--request", "nightly"), again=True),
    "remove-requested": Case(("remove-memory", "region0", "--request", "a"), (ADD,), again=True),
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

    def lines(self) -> list[str]:
        return json.dumps([self.state, self.claims], indent=1).splitlines()


def wishes(view: View) -> list[dict[str, Any]]:
    """Claims without their bindings: the number of a region may differ."""
    given = ("binding", "region")
    return [{key: claim[key] for key in claim if key not in given} for claim in view.claims]


@dataclass
class Prepared:
    """A host at rest in a folder, and the states that a command may leave."""

    folder: Path
    record: str
    before: View
    after: list[View]
    points: dict[str, int]


def host_in(folder: Path, record: str, base: Path | None = None) -> FakeHost:
    """Makes a host, with @base from the state that was left there."""
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
    """The journal of a daemon that has ended."""
    with closing(sqlite3.connect(folder / "store.db")) as store:
        return [key for (key,) in store.execute("SELECT key FROM entry WHERE key LIKE 'local/plan/%'")]


def prepare(folder: Path, case: Case) -> Prepared:
    """Runs the command undisturbed, and counts the places."""
    base, work = folder / "base", folder / "work"
    with host_in(base, case.record) as host:
        run(host, *case.before)
        before = View(host)
    after = []
    with host_in(work, case.record, base) as host:
        run(host, case.command)
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


def rests(host: FakeHost) -> bool:
    listed = answer(call(host, "ListChanges"))["parameters"]["changes"]
    return all(change["state"] == "ended" for change in listed)


def check(host: FakeHost, allowed: list[View], what: str, goes_on: bool = False) -> View:
    """A daemon that is not killed finishes the rest of a change."""
    assert host.start(), f"{what}: {host.log}"
    if goes_on:
        until(lambda: rests(host))
    view = View(host)
    if goes_on and wishes(view) == wishes(allowed[-1]):
        given = {claim["region"]: claim["size"] for claim in view.claims}
        assert {r["region"]: r["size"] for r in host.json("list", "-R")} == given, what
    elif view not in allowed:
        found = [list(unified_diff(other.lines(), view.lines(), n=3)) for other in allowed]
        pytest.fail(f"{what}: {host.log}\n" + "\n".join(min(found, key=len)))
    return view


def check_rest(host: FakeHost, what: str) -> None:
    assert host.stop() == 0, what
    assert open_changes(host.folder) == [], what
    # A change by somebody else is no failure, and no message shows an errno of ours.
    assert "mended: Stale file handle" not in host.log, f"{what}: {host.log}"


def is_killed_at(work: Path, case: Case, prepared: Prepared, orders: Orders, code: int) -> bool:
    """Whether the command was cut short; then the recovery has finished all."""
    what = f"{case.command} at {orders}"
    with closing(host_in(work, case.record, prepared.folder)) as host:
        assert host.start(**orders), what
        result = host.run(*case.command)
        if result.returncode == 0:
            check_rest(host, what)
            return False
        assert result.returncode == LOST, f"{what}: {result.stderr}"
        assert host.wait() == code, what
        view = check(host, [prepared.before, *prepared.after], what, case.goes_on)
        if case.again or view != prepared.after[-1]:
            run(host, case.command)
            assert wishes(View(host)) == wishes(prepared.after[-1]), what
        check_rest(host, what)
    return True


def kill_at_each(folder: Path, points: int, is_killed: Callable[[Path, int], bool]) -> None:
    """Kills at every place, until there is none left. Most of the time is spent on waiting for processes."""

    def at(n: int) -> bool:
        work = folder / f"work-{n}"
        killed = is_killed(work, n)
        shutil.rmtree(work)
        return killed

    assert points > 0
    with ThreadPoolExecutor(4) as pool:
        killed = list(pool.map(at, range(1, points + 2)))
    assert killed == [True] * points + [False]


def sweep(folder: Path, case: Case, victim: Victim) -> None:
    prepared = prepare(folder, case)

    def is_killed(work: Path, n: int) -> bool:
        return is_killed_at(work, case, prepared, victim.at(n), victim.code)

    kill_at_each(folder, prepared.points[victim.counter], is_killed)


@victims
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_command(tmp_path: Path, case: Case, victim: Victim) -> None:
    sweep(tmp_path, case, victim)


def apply_file(folder: Path, name: str, claims: list[dict[str, Any]]) -> tuple[str, ...]:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"claims": claims}))
    return ("apply", str(path))


def claim(name: str, size: int = 256, **more: str) -> dict[str, Any]:
    return {"name": name, "size": f"{size}M", "ways": size // 256, **more}


HELD, KERNEL = claim("held"), claim("held", zone="kernel")
DEVICE, MEMORY = claim("device", goal="devdax"), claim("memory", 512)

# The claims of a file before, and those of the file that is applied.
FILES = {
    "end-change-make": ([claim("old"), HELD], [KERNEL, DEVICE, MEMORY]),
    "make-anew": ([claim("web"), HELD], [claim("web", 512), HELD]),
}


@victims
@pytest.mark.parametrize("name", FILES)
def test_apply(tmp_path: Path, name: str, victim: Victim) -> None:
    """None of the state is done, or all: the noted wishes go on without a request."""
    base, wanted = FILES[name]
    before = apply_file(tmp_path, "base", base)
    command = apply_file(tmp_path, "wanted", wanted)
    sweep(tmp_path, Case(command, (before,), goes_on=True), victim)


def failing_at(work: Path, base: Path, command: tuple[str, ...], n: int) -> bool:
    """Whether a failed write made a difference; then there is the old memory or the new."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(base, work, ignore=lambda *_: ["socket", "ready", "log"])
    what = f"write {n} fails"
    with closing(FakeHost(work, ONE_SWITCH, keep=True, fail=f"{n}:5:before")) as host:
        assert host.start(), what
        result = host.run(*command)
        # 5: the old region has gone, and the former claim gets memory again.
        assert result.returncode in (0, 1, 5), f"{what}: {result.stderr}"
        assert host.run("wait", "--timeout", "20").returncode == 0, f"{what}: {host.log}"
        found = {claim["name"]: claim for claim in host.json("list", "--claims")}
        assert found["web"]["size"] == (512 if result.returncode == 0 else 256) << 20, what
        sizes = {region["region"]: region["size"] for region in host.json("list", "-R")}
        assert sizes == {claim["region"]: claim["size"] for claim in found.values()}, what
        # The next run does what the command wanted.
        run(host, command)
        assert len(host.json("list", "-R")) == 2, what
        check_rest(host, what)
    return result.returncode != 0


def test_apply_fails_at_each_write(tmp_path: Path) -> None:
    """A claim is made anew: if the new region can't be made, the claim keeps the old wish."""
    base, wanted = FILES["make-anew"]
    folder = tmp_path / "base"
    with host_in(folder, ONE_SWITCH) as host:
        run(host, apply_file(tmp_path, "before", base))
    command = apply_file(tmp_path, "after", wanted)
    with ThreadPoolExecutor(4) as pool:
        failed = list(pool.map(
            lambda n: failing_at(tmp_path / f"work-{n}", folder, command, n), range(1, 40)
        ))
    assert failed.count(True) > 20 and not failed[-1]


def test_apply_whose_client_leaves(tmp_path: Path) -> None:
    """The client leaves at any moment: then there is the old memory or the new, without another request."""
    base, _ = FILES["make-anew"]
    with host_in(tmp_path / "host", ONE_SWITCH) as host:
        run(host, apply_file(tmp_path, "before", base))
        sizes = set()
        for i in range(60):
            ways = 1 + i % 2
            wish = {"name": "web", "size": ways << 28, "ways": ways}
            client = call(host, "ApplyClaim", claim=wish, anew=True, dry_run=False)
            time.sleep(0.0015 * (i // 2))
            client.close()
            # Changes come one after the other: this one is refused when the other has ended.
            assert host.run("remove-memory", "region999").returncode == 3
            assert host.run("wait", "--timeout", "20").returncode == 0, host.log
            found = {claim["name"]: claim for claim in host.json("list", "--claims")}
            regions = {region["region"]: region["size"] for region in host.json("list", "-R")}
            assert regions == {claim["region"]: claim["size"] for claim in found.values()}
            assert found.keys() == {"web", "held"}
            sizes.add(found["web"]["size"])
        assert sizes == {1 << 28, 2 << 28}
        check_rest(host, "clients that left")


def test_apply_of_what_can_not_be_made(tmp_path: Path) -> None:
    """No old region is taken down for a new one that can't be made."""
    base, _ = FILES["make-anew"]
    with host_in(tmp_path / "host", ONE_SWITCH) as host:
        run(host, apply_file(tmp_path, "before", base))
        before = View(host)
        for wish in ({"name": "web", "size": "1T"}, {**claim("web", 512), "window": 1}):
            result = host.run(*apply_file(tmp_path, "after", [HELD, wish]))
            assert result.returncode == 3, result.stderr
            assert View(host) == before


# Starts: interrupted changes, and memory that a reboot took, are mended before clients are served


def left_in_the_middle(folder: Path, case: Case, prepared: Prepared) -> Path:
    """The state of a daemon that was killed in the middle of a command."""
    with closing(host_in(folder / "left", case.record, prepared.folder)) as host:
        assert host.start(fault=str(prepared.points["fault"] // 2))
        assert host.run(*case.command).returncode == LOST
        assert host.wait() == -signal.SIGKILL
    assert len(open_changes(folder / "left")) == 1
    return folder / "left"


@pytest.mark.parametrize("deaths", [1, 2, 5])
def test_recovery_can_not_look(tmp_path: Path, deaths: int) -> None:
    """A worker dies while it reads the progress of a change: another worker reads, at once or a little later.
    Nothing is changed before the steps to take back are known.
    """
    with closing(FakeHost(tmp_path, ONE_SWITCH, keep=True)) as host:
        assert host.start(fault="30")
        before = host.state()
        assert host.run("add-memory", "512M").returncode == LOST
        host.wait()
        assert len(open_changes(tmp_path)) == 1
    with closing(FakeHost(tmp_path, ONE_SWITCH, keep=True, die=f"read:{deaths}")) as host:
        assert host.start(), host.log
        assert host.state() == before or deaths > 1
        refused = host.run("add-memory", "256M")
        if refused.returncode:
            assert "a change of region0 was cut short, and can't be looked at now" in refused.stderr
        else:
            assert host.run("remove-memory", "region0").returncode == 0
        until(lambda: host.state() == before)
        assert host.stop() == 0
    assert open_changes(tmp_path) == []


def test_recovery_has_to_wait(tmp_path: Path) -> None:
    """A worker of the former daemon is still at work. Nothing is changed before its end, but the daemon runs,
    and clients may leave.
    """
    with closing(FakeHost(tmp_path, ONE_SWITCH, keep=True)) as host:
        assert host.start(fault="30")
        before = host.state()
        assert host.run("add-memory", "512M").returncode == LOST
        host.wait()
        host.held.touch()
        assert host.start(), host.log
        middle = host.state()
        assert middle != before
        assert "waiting for cxlfm-worker (pid 4711), which is changing CXL memory" in host.log
        with pytest.raises(subprocess.TimeoutExpired):
            host.run("add-memory", "256M", timeout=0.5)
        assert host.state() == middle
        host.held.unlink()
        until(lambda: host.state() == before)
        assert host.run("add-memory", "256M").returncode == 0
        assert [c["name"] for c in host.json("list", "--claims")] == ["memory-1"]
        host.stop()
    assert open_changes(tmp_path) == []


def reboot(folder: Path) -> None:
    """The kernel starts afresh, and the store's entries are of another boot."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    (folder / "kernel").unlink()
    with edited_store(folder) as store:
        store.execute("UPDATE entry SET value = replace(value, ?, ?)", (boot, UUID))


def is_start_killed_at(
    work: Path, left: Path, record: str, expected: View, orders: Orders, code: int
) -> bool:
    what = f"start at {orders}"
    with closing(host_in(work, record, left)) as host:
        killed = not host.start(**orders)
        if killed:
            assert host.wait() == code, what
            check(host, [expected], what)
        else:
            assert View(host) == expected, what
        check_rest(host, what)
    return killed


def sweep_starts(left: Path, record: str, expected: View, victim: Victim) -> None:
    with closing(host_in(left.parent / "work", record, left)) as host:
        assert host.start(**victim.listing), host.log
        assert View(host) == expected, host.log
        check_rest(host, "an undisturbed start")
        points = points_in(host.log)

    def is_killed(work: Path, n: int) -> bool:
        return is_start_killed_at(work, left, record, expected, victim.at(n), victim.code)

    kill_at_each(left.parent, points, is_killed)


@victims
@pytest.mark.parametrize("name", ["add-memory", "remove-memory", "enable-region"])
def test_start_after_kill(tmp_path: Path, name: str, victim: Victim) -> None:
    """Killed once more while the change is taken back."""
    prepared = prepare(tmp_path, CASES[name])
    left = left_in_the_middle(tmp_path, CASES[name], prepared)
    sweep_starts(left, prepared.record, prepared.before, victim)


@victims
@pytest.mark.parametrize("name", ["add-memory", "remove-memory"])
def test_start_after_start(tmp_path: Path, name: str, victim: Victim) -> None:
    """Each daemon is killed a little later than the one before it, and none mends the host in between."""
    prepared = prepare(tmp_path, CASES[name])
    left = left_in_the_middle(tmp_path, CASES[name], prepared)
    starts = 0
    with closing(FakeHost(left, prepared.record, keep=True)) as host:
        while not host.start(**victim.at(starts + 1)):
            assert host.wait() == victim.code
            starts += 1
        assert View(host) == prepared.before, host.log
        check_rest(host, f"after {starts} starts")
    assert starts > 2


@victims
def test_start_after_reboot(tmp_path: Path, victim: Victim) -> None:
    """Killed while a claim gets memory again."""
    prepared = prepare(tmp_path, CASES["remove-memory"])
    reboot(prepared.folder)
    sweep_starts(prepared.folder, prepared.record, prepared.before, victim)


def test_start_after_reboot_in_the_middle(tmp_path: Path) -> None:
    """Killed while the journal drops the entries that the reboot has undone: the host is ready meanwhile."""
    prepared = prepare(tmp_path, CASES["add-memory"])
    left = left_in_the_middle(tmp_path, CASES["add-memory"], prepared)
    reboot(left)
    with closing(host_in(tmp_path / "work", prepared.record, left)) as host:
        assert not host.start(fault="1")
        assert host.wait() == -signal.SIGKILL
        check(host, [prepared.before], "before the word")
        check_rest(host, "before the word")
    with closing(host_in(tmp_path / "work", prepared.record, left)) as host:
        if host.start(fault="2"):
            host.run("version")
        assert host.wait() == -signal.SIGKILL
        check(host, [prepared.before], "after the word")
        check_rest(host, "after the word")


def test_stop_begins_nothing(tmp_path: Path) -> None:
    """The first change waits for a look, and other changes wait for it: after the first one's end no other
    begins.
    """
    with closing(FakeHost(tmp_path, ONE_SWITCH, keep=True)) as host:
        assert host.start(fault="list")
        before = host.state()
        os.kill(host.helper_pid, signal.SIGSTOP)
        request = {"size": 1 << 28, "type": "ram"}
        clients = [
            call(host, "CreateRegion", request={**request, "size": size}, goal="region", dry_run=False)
            for size in (1 << 60, 1 << 28, 1 << 28)
        ]
        assert host.run("version").returncode == 0
        points = points_in(host.log)
        helper = host.helper_pid
        os.kill(host.pid, signal.SIGTERM)
        os.kill(helper, signal.SIGCONT)
        assert host.wait() == 0
        assert points_in(host.log) == points
        assert open_changes(tmp_path) == []
        for client in clients:
            client.close()
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        assert host.state() == before


def test_a_removal_that_is_finished_ends_its_claim(tmp_path: Path) -> None:
    """The removal was done but for the last entry in the journal: nobody gives the claim its memory again."""
    prepared = prepare(tmp_path, CASES["remove-memory"])
    with closing(host_in(tmp_path / "work", prepared.record, prepared.folder)) as host:
        assert host.start(fault=str(prepared.points["fault"] - 1))
        assert host.run("remove-memory", "region0").returncode == LOST
        host.wait()
        assert host.start()
        assert View(host) == prepared.after[-1]
        check_rest(host, "a removal that was finished")


def test_start_comes_before_clients(tmp_path: Path) -> None:
    """The memory of a claim has gone while there was no daemon: the claim gets its memory again before
    another client can take it.
    """
    prepared = prepare(tmp_path, CASES["remove-memory"])
    folder = tmp_path / "work"
    with closing(host_in(folder, prepared.record, prepared.folder)):
        (folder / "kernel").unlink()
    host = FakeHost(folder, prepared.record, keep=True, hang=1)
    with closing(host), ThreadPoolExecutor(1) as pool:
        # On a busy machine the daemon is ready late.
        starting = pool.submit(host.start, timeout=120)
        until(lambda: host.socket.exists() and host.run("version").returncode == 0)
        until(lambda: is_stopped(host.helper_pid))
        size, memdevs = 1 << 30, [f"mem{i}" for i in range(4)]
        request = {"size": size, "type": "ram", "memdevs": memdevs}
        early = call(host, "CreateRegion", request=request, goal="system_ram", dry_run=False)
        # The daemon takes calls in order: now the call waits there.
        assert host.run("version").returncode == 0
        os.kill(host.helper_pid, signal.SIGCONT)
        assert answer(early)["error"] == "io.cxlfm.Host.Refused"
        assert starting.result()
        assert View(host) == prepared.before
        check_rest(host, "a client that came too early")
