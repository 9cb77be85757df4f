# SPDX-License-Identifier: GPL-2.0-only
"""Steps that fail, workers and daemons that are killed: all is as before, or can be cleaned up.

Beside all that stands a region with somebody's data in its memory, which nothing may touch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from accidents import HELPER, duration_ms, fail_at, kernel_view, killed, left_at
from guest import Guest
from manager import POLICY, Holder, Manager, auto_online, kernel_regions, manager
from topology import MIB

pytestmark = pytest.mark.topology("one_switch", programs=(HELPER,))

ADD = "add-memory 512M"
# An error without its effect, and an effect without its answer. The other two of failing-helper.c
# leave the same on the host.
KINDS = ("fail-before", "kill-after")
WORKERS = "cxlfm-worker cxlfm-reader"
KILLS = 12
MIDDLES = 4


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
                remove = next_step(cxlfm, remove, command, with_region, holder)
            if region_of(guest):
                cxlfm.remove_memory(region)
            assert kernel_view(guest) == before


def next_step(cxlfm: Manager, n: int, arguments: str, before: Any, holder: Holder) -> int:
    """Fails step n in every way; the number of the next one, or 0 when there is no step n."""
    for kind in KINDS:
        result = fail_at(cxlfm, n, kind, arguments)
        if result is None:
            # All steps of the way and none of the way back were had.
            assert n > 12
            return 0
        assert result.returncode == 1, f"step {n} {kind}: {result}"
        assert kernel_view(cxlfm.guest) == before, f"step {n} {kind}: {result}"
        assert holder.check().startswith("ok")
    return n + 1


def region_of(guest: Guest) -> str | None:
    """The region that the test is about."""
    names = [region["region"] for region in kernel_regions(guest) if region["size"] != 256 * MIB]
    return names[0] if names else None


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


def test_daemon_is_killed(guest: Guest) -> None:
    """After every step: nobody takes anything back, but a new daemon can."""
    with Restarts(guest) as daemons:
        for arguments in (ADD, "remove-memory"):
            n, reached = 0, True
            while reached:
                n += 1
                region = added(daemons.cxlfm) if arguments != ADD else ""
                reached = left_at(daemons.cxlfm, n, f"{arguments} {region}")
                daemons.next(f"{arguments} left at step {n}")
            assert n > 12


def test_daemon_is_killed_in_the_middle(guest: Guest) -> None:
    """While the kernel is at work."""
    with Restarts(guest) as daemons:
        adding = duration_ms(guest, ADD)
        removing = duration_ms(guest, f"remove-memory {region_of(guest)}")
        for i in range(1, MIDDLES + 1):
            killed(guest, ADD, "cxlfmd", adding * i // (MIDDLES + 1))
            daemons.next(f"add {i}")
            remove = f"remove-memory {added(daemons.cxlfm)}"
            killed(guest, remove, "cxlfmd", removing * i // (MIDDLES + 1))
            daemons.next(f"remove {i}")


class Restarts:
    """One daemon after the other, on a host where a process has data in the memory of a region."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest
        self._policy = auto_online(guest)

    def __enter__(self) -> Restarts:
        self.cxlfm = Manager(self._guest, "--helper /usr/bin/failing-helper")
        self._neighbour = self.cxlfm.add_memory("256M --memdevs mem0")
        self._holder = Holder(self._guest, self._neighbour["node"], 1 * MIB, seed=12)
        self._before = kernel_view(self._guest)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._holder.end()
            self.cxlfm.remove_memory(self._neighbour["region"]["region"])
            self.cxlfm.stop()

    def next(self, what: str) -> None:
        """The daemon has died: its successor takes down what it left; nothing else is touched."""
        guest = self._guest
        # The helper ends by itself: no step is begun any more.
        guest.wait_until(f"! pidof cxlfmd failing-helper {WORKERS}", interval=0.02)
        assert self._holder.check().startswith("ok"), what
        # Whose policy it is nobody knows any more.
        assert auto_online(guest) in (self._policy, "offline", "online_movable"), what
        guest.run(f"echo {self._policy} >{POLICY}")
        guest.run("rm -f /run/cxlfm/cxlfm.sock")
        self.cxlfm = Manager(guest, "--helper /usr/bin/failing-helper")
        region = region_of(guest)
        if region:
            assert region in [item["region"] for item in self.cxlfm.json("list -R -i")], what
            self.cxlfm.run(f"destroy-region {region} -f")
        assert kernel_view(guest) == self._before, what
        assert guest.dmesg_warnings() == [], what
