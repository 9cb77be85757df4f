# SPDX-License-Identifier: GPL-2.0-only
"""The daemon is killed: a new one can clean up what it left, and nobody's data is touched."""

from __future__ import annotations

import pytest

from accidents import HELPER, duration_ms, kernel_view, killed, left_at, region_of
from guest import Guest
from manager import POLICY, Holder, Manager, auto_online
from topology import MIB

pytestmark = pytest.mark.topology("one_switch", programs=(HELPER,))

ADD = "add-memory 512M"
WORKERS = "cxlfm-worker cxlfm-reader"
MIDDLES = 10


def added(cxlfm: Manager) -> str:
    """Adds what the test is about; its region."""
    return cxlfm.add_memory("512M")["region"]["region"]


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
