# SPDX-License-Identifier: GPL-2.0-only
"""The power goes: what was asked for is there again, and what was never answered is there or is not,
but never by half."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accidents import kernel_view
from guest import Guest
from manager import Manager, auto_online, kernel_dax, kernel_region, kernel_regions, manager
from topology import TOPOLOGIES, Device

ONE_SWITCH = TOPOLOGIES["one_switch"]
PLUGGED = Device(50)
FILL = "dd if=/dev/zero of=/var/lib/cxlfm/fill bs=1k 2>/dev/null"
CUTS_MS = (20, 60, 100, 140, 180)


def conditions(cxlfm: Manager) -> dict[str, dict[str, Any]]:
    """By claim: which conditions hold, and why."""
    return {
        claim["name"]: {c["condition"]: c["reason"] for c in claim["conditions"] if c["holds"]}
        for claim in cxlfm.json("list --claims")
    }


def settle(cxlfm: Manager) -> None:
    """Changes come one after the other, also those that the daemon makes by itself."""
    assert cxlfm.run("remove-memory region999", check=False).returncode == 3


def view(guest: Guest) -> list[Any]:
    """What the kernel shows of each region, without the names that it gives anew at each start."""
    serials = {m["memdev"]: m["serial"] for m in guest.json("cxl list -M")}
    result = []
    for name in sorted(region["region"] for region in kernel_regions(guest)):
        region = kernel_region(guest, name)
        dax = kernel_dax(guest, f"dax{name.removeprefix('region')}.0")
        mappings = sorted(region["mappings"], key=lambda m: m["position"])
        result.append({
            "members": [serials[mapping["memdev"]] for mapping in mappings],
            "size": region["size"],
            "granularity": region["interleave_granularity"],
            "state": region["decode_state"],
            "mode": dax["mode"],
            "movable": dax.get("movable"),
            "online": dax.get("online_memblocks"),
            "blocks": dax.get("total_memblocks"),
        })
    return sorted(result, key=lambda region: region["members"])


def test_claims_are_back(tmp_path: Path) -> None:
    with Guest(ONE_SWITCH, disk=tmp_path / "disk") as guest:
        policy = auto_online(guest)
        with manager(guest) as cxlfm:
            cxlfm.run("add-memory 512M --name web --memdevs serial:4,serial:1")
            cxlfm.run("add-memory 256M --name cache --memdevs serial:2 --zone kernel")
            cxlfm.run("add-memory 256M --name raw --memdevs serial:3 --mode devdax")
            before = view(guest)
            assert [r["members"] for r in before] == [[2], [3], [4, 1]]
        for _ in range(2):
            guest.reset()
            assert kernel_regions(guest) == []
            with manager(guest) as cxlfm:
                settle(cxlfm)
                assert view(guest) == before
                assert auto_online(guest) == policy
                assert {name: "Online" in held for name, held in conditions(cxlfm).items()} == {
                    "cache": True, "raw": True, "web": True
                }
        # What is taken away is not brought back.
        guest.reset()
        with manager(guest) as cxlfm:
            settle(cxlfm)
            cxlfm.run("remove-memory web")
            cxlfm.run("remove-memory raw")
        guest.reset()
        with manager(guest) as cxlfm:
            settle(cxlfm)
            assert [r["members"] for r in view(guest)] == [[2]]
            assert list(conditions(cxlfm)) == ["cache"]
        assert guest.dmesg_warnings() == []


def test_a_device_comes_late(tmp_path: Path) -> None:
    """Without it the claim is lost, and says so; with it, it is made good."""
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
            # Nothing but the wish is left, and that can't be given up on a disk that is full.
            guest.run(FILL, check=False)
            assert cxlfm.run("remove-memory late", check=False).returncode == 1
            assert conditions(cxlfm)["late"]["Lost"] == "DeviceMissing"
            guest.run("rm /var/lib/cxlfm/fill")
            guest.plug(PLUGGED)
            guest.wait_until("cxlfm list --claims | grep -A1 Online | grep -q true", timeout=30)
            assert view(guest) == before
            cxlfm.run("remove-memory late")
            assert kernel_regions(guest) == []


def test_disk_is_full(tmp_path: Path) -> None:
    """What can't be noted is not done; nothing else suffers, and it ends with its cause."""
    with Guest(ONE_SWITCH, disk=tmp_path / "disk") as guest:
        with manager(guest) as cxlfm:
            cxlfm.run("add-memory 256M --name first --memdevs serial:1")
            before = kernel_view(guest)
            guest.run(FILL, check=False)
            for arguments in ("add-memory 256M --memdevs serial:2", "remove-memory first"):
                result = cxlfm.run(arguments, check=False)
                assert result.returncode == 1, str(result)
                assert "No space left on device" in result.stderr
                assert kernel_view(guest) == before, arguments
                assert list(conditions(cxlfm)) == ["first"]
            guest.run("rm /var/lib/cxlfm/fill")
            cxlfm.run("add-memory 256M --name second --memdevs serial:2")
            assert sorted(conditions(cxlfm)) == ["first", "second"]
            cxlfm.run("remove-memory second")
            assert [region["members"] for region in view(guest)] == [[1]]


def test_power_is_cut(tmp_path: Path) -> None:
    """In the middle of adding and of removing: a claim and its memory are both there, or neither."""
    with Guest(ONE_SWITCH, disk=tmp_path / "disk") as guest:
        with manager(guest) as cxlfm:
            cxlfm.run("add-memory 256M --name first --memdevs serial:1")
        names = ["first"]
        for delay in CUTS_MS:
            if "second" in names:
                names = cut(guest, "remove-memory second", delay)
            else:
                names = cut(guest, "add-memory 512M --name second --memdevs serial:2,serial:3", delay)
            assert "first" in names, delay
            assert names in (["first"], ["first", "second"]), delay


def cut(guest: Guest, arguments: str, delay_ms: int) -> list[str]:
    """The claims that are there after the power went while a command ran, and came again."""
    cxlfm = Manager(guest)
    settle(cxlfm)
    guest.run(f"cxlfm {arguments} >/dev/null 2>&1 & usleep {delay_ms * 1000}")
    guest.reset()
    with manager(guest) as cxlfm:
        settle(cxlfm)
        claims = conditions(cxlfm)
        assert all("Online" in held for held in claims.values()), delay_ms
        members = [region["members"] for region in view(guest)]
        assert members == [[1], [2, 3]][: len(claims)], delay_ms
        assert all(r["online"] == r["blocks"] for r in view(guest)), delay_ms
        assert guest.dmesg_warnings() == [], delay_ms
    return sorted(claims)
