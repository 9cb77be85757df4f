# SPDX-License-Identifier: GPL-2.0-only
"""Failing steps of adding and removing memory, beside a region with somebody's data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accidents import fail_at, kernel_view, region_of
from guest import Guest
from manager import Holder, Manager, manager
from topology import MIB

ADD = "add-memory 512M"
# An error without its effect, and an effect without its answer. The other two kinds of failing-helper.c leave
# the same on the host.
KINDS = ("fail-before", "kill-after")


@contextmanager
def neighbour(cxlfm: Manager) -> Iterator[Holder]:
    """Memory in use by a process, beside the test's memory."""
    outcome = cxlfm.add_memory("256M --memdevs mem0")
    holder = Holder(cxlfm.guest, outcome["node"], 1 * MIB, seed=11)
    yield holder
    assert holder.check().startswith("ok")
    holder.end()
    cxlfm.remove_memory(outcome["region"]["region"])


def added(cxlfm: Manager) -> str:
    """Adds the test's memory; returns its region."""
    return cxlfm.add_memory("512M")["region"]["region"]


def fail_steps(guest: Guest, stride: int) -> None:
    """Fails each stride-th step of adding and of removing: all is taken back, and the same command works
    again.
    """
    with manager(guest, "--helper /usr/bin/failing-helper") as cxlfm, neighbour(cxlfm) as holder:
        before = kernel_view(guest)
        add, remove = 1, 1
        while add or remove:
            if add:
                add = next_step(cxlfm, add, stride, ADD, before, holder)
            region = region_of(guest) or added(cxlfm)
            if remove:
                command, with_region = f"remove-memory {region}", kernel_view(guest)
                remove = next_step(cxlfm, remove, stride, command, with_region, holder, before)
            if region_of(guest):
                cxlfm.remove_memory(region)
            assert kernel_view(guest) == before


def next_step(
    cxlfm: Manager,
    n: int,
    stride: int,
    arguments: str,
    before: Any,
    holder: Holder,
    removed: Any = None,
) -> int:
    """Fails step n in every way; returns the number of the next one, or 0 if there is no step n."""
    for kind in KINDS:
        result = fail_at(cxlfm, n, kind, arguments)
        if result is None:
            # All steps of the way forward have failed once, and none of the way back.
            assert n > 12
            return 0
        if result.returncode == 0:
            # A step that can't be undone any more is tried once more.
            assert kernel_view(cxlfm.guest) == removed, f"{n} {kind}"
            assert added(cxlfm) == arguments.split()[1]
            continue
        assert result.returncode == 1, f"step {n} {kind}: {result}"
        assert kernel_view(cxlfm.guest) == before, f"step {n} {kind}: {result}"
        assert holder.check().startswith("ok")
    return n + stride
