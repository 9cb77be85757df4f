# SPDX-License-Identifier: GPL-2.0-only
"""The unit that keeps new memory offline: new regions do not get the kernel's default, whichever program
makes the regions.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guest import Guest
from manager import auto_online, kernel_dax, manager

UNIT = Path(__file__).resolve().parents[2] / "daemon/units/cxlfm-auto-online.service"


def commands(key: str) -> list[str]:
    """The commands that systemd would run, with the environment that the unit sets."""
    text = UNIT.read_text()
    environment = " ".join(re.findall(r"^Environment=(.*)$", text, flags=re.M))
    folder = re.search(r"^RuntimeDirectory=(.*)$", text, flags=re.M)
    assert folder
    prefix = f"mkdir -p /run/{folder[1]}; env {environment} RUNTIME_DIRECTORY=/run/{folder[1]}"
    found = re.findall(rf"^{key}=(.*)$", text, flags=re.M)
    return [f"{prefix} {command.replace('$$', '$')}" for command in found]


@pytest.mark.topology("one_switch")
def test_new_memory_stays_offline(guest: Guest) -> None:
    before = auto_online(guest)
    assert before != "offline"
    for command in commands("ExecStart"):
        guest.run(command)
    assert auto_online(guest) == "offline"
    guest.run("cxl create-region -t ram -d decoder0.0 -w 1 -m mem0")
    guest.wait_until("daxctl list -d dax0.0 | grep -q total_memblocks")
    assert kernel_dax(guest, "dax0.0")["online_memblocks"] == 0
    with manager(guest) as cxlfm:
        # Requested memory goes where it belongs, and the policy stays.
        outcome = cxlfm.add_memory("256M --memdevs mem1")
        device = kernel_dax(guest, outcome["dax_device"])
        assert (device["online_memblocks"], device["movable"]) == (device["total_memblocks"], True)
        assert auto_online(guest) == "offline"
        assert kernel_dax(guest, "dax0.0")["online_memblocks"] == 0
        cxlfm.remove_memory(outcome["region"]["region"])
        cxlfm.run("remove-memory region0")
    for command in commands("ExecStop"):
        guest.run(command)
    assert auto_online(guest) == before
