# SPDX-License-Identifier: GPL-2.0-only
"""Beside others: udevd with its rules, files that are renamed, file systems that come and go.

A system call that resolves a path below a folder is told to try again when anything was renamed or
mounted meanwhile, on any file system, by anybody. So a host where nothing else goes on proves nothing.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from accidents import HELPER, fail_at, kernel_view
from guest import Guest
from manager import kernel_regions, manager

pytestmark = pytest.mark.topology("one_switch", udev=True, programs=(HELPER,))

ROUNDS = 4
ACCIDENTS = range(4, 15, 3)

# By a stranger, in no group of ours: renaming needs no right to anything but a folder of one's own.
RENAMES = "exec busy-host rename /tmp/renames"
MOUNTS = "exec busy-host mount /tmp/mounts"
LOCKS = "exec busy-host lock /sys/bus/cxl"
EVENTS = "while :; do udevadm trigger; udevadm settle; done"


@contextmanager
def beside(guest: Guest, command: str) -> Iterator[None]:
    """While this goes on."""
    guest.run("mkdir -p /tmp/mounts /tmp/renames")
    process = guest.start_process(command)
    try:
        yield
        assert process.returncode is None, str(process.result())
    finally:
        process.signal(signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(
    "command", [RENAMES, MOUNTS, LOCKS, EVENTS], ids=["renames", "mounts", "locks", "events"]
)
def test_memory_comes_and_goes(guest: Guest, command: str) -> None:
    """Each time, and with nothing left over."""
    with manager(guest) as cxlfm, beside(guest, command):
        for _ in range(ROUNDS):
            region = cxlfm.add_memory("512M")["region"]["region"]
            assert [r["region"] for r in kernel_regions(guest)] == [region]
            cxlfm.remove_memory(region)
            assert guest.used() == []


def test_only_root_can_hold_up_a_change(guest: Guest) -> None:
    """The helper's own lock, and the folder that it is in."""
    with manager(guest) as cxlfm:
        cxlfm.remove_memory(cxlfm.add_memory("512M")["region"]["region"])
        for path in ("/run/cxlfm-helper", "/run/cxlfm-helper/lock"):
            locked = guest.run(f"busy-host lock {path}", check=False)
            assert "Permission denied" in locked.stderr, str(locked)


def test_what_fails_is_undone(guest: Guest) -> None:
    """Undoing goes the same way as doing, and has no second chance."""
    with manager(guest, "--helper /usr/bin/failing-helper") as cxlfm, beside(guest, RENAMES):
        before = kernel_view(guest)
        for n in ACCIDENTS:
            result = fail_at(cxlfm, n, "kill-after", "add-memory 512M")
            assert result is not None and result.returncode == 1, f"step {n}: {result}"
            assert kernel_view(guest) == before, f"step {n}: {result}"
