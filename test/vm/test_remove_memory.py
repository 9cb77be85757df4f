# SPDX-License-Identifier: GPL-2.0-only
"""Removing memory: pages that move, pages that don't, devices that come and go."""

from __future__ import annotations

import json
import time

import pytest

from accidents import occupy_kernel_memory
from claims import conditions, settle
from guest import Guest
from manager import (
    Holder,
    assert_memory_online,
    blocks_of,
    kernel_regions,
    manager,
    policy,
)
from topology import MIB, Device

DEVICE = 256 * MIB


@pytest.mark.topology("one_switch")
def test_pages_of_a_process_move(guest: Guest) -> None:
    with manager(guest) as cxlfm:
        outcome = cxlfm.add_memory("256M")
        node = assert_memory_online(guest, outcome, "Movable", DEVICE)
        holder = Holder(guest, node, 2 * MIB, seed=7)
        cxlfm.remove_memory(outcome["region"]["region"])
        assert guest.used() == []
        assert holder.check().startswith("moved")
        holder.end()


@pytest.mark.topology("one_switch")
def test_pages_that_stay_are_not_waited_for(guest: Guest) -> None:
    """A device reads a page. The kernel tries again and again, for the requested time; but not after the
    client has gone.
    """
    with manager(guest) as cxlfm:
        outcome = cxlfm.add_memory("256M")
        node = assert_memory_online(guest, outcome, "Movable", DEVICE)
        holder = Holder(guest, node, 2 * MIB, seed=7)
        holder.pin()
        region = outcome["region"]["region"]
        guest.run(f"cxlfm remove-memory {region} --timeout 3600 & sleep 3; kill -TERM $!; wait $!", check=False)
        # A plan has to wait for its turn.
        cxlfm.run("add-memory 256M --dry-run", timeout=30)
        assert_memory_online(guest, outcome, "Movable", DEVICE)
        assert holder.check().startswith("ok")
        holder.end()
        cxlfm.remove_memory(region)
        assert guest.used() == []


@pytest.mark.topology("one_switch")
@pytest.mark.leaves_host("memory in the kernel's own zone stays there")
def test_memory_that_cannot_go(guest: Guest) -> None:
    """Kernel pages in ZONE_NORMAL: the refusal names the block, and all memory is online again."""
    with manager(guest) as cxlfm:
        outcome = cxlfm.add_memory("256M --zone kernel")
        node = outcome["node"]
        region = outcome["region"]["region"]
        occupy_kernel_memory(guest, node)
        refused = cxlfm.run(f"remove-memory {region} --timeout 5", check=False, timeout=180)
        assert refused.returncode == 4, str(refused)
        assert "memory" in refused.stderr
        stuck = [block for block in blocks_of(guest, outcome["dax_device"])]
        assert any(f"memory{block.number}" in refused.stderr for block in stuck)
        assert "Normal" in refused.stderr or "kernel" in refused.stderr
        assert_memory_online(guest, outcome, "Normal", DEVICE)
        assert [r["region"] for r in kernel_regions(guest)] == [region]
        assert guest.dmesg_warnings() == []


@pytest.mark.topology("one_switch")
def test_hot_added_device(guest: Guest) -> None:
    """A device that is plugged in while the daemon runs can be used."""
    device = Device(50)
    with manager(guest) as cxlfm:
        guest.plug(device)
        guest.wait_until("cxlfm list -M -s 50 | grep -q serial", interval=0.02)
        memdevs = cxlfm.json("list -M -s 50")
        assert [memdev["serial"] for memdev in memdevs] == [50]
        outcome = cxlfm.add_memory(f"256M --memdevs {memdevs[0]['memdev']}")
        assert_memory_online(guest, outcome, "Movable", DEVICE)
        cxlfm.remove_memory(outcome["region"]["region"])
        guest.unplug(device)
        guest.wait_until("! cxlfm list -M -s 50 | grep -q serial")
        assert guest.used() == []


@pytest.mark.topology("one_switch")
def test_daemon_is_restarted(guest: Guest) -> None:
    """A region outlives the daemon, its data too, and a new daemon can take it down."""
    with manager(guest) as cxlfm:
        outcome = cxlfm.add_memory("512M")
        node = outcome["node"]
        holder = Holder(guest, node, 1 * MIB, seed=3)
        cxlfm.kill()
    with manager(guest) as cxlfm:
        assert holder.check().startswith("ok")
        assert_memory_online(guest, outcome, "Movable", 2 * DEVICE)
        listed = cxlfm.json("list -R")
        assert [region["region"] for region in listed] == [outcome["region"]["region"]]
        cxlfm.remove_memory(outcome["region"]["region"])
        assert holder.check().startswith("moved")
        holder.end()
        assert guest.used() == []


@pytest.mark.topology("one_switch")
def test_two_at_once(guest: Guest) -> None:
    """Two clients want the same memdev: one gets it, the other is told the reason."""
    with manager(guest) as cxlfm:
        clients = [guest.start_process("cxlfm add-memory 256M --memdevs mem2") for _ in range(2)]
        won, lost = sorted((client.wait(60) for client in clients), key=lambda r: r.returncode)
        assert (won.returncode, lost.returncode) == (0, 3)
        assert "mem2 has 0 of ram free, 256M are needed" in lost.stderr
        regions = kernel_regions(guest)
        assert [region["region"] for region in regions] == [json.loads(won.stdout)["region"]["region"]]
        assert list(conditions(cxlfm)) == [json.loads(won.stdout)["claim"]]
        cxlfm.remove_memory(regions[0]["region"])
        assert guest.used() == []


@pytest.mark.topology("one_switch")
def test_somebody_else_in_between(guest: Guest) -> None:
    """A region that `cxl` took down behind our back only causes a refusal, and comes back, unless its claim
    ends.
    """
    with policy(guest, "offline"), manager(guest) as cxlfm:
        created = cxlfm.json("create-region -t ram -m mem0")
        guest.run(f"cxl destroy-region -f {created['region']}")
        gone = cxlfm.run(f"destroy-region {created['region']} -f", check=False)
        assert gone.returncode == 3
        cxlfm.run(f"remove-memory {created['claim']}")
        assert guest.used() == []


@pytest.mark.topology("one_switch")
def test_client_leaves_in_the_middle(guest: Guest) -> None:
    """Ctrl-C takes the change back."""
    with manager(guest) as cxlfm:
        client = guest.start_process("exec cxlfm add-memory 1G")
        time.sleep(0.2)
        client.signal(2)
        result = client.wait(60)
        guest.wait_until("! pidof cxlfm-worker", interval=0.1)
        settle(cxlfm)
        # The signal may have come too late; then all is done, and the output says so.
        held = list(conditions(cxlfm).values())
        assert result.returncode != 0 or held
        if held:
            assert "Online" in held[0]
            cxlfm.remove_memory("region0")
        assert kernel_regions(guest) == []
        assert guest.used() == []
