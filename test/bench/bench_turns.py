# SPDX-License-Identifier: GPL-2.0-only
"""The longest turn of the event loop for each method with its largest parameters, by size of the host.

test/functional/test_turns.py holds the limit for 64 memdevs in every run of the tests; this file has the
larger hosts, and a table. The cost of a change that a monitor hears of is part of the looks.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "functional"))

from largest import Crowded, largest_calls, methods

# Bridges, and memdevs at each.
HOSTS = {16: (2, 8), 64: (4, 16), 256: (8, 32), 1024: (16, 64)}
LIMITS_US = {16: 20_000, 64: 20_000, 256: 100_000, 1024: 100_000}
ROUNDS = 5


def longest_turns(folder: Path, bridges: int, memdevs: int) -> dict[str, int]:
    """Microseconds. The best of some rounds: other work of the machine does not count."""
    folder.mkdir()
    with Crowded(folder, bridges, memdevs) as crowded:
        longest = {"(start)": max(crowded.turns(), default=0)}
        for method, calls in largest_calls().items():
            turns = [
                min(crowded.longest(method, parameters)[0] for _ in range(ROUNDS)) for parameters in calls
            ]
            longest[method] = max(turns)
        return longest


def test_longest_turns(tmp_path: Path) -> None:
    table = {size: longest_turns(tmp_path / str(size), *shape) for size, shape in HOSTS.items()}
    print("\nlongest turn, ms of the processor" + "".join(f"{size:>8}" for size in HOSTS))
    for name in ["(start)", *methods()]:
        print(f"{name:33}" + "".join(f"{table[size][name] / 1000:8.1f}" for size in HOSTS))
    for size, turns in table.items():
        late = {name: us for name, us in turns.items() if us > LIMITS_US[size]}
        assert not late, (size, late)
