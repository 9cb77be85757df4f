# SPDX-License-Identifier: GPL-2.0-only
"""The test bed itself: the facts that the other VM tests rely on.

These tests need none of the programs under test. A failure here means that the bed is broken (a QEMU, a
kernel, a topology), and that other failures of the run say nothing.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from guest import CommandFailed, Guest, GuestGone
from topology import KIB, MIB, TOPOLOGIES, Device

ALL = [pytest.param(name, marks=pytest.mark.topology(name)) for name in TOPOLOGIES]

with_topologies = pytest.mark.parametrize("name", ALL)


@with_topologies
def test_host_is_the_one_described(guest: Guest, name: str) -> None:
    expected = {device.serial: device for device in TOPOLOGIES[name].devices()}
    memdevs = {memdev["serial"]: memdev for memdev in guest.json("cxl list -M")}
    assert memdevs.keys() == expected.keys()
    for serial, device in expected.items():
        assert memdevs[serial].get("ram_size", 0) == device.volatile
        assert memdevs[serial].get("pmem_size", 0) == device.persistent
    windows = guest.json("cxl list -D -d root")
    found = [(window["nr_targets"], window["size"]) for window in windows]
    assert found == [(window.ways, window.size) for window in TOPOLOGIES[name].windows]
    check_region(guest)


def check_region(guest: Guest) -> None:
    """The reference tools can make a region on the first device and remove it again."""
    device = next((d for d in guest.topology.devices() if d.volatile), None)
    windows = enumerate(guest.topology.windows)
    window = next((w for w, window in windows if window.bridges == (0,)), None)
    if device is None or window is None:
        return
    with new_memory_is(guest, "offline"):
        memdev = guest.json(f"cxl list -M -s {device.serial}")[0]["memdev"]
        region = guest.json(f"cxl create-region -t ram -d decoder0.{window} -w 1 -m {memdev}")
        assert region["size"] == device.volatile
        assert guest.used() != []
        guest.run(f"cxl destroy-region -f {region['region']}")


@contextlib.contextmanager
def new_memory_is(guest: Guest, state: str) -> Iterator[None]:
    """Sets the policy for new memory for a while. The kernel's default brings memory online as normal memory,
    which may stay.
    """
    policy = "/sys/devices/system/memory/auto_online_blocks"
    before = guest.run(f"cat {policy}").stdout.strip()
    guest.run(f"echo {state} >{policy}")
    yield
    guest.run(f"echo {before} >{policy}")


@pytest.mark.topology("one_switch")
@pytest.mark.leaves_host("QEMU does not empty a slot of a switch")
def test_device_is_plugged_and_unplugged(guest: Guest) -> None:
    behind_switch, at_root = guest.topology.slots()
    guest.plug(Device(50), behind_switch)
    guest.plug(Device(51), at_root)
    assert serials(guest) == {1, 2, 3, 4, 50, 51}
    guest.unplug(Device(50))
    guest.unplug(Device(51), button=True)
    assert serials(guest) == {1, 2, 3, 4}
    for _ in range(3):
        guest.plug(Device(51))
        assert serials(guest) == {1, 2, 3, 4, 51}
        guest.unplug(Device(51))


def serials(guest: Guest) -> set[int]:
    return {memdev["serial"] for memdev in guest.json("cxl list -M")}


@pytest.mark.topology("one_switch")
def test_switch_mailbox_is_there(guest: Guest) -> None:
    vendors = guest.run("cat /sys/bus/pci/devices/*/device").stdout.split()
    assert vendors.count("0xa123") == 1


@pytest.mark.topology("one_switch")
def test_commands(guest: Guest) -> None:
    result = guest.run("echo out; echo err >&2; exit 3", check=False)
    assert (result.stdout, result.stderr, result.returncode) == ("out\n", "err\n", 3)
    with pytest.raises(CommandFailed, match="no such thing"):
        guest.run("echo no such thing >&2; false")
    assert guest.run("wc -c", stdin=b"x" * 1_000_000).stdout.strip() == "1000000"
    assert len(guest.run("yes | head -c 1000000").stdout) == 1_000_000
    with pytest.raises(TimeoutError):
        guest.run("sleep 1000", timeout=0.5)
    guest.wait_until("! pidof sleep")


@pytest.mark.topology("one_switch")
def test_files(guest: Guest) -> None:
    content = struct.pack("256B", *range(256)) * 100
    guest.put("/tmp/new/file", content, 0o600)
    assert guest.get("/tmp/new/file") == content
    assert guest.run("stat -c %a /tmp/new/file").stdout == "600\n"
    guest.run("rm -r /tmp/new")


@pytest.mark.topology("one_switch")
def test_background_process(guest: Guest) -> None:
    process = guest.start_process("while read -r word; do echo got $word; done; echo end")
    process.write("one\n")
    process.wait_output("got one\n")
    assert guest.run("echo meanwhile").stdout == "meanwhile\n"
    process.close_stdin()
    assert process.wait().stdout == "got one\nend\n"
    sleeper = guest.start_process("sleep 1000")
    sleeper.signal()
    assert sleeper.wait().returncode == 128 + 15


@pytest.mark.topology("one_switch")
def test_terminal(guest: Guest) -> None:
    process = guest.start_process("test -t 0 && stty size", terminal=(40, 100))
    assert process.wait().stdout == "40 100\r\n"


@pytest.mark.topology("one_switch")
def test_users(guest: Guest) -> None:
    assert guest.run("su cxlfm -c id").stdout.startswith("uid=990(cxlfm) gid=990(cxlfmd)")


@pytest.mark.topology("one_switch")
def test_kernel_warning_is_seen(guest: Guest) -> None:
    guest.run("echo 'BUG: not really' >/dev/kmsg")
    assert len(guest.dmesg_warnings()) == 1
    assert any("not really" in problem for problem in guest.problems())
    guest.run("dmesg -c")


@pytest.mark.topology("one_device")
def test_memory_of_a_region_keeps_its_content(guest: Guest) -> None:
    memdev = guest.json("cxl list -M")[0]["memdev"]
    with new_memory_is(guest, "online_movable"):
        region = guest.json(f"cxl create-region -t ram -d decoder0.0 -w 1 -m {memdev}")["region"]
        # Block by block, in the background.
        all_online = f"grep -q 'MemTotal: *{256 * KIB} kB' /sys/devices/system/node/node1/meminfo"
        guest.wait_until(f"{all_online} 2>/dev/null")
        assert guest.node_memory()[1] == 256 * MIB
        holder = guest.start_process(f"node-memory fill 1 {1 * MIB} 7")
        holder.wait_output("ready")
        holder.write("check\n")
        holder.wait_output("ok 256 pages on node 1")
        holder.close_stdin()
        assert holder.wait().returncode == 0
        guest.run("daxctl offline-memory all")
        guest.run(f"cxl disable-region {region} && cxl destroy-region {region}")


@pytest.mark.topology("one_device")
def test_reset_forgets_regions(guest: Guest) -> None:
    memdev = guest.json("cxl list -M")[0]["memdev"]
    with pytest.raises(GuestGone), new_memory_is(guest, "offline"):
        guest.run(f"cxl create-region -t ram -d decoder0.0 -w 1 -m {memdev}")
        sleeper = guest.start_process("sleep 1000")
        guest.reset()
        sleeper.wait()
    assert guest.problems() == []
    assert serials(guest) == {1}


@pytest.mark.topology("one_device")
@pytest.mark.leaves_host("the guest ends")
def test_panic_is_seen_at_once(guest: Guest) -> None:
    with pytest.raises(GuestGone):
        guest.run("echo c >/proc/sysrq-trigger", timeout=30)
    assert guest.dmesg_warnings() != []


@pytest.mark.topology("pmem")
def test_labels_outlive_a_reset(guest: Guest) -> None:
    memdev = guest.json("cxl list -M -s 1")[0]["memdev"]
    guest.put("/tmp/label", "kept")
    guest.run(f"cxl disable-memdev -f {memdev} && cxl write-labels {memdev} -i /tmp/label -s 4")
    guest.reset()
    memdev = guest.json("cxl list -M -s 1")[0]["memdev"]
    guest.run(f"cxl disable-memdev -f {memdev}")
    assert guest.run(f"cxl read-labels {memdev} -s 4 2>/dev/null").stdout == "kept"


def test_disk_outlives_guests(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with Guest(TOPOLOGIES["one_device"], disk=disk) as guest:
        guest.put("/var/lib/cxlfm/file", "kept")
        guest.run("sync")
        guest.kill()
        assert not guest.alive
        with pytest.raises(GuestGone):
            guest.run("true")
    with Guest(TOPOLOGIES["one_device"], disk=disk, kmem=False) as guest:
        assert guest.get("/var/lib/cxlfm/file") == b"kept"
        assert "kmem" not in guest.run("cat /proc/modules").stdout
