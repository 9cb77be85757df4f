#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What cxlfm costs next to cxl and daxctl, on an emulated host with 16 memory devices.

An emulated machine is no measure of time. So both sides run in one guest, in turns, and what counts is
the ratio of their medians. The first guest has one processor and a clock that counts instructions, so
the result is the same however busy this machine is. That is not the whole truth of add-memory: with
two processors the script's processes run beside the kernel's work. So it is measured once more in a
guest with two processors and this machine's clock. The daemon is stopped (SIGSTOP) while the peer
changes the host: it would look at every change and take time from the peer.

Ends with 0 if every limit is kept, 77 if there is no QEMU or no kernel here.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))

from guest import BUILD, Guest, Unavailable  # noqa: E402
from manager import Manager, manager  # noqa: E402
from topology import MIB, TOPOLOGIES  # noqa: E402

SKIPPED = 77
ROUNDS_LIST = 15
ROUNDS_ADD_COUNTED = 3
ROUNDS_ADD_CLOCK = 15
IDLE_SECONDS = 5
DEVICE = 256 * MIB

PROCESSES = """
for p in /proc/[0-9]*; do
    case $(cat $p/comm 2>/dev/null) in
    cxlfmd | cxlfm-*) echo ${p#/proc/} ;;
    esac
done
"""


@dataclass(frozen=True)
class Line:
    """A line of the table; what has no peer is held to the limit itself."""

    name: str
    ours: float
    peer: float | None
    limit: float
    unit: str

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def kept(self) -> bool:
        return (self.ours if self.ratio is None else self.ratio) <= self.limit

    def cells(self) -> list[str]:
        ratio, peer = self.ratio, self.peer
        return [
            self.name,
            f"{self.ours:.1f} {self.unit}",
            "" if peer is None else f"{peer:.1f} {self.unit}",
            "" if ratio is None else f"{ratio:.4f}",
            f"{self.limit:.4g}" + (f" {self.unit}" if ratio is None else ""),
            "kept" if self.kept else "MISSED",
        ]


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float


def run_many(guest: Guest, runs: int, *commands: str) -> list[Cost]:
    """Medians of several runs of commands, in turns, in milliseconds."""
    text = guest.run(f"run-many {runs} {' -- '.join(commands)}", timeout=800).stdout
    return [Cost(values["wall_ms"], values["cpu_ms"]) for values in json.loads(text)]


def list_lines(guest: Guest) -> list[Line]:
    ours, peer = run_many(guest, ROUNDS_LIST, "cxlfm list", "cxl list")
    return [
        Line("cxlfm list : cxl list, wall", ours.wall, peer.wall, 1 / 3, "ms"),
        Line("cxlfm list : cxl list, CPU", ours.cpu, peer.cpu, 1 / 3, "ms"),
    ]


def verbose_line(guest: Guest, cxlfm: Manager) -> Line:
    """Once for the peer, and for a quarter of the devices: it asks every mailbox for everything, seven
    seconds for each, so all would make the difference greater and the wait longer."""
    listing = "list -vvv -m mem0,mem1,mem2,mem3"
    # The first one fills the cache, for all of them.
    cxlfm.run("list -vvv", timeout=200)
    (ours,) = run_many(guest, ROUNDS_LIST, f"cxlfm {listing}")
    (peer,) = run_many(guest, 1, f"cxl {listing}")
    name = "cxlfm list -vvv : cxl list -vvv, 4 of 16 memdevs, wall"
    return Line(name, ours.wall, peer.wall, 1 / 100, "ms")


@contextmanager
def daemon_stopped(guest: Guest) -> Iterator[None]:
    guest.run("kill -STOP $(pidof cxlfmd)")
    try:
        yield
    finally:
        guest.run("kill -CONT $(pidof cxlfmd)")


def settle(guest: Guest, cxlfm: Manager) -> None:
    """Until nothing is in use, the daemon has seen it, and nobody has anything left to do."""
    assert guest.used() == []
    guest.wait_until("[ $(cxlfm list -R -i 2>/dev/null | grep -c region) -eq 0 ]")
    guest.run("sleep 1")


