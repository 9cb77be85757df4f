# SPDX-License-Identifier: GPL-2.0-only
"""add-memory and remove-memory on common topologies."""

from __future__ import annotations

from itertools import permutations

import pytest

from guest import Guest
from manager import (
    Holder,
    assert_memory_online,
    auto_online,
    kernel_region,
    kernel_regions,
    manager,
    members,
    policy,
)
from topology import MIB

DEVICE = 256 * MIB


@pytest.mark.topology("one_device")
def test_one_device(guest: Guest) -> None:
    before = guest.node_memory()
    with manager(guest) as cxlfm:
        outcome = cxlfm.add_memory("256M")
        node = assert_memory_online(guest, outcome, "Movable", DEVICE)
        assert guest.node_memory().keys() - before.keys() == {node}
        assert members(guest, outcome["region"]["region"]) == ["mem0"]
        holder = Holder(guest, node, 1 * MIB)
        assert holder.check().startswith("ok")
        holder.end()
        cxlfm.remove_memory(outcome["region"]["region"])
    assert kernel_regions(guest) == []
    assert guest.node_memory() == before


@pytest.mark.topology("one_switch")
def test_policy_does_not_decide(guest: Guest) -> None:
    """Whatever policy the kernel has for new memory, the memory goes where the request says, at once."""
    for online in ("offline", "online", "online_movable", "online_kernel"):
        with policy(guest, online), manager(guest) as cxlfm:
            outcome = cxlfm.add_memory("512M")
            assert auto_online(guest) == online
            assert_memory_online(guest, outcome, "Movable", 2 * DEVICE)
            cxlfm.remove_memory(outcome["dax_device"])
            assert auto_online(guest) == online
            assert guest.used() == []


# kmem=False: regions alone. Without that driver no memory is made of them, which takes most of the time.


@pytest.mark.topology("one_switch", kmem=False)
def test_named_order_is_kept_where_it_can_be(guest: Guest) -> None:
    with manager(guest) as cxlfm:
        for order in permutations(["mem0", "mem2"]):
            region = cxlfm.json(f"create-region -t ram -m {' '.join(order)}")["region"]
            assert members(guest, region) == list(order)
            cxlfm.run(f"destroy-region {region} -f")


@pytest.mark.topology("two_bridges")
@pytest.mark.parametrize("ways", [2, 4])
def test_across_two_bridges(guest: Guest, ways: int) -> None:
    with manager(guest) as cxlfm:
        outcome = cxlfm.add_memory(f"{ways * 256}M --ways {ways} --decoder decoder0.2")
        assert_memory_online(guest, outcome, "Movable", ways * DEVICE)
        cxlfm.remove_memory(outcome["region"]["region"])
        assert guest.used() == []


@pytest.mark.topology("two_switches")
def test_bridges_and_switches(guest: Guest) -> None:
    """Interleave at three levels: window, switch, endpoint."""
    with manager(guest) as cxlfm:
        outcome = cxlfm.add_memory("1G --ways 4")
        node = assert_memory_online(guest, outcome, "Movable", 4 * DEVICE)
        holder = Holder(guest, node, 1 * MIB)
        assert holder.check().startswith("ok")
        holder.end()
        cxlfm.remove_memory(outcome["region"]["region"])
        assert guest.used() == []


@pytest.mark.topology("uneven")
def test_uneven_bridges(guest: Guest) -> None:
    """Two devices on one bridge, one on the other: pairs across both, and all three one by one."""
    with manager(guest) as cxlfm:
        refused = cxlfm.run("add-memory 768M --ways 3", check=False)
        assert refused.returncode == 3
        assert guest.used() == []
        across = cxlfm.add_memory("512M --ways 2 --decoder decoder0.0")
        assert_memory_online(guest, across, "Movable", 2 * DEVICE)
        rest = cxlfm.add_memory("256M")
        assert_memory_online(guest, rest, "Movable", DEVICE)
        assert len(kernel_regions(guest)) == 2
        cxlfm.remove_memory(rest["region"]["region"])
        cxlfm.remove_memory(across["region"]["region"])
        assert guest.used() == []


