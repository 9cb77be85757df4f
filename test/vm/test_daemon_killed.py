# SPDX-License-Identifier: GPL-2.0-only
"""The daemon is killed: the next one takes the rest back, by itself and before anything else, and touches
nobody's data.
"""

from __future__ import annotations

import pytest

from accidents import HELPER, duration_ms, kernel_view, killed, left_at, region_of
from guest import Guest
from manager import Holder, Manager, auto_online, kernel_dax
from topology import MIB

pytestmark = pytest.mark.topology("one_switch", programs=(HELPER,))

ADD = "add-memory 512M"
WORKERS = "cxlfm-worker cxlfm-reader"
MIDDLES = 10
HELPED = "--helper /usr/bin/failing-helper"


def test_daemon_is_killed(guest: Guest) -> None:
    """After every step, the daemon and all its processes."""
    with Restarts(guest) as daemons:
        for adding in (True, False):
            n, reached = 0, True
            while reached:
                n += 1
                command = daemons.prepare(adding)
                reached = left_at(daemons.cxlfm, n, command)
                daemons.next(f"{command} left at step {n}", done=not reached)
            assert n > 12


def test_daemon_is_killed_at_every_point(guest: Guest) -> None:
    """Before and after each step and each entry of the journal, at the places that the daemon itself lists.
    """
    total = 0
    with Restarts(guest) as daemons:
        for adding in (True, False):
            n, done = 0, False
            while not done:
                n += 1
                command = daemons.prepare(adding)
                daemons.restart(fault=str(n))
                result = daemons.cxlfm.run(command, check=False)
                done = result.returncode == 0
                assert done or result.returncode == 9, f"{command} at point {n}: {result}"
                if not done:
                    daemons.next(f"{command} at point {n}", done=False)
            daemons.restart()
            points = daemons.points(daemons.prepare(adding))
            assert len(points) == n - 1
            total += len(points)
    assert total >= 60


def test_daemon_is_killed_in_the_middle(guest: Guest) -> None:
    """While the kernel is at work, which finishes the last write."""
    with Restarts(guest) as daemons:
        adding = duration_ms(guest, ADD)
        removing = duration_ms(guest, f"remove-memory {region_of(guest)}")
        for i in range(1, MIDDLES + 1):
            command = daemons.prepare(adding=True)
            done = killed(guest, command, "cxlfmd", adding * i // (MIDDLES + 1)) == 0
            daemons.next(f"add {i}", done=done)
            command = daemons.prepare(adding=False)
            done = killed(guest, command, "cxlfmd", removing * i // (MIDDLES + 1)) == 0
            daemons.next(f"remove {i}", done=done)


class Restarts:
    """One daemon after the other, on a host where a process has data in the memory of a region."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest
        self._policy = auto_online(guest)

    def __enter__(self) -> Restarts:
        self.cxlfm = Manager(self._guest, HELPED)
        self._neighbour = self.cxlfm.add_memory("256M --memdevs mem0")
        self._holder = Holder(self._guest, self._neighbour["node"], 1 * MIB, seed=12)
        self._idle = kernel_view(self._guest)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.prepare(adding=True)
            self._holder.end()
            self.cxlfm.remove_memory(self._neighbour["region"]["region"])
            self.cxlfm.stop()

    def prepare(self, adding: bool) -> str:
        """Prepares the host for the command that is to be interrupted."""
        region = region_of(self._guest)
        if adding and region:
            self.cxlfm.remove_memory(region)
        elif not adding and not region:
            region = self.cxlfm.add_memory("512M")["region"]["region"]
        self._before, self._adding = kernel_view(self._guest), adding
        return ADD if adding else f"remove-memory {region}"

    def restart(self, fault: str = "") -> None:
        self.cxlfm.stop()
        self.cxlfm = Manager(self._guest, HELPED, fault)

    def points(self, command: str) -> list[str]:
        """Carries a command out, and returns the places at which the daemon can be killed meanwhile."""
        self.restart(fault="list")
        self.cxlfm.run(command)
        self.cxlfm.stop()
        lines = self.cxlfm.log.splitlines()
        self.cxlfm = Manager(self._guest, HELPED)
        return [line for line in lines if line.startswith("fault point ")]

    def _is_done(self) -> bool:
        """Is the host as the command wanted it?"""
        region = region_of(self._guest)
        if not self._adding:
            return kernel_view(self._guest) == self._idle
        if not region:
            return False
        device = kernel_dax(self._guest, f"dax{region.removeprefix('region')}.0")
        return device["online_memblocks"] == device["total_memblocks"] == 512 // 128

    def next(self, what: str, done: bool) -> None:
        """After the daemon's death its successor finishes the rest, and touches nothing else."""
        guest = self._guest
        # The helper ends by itself: no further step is begun.
        guest.wait_until(f"! pidof cxlfmd failing-helper {WORKERS}", interval=0.02)
        assert self._holder.check().startswith("ok"), what
        guest.run("rm -f /run/cxlfm/cxlfm.sock")
        self.cxlfm = Manager(guest, HELPED)
        # Changes come after the recovery: the answer shows that the recovery has ended.
        refused = self.cxlfm.run("remove-memory region999", check=False)
        assert refused.returncode == 3, str(refused)
        # The daemon may have died with only its answer left to send.
        assert kernel_view(guest) == self._before or self._is_done(), what
        assert not done or self._is_done(), what
        assert auto_online(guest) == self._policy, what
        assert guest.dmesg_warnings() == [], what
        assert self._holder.check().startswith("ok"), what
