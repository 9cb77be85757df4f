# SPDX-License-Identifier: GPL-2.0-only
"""Other hands: cxl and daxctl change a claim's memory, or its device goes. The claim is mended, or
reported and left, as its wish says.
"""

from __future__ import annotations


import time
from typing import Any

import pytest

from accidents import kernel_view
from claims import conditions, settle, view
from guest import Guest
from manager import Manager, kernel_regions, manager
from topology import Device

PLUGGED = Device(50)

# The memory is not online: the kernel crashes at the reset of a device with online memory.
DEVDAX = "claims: [{name: dax, size: 256M, goal: devdax, drift: leave, members: [{serial: 50}]}]"

STATE = """
claims:
  - {{name: alone, size: 256M, members: [{{serial: 3}}]}}
  - {{name: kept, size: 256M, members: [{{serial: 2}}], drift: {drift}}}
"""

# Changes of region and dax device by others, and the claim's condition after each.
HANDS = (
    ("daxctl offline-memory {dax}", "MemoryOffline"),
    ("daxctl reconfigure-device -f -m devdax {dax}", "OtherMode"),
    ("cxl disable-region -f {region}", "RegionDisabled"),
    ("cxl destroy-region -f {region}", "RegionMissing"),
)


def wait_for(cxlfm: Manager, name: str, condition: str, reason: str = "") -> None:
    """Waits until the claim holds a condition, for a reason if one is given."""
    deadline = time.monotonic() + 30
    while True:
        held = conditions(cxlfm)[name]
        if condition in held and reason in ("", held[condition]):
            return
        assert time.monotonic() < deadline, held
        time.sleep(0.05)


def of_claim(cxlfm: Manager, name: str) -> dict[str, str]:
    claim = next(claim for claim in cxlfm.json("list --claims") if claim["name"] == name)
    region = claim["region"]
    return {"region": region, "dax": f"dax{region.removeprefix('region')}.0"}


@pytest.mark.topology("one_switch")
def test_drift_is_mended(guest: Guest) -> None:
    guest.put("/tmp/state.yaml", STATE.format(drift="mend"))
    with manager(guest) as cxlfm:
        cxlfm.run("apply /tmp/state.yaml")
        before = view(guest)
        for command, reason in HANDS:
            since = len(cxlfm.log)
            guest.run(command.format(**of_claim(cxlfm, "kept")))
            # The claim reports the change at once, but does not undo it at once.
            wait_for(cxlfm, "kept", "Degraded", reason)
            wait_for(cxlfm, "kept", "Online")
            assert view(guest) == before, command
            assert "kept: as wanted" in cxlfm.log[since:], command
            assert "Online" in conditions(cxlfm)["alone"]
        assert guest.dmesg_warnings() == []
        cxlfm.run("remove-memory kept")
        cxlfm.run("remove-memory alone")


@pytest.mark.topology("one_switch")
def test_drift_is_left(guest: Guest) -> None:
    guest.put("/tmp/state.yaml", STATE.format(drift="leave"))
    with manager(guest) as cxlfm:
        cxlfm.run("apply /tmp/state.yaml")
        for command, reason in HANDS:
            guest.run(command.format(**of_claim(cxlfm, "kept")))
            wait_for(cxlfm, "kept", "Degraded", reason)
            assert conditions(cxlfm)["kept"]["Stalled"] == "LeftAlone", command
            after = kernel_view(guest)
            time.sleep(3)
            assert kernel_view(guest) == after, command
            cxlfm.run("remove-memory kept")
            cxlfm.run("apply /tmp/state.yaml")
        cxlfm.run("remove-memory kept")
        cxlfm.run("remove-memory alone")


@pytest.mark.topology("one_switch")
def test_a_contest_takes_longer_and_longer(guest: Guest) -> None:
    """Somebody undoes the mending each time."""
    guest.put("/tmp/state.yaml", STATE.format(drift="mend"))
    with manager(guest) as cxlfm:
        cxlfm.run("apply /tmp/state.yaml")
        region = of_claim(cxlfm, "kept")["region"]
        times = []
        for _ in range(4):
            guest.run(f"cxl disable-region -f {region}")
            wait_for(cxlfm, "kept", "Degraded")
            begin = time.monotonic()
            wait_for(cxlfm, "kept", "Online")
            times.append(time.monotonic() - begin)
        assert times[3] > 2 * times[0], times
        cxlfm.run("remove-memory kept")
        cxlfm.run("remove-memory alone")


