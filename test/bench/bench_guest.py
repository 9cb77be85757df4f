#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What cxlfm costs next to cxl and daxctl, and next to the least that anything could cost, on an
emulated host with 16 memory devices.

An emulated machine is no measure of time. So both sides run in one guest, in turns, and what counts is
the ratio of their medians. The first guest has one processor and a clock that counts instructions, so
the result is the same however busy this machine is. That is not the whole truth of add-memory: with
two processors the script's processes run beside the kernel's work. So it is measured once more in a
guest with two processors and this machine's clock. The daemon is stopped (SIGSTOP) while the peer
changes the host: it would look at every change and take time from the peer.

The least is what two bare programs cost: one that writes the attributes of a plan with the values known
in advance, and one that receives the bytes of a listing and looks at none of them. A limit holds these
ratios, too, and an aim beyond it is printed; Documentation/design/speed.adoc tells what lies between.

Ends with 0 if every limit is kept, 77 if there is no QEMU or no kernel here.
"""

from __future__ import annotations

import json
import signal
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))

from bare_writes import lines_of  # noqa: E402
from guest import BUILD, SOCKET, Guest, Unavailable  # noqa: E402
from manager import Manager, manager  # noqa: E402
from topology import MIB, TOPOLOGIES  # noqa: E402

SKIPPED = 77
ROUNDS_LIST = 15
ROUNDS_ADD_COUNTED = 5
ROUNDS_ADD_CLOCK = 15
IDLE_SECONDS = 5
DEVICE = 256 * MIB

# Limit and aim of a comparison with a bare program. A bare program polls for events of the kernel, and its
# own time differs by so much from run to run.
BARE_SPREAD = 0.05
BARE_ADD = (1.5, 1.15)
BARE_LIST = (2.0, 1.3)
BARE_SOCKET = "/run/bare.sock"

PROCESSES = """
for p in /proc/[0-9]*; do
    case $(cat $p/comm 2>/dev/null) in
    cxlfmd | cxlfm-*) echo ${p#/proc/} ;;
    esac
done
"""


@dataclass(frozen=True)
class Line:
    """A line of the table. A line without a peer is held to the limit itself; a line with an aim is compared
    with a bare program.
    """

    name: str
    ours: float
    peer: float | None
    limit: float
    unit: str
    aim: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def kept(self) -> bool:
        spread = 0 if self.aim is None else BARE_SPREAD
        return (self.ours if self.ratio is None else self.ratio) <= self.limit * (1 + spread)

    def cells(self) -> list[str]:
        ratio, peer = self.ratio, self.peer
        return [
            self.name,
            f"{self.ours:.1f} {self.unit}",
            "" if peer is None else f"{peer:.1f} {self.unit}",
            "" if ratio is None else f"{ratio:.4f}",
            f"{self.limit:.4g}" + (f" {self.unit}" if ratio is None else ""),
            "" if self.aim is None else f"{self.aim:.4g}",
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


@contextmanager
def bare_server(guest: Guest) -> Iterator[str]:
    """Starts bare-list with the daemon's answer; returns the command that asks it."""
    guest.run(f"bare-list ask {SOCKET} >/run/listing")
    server = guest.start_process(f"exec bare-list answer {BARE_SOCKET} /run/listing")
    guest.wait_until(f"[ -S {BARE_SOCKET} ]")
    try:
        yield f"bare-list ask {BARE_SOCKET}"
    finally:
        server.signal(signal.SIGTERM)
        server.wait(20)


def list_lines(guest: Guest) -> list[Line]:
    with bare_server(guest) as bare_command:
        ours, peer, bare = run_many(guest, ROUNDS_LIST, "cxlfm list", "cxl list", bare_command)
    limit, aim = BARE_LIST
    return [
        Line("cxlfm list : cxl list, wall", ours.wall, peer.wall, 1 / 3, "ms"),
        Line("cxlfm list : cxl list, CPU", ours.cpu, peer.cpu, 1 / 3, "ms"),
        Line("cxlfm list : bare client, CPU", ours.cpu, bare.cpu, limit, "ms", aim),
        # With one processor, this includes the servers' work.
        Line("cxlfm list : bare client and server, wall", ours.wall, bare.wall, limit, "ms", aim),
    ]


def verbose_line(guest: Guest, cxlfm: Manager) -> Line:
    """Runs the peer once, with a quarter of the devices: the peer asks every mailbox for everything, seven
    seconds for each. All devices would make the difference greater and the wait longer.
    """
    listing = "list -vvv -m mem0,mem1,mem2,mem3"
    # The first run fills the cache.
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
    """Waits until no memory is in use, the daemon has noticed, and nothing is left to do."""
    assert guest.used() == []
    guest.wait_until("[ $(cxlfm list -R -i 2>/dev/null | grep -c region) -eq 0 ]")
    guest.run("sleep 1")


@dataclass
class AddTimes:
    """Times of additions of the same memory, round by round, in milliseconds."""

    ours: list[float]
    script: list[float]
    bare: list[float]


def time_additions(
    guest: Guest, cxlfm: Manager, ways: int, rounds: int, *, bare: bool
) -> AddTimes:
    """The time from the call until the node's memory is usable; the removal is not measured."""
    by_serial = {m["serial"]: m["memdev"] for m in guest.json("cxl list -M")}
    memdevs = [by_serial[serial] for serial in range(1, ways + 1)]
    size = ways * DEVICE
    before = sum(guest.node_memory().values())
    request = f"add-memory {size} -w {ways} -m {','.join(memdevs)}"

    def add(command: str) -> float:
        (cost,) = run_many(guest, 1, command)
        assert sum(guest.node_memory().values()) == before + size
        return cost.wall

    def add_without_us(command: str) -> float:
        with daemon_stopped(guest):
            wall = add(command)
            guest.run("sh /bench/remove-memory.sh region0", timeout=60)
        settle(guest, cxlfm)
        return wall

    times = AddTimes([], [], [])
    for _ in range(rounds):
        plan = cxlfm.json(f"{request} --dry-run")["plan"]
        guest.put("/run/writes", lines_of(plan["steps"]))
        times.ours.append(add(f"cxlfm {request}"))
        cxlfm.remove_memory("region0")
        settle(guest, cxlfm)
        script = f"sh /bench/add-memory.sh decoder0.0 {' '.join(memdevs)}"
        times.script.append(add_without_us(script))
        if bare:
            times.bare.append(add_without_us("bare-writes /run/writes"))
    return times


def add_memory_lines(
    guest: Guest, cxlfm: Manager, rounds: int, how: str, *, bare: bool = False
) -> list[Line]:
    limit, aim = BARE_ADD
    lines = []
    for ways in (1, 4):
        times = time_additions(guest, cxlfm, ways, rounds, bare=bare)
        name = f"add-memory, {ways} memdev{'s' if ways > 1 else ''}"
        ours, script = statistics.median(times.ours), statistics.median(times.script)
        lines.append(Line(f"{name} : script, {how}", ours, script, 0.8, "ms"))
        if bare:
            least = statistics.median(times.bare)
            lines.append(Line(f"{name} : bare writes, {how}", ours, least, limit, "ms", aim))
    return lines


def memory_lines(guest: Guest) -> list[Line]:
    """Memory of the two resident programs, and of all processes with each shared page counted once: the
    helper's reader is a fork of it.
    """
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
    rows = [["", "ours", "peer", "ratio", "limit", "aim", ""], *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(), flush=True)


def measure_counted(guest: Guest, cxlfm: Manager) -> list[Line]:
    return [
        *list_lines(guest),
        *add_memory_lines(guest, cxlfm, ROUNDS_ADD_COUNTED, "1 CPU, counted", bare=True),
        verbose_line(guest, cxlfm),
        *memory_lines(guest),
        idle_line(guest),
    ]


def measure_by_clock(guest: Guest, cxlfm: Manager) -> list[Line]:
    return add_memory_lines(guest, cxlfm, ROUNDS_ADD_CLOCK, "2 CPUs, wall")


def measure(counted: bool, part: Callable[[Guest, Manager], list[Line]]) -> list[Line]:
    programs = [BUILD / "test/bench" / name for name in ("run-many", "bare-list", "bare-writes")]
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
