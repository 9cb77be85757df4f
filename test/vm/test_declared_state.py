# SPDX-License-Identifier: GPL-2.0-only
"""A file declares a state; the host becomes so, and a second apply changes nothing."""

from __future__ import annotations

import pytest

from accidents import kernel_view
from claims import conditions, view
from guest import Guest
from manager import kernel_regions, manager

FIRST = """
claims:
  - name: web            # two devices, in this order
    size: 512M
    members: [{serial: 4}, {serial: 1}]
    members_ordered: true
  - name: cache
    size: 256M
    members: [{serial: 2}]
"""
SECOND = """
claims:
  - name: cache
    size: 256M
    goal: devdax
    members: [{serial: 2}]
  - name: raw
    size: 256M
    zone: offline
    members: [{serial: 3}]
"""


def shape(guest: Guest) -> list[tuple[list[int], str, bool | None, int | None]]:
    """The shape of each region: serial numbers by position, mode, movable, blocks online."""
    return [(r["members"], r["mode"], r["movable"], r["online"]) for r in view(guest)]


@pytest.mark.topology("one_switch")
def test_a_file_is_applied(guest: Guest) -> None:
    guest.put("/tmp/first.yaml", FIRST)
    guest.put("/tmp/second.yaml", SECOND)
    with manager(guest) as cxlfm:
        before = kernel_view(guest)
        assert [c["name"] for c in cxlfm.json("diff /tmp/first.yaml")] == ["cache", "web"]
        cxlfm.run("apply /tmp/first.yaml --dry-run")
        assert kernel_view(guest) == before
        cxlfm.run("apply /tmp/first.yaml")
        first = [([2], "system-ram", True, 2), ([4, 1], "system-ram", True, 4)]
        assert shape(guest) == first
        assert all("Online" in held for held in conditions(cxlfm).values())

        # Again: there is nothing to do, and nothing is done.
        after = kernel_view(guest)
        assert cxlfm.json("diff /tmp/first.yaml") == []
        cxlfm.run("apply /tmp/first.yaml")
        assert kernel_view(guest) == after

        # export writes the present state; claims removed, made anew, and made.
        guest.put("/tmp/exported.json", cxlfm.run("export").stdout)
        cxlfm.run("apply /tmp/second.yaml")
        assert shape(guest) == [([2], "devdax", None, None), ([3], "system-ram", None, 0)]
        assert sorted(conditions(cxlfm)) == ["cache", "raw"]
        cxlfm.run("apply /tmp/exported.json")
        assert shape(guest) == first

        # In place: the region stays.
        names = [region["region"] for region in kernel_regions(guest)]
        guest.put("/tmp/offline.yaml", FIRST + "    zone: offline\n")
        cxlfm.run("apply /tmp/offline.yaml")
        assert shape(guest) == [([2], "system-ram", None, 0), first[1]]
        assert [region["region"] for region in kernel_regions(guest)] == names

        guest.put("/tmp/nothing.yaml", "claims: []\n")
        cxlfm.run("apply /tmp/nothing.yaml")
        assert guest.used() == []
        assert conditions(cxlfm) == {}
