# SPDX-License-Identifier: GPL-2.0-only
"""Claims as cxlfm shows them, and the kernel's view of their memory."""

from __future__ import annotations

from typing import Any

from guest import Guest
from manager import Manager, kernel_dax, kernel_region, kernel_regions


def conditions(cxlfm: Manager) -> dict[str, dict[str, Any]]:
    """The conditions that each claim holds, with their reasons."""
    return {
        claim["name"]: {c["condition"]: c["reason"] for c in claim["conditions"] if c["holds"]}
        for claim in cxlfm.json("list --claims")
    }


def settle(cxlfm: Manager) -> None:
    """Waits until all earlier changes have ended, also those of the daemon itself: changes come one after the
    other.
    """
    assert cxlfm.run("remove-memory region999", check=False).returncode == 3


def view(guest: Guest) -> list[Any]:
    """The kernel's view of each region, without the names that change at each start."""
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
