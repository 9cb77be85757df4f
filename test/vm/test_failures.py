# SPDX-License-Identifier: GPL-2.0-only
"""Steps that fail and workers that are killed: all is as before.

Beside all that stands a region with somebody's data in its memory, which nothing may touch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from accidents import HELPER, duration_ms, fail_at, kernel_view, killed, region_of
from guest import Guest
from manager import Holder, Manager, manager
from topology import MIB

pytestmark = pytest.mark.topology("one_switch", programs=(HELPER,))

ADD = "add-memory 512M"
# An error without its effect, and an effect without its answer. The other two of failing-helper.c
# leave the same on the host.
KINDS = ("fail-before", "kill-after")
WORKERS = "cxlfm-worker cxlfm-reader"
KILLS = 12


@contextmanager
def neighbour(cxlfm: Manager) -> Iterator[Holder]:
    """Memory in use by a process, beside the memory that the test is about."""
    outcome = cxlfm.add_memory("256M --memdevs mem0")
    holder = Holder(cxlfm.guest, outcome["node"], 1 * MIB, seed=11)
    yield holder
    assert holder.check().startswith("ok")
    holder.end()
    cxlfm.remove_memory(outcome["region"]["region"])


def added(cxlfm: Manager) -> str:
    """Adds what the test is about; its region."""
    return cxlfm.add_memory("512M")["region"]["region"]


def test_every_step_fails(guest: Guest) -> None:
    """Of adding and of removing: all is taken back, and the same command can be given again."""
    with manager(guest, "--helper /usr/bin/failing-helper") as cxlfm, neighbour(cxlfm) as holder:
        before = kernel_view(guest)
        add, remove = 1, 1
        while add or remove:
            if add:
                add = next_step(cxlfm, add, ADD, before, holder)
            region = region_of(guest) or added(cxlfm)
            if remove:
                command, with_region = f"remove-memory {region}", kernel_view(guest)
                remove = next_step(cxlfm, remove, command, with_region, holder, before)
            if region_of(guest):
                cxlfm.remove_memory(region)
            assert kernel_view(guest) == before


def next_step(
    cxlfm: Manager, n: int, arguments: str, before: Any, holder: Holder, removed: Any = None
) -> int:
    """Fails step n in every way; the number of the next one, or 0 when there is no step n."""
    for kind in KINDS:
        result = fail_at(cxlfm, n, kind, arguments)
        if result is None:
            # All steps of the way and none of the way back were had.
            assert n > 12
            return 0
        if result.returncode == 0:
            # What can't be undone any more is tried once more.
            assert kernel_view(cxlfm.guest) == removed, f"{n} {kind}"
            assert added(cxlfm) == arguments.split()[1]
            continue
        assert result.returncode == 1, f"step {n} {kind}: {result}"
        assert kernel_view(cxlfm.guest) == before, f"step {n} {kind}: {result}"
        assert holder.check().startswith("ok")
    return n + 1


def test_workers_are_killed(guest: Guest) -> None:
    """At any moment: before, in the middle of and after whatever the kernel is asked to do."""
    with manager(guest) as cxlfm, neighbour(cxlfm) as holder:
        before = kernel_view(guest)
        adding = duration_ms(guest, ADD)
        removing = duration_ms(guest, f"remove-memory {region_of(guest)}")
        for i in range(KILLS):
            code = killed(guest, ADD, WORKERS, adding * i // KILLS)
            region = region_of(guest)
            assert (code == 0) == (region is not None), f"add {i}: {code}"
            assert region or kernel_view(guest) == before, f"add {i}: {code}"
            region = region or added(cxlfm)
            middle = kernel_view(guest)
            code = killed(guest, f"remove-memory {region}", WORKERS, removing * i // KILLS)
            left = region_of(guest)
            assert (code == 0) == (left is None), f"remove {i}: {code}"
            assert kernel_view(guest) == (middle if left else before), f"remove {i}: {code}"
            if left:
                cxlfm.remove_memory(region)
            assert holder.check().startswith("ok")
            assert guest.dmesg_warnings() == []