def add_memory_line(guest: Guest, cxlfm: Manager, ways: int, rounds: int, how: str) -> Line:
    """From the call to the node's memory being usable; the way back is not measured."""
    by_serial = {m["serial"]: m["memdev"] for m in guest.json("cxl list -M")}
    memdevs = [by_serial[serial] for serial in range(1, ways + 1)]
    size = ways * DEVICE
    before = sum(guest.node_memory().values())
    ours, peer = [], []

    def add(command: str) -> float:
        (cost,) = run_many(guest, 1, command)
        assert sum(guest.node_memory().values()) == before + size
        return cost.wall

    for _ in range(rounds):
        ours.append(add(f"cxlfm add-memory {size} -w {ways} -m {','.join(memdevs)}"))
        cxlfm.remove_memory("region0")
        settle(guest, cxlfm)
        with daemon_stopped(guest):
            peer.append(add(f"sh /bench/add-memory.sh decoder0.0 {' '.join(memdevs)}"))
            guest.run("sh /bench/remove-memory.sh region0", timeout=60)
        settle(guest, cxlfm)
    name = f"add-memory, {ways} memdev{'s' if ways > 1 else ''} : script, {how}"
    return Line(name, statistics.median(ours), statistics.median(peer), 0.8, "ms")


def memory_lines(guest: Guest) -> list[Line]:
    """Of the two programs as they stay, and of all processes with each shared page counted once: the
    helper's reader is a fork of it."""
    script = f"for p in $({PROCESSES}); do cat /proc/$p/comm /proc/$p/smaps_rollup; done"
    rss, pss, name = 0, 0, ""
    for line in guest.run(script).stdout.splitlines():
        key, *values = line.split()
        if not values:
            name = key
        elif key == "Rss:" and name in ("cxlfmd", "cxlfm-helper"):
            rss += int(values[0])
        elif key == "Pss:":
            pss += int(values[0])
    return [
        Line("resident memory, cxlfmd and cxlfm-helper", rss / 1024, None, 12, "MiB"),
        Line("memory of all processes, shared pages once", pss / 1024, None, 12, "MiB"),
    ]


def idle_line(guest: Guest) -> Line:
    ticks = f"for p in $({PROCESSES}); do awk '{{print $14 + $15}}' /proc/$p/stat; done"
    before = sum(map(int, guest.run(ticks).stdout.split()))
    guest.run(f"sleep {IDLE_SECONDS}")
    after = sum(map(int, guest.run(ticks).stdout.split()))
    return Line(f"CPU of all processes in {IDLE_SECONDS} idle s", after - before, None, 0, "ticks")


def print_table(lines: Sequence[Line]) -> None:
    rows = [["", "ours", "peer", "ratio", "limit", ""], *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(), flush=True)


def add_memory_lines(guest: Guest, cxlfm: Manager, rounds: int, how: str) -> list[Line]:
    return [add_memory_line(guest, cxlfm, ways, rounds, how) for ways in (1, 4)]


def measure_counted(guest: Guest, cxlfm: Manager) -> list[Line]:
    return [
        *list_lines(guest),
        *add_memory_lines(guest, cxlfm, ROUNDS_ADD_COUNTED, "1 CPU, counted"),
        verbose_line(guest, cxlfm),
        *memory_lines(guest),
        idle_line(guest),
    ]


def measure_by_clock(guest: Guest, cxlfm: Manager) -> list[Line]:
    return add_memory_lines(guest, cxlfm, ROUNDS_ADD_CLOCK, "2 CPUs, wall")


def measure(counted: bool, part: Callable[[Guest, Manager], list[Line]]) -> list[Line]:
    programs = [BUILD / "test/bench/run-many"]
    scripts = ("add-memory.sh", "remove-memory.sh")
    files = {f"/bench/{name}": (HERE / name).read_bytes() for name in scripts}
    topology = TOPOLOGIES["sixteen"]
    with Guest(topology, counted=counted, programs=programs, files=files) as guest:
        with manager(guest) as cxlfm:
            guest.wait_until("cxlfm list | grep -q serial")
            return part(guest, cxlfm)


def main() -> int:
    try:
        lines = measure(True, measure_counted) + measure(False, measure_by_clock)
    except Unavailable as reason:
        print(reason)
        return SKIPPED
    print_table(lines)
    return 0 if all(line.kept for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
