# SPDX-License-Identifier: GPL-2.0-only
"""Regions made with `cxl` become claims unchanged, are forgotten again, and are taken down on an explicit
request only. Scripts wait for claims.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from accidents import kernel_view
from claims import conditions, settle, view
from guest import Guest, Process
from manager import Manager, blocks_of, kernel_dax, kernel_regions, manager, policy
from topology import Device

PLUGGED = Device(50)


@contextmanager
def region_of_cxl(guest: Guest) -> Iterator[tuple[str, str]]:
    """A region of two memdevs and its dax device, all offline: made without cxlfm."""
    with policy(guest, "offline"):
        created = guest.json("cxl create-region -t ram -d decoder0.0 -w 2 -m mem0 mem1")
        region = created["region"]
        device = f"dax{region.removeprefix('region')}.0"
        guest.wait_until(f"daxctl list -d {device} | grep -q total_memblocks")
        yield region, device


def start_calling(guest: Guest, arguments: str) -> Process:
    """Starts cxlfm in the background, and returns after its call."""
    process = guest.start_process(f"exec cxlfm {arguments} --debug")
    deadline = time.monotonic() + 30
    while "-->" not in process.stderr:
        assert time.monotonic() < deadline, str(process.result())
        time.sleep(0.01)
    # The program is about to send, and a later call is answered later.
    guest.run("cxlfm version")
    return process


def wait_for(cxlfm: Manager, name: str, condition: str, timeout: float = 30) -> None:
    deadline = time.monotonic() + timeout
    while condition not in conditions(cxlfm)[name]:
        assert time.monotonic() < deadline, conditions(cxlfm)
        time.sleep(0.05)


@pytest.mark.topology("one_switch")
def test_a_region_of_cxl_is_adopted(guest: Guest) -> None:
    guest.put("/tmp/nothing.yaml", "claims: []\n")
    with region_of_cxl(guest) as (region, device):
        with manager(guest) as cxlfm:
            # In no single state: one block is online.
            first = blocks_of(guest, device)[0].number
            guest.run(f"echo online_movable >/sys/devices/system/memory/memory{first}/state")
            refused = cxlfm.run(f"adopt {region} --name theirs", check=False)
            assert refused.returncode == 3
            assert "some are not" in refused.stderr
            guest.run(f"daxctl online-memory {device}")
            assert all(block.zones.startswith("Movable") for block in blocks_of(guest, device))

            before = kernel_view(guest)
            assert cxlfm.json(f"adopt {region} --dry-run")["plan"]["steps"] == []
            assert conditions(cxlfm) == {}
            adopted = cxlfm.json(f"adopt {region} --name theirs")
            assert (adopted["region"], adopted["claim"]) == (region, "theirs")
            cxlfm.run("wait theirs --timeout 20")
            settle(cxlfm)
            assert kernel_view(guest) == before
            assert cxlfm.run(f"adopt {region}", check=False).returncode == 3
            claim = cxlfm.json("list --claims")[0]
            assert (claim["goal"], claim["zone"], claim["ways"]) == ("system_ram", "movable", 2)
            assert [member["serial"] for member in claim["members"]] == view(guest)[0]["members"]

            # Somebody else changes the region: a monitor hears of it at once, and the claim is mended.
            shape = view(guest)
            monitor = start_calling(guest, "monitor")
            guest.run(f"cxl disable-region -f {region}")
            wait_for(cxlfm, "theirs", "Degraded", timeout=0.8)
            cxlfm.run("wait theirs --timeout 30")
            assert view(guest) == shape
            told = [json.loads(line) for line in monitor.stdout.splitlines()]
            monitor.signal(signal.SIGINT)
            assert monitor.wait(20).returncode == 0
            degraded = [
                change["holds"]
                for change in told
                if change["kind"] == "claim" and change.get("condition") == "Degraded"
            ]
            assert degraded[0] is True

            # A forgotten region stays.
            after = kernel_view(guest)
            cxlfm.run("forget theirs")
            settle(cxlfm)
            assert kernel_view(guest) == after
            assert conditions(cxlfm) == {}
            cxlfm.run(f"adopt {device} --name theirs")

        # The next daemon knows the claim, and a file without the claim has it forgotten.
        with manager(guest) as cxlfm:
            cxlfm.run("wait theirs --timeout 20")
            guest.put("/tmp/exported.json", cxlfm.run("export").stdout)
            assert cxlfm.json("diff /tmp/exported.json") == []
            assert cxlfm.json("diff /tmp/nothing.yaml") == [{"action": "forget", "name": "theirs"}]
            cxlfm.run("apply /tmp/nothing.yaml")
            settle(cxlfm)
            assert kernel_view(guest) == after
            assert conditions(cxlfm) == {}

            cxlfm.run(f"adopt {region} --name theirs")
            cxlfm.run("remove-memory theirs")
            assert guest.used() == []
    assert guest.dmesg_warnings() == []


@pytest.mark.topology("one_switch")
@pytest.mark.parametrize(
    ("command", "wants"),
    [
        ("true", {"goal": "system_ram", "zone": "offline"}),
        ("daxctl reconfigure-device -m devdax {device}", {"goal": "devdax"}),
        ("cxl disable-region {region}", {"goal": "region", "disabled": True}),
    ],
    ids=["offline", "devdax", "disabled"],
)
def test_a_claim_wants_what_is_there(
    guest: Guest, command: str, wants: dict[str, str | bool]
) -> None:
    with region_of_cxl(guest) as (region, device), manager(guest) as cxlfm:
        guest.run(command.format(region=region, device=device))
        before = kernel_view(guest)
        cxlfm.run(f"adopt {region} --name theirs --drift=leave")
        cxlfm.run("wait theirs --timeout 20")
        claim = cxlfm.json("list --claims")[0]
        assert {key: claim.get(key) for key in wants} == wants
        assert claim["drift"] == "leave"
        settle(cxlfm)
        assert kernel_view(guest) == before
        if command == "true":
            assert kernel_dax(guest, device)["online_memblocks"] == 0
        cxlfm.run("remove-memory theirs")
        assert guest.used() == []


@pytest.mark.topology("one_switch")
@pytest.mark.leaves_host("memory of a pulled device")
def test_scripts_wait(guest: Guest) -> None:
    """Scripts wait for a device that is put in, and not for one that does not come."""
    with manager(guest) as cxlfm:
        cxlfm.run("wait --timeout 5")
        assert cxlfm.run("wait late", check=False).returncode == 3
        guest.plug(PLUGGED)
        guest.wait_until("cxlfm list -M -s 50 | grep -q serial", interval=0.02)
        state = "claims: [{name: late, size: 256M, zone: offline, members: [{serial: 50}]}]"
        guest.put("/tmp/late.yaml", state)
        cxlfm.run("apply /tmp/late.yaml")
        cxlfm.run("wait late --timeout 20")

        lost = start_calling(guest, "wait late --for=Lost --timeout 120")
        guest.unplug(PLUGGED)
        assert lost.wait(60).returncode == 0
        cxlfm.run("wait late --for=Stalled --timeout 60")
        guest.wait_until("! cxlfm list -R -i | grep -q region", timeout=30)
        over = cxlfm.run("wait late --timeout 1", check=False)
        assert over.returncode == 10
        assert f"{PLUGGED.serial:#x}" in over.stderr

        waiter = start_calling(guest, "wait late --timeout 120")
        guest.plug(PLUGGED)
        assert waiter.wait(120).returncode == 0
        assert kernel_regions(guest) != []

        ended = start_calling(guest, "wait late --for=Lost")
        cxlfm.run("remove-memory late")
        result = ended.wait(30)
        assert result.returncode == 3
        assert "has ended" in result.stderr
        assert kernel_regions(guest) == []
    assert guest.run("cxlfm wait", check=False).returncode == 6
