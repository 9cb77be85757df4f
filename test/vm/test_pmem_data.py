# SPDX-License-Identifier: GPL-2.0-only
"""Data is not memory: a region of persistent memory is removed only on an explicit request, and never while a
namespace of it is in use, by any process in any mount namespace.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guest import Guest
from installed import host
from manager import Manager, kernel_region, manager
from topology import TOPOLOGIES

BUILD = Path(os.environ["CXLFM_BUILD"])

# All commands that would take the data away, by force where they have it.
TAKING = (
    "remove-memory data --force",
    "remove-memory {region} --force",
    "disable-region {region}",
    "disable-region {region} -f",
    "destroy-region {region} -f",
    "apply /tmp/none.json",
    "apply /tmp/other.json",
)


def refused(cxlfm: Manager, line: str, *words: str) -> None:
    result = cxlfm.run(line, check=False)
    assert result.returncode == 3, f"{line}: {result.stderr}"
    for word in words:
        assert word in result.stderr, f"{line}: {result.stderr}"


def unbind(guest: Guest, region: str) -> str:
    """Unbinds like the helper, without a planner before it."""
    return guest.run(f"echo 'region-driver {region} -' | step-script sysfs").stdout.split()[0]


def test_data_in_use() -> None:
    programs = [BUILD / "test/vm/step-script"]
    with Guest(TOPOLOGIES["pmem"], modules=["ext4", "loop"], programs=programs) as guest:
        with manager(guest) as cxlfm:
            region = cxlfm.json("create-region -t pmem -w 1 -s 256M --name data")["region"]
            nd_region = guest.json("ndctl list -R")[0]["dev"]
            made = guest.json(f"ndctl create-namespace -f -m fsdax -r {nd_region}", timeout=120)
            namespace, device = made["dev"], made["blockdev"]
            guest.run("echo '{\"claims\":[]}' >/tmp/none.json")
            guest.run(
                "echo '{\"claims\":[{\"name\":\"data\",\"size\":\"512M\",\"type\":\"pmem\"}]}'"
                " >/tmp/other.json"
            )
            guest.run(f"mke2fs -q -F -N 16 /dev/{device} 2>/dev/null || mke2fs -F /dev/{device}",
                      timeout=120)
            guest.run(f"mkdir -p /data && mount -t ext4 /dev/{device} /data && echo kept >/data/it")
            taking = [line.format(region=region) for line in TAKING]
            for line in taking:
                refused(cxlfm, line, namespace, device, "/data")
            assert unbind(guest, region) == "EADDRINUSE"
            assert "state" not in kernel_region(guest, region)
            assert guest.run("cat /data/it").stdout == "kept\n"

            # Mounted only in another mount namespace.
            guest.run("umount /data")
            guest.run(
                f"unshare -m sh -c 'mount -t ext4 /dev/{device} /data; echo $$ >/tmp/pid;"
                " exec sleep 1000' >/dev/null 2>&1 &"
            )
            guest.wait_until("test -s /tmp/pid")
            assert guest.run(f"grep -c {device} /proc/mounts", check=False).stdout == "0\n"
            for line in taking:
                refused(cxlfm, line, namespace, device, "/data")
            assert unbind(guest, region) == "EADDRINUSE"
            guest.run("kill $(cat /tmp/pid)")
            guest.wait_until("! test -d /proc/$(cat /tmp/pid)")

            # A program that has the namespace open is found right before the step.
            guest.run(f"sleep 1000 </dev/{device} >/dev/null 2>&1 & echo $! >/tmp/pid")
            assert unbind(guest, region) == "EADDRINUSE"
            failed = cxlfm.run(f"disable-region {region}", check=False)
            assert failed.returncode == 1
            assert f"{device} is open in process" in failed.stderr
            guest.run("kill $(cat /tmp/pid)")
            guest.wait_until("! test -d /proc/$(cat /tmp/pid)")

            guest.run(f"mkswap /dev/{device} && swapon /dev/{device}")
            for line in taking:
                refused(cxlfm, line, namespace, f"{device} is swap")
            guest.run(f"swapoff /dev/{device}")

            # A mount of the loop device is no mount of the namespace, and no process has the namespace open.
            loop = guest.run("losetup -f").stdout.strip()
            guest.run(f"losetup {loop} /dev/{device}")
            for line in taking:
                refused(cxlfm, line, namespace, f"{device} is behind {loop.rpartition('/')[2]}")
            assert unbind(guest, region) == "EADDRINUSE"
            guest.run(f"losetup -d {loop}")

            # The name does not matter: another node is the device, and an image is not.
            guest.run(f"mknod /tmp/other b $(tr : ' ' </sys/class/block/{device}/dev)")
            guest.run(f"losetup {loop} /tmp/other")
            assert unbind(guest, region) == "EADDRINUSE"
            guest.run(f"losetup -d {loop}")
            guest.run(f"truncate -s 16M /tmp/{device} && losetup {loop} /tmp/{device}")

            # Without a user of the data, the region is removed on an explicit request.
            for line in (f"remove-memory {region}", "remove-memory data", "apply /tmp/none.json"):
                refused(cxlfm, line, "--force")
            cxlfm.run(f"disable-region {region}")
            refused(cxlfm, f"destroy-region {region}", "--force")
            cxlfm.run(f"enable-region {region}")
            assert guest.json("ndctl list")[0]["dev"] == namespace
            cxlfm.run("remove-memory data --force")
            assert guest.used() == []


@contextmanager
def mapped(guest: Guest, device: str) -> Iterator[None]:
    """A program that has mapped the device, and has closed it."""
    guest.run("rm -f /tmp/mapped")
    guest.run(f"map-device /dev/{device} >/tmp/mapped 2>&1 & echo $! >/tmp/pid")
    guest.wait_until("grep -q ready /tmp/mapped")
    yield
    guest.run("kill $(cat /tmp/pid)")
    guest.wait_until("! test -d /proc/$(cat /tmp/pid)")


def test_users_of_data_are_found(tmp_path: Path) -> None:
    """Users that no file of a process or a mount shows: the unit denies nothing that the search takes."""
    modules = ["nvmet", "target_core_file"]
    with host(tmp_path, "pmem", programs=[BUILD / "test/vm/map-device"], modules=modules) as guest:
        region = guest.json("cxlfm create-region -t pmem -w 1 -s 256M")["region"]
        nd_region = guest.json("ndctl list -R")[0]["dev"]

        def refused(words: str) -> None:
            failed = guest.run(f"cxlfm destroy-region {region} -f", check=False)
            assert failed.returncode in (1, 3), str(failed)
            assert words in failed.stderr, str(failed)
            assert guest.json("ndctl list -N")

        made = guest.json(f"ndctl create-namespace -f -m fsdax -r {nd_region}", timeout=120)
        device = made["blockdev"]
        with mapped(guest, device):
            refused(f"{device} is mapped in process")

        # Targets have the device open for others; no process does, and none is the sole user.
        guest.run("mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config")
        guest.run(f"mkdir -p /dev/disk/by-id && ln -s ../../{device} /dev/disk/by-id/x")
        nqn = "nqn.2014-08.org.nvmexpress:uuid:0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0e"
        subsystem = f"/sys/kernel/config/nvmet/subsystems/{nqn}"
        guest.run(f"mkdir {subsystem} && mkdir {subsystem}/namespaces/7")
        guest.run(f"echo /dev/disk/by-id/x >{subsystem}/namespaces/7/device_path")
        guest.run(f"echo 1 >{subsystem}/namespaces/7/enable")
        refused(f"{device} is exported by nvmet as {nqn}/7")
        guest.run(f"rmdir {subsystem}/namespaces/7 {subsystem}")
        backstore = "/sys/kernel/config/target/core/fileio_0"
        guest.run(f"mkdir {backstore} && mkdir {backstore}/disk")
        guest.run(f"echo fd_dev_name=/dev/{device} >{backstore}/disk/control")
        guest.run(f"echo 1 >{backstore}/disk/enable")
        refused(f"{device} is exported by the kernel's target as fileio_0/disk")
        guest.run(f"rmdir {backstore}/disk {backstore}")

        # Unmounted for everybody but those who are there.
        guest.run(f"mke2fs -q -F -N 16 /dev/{device} 2>/dev/null || mke2fs -F /dev/{device}", timeout=120)
        guest.run(f"mkdir -p /data && mount -t ext4 /dev/{device} /data")
        guest.run("cd /data && { sleep 1000 >/dev/null 2>&1 & echo $! >/tmp/pid; }")
        guest.run("umount -l /data")
        refused(f"{device} is in use by the kernel")
        guest.run("kill $(cat /tmp/pid)")
        guest.wait_until(f"ndctl disable-namespace {made['dev']}")

        made = guest.json(f"ndctl create-namespace -f -e {made['dev']} -m devdax", timeout=120)
        device = made["daxregion"]["devices"][0]["chardev"]
        with mapped(guest, device):
            refused(f"{device} is mapped in process")
        guest.run(f"cxlfm destroy-region {region} -f")
        assert guest.json("cxlfm list -R") == []


def test_memory_that_a_program_has(tmp_path: Path) -> None:
    """The memory is no data, and is kept as data is kept: the program would die of the removal."""
    with host(tmp_path, programs=[BUILD / "test/vm/map-device"]) as guest:
        guest.run("cxlfm add-memory 256M --mode devdax --name db")
        device = guest.json("daxctl list")[0]["chardev"]
        with mapped(guest, device):
            for line in ("remove-memory db --force", "disable-region region0 -f"):
                failed = guest.run(f"cxlfm {line}", check=False)
                assert failed.returncode == 1, str(failed)
                assert f"{device} is mapped in process" in failed.stderr, str(failed)
                assert guest.json("daxctl list")[0]["mode"] == "devdax"
        guest.run("cxlfm remove-memory db")
        assert guest.json("cxlfm list -R") == []
