# SPDX-License-Identifier: GPL-2.0-only
"""Every order of memdevs' names is accepted: cxlfm finds their places in the region."""

from __future__ import annotations

from itertools import permutations

import pytest

from guest import Guest
from manager import Manager, kernel_region, manager
from topology import MIB

DEVICE = 256 * MIB
NAMES = ("mem0", "mem1", "mem2", "mem3")


# kmem=False: regions alone. Without that driver no memory is made of them, which takes most of the time.


@pytest.mark.topology("one_switch", kmem=False)
@pytest.mark.parametrize("ways", [2, 4])
def test_switch(guest: Guest, ways: int) -> None:
    check_orders(guest, list(permutations(NAMES, ways)))


@pytest.mark.topology("two_bridges", kmem=False)
def test_two_bridges(guest: Guest) -> None:
    """The 40 orders of 1, 2 and 4 memdevs on two host bridges."""
    orders = [order for ways in (1, 2, 4) for order in permutations(NAMES, ways)]
    assert len(orders) == 40
    check_orders(guest, orders)


def check_orders(guest: Guest, orders: list[tuple[str, ...]]) -> None:
    with manager(guest) as cxlfm:
        for order in orders:
            check_order(guest, cxlfm, order)


def check_order(guest: Guest, cxlfm: Manager, order: tuple[str, ...]) -> None:
    region = cxlfm.json(f"create-region -t ram -m {' '.join(order)}")["region"]
    seen = kernel_region(guest, region)
    assert seen["size"] == len(order) * DEVICE
    assert seen["decode_state"] == "commit"
    assert sorted(mapping["memdev"] for mapping in seen["mappings"]) == sorted(order)
    cxlfm.run(f"destroy-region {region} -f")
    assert guest.used() == []
