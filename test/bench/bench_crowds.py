# SPDX-License-Identifier: GPL-2.0-only
"""How long one user waits while another does to the daemon what he can, and what memory that takes.

A daemon with a model of a kernel and 64 memdevs, started with the limits that systemd gives a
service. Each crowd is one user, with as many connections as he is let have of those that he tries.
What is compared is the 99th percentile of another user's calls, each on a connection of its own.
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
# What is tried: one, some, and more than anybody is let have.
CROWDS = [
    *(("version", count) for count in (1, 64, 200, 1000)),
    *(
        (kind, 1000)
        for kind in ("list", "lists", "record", "tree", "plan", "idle", "slow", "half", "monitor", "wait")
    ),
    ("connect", 1),
]
CALLS = 200
# Another program that wants the processor in that moment is not ours: the best of so many.
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
    """Resident, once the crowd has gone."""
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