@pytest.mark.topology("one_switch")
def test_beside_a_region_of_cxl(guest: Guest) -> None:
    """A region made with `cxl` is planned around and left alone, its data too."""
    with policy(guest, "online_movable"), manager(guest) as cxlfm:
        theirs = guest.json("cxl create-region -t ram -d decoder0.0 -w 1 -m mem1")["region"]
        device = f"dax{theirs.removeprefix('region')}.0"
        guest.wait_until(f"daxctl list -d {device} | grep -q online_memblocks")
        node = int(guest.json(f"daxctl list -d {device}")[0]["target_node"])
        holder = Holder(guest, node, 1 * MIB)
        refused = cxlfm.run("add-memory 256M --memdevs mem1", check=False)
        assert refused.returncode == 3
        ours = cxlfm.add_memory("512M")
        assert "mem1" not in members(guest, ours["region"]["region"])
        assert_memory_online(guest, ours, "Movable", 2 * DEVICE)
        assert holder.check().startswith("ok")
        cxlfm.remove_memory(ours["region"]["region"])
        assert holder.check().startswith("ok")
        holder.end()
        assert [region["region"] for region in kernel_regions(guest)] == [theirs]
        guest.run(f"daxctl offline-memory {device}; cxl disable-region {theirs}")
        guest.run(f"cxl destroy-region {theirs}")


@pytest.mark.topology("one_switch")
def test_devdax(guest: Guest) -> None:
    with manager(guest) as cxlfm:
        before = guest.node_memory()
        outcome = cxlfm.add_memory("256M --mode devdax")
        device = guest.json(f"daxctl list -d {outcome['dax_device']}")[0]
        assert device["mode"] == "devdax"
        assert guest.node_memory() == before
        guest.run(f"test -c /dev/{outcome['dax_device']}")
        cxlfm.remove_memory(outcome["region"]["region"])
        assert guest.used() == []


@pytest.mark.topology("pmem")
@pytest.mark.parametrize("ways", [1, 2])
def test_pmem_region(guest: Guest, ways: int) -> None:
    with manager(guest) as cxlfm:
        region = cxlfm.json(f"create-region -t pmem -w {ways} -s {ways * 256}M")["region"]
        seen = kernel_region(guest, region)
        assert seen["type"] == "pmem"
        assert seen["size"] == ways * DEVICE
        assert guest.json("ndctl list -R")[0]["size"] > 0
        cxlfm.run(f"destroy-region {region} -f")
        assert guest.used() == []


@pytest.mark.topology("mixed")
def test_mixed_partitions(guest: Guest) -> None:
    """A pmem region above a ram region of the same device; the two regions can be removed in the reverse
    order only.
    """
    memdev = guest.json("cxl list -M -s 1")[0]["memdev"]
    with manager(guest) as cxlfm:
        ram = cxlfm.add_memory(f"256M --memdevs {memdev}")
        assert_memory_online(guest, ram, "Movable", DEVICE)
        pmem = cxlfm.json(f"create-region -t pmem -m {memdev}")["region"]
        assert kernel_region(guest, pmem)["type"] == "pmem"
        early = cxlfm.run(f"remove-memory {ram['region']['region']}", check=False)
        assert early.returncode == 3
        assert pmem in early.stderr
        assert_memory_online(guest, ram, "Movable", DEVICE)
        cxlfm.run(f"destroy-region {pmem} -f")
        cxlfm.remove_memory(ram["region"]["region"])
        assert guest.used() == []


@pytest.mark.topology("one_switch")
@pytest.mark.leaves_host("memory in the kernel's own zone may stay there")
def test_kernel_zone_when_asked(guest: Guest) -> None:
    with manager(guest) as cxlfm:
        outcome = cxlfm.add_memory("256M --zone kernel")
        assert_memory_online(guest, outcome, "Normal", DEVICE)


@pytest.mark.topology("one_switch")
def test_steps_of_the_way(guest: Guest) -> None:
    """offline-memory, online-memory, disable-region, enable-region on a region of ours.

    enable-region acts like `cxl enable-region`: the policy decides about the memory.
    """
    with policy(guest, "offline"), manager(guest) as cxlfm:
        outcome = cxlfm.add_memory("256M")
        region = outcome["region"]["region"]
        node = assert_memory_online(guest, outcome, "Movable", DEVICE)
        cxlfm.run(f"offline-memory {region}")
        assert node not in guest.node_memory() or guest.node_memory()[node] == 0
        cxlfm.run(f"online-memory {region}")
        assert_memory_online(guest, outcome, "Movable", DEVICE)
        cxlfm.run(f"disable-region {region}")
        assert kernel_region(guest, region)["state"] == "disabled"
        cxlfm.run(f"enable-region {region}")
        assert "state" not in kernel_region(guest, region)
        cxlfm.run(f"online-memory {region}")
        assert_memory_online(guest, outcome, "Movable", DEVICE)
        cxlfm.remove_memory(region)
        assert guest.used() == []
