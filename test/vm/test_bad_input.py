# SPDX-License-Identifier: GPL-2.0-only
"""Bad input on a real host; most of it is in test/functional, where it is quick."""

from __future__ import annotations

import pytest

from accidents import kernel_view
from guest import Guest
from manager import manager

STRANGER = "stranger:x:4242:4242:stranger:/:/bin/sh"

LINES = (
    ("add-memory 0", 2),
    ("add-memory 100M", 3),
    ("add-memory 64T", 3),
    ("add-memory 1280M", 3),
    ("add-memory 512M --ways 3", 3),
    ("add-memory 256M --memdevs mem9", 3),
    ("add-memory 512M --memdevs mem0,serial:$(cat /sys/bus/cxl/devices/mem0/serial)", 3),
    ("create-region -t pmem -m mem0", 3),
    ("create-region -t ram -d decoder1.0 -m mem0", 3),
    ("remove-memory region0", 3),
    ("remove-memory ../../../etc", 3),
)


@pytest.mark.topology("one_switch")
def test_nothing_is_changed(guest: Guest) -> None:
    with manager(guest) as cxlfm:
        before = kernel_view(guest)
        for line, code in LINES:
            result = cxlfm.run(line, check=False)
            assert (result.returncode, result.stdout) == (code, ""), str(result)
            assert result.stderr.startswith("cxlfm "), str(result)
        assert kernel_view(guest) == before


@pytest.mark.topology("one_switch")
def test_who_may(guest: Guest) -> None:
    """The group of clients, not the daemon's own; a stranger is told whom to ask. The daemon itself may do
    nothing.
    """
    guest.run(f"grep -q stranger /etc/passwd || echo {STRANGER} >>/etc/passwd")
    nobody = guest.run("cxlfm list", check=False)
    assert nobody.returncode == 6
    assert "systemctl start cxlfmd" in nobody.stderr
    with manager(guest):
        assert guest.json("su client -c 'cxlfm list -M'")
        refused = guest.run("su stranger -c 'cxlfm list -M'", check=False)
        assert (refused.returncode, refused.stdout) == (7, ""), str(refused)
        assert "root and the group cxlfm" in refused.stderr
        process = guest.run("cat /proc/$(pidof cxlfmd)/status").stdout
        status = dict(line.split(":", 1) for line in process.splitlines())
        assert status["Uid"].split() == status["Gid"].split() == ["990"] * 4
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
