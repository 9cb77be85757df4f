# SPDX-License-Identifier: GPL-2.0-only
"""The power goes: the claims are mended. And the disk that this needs may be full."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from accidents import kernel_view
from claims import conditions, settle, view
from guest import Guest
from manager import auto_online, kernel_regions, manager
from topology import TOPOLOGIES

ONE_SWITCH = TOPOLOGIES["one_switch"]
FILL = "dd if=/dev/zero of=/var/lib/cxlfm/fill bs=1k 2>/dev/null"


def test_claims_are_back(tmp_path: Path) -> None:
    check_claims_are_back(tmp_path, Guest.reset)


def check_claims_are_back(tmp_path: Path, reset: Callable[[Guest], None]) -> None:
    with Guest(ONE_SWITCH, disk=tmp_path / "disk") as guest:
        policy = auto_online(guest)
        with manager(guest) as cxlfm:
            cxlfm.run("add-memory 512M --name web --memdevs serial:4,serial:1")
            cxlfm.run("add-memory 256M --name cache --memdevs serial:2 --zone kernel")
            cxlfm.run("add-memory 256M --name raw --memdevs serial:3 --mode devdax")
            before = view(guest)
            assert [r["members"] for r in before] == [[2], [3], [4, 1]]
        reset(guest)
        assert kernel_regions(guest) == []
        with manager(guest) as cxlfm:
            settle(cxlfm)
            assert view(guest) == before
            assert auto_online(guest) == policy
            assert {name: "Online" in held for name, held in conditions(cxlfm).items()} == {
                "cache": True, "raw": True, "web": True
            }
        # A removed claim does not come back.
        reset(guest)
        with manager(guest) as cxlfm:
            settle(cxlfm)
            cxlfm.run("remove-memory raw")
            cxlfm.run("remove-memory cache")
        reset(guest)
        with manager(guest) as cxlfm:
            settle(cxlfm)
            assert [r["members"] for r in view(guest)] == [[4, 1]]
            assert list(conditions(cxlfm)) == ["web"]
        assert guest.dmesg_warnings() == []


def test_a_disabled_region_is_back(tmp_path: Path) -> None:
    """The region is made again, and not enabled. After an enable, the region serves its purpose."""
    with Guest(ONE_SWITCH, disk=tmp_path / "disk") as guest:
        with manager(guest) as cxlfm:
            cxlfm.run("add-memory 512M --name spare --memdevs serial:4,serial:1")
            cxlfm.run("disable-region region0")
            before = kernel_regions(guest)
            assert [(r["decode_state"], r["state"]) for r in before] == [("commit", "disabled")]
        guest.reset()
        with manager(guest) as cxlfm:
            settle(cxlfm)
            after = kernel_regions(guest)
            assert [(r["decode_state"], r["state"]) for r in after] == [("commit", "disabled")]
            assert after[0]["size"] == before[0]["size"]
            assert "Online" in conditions(cxlfm)["spare"]
            cxlfm.run("enable-region region0")
            assert [(r["members"], r["mode"], r["movable"]) for r in view(guest)] == [
                ([4, 1], "system-ram", True)
            ]


def test_disk_is_full(tmp_path: Path) -> None:
    """A change that can't be noted is not done; nothing else suffers, and changes work again when the disk
    has room.
    """
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
