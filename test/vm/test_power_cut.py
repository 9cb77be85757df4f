# SPDX-License-Identifier: GPL-2.0-only
"""The power goes in the middle of a change: a change without an answer is there or is not, but never half. A
device may be missing when the power is back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from claims import conditions, settle, view
from guest import Guest
from manager import Manager, kernel_regions, manager
from test_reboot import check_claims_are_back
from topology import TOPOLOGIES, Device

ONE_SWITCH = TOPOLOGIES["one_switch"]
PLUGGED = Device(50)
FILL = "dd if=/dev/zero of=/var/lib/cxlfm/fill bs=1k 2>/dev/null"
CUTS_MS = (20, 60, 100, 140, 180)
RESETS = (Guest.reset, Guest.press_reset)


def test_claims_are_back_after_the_button(tmp_path: Path) -> None:
    check_claims_are_back(tmp_path, Guest.press_reset)


def test_a_device_comes_late(tmp_path: Path) -> None:
    """Without the device the claim is lost, and says so; with it, the claim is mended."""
    with Guest(ONE_SWITCH, disk=tmp_path / "disk") as guest:
        guest.plug(PLUGGED)
        with manager(guest) as cxlfm:
            cxlfm.run("add-memory 256M --name late --memdevs serial:50")
            before = view(guest)
        guest.reset()
        with manager(guest) as cxlfm:
            settle(cxlfm)
            assert kernel_regions(guest) == []
            assert conditions(cxlfm)["late"]["Lost"] == "DeviceMissing"
            # Only the wish is left, and the wish can't be dropped on a full disk.
            guest.run(FILL, check=False)
            assert cxlfm.run("remove-memory late", check=False).returncode == 1
            assert conditions(cxlfm)["late"]["Lost"] == "DeviceMissing"
            guest.run("rm /var/lib/cxlfm/fill")
            guest.plug(PLUGGED)
            guest.wait_until("cxlfm list --claims | grep -A1 Online | grep -q true", timeout=30)
            assert view(guest) == before
            cxlfm.run("remove-memory late")
            assert kernel_regions(guest) == []


def test_power_is_cut(tmp_path: Path) -> None:
    """In the middle of adding and of removing: a claim and its memory both exist, or neither."""
    with Guest(ONE_SWITCH, disk=tmp_path / "disk") as guest:
        with manager(guest) as cxlfm:
            cxlfm.run("add-memory 256M --name first --memdevs serial:1")
        names = ["first"]
        for i, delay in enumerate(CUTS_MS):
            reset = RESETS[i % len(RESETS)]
            if "second" in names:
                names = cut(guest, "remove-memory second", delay, reset)
            else:
                command = "add-memory 512M --name second --memdevs serial:2,serial:3"
                names = cut(guest, command, delay, reset)
            assert "first" in names, delay
            assert names in (["first"], ["first", "second"]), delay


def cut(guest: Guest, arguments: str, delay_ms: int, reset: Callable[[Guest], None]) -> list[str]:
    """Cuts the power while a command runs; returns the claims after the next start."""
    cxlfm = Manager(guest)
    settle(cxlfm)
    guest.run(f"cxlfm {arguments} >/dev/null 2>&1 & usleep {delay_ms * 1000}")
    reset(guest)
    with manager(guest) as cxlfm:
        settle(cxlfm)
        claims = conditions(cxlfm)
        assert all("Online" in held for held in claims.values()), delay_ms
        members = [region["members"] for region in view(guest)]
        assert members == [[1], [2, 3]][: len(claims)], delay_ms
        assert all(r["online"] == r["blocks"] for r in view(guest)), delay_ms
        assert guest.dmesg_warnings() == [], delay_ms
    return sorted(claims)
