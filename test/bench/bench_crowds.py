# SPDX-License-Identifier: GPL-2.0-only
"""Measures the time that one user waits while another does his worst to the daemon, and the memory that this
takes.

A daemon with a model of a kernel and 64 memdevs, with the limits that systemd gives a service. Each crowd is
one user, with as many of the tried connections as the daemon accepts. The 99th percentile of another user's
calls is compared, each on a connection of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "functional"))

from crowds import TURN_US, Crowd, Latency, ask, let_in, needs_root, resident_kib
from fake_host import BUILD, FakeHost

BRIDGES, MEMDEVS = 4, 16
# The number of connections: one, some, and more than the daemon accepts.
CROWDS = [
    *(("version", count) for count in (1, 64, 200, 1000)),
    *(
        (kind, 1000)
        for kind in ("list", "lists", "record", "tree", "plan", "idle", "slow", "half", "monitor", "wait")
    ),
    ("connect", 1),
]
CALLS = 200
# Another program may want the processor in that moment: the best of so many rounds.
ROUNDS = 3
RATIO = 3
UNDER_KIB, AFTER_KIB = 64 * 1024, 16 * 1024
REST_S = 10

pytestmark = needs_root


@pytest.fixture(scope="module")
def host() -> Iterator[FakeHost]:
    with tempfile.TemporaryDirectory(prefix="cxlfm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        record = folder / "host.json"
        made = subprocess.check_output([BUILD / "test/bench/make-host", str(BRIDGES), str(MEMDEVS)])
        record.write_bytes(made)
        with FakeHost(folder, str(record), prefix=("prlimit", "--nofile=1024:")) as host:
            let_in(host)
            yield host


def best(host: FakeHost) -> Latency:
    return min((ask(host, CALLS) for _ in range(ROUNDS)), key=lambda latency: latency.p99)


def after(host: FakeHost) -> int:
    """Resident memory, after the crowd has gone."""
    deadline = time.monotonic() + REST_S
    while (resident := resident_kib(host.pid)) > AFTER_KIB and time.monotonic() < deadline:
        time.sleep(0.05)
    return resident


def test_others_are_served(host: FakeHost) -> None:
    quiet = best(host)
    limit = RATIO * quiet.p99 + TURN_US
    print(f"\nquiet: median {quiet.median} us, 99 % {quiet.p99} us; limit {limit} us")
    print("crowd      tried   median     99 %    ratio   RSS under   after")
    missed = []
    for kind, count in CROWDS:
        with Crowd(host, kind, count):
            crowded = best(host)
            under = resident_kib(host.pid)
        left = after(host)
        print(
            f"{kind:10} {count:5} {crowded.median:6} us {crowded.p99:5} us {crowded.p99 / quiet.p99:6.1f}"
            f" {under / 1024:8.1f} MiB {left / 1024:5.1f} MiB"
        )
        if crowded.p99 > limit or under > UNDER_KIB or left > AFTER_KIB:
            missed.append((kind, count))
    assert not missed
