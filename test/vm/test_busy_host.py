# SPDX-License-Identifier: GPL-2.0-only
"""Other work on the host: udevd with its rules, renamed files, file systems that come and go.

A system call that resolves a path below a folder has to be repeated whenever anybody renames or mounts
anything meanwhile, on any file system. So a quiet host proves nothing.
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

# A stranger, in no group of ours: a rename needs no right but to a folder of one's own.
RENAMES = "exec busy-host rename /tmp/renames"
MOUNTS = "exec busy-host mount /tmp/mounts"
LOCKS = "exec busy-host lock /sys/bus/cxl"
EVENTS = "while :; do udevadm trigger; udevadm settle; done"


@contextmanager
def beside(guest: Guest, command: str) -> Iterator[None]:
    """Makes the other work for the length of a block."""
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
    """Memory comes and goes each time, and nothing is left over."""
    with manager(guest) as cxlfm, beside(guest, command):
        for _ in range(ROUNDS):
            region = cxlfm.add_memory("512M")["region"]["region"]
            assert [r["region"] for r in kernel_regions(guest)] == [region]
            cxlfm.remove_memory(region)
            assert guest.used() == []


# udev loads a driver for a memdev's function some seconds after the memdev has come.
LATE_DRIVER = """ACTION=="add", SUBSYSTEM=="pci", ATTR{{class}}=="0x050210", \
RUN+="/bin/sh -c 'sleep {seconds}; echo %k >/sys/bus/pci/drivers/cxl_pci/bind'"
"""
COME_AGAIN = """
set -e
function=$(basename $(dirname $(readlink -f /sys/bus/cxl/devices/{memdev})))
udevadm control --reload
echo 0 >/sys/bus/pci/drivers_autoprobe
echo 1 >/sys/bus/pci/devices/$function/remove
cxlfm list -M | grep -c serial
echo 1 >/sys/bus/pci/rescan
cut -d' ' -f1 /proc/uptime
cxlfm list -M | grep -c serial
cut -d' ' -f1 /proc/uptime
"""


def come_again(guest: Guest, seconds: int) -> tuple[int, int, float]:
    """The number of memdevs without the first one, and after it is back; and the time of the answer."""
    memdev = guest.json("cxl list -M")[0]["memdev"]
    guest.put("/run/udev/rules.d/99-late.rules", LATE_DRIVER.format(seconds=seconds))
    told = guest.run(COME_AGAIN.format(memdev=memdev)).stdout.split()
    return int(told[0]), int(told[2]), float(told[3]) - float(told[1])


def test_driver_that_udev_loads_is_waited_for(guest: Guest) -> None:
    """As with cxl list: a question after modprobe or a hotplug is about the new objects."""
    with manager(guest) as cxlfm:
        count = len(cxlfm.json("list -M"))
        assert come_again(guest, 1)[:2] == (count - 1, count)
        without, after, seconds = come_again(guest, 50)
        assert (without, after) == (count - 1, count - 1)
        assert 4 < seconds < 10
        guest.run("killall sleep; udevadm settle; echo 1 >/sys/bus/pci/drivers_autoprobe")
        assert len(cxlfm.json("list -M")) == count


def test_only_root_can_hold_up_a_change(guest: Guest) -> None:
    """Only root can open the helper's lock, or change the folder of the lock."""
    with manager(guest) as cxlfm:
        cxlfm.remove_memory(cxlfm.add_memory("512M")["region"]["region"])
        for path in ("/run/cxlfm-helper", "/run/cxlfm-helper/lock"):
            locked = guest.run(f"busy-host lock {path}", check=False)
            assert "Permission denied" in locked.stderr, str(locked)


def test_what_fails_is_undone(guest: Guest) -> None:
    """The undo resolves the same paths as the change, and has no second chance."""
    with manager(guest, "--helper /usr/bin/failing-helper") as cxlfm, beside(guest, RENAMES):
        before = kernel_view(guest)
        for n in ACCIDENTS:
            result = fail_at(cxlfm, n, "kill-after", "add-memory 512M")
            assert result is not None and result.returncode == 1, f"step {n}: {result}"
            assert kernel_view(guest) == before, f"step {n}: {result}"
