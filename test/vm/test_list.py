# SPDX-License-Identifier: GPL-2.0-only
"""cxlfm list shows what cxl list shows: the same objects, keys and nesting for the same options.

Each listing of cxl has to equal cxlfm's without the keys that only cxlfm has. The order within arrays does
not count where cxl's is that of a directory.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import combinations, islice
from typing import Any

import pytest

from guest import Guest
from manager import Manager, manager

SETTLE_TIMEOUT = 10

# Keys that cxlfm adds, by the key that tells the kind of an object.
OWN_KEYS = {
    "decoder": {"locked", "next_region", "interleave_arithmetic", "free_extents"},
    "memdev": {"host_path", "mailbox_age_ms", "mailbox_error"},
    "region": {"uuid", "window", "locked"},
    "chardev": {"resource", "driver", "memory_state", "memory_blocks"},
    "offset": {"region", "hpa"},
}
LETTERS = "BPEMDR"

# Filters, alone and with letters that change the places of objects.
FILTERS = (
    *("-b root0", "-b all", "-b ACPI.CXL", "-b 0 -M", "-b root7 -M", "-M -b ACPI.CXL,root9"),
    *("-p port1", "-p 1 -S", "-p root", "-p switch", "-p endpoint", "-p all -i", "-P -p root -i"),
    *("-p port1 -M", "-p port1 -D -i", "-p port2 -EMD -i", "-p port1 -S -BPEMD -i", "-PE -p endpoint"),
    *("-e endpoint3 -EM", "-e mem1", "-e 3,4 -ED -i", "-E -i"),
    *("-m mem0", "-m 0,1", "-m 'mem1 mem2' -BPEMDT -i", "-m all -i", "-m mem9", "-m mem1 -D -iT"),
    *("-s 1", "-s 0x1,2 -BM", "-s 99", "-m mem0,mem1 -s 1 -M", "-m mem0 -R"),
    *("-d decoder0.0", "-d 0.0 -M", "-d root -M", "-d root -DR", "-d switch -i", "-d endpoint -i"),
    *("-d 1.0,0.0 -DRT", "-d decoder0.0 -BMR", "-d root -BDM -m mem1"),
    *("-r region0", "-r 0 -RT", "-r all -RX -i", "-r region0 -D -i", "-r region0 -BDT", "-r region9"),
)
DETAILS = (
    *("", "-i", "-u", "-v", "-vv", "-vu", "-vvu", "-T", "-RT", "-RX", "-RXu", "-RXi", "-RTXi"),
)

# Each of these asks the devices, which takes cxl seconds.
MAILBOX = ("-M -A", "-M -HIAFu", "-vvv")


def own_removed(value: Any) -> Any:
    if isinstance(value, list):
        return [own_removed(item) for item in value]
    if not isinstance(value, dict):
        return value
    own = {key for kind, keys in OWN_KEYS.items() if kind in value for key in keys}
    # cxl knows the granularity of one way, too, and does not show it.
    if is_decoder(value):
        own |= {"interleave_granularity"} if value.get("interleave_ways", 0) <= 1 else set()
    return {key: own_removed(item) for key, item in value.items() if key not in own}


def is_decoder(value: dict[str, Any]) -> bool:
    """A mapping of a region names a decoder, too."""
    return "decoder" in value and "position" not in value


def in_order(value: Any) -> Any:
    """Sorts arrays by their content."""
    if isinstance(value, list):
        return sorted((in_order(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, dict):
        return {key: in_order(item) for key, item in value.items()}
    return value


def listing(text: str) -> Any:
    return in_order(own_removed(json.loads(text))) if text.strip() else []


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[str]:
    """The places where two listings differ, for the reader of a failed test."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in expected.keys() | actual.keys():
            yield from differences(expected.get(key), actual.get(key), f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif expected != actual:
        yield f"{path}: cxl {expected!r}, cxlfm {actual!r}"


def settle(guest: Guest, cxlfm: Manager) -> None:
    """Waits until cxlfmd has noticed changes behind its back."""
    deadline = time.monotonic() + SETTLE_TIMEOUT
    expected = listing(guest.run("cxl list -vvX").stdout)
    while listing(cxlfm.run("list -vvX").stdout) != expected and time.monotonic() < deadline:
        time.sleep(0.05)


def compare(guest: Guest, cxlfm: Manager, options: Iterator[str] | tuple[str, ...]) -> None:
    settle(guest, cxlfm)
    wrong = {}
    for option in options:
        expected = listing(guest.run(f"cxl list {option}", timeout=60).stdout)
        actual = listing(cxlfm.run(f"list {option}", check=False).stdout)
        found = list(differences(expected, actual))
        if found:
            wrong[option] = found[:5]
    assert wrong == {}


def every_choice_of_letters() -> Iterator[str]:
    for count in range(1, len(LETTERS) + 1):
        for letters in combinations(LETTERS, count):
            yield f"-{''.join(letters)}i"
    yield from ("-BT", "-PT", "-DT", "-RT", "-BPDRT")


CREATE_REGION = "cxl create-region -t {kind} -d decoder0.0 -w {ways} -m {memdevs}"


@pytest.mark.topology("one_switch", memhp="online_movable")
@pytest.mark.leaves_host("a region stays behind")
def test_some_letters(guest: Guest) -> None:
    compare_letters(guest, 5)


def compare_letters(guest: Guest, stride: int) -> None:
    """Compares every stride-th choice of letters."""
    with manager(guest) as cxlfm:
        guest.run(CREATE_REGION.format(kind="ram", ways=2, memdevs="mem0 mem1"))
        compare(guest, cxlfm, islice(every_choice_of_letters(), 0, None, stride))


@pytest.mark.topology("one_switch", memhp="online_movable")
@pytest.mark.leaves_host("a region stays behind")
def test_filters_and_details(guest: Guest) -> None:
    """With a region in use, one that is not configured, and a disabled memdev."""
    with manager(guest) as cxlfm:
        guest.run(CREATE_REGION.format(kind="ram", ways=2, memdevs="mem0 mem1"))
        guest.run("echo region1 >/sys/bus/cxl/devices/decoder0.0/create_ram_region")
        guest.run("cxl disable-memdev mem3")
        compare(guest, cxlfm, (*DETAILS, *FILTERS))


@pytest.mark.topology("one_device", memhp="offline")
@pytest.mark.leaves_host("memory stays online")
def test_modes_of_a_dax_device(guest: Guest) -> None:
    options = ("-RX", "-RXi", "-RXu", "-vvX")
    with manager(guest) as cxlfm:
        guest.run(CREATE_REGION.format(kind="ram", ways=1, memdevs="mem0"))
        compare(guest, cxlfm, options)
        guest.run(f"for m in {MEMORY}; do echo online_movable >$m/state; done")
        compare(guest, cxlfm, options)
        guest.run("daxctl reconfigure-device -m devdax -f dax0.0", timeout=60)
        compare(guest, cxlfm, options)
        guest.run("echo dax0.0 >/sys/bus/dax/drivers/device_dax/unbind")
        compare(guest, cxlfm, options)
        guest.run("echo region0 >/sys/bus/cxl/drivers/cxl_region/unbind")
        compare(guest, cxlfm, (*options, "-R", "-Ri"))
        guest.run("echo region0 >/sys/bus/cxl/drivers/cxl_region/bind")
        guest.run("daxctl reconfigure-device -m system-ram --no-online dax0.0", timeout=60)
        guest.run(f"for m in {MEMORY}; do echo online_kernel >$m/state; done")
        compare(guest, cxlfm, options)


# The blocks of the device's only node.
MEMORY = "/sys/devices/system/node/node1/memory[0-9]*"


@pytest.mark.topology("two_switches")
def test_two_bridges_with_switches(guest: Guest) -> None:
    with manager(guest) as cxlfm:
        compare(guest, cxlfm, ("-vv", "-vvu", "-BPEMDTi", "-m mem0 -BPEDTi", "-d 0.2 -M", "-d 0.1 -MT"))


@pytest.mark.topology("mixed")
def test_partitions(guest: Guest) -> None:
    with manager(guest) as cxlfm:
        compare(guest, cxlfm, (*DETAILS, *MAILBOX))


@pytest.mark.topology("one_device", memhp="offline")
@pytest.mark.leaves_host("media stay poisoned")
def test_media_errors(guest: Guest) -> None:
    instances = "/sys/kernel/tracing/instances"
    # A trace instance of a killed worker, and somebody else's.
    guest.run(f"mkdir {instances}/cxlfm-mem0-99999 {instances}/others")
    for start in (0, 0x1000):
        guest.qmp("cxl-inject-poison", path="/machine/peripheral/mem1", start=start, length=128)
    with manager(guest) as cxlfm:
        guest.run(CREATE_REGION.format(kind="ram", ways=1, memdevs="mem0"))
        compare(guest, cxlfm, ("-MR -Lu",))
        assert len(cxlfm.json("list -R -L")[0]["media_errors"]) == 2
    # cxl leaves an instance of its own.
    left = guest.run(f"ls -1 {instances}").stdout.splitlines()
    assert [name for name in left if name.startswith("cxlfm")] == [] and "others" in left


@pytest.mark.topology("one_switch", memhp="offline")
def test_what_others_did_is_seen(guest: Guest) -> None:
    """A question after a change by others gets the new state, without a delay."""
    with manager(guest) as cxlfm:
        settle(guest, cxlfm)
        for verb, there in (("unbind", False), ("bind", True)) * 10:
            shown = guest.run(f"echo mem3 >/sys/bus/cxl/drivers/cxl_mem/{verb}; cxlfm list -M").stdout
            assert ("mem3" in {memdev["memdev"] for memdev in json.loads(shown)}) == there


@pytest.mark.topology("pmem")
@pytest.mark.leaves_host("a region stays behind")
def test_persistent_memory(guest: Guest) -> None:
    with manager(guest) as cxlfm:
        guest.run(CREATE_REGION.format(kind="pmem", ways=2, memdevs="mem0 mem1"))
        compare(guest, cxlfm, ("-RXi", "-vv", "-RTu", "-r region0 -BDMRT"))


def find(value: Any, kind: str, name: str) -> dict[str, Any]:
    """Finds the object of that name in a listing."""
    if isinstance(value, dict):
        # Decoders name their region, too, and mappings their decoder.
        mentions = "position" in value or (kind == "region" and "decoder" in value)
        if value.get(kind) == name and not mentions:
            return value
        value = list(value.values())
    if isinstance(value, list):
        return next((found for item in value if (found := find(item, kind, name))), {})
    return {}


@pytest.mark.topology("hmat", memhp="online_movable")
@pytest.mark.leaves_host("a region stays behind")
def test_what_only_cxlfm_tells(guest: Guest) -> None:
    """Each key that cxl list lacks, against the attribute with the same meaning."""

    def read(path: str) -> str:
        return guest.run(f"cat /sys/{path}").stdout.strip()

    with manager(guest) as cxlfm:
        guest.run(CREATE_REGION.format(kind="ram", ways=1, memdevs="mem0"))
        guest.wait_until("grep -q online_movable /sys/bus/dax/devices/dax0.0/state")
        settle(guest, cxlfm)
        record = cxlfm.json("record")
        window = find(record, "decoder", "decoder0.0")
        region = find(record, "region", "region0")
        device = region["daxregion"]["devices"][0]
        dax = "bus/dax/devices/dax0.0"
        assert window["next_region"] == read("bus/cxl/devices/decoder0.0/create_ram_region")
        assert window["interleave_arithmetic"] == "modulo"
        free = window["free_extents"]
        assert [extent["resource"] for extent in free] == [region["resource"] + region["size"]]
        assert region["size"] + sum(extent["size"] for extent in free) == window["size"]
        path = guest.run("readlink -f /sys/bus/cxl/devices/mem0").stdout.strip()
        assert f"/sys/devices/{find(record, 'memdev', 'mem0')['host_path']}/mem0" == path
        assert device["resource"] == int(read(f"{dax}/resource"), 0)
        assert device["memory_state"] == read(f"{dax}/state")
        assert device["driver"] == "kmem"
        block_size = int(read("devices/system/memory/block_size_bytes"), 16)
        assert record["memory"] == {"block_size": block_size, "auto_online_blocks": "online_movable"}
        assert device["memory_blocks"] == [
            {
                "first": device["resource"] // block_size,
                "count": device["size"] // block_size,
                "state": "online",
                "zone": "movable",
                "node": device["target_node"],
                "removable": True,
            }
        ]
        assert sorted(node["node"] for node in record["nodes"]) == [0, 1, device["target_node"]]
        for node in record["nodes"]:
            check_node(node, f"devices/system/node/node{node['node']}", read)


@pytest.mark.topology("hmat", memhp="offline")
def test_a_new_region_is_told_as_it_is_listed(guest: Guest) -> None:
    """The output of create-region comes from a look at the region alone, and knows the memdevs as well."""
    with manager(guest) as cxlfm:
        for kind, ways in (("ram", 1), ("ram", 2)):
            made = cxlfm.json(f"create-region -t {kind} -w {ways} --no-claim")
            seen = guest.json(f"cxl list -R -r {made['region']}")[0]
            assert {key: made.get(key) for key in seen} == seen
            # The window and all memdevs are of one class here.
            assert "qos_class_mismatch" not in seen
            assert "qos_class_mismatch" not in made
            cxlfm.run(f"destroy-region {made['region']} -f")


def check_node(node: dict[str, Any], path: str, read: Callable[[str], str]) -> None:
    assert list(node["distances"].values()) == [int(word) for word in read(f"{path}/distance").split()]
    assert node["has_cpus"] == (read(f"{path}/cpulist") != "")
    total = next(line for line in read(f"{path}/meminfo").splitlines() if "MemTotal" in line)
    assert node["memory_total"] == int(total.split()[3]) << 10
    for access in ("access0", "access1"):
        for figure, value in node.get(access, {}).items():
            assert value == int(read(f"{path}/{access}/initiators/{figure}"))
    # The emulated firmware has an HMAT for both of the host's own nodes.
    assert node["node"] > 1 or node["access0"].keys() == ACCESS_FIGURES


ACCESS_FIGURES = {"read_bandwidth", "write_bandwidth", "read_latency", "write_latency"}
