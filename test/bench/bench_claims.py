# SPDX-License-Identifier: GPL-2.0-only
"""Measures the time of a start that makes memory for many claims again, and the cost of one more claim.

A daemon with a model of a kernel: 1,024 memdevs, which no emulator carries. So only our own work is measured:
decisions, plans, journal, store, the way to the helper and back.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "functional"))

from fake_host import BUILD, HOST_ID, FakeHost, edited_store

BRIDGES, MEMDEVS = 32, 32
OTHER_BOOT = "00000000-0000-0000-0000-000000000001"
MIB = 1 << 20
SIZE = 256 * MIB
COUNTS = (0, 10, 100, 500, 1000)
# 2.0 is the aim, and a quiet machine takes 1.4 to 1.9; the same code has taken 2.4 on a machine that was slow
# for an hour. Most of the time is spent waiting: a claim takes 14 steps and requests to the helper, one after
# the other, and two commits; each of them wakes another process or thread and waits for it.
START_LIMIT_S = 2.5
# The limit of the growth of one more claim's cost with a hundred times as many claims: log 1000 / log 10.
GROWTH_LIMIT = 3.0
# Starts of daemons can't measure less than this.
TICK_MS = 0.5
ROUNDS = 5
STARTS = 5
IDLE_S = 2


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "host.json"
    text = subprocess.check_output([BUILD / "test/bench/make-host", str(BRIDGES), str(MEMDEVS)])
    path.write_bytes(text)
    return path


def claim(number: int) -> dict[str, object]:
    """A claim in the store's form, with the binding of before a reboot."""
    return {
        "name": f"claim-{number:04}",
        "owner": "uid:0",
        "size": SIZE,
        "type": "ram",
        "goal": "system_ram",
        "zone": "movable",
        "drift": "mend",
        "members": [{"serial": number + 1}],
        "binding": {
            "boot": OTHER_BOOT,
            "resource": (4 << 30) + number * SIZE,
            "size": SIZE,
            "ways": 1,
            "granularity": 256,
            "members": [{"serial": number + 1}],
        },
    }


def host_with(folder: Path, record: Path, count: int) -> FakeHost:
    """A host that has lost the memory of so many claims."""
    folder.mkdir()
    host = FakeHost(folder, str(record))
    assert host.start(), host.log
    assert host.stop() == 0
    with edited_store(folder) as database:
        database.executemany(
            f"INSERT INTO entry (host, key, value, revision) VALUES ('{HOST_ID}', ?, ?, ?)",
            [(f"claim/claim-{i:04}", json.dumps(claim(i)), i + 1) for i in range(count)],
        )
        database.execute("UPDATE counter SET revision = ?", (count + 1,))
    return host


def forget_boot(folder: Path) -> None:
    """Marks all bindings as those of an earlier boot."""
    with edited_store(folder) as database:
        for key, value in database.execute("SELECT key, value FROM entry").fetchall():
            stored = json.loads(value)
            stored["binding"]["boot"] = OTHER_BOOT
            database.execute("UPDATE entry SET value = ? WHERE key = ?", (json.dumps(stored), key))


def converged(host: FakeHost) -> float:
    """Starts the daemon; returns the time, in ms, until all claims were as wanted."""
    begin = time.monotonic()
    assert host.start(), host.log
    elapsed = (time.monotonic() - begin) * 1000
    for claim in host.json("list", "--claims"):
        held = {c["condition"] for c in claim["conditions"] if c["holds"]}
        assert "Online" in held, claim
    return elapsed


def cpu_ticks(pids: list[int]) -> int:
    """The CPU time of processes so far, in the kernel's ticks."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
    return sum(int(field[11]) + int(field[12]) for field in fields)


def assert_idle(host: FakeHost) -> None:
    """The daemon comes to rest, and then uses no CPU time at all."""
    pids = [host.pid, host.helper_pid]
    deadline = time.monotonic() + 30
    used = -1
    while used != cpu_ticks(pids):
        assert time.monotonic() < deadline
        used = cpu_ticks(pids)
        time.sleep(IDLE_S)


def test_start_with_many_claims(tmp_path: Path, record: Path) -> None:
    times = {}
    for count in COUNTS:
        host = host_with(tmp_path / str(count), record, count)
        try:
            # The best of some rounds: other work of the machine would be most of a short time.
            times[count] = converged(host)
            for _ in range(STARTS):
                assert host.stop() == 0
                forget_boot(tmp_path / str(count))
                times[count] = min(times[count], converged(host))
            print(f"{count:5} claims on {BRIDGES * MEMDEVS} memdevs: converged in {times[count]:.0f} ms")
            if count == COUNTS[-1]:
                assert_idle(host)
        finally:
            host.stop()
            host.close()
    middle, most = COUNTS[-2:]
    early = (times[100] - times[10]) / 90
    late = (times[most] - times[middle]) / (most - middle)
    print(f"one more: {early:.2f} ms of the first 100, {late:.2f} ms of the last {most - middle}")
    assert times[most] < START_LIMIT_S * 1000
    assert late < GROWTH_LIMIT * max(early, TICK_MS)


def test_one_more_claim(tmp_path: Path, record: Path) -> None:
    """The time that a client sees, among few and among many claims."""
    medians = {}
    for count in (10, COUNTS[-1]):
        host = host_with(tmp_path / str(count), record, count)
        try:
            converged(host)
            times = []
            for i in range(ROUNDS):
                serial = BRIDGES * MEMDEVS - i
                begin = time.monotonic()
                added = host.run("add-memory", "256M", "--memdevs", f"serial:{serial}")
                times.append((time.monotonic() - begin) * 1000)
                assert added.returncode == 0, added.stderr
            medians[count] = statistics.median(times)
            print(f"add-memory with {count:4} claims: {medians[count]:.0f} ms")
        finally:
            host.stop()
            host.close()
    assert medians[COUNTS[-1]] < GROWTH_LIMIT * medians[10]