@pytest.mark.topology("one_switch")
@pytest.mark.leaves_host("memory of a pulled device")
@pytest.mark.parametrize("zone", ["offline", "movable"])
def test_a_device_goes_and_comes(guest: Guest, zone: str) -> None:
    """The rest of the region is taken down; when the device is back, in another slot, all is as before."""
    with manager(guest) as cxlfm:
        guest.plug(PLUGGED)
        guest.wait_until("cxlfm list -M -s 50 | grep -q serial", interval=0.02)
        members = "members: [{serial: 50}, {serial: 1}]"
        guest.put("/tmp/pair.yaml", f"claims: [{{name: pair, size: 512M, zone: {zone}, {members}}}]")
        cxlfm.run("apply /tmp/pair.yaml")
        before = view(guest)
        guest.unplug(PLUGGED)
        guest.wait_until("! cxlfm list -R -i | grep -q region", timeout=30)
        assert kernel_regions(guest) == []
        held = conditions(cxlfm)["pair"]
        assert (held["Lost"], held["Stalled"]) == ("DeviceMissing", "Waiting")
        # All resources are free again: the other memdev can be used.
        cxlfm.run("add-memory 256M --memdevs serial:1 --name other")
        cxlfm.run("remove-memory other")
        guest.plug(PLUGGED)
        wait_for(cxlfm, "pair", "Online")
        assert view(guest) == before
        cxlfm.run("remove-memory pair")
        assert kernel_regions(guest) == []
        if zone == "offline":
            assert guest.dmesg_warnings() == []


def replug(guest: Guest, host: str) -> None:
    """Takes a PCI function out and puts it in again, faster than any look."""
    guest.run(f"cd /sys/bus/pci; echo 1 >devices/{host}/remove; echo 1 >rescan")


def recover(guest: Guest) -> None:
    """The kernel recovers the plugged device from a fatal error."""
    host = guest.json("cxl list -M -s 50")[0]["host"]
    guest.run("dmesg -c >/dev/null")
    guest.fail(PLUGGED, "DLP")
    guest.wait_until("dmesg | grep -q 'device recovery [sf]'")
    # On a slow machine the work that ends the old endpoint is still pending when the kernel makes the new one
    # ("probe with driver cxl_mem failed with error -16"), and the kernel gives up.
    if guest.run("dmesg | grep -q 'device recovery failed'", check=False).returncode == 0:
        replug(guest, host)


@pytest.mark.topology("one_switch")
@pytest.mark.leaves_host("a device that was plugged in")
def test_what_the_kernel_recovers_is_mended(guest: Guest) -> None:
    """Also for a claim that leaves changes by others: the loss of a device is nobody's will. A region that
    somebody has taken down before stays down.
    """
    with manager(guest) as cxlfm:
        guest.plug(PLUGGED)
        guest.wait_until("cxlfm list -M -s 50 | grep -q serial", interval=0.02)
        guest.put("/tmp/dax.yaml", DEVDAX)
        cxlfm.run("apply /tmp/dax.yaml")
        before = view(guest)
        for _ in range(3):
            since = len(cxlfm.log)
            recover(guest)
            wait_for(cxlfm, "dax", "Online")
            assert view(guest) == before
            assert "the kernel has reset the memdev with the serial number 0x32" in cxlfm.log[since:]
        # Out and in again before any look.
        since = len(cxlfm.log)
        replug(guest, guest.json("cxl list -M -s 50")[0]["host"])
        # The kernel may still have to take the region down; the claim looks well until then.
        deadline = time.monotonic() + 30
        while "dax: as wanted" not in cxlfm.log[since:]:
            assert time.monotonic() < deadline, (conditions(cxlfm)["dax"], cxlfm.log[since:])
            time.sleep(0.05)
        wait_for(cxlfm, "dax", "Online")
        assert view(guest) == before
        guest.run(f"cxl destroy-region -f {of_claim(cxlfm, 'dax')['region']}")
        wait_for(cxlfm, "dax", "Stalled", "LeftAlone")
        time.sleep(1)
        recover(guest)
        time.sleep(3)
        assert conditions(cxlfm)["dax"]["Stalled"] == "LeftAlone"
        assert kernel_regions(guest) == []
        cxlfm.run("remove-memory dax")
