# SPDX-License-Identifier: GPL-2.0-only
"""Devices are pulled, again and again."""

from __future__ import annotations

import pytest

from guest import Guest
from manager import manager
from topology import Device


@pytest.mark.topology("one_switch")
def test_twenty_hot_removals(guest: Guest) -> None:
    """Memory is removed and its device pulled, 20 times: the kernel's log has no complaints."""
    device = Device(50)
    with manager(guest) as cxlfm:
        for _ in range(20):
            guest.plug(device)
            memdev = guest.json("cxl list -M -s 50")[0]["memdev"]
            guest.wait_until(f"cxlfm list -E -m {memdev} | grep -q endpoint", interval=0.05)
            outcome = cxlfm.add_memory(f"256M --memdevs {memdev}")
            cxlfm.remove_memory(outcome["region"]["region"])
            guest.unplug(device)
            guest.wait_until("! cxl list -M -s 50 2>/dev/null | grep -q serial")
            assert guest.problems() == []
