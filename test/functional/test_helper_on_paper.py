# SPDX-License-Identifier: GPL-2.0-only
"""The real helper, driven by an enemy in the daemon's place, on a host of plain files: one CXL region, and
beside it memory of others whose names have the same forms. The files lie over /sys and /proc in a mount
namespace of the helper's own.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from enemy import Helper, until

WINDOW = "devices/platform/ACPI0017:00/root0/decoder0.0"
REGION = f"{WINDOW}/region0"
# hmem's dax region of soft-reserved memory: drivers/dax/hmem
SOFT_RESERVED = "devices/platform/hmem.0/dax1.0"
MEMORY = "devices/system/memory"
BLOCK_SIZE = 0x8000000
TIMEOUT_MS = 2000

# /sys must not be covered for others: where mounts are passed on, nothing is mounted. A sanitizer's search
# for leaks needs all of /proc.
ENTER = """
export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
mount --make-rprivate / 2>/dev/null || ! grep -q ' shared:' /proc/self/mountinfo || exit 77
mount -t tmpfs none /run && mkdir /run/proc && mount -t proc none /run/proc || exit 77
mount --bind "$0/proc" /proc && mount --bind "$0/sys" /sys && exec "$@"
"""


def private_mounts(root: Path) -> tuple[str | Path, ...]:
    return ("unshare", "--mount", "--propagation", "unchanged", "sh", "-c", ENTER, root)


def put(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def link(root: Path, path: str, target: str) -> None:
    """Makes a link to @target, a path below @root; relative, as those of sysfs."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).symlink_to(os.path.relpath(root / target, (root / path).parent))


def put_block(sys: Path, index: int, state: str, node: int) -> None:
    put(sys, f"{MEMORY}/memory{index}/state", state + "\n")
    put(sys, f"{MEMORY}/memory{index}/valid_zones", "Movable\n" if state == "online" else "Normal Movable\n")
    link(sys, f"{MEMORY}/memory{index}/node{node}", f"devices/system/node/node{node}")
    link(sys, f"devices/system/node/node{node}/memory{index}", f"{MEMORY}/memory{index}")


def put_cxl(sys: Path) -> None:
    """A region with four blocks from 4 GiB on, all online."""
    for name, text in {
        "mode": "ram",
        "size": "0x20000000",
        "resource": "0x100000000",
        "commit": "1",
        "interleave_ways": "1",
        "interleave_granularity": "256",
        "uuid": "",
        "target0": "",
    }.items():
        put(sys, f"{REGION}/{name}", text + "\n")
    put(sys, "bus/cxl/drivers/cxl_region/unbind", "")
    link(sys, f"{REGION}/driver", "bus/cxl/drivers/cxl_region")
    link(sys, "bus/cxl/devices/region0", REGION)
    link(sys, "bus/cxl/devices/decoder0.0", WINDOW)
    for name, text in {"resource": "0x100000000", "size": "536870912", "target_node": "1"}.items():
        put(sys, f"{REGION}/dax_region0/dax0.0/{name}", text + "\n")
    link(sys, f"{REGION}/dax_region0/dax0.0/driver", "bus/dax/drivers/kmem")
    link(sys, "bus/dax/devices/dax0.0", f"{REGION}/dax_region0/dax0.0")
    for index in range(32, 36):
        put_block(sys, index, "online", 1)


def put_others(sys: Path) -> None:
    """Soft-reserved memory in two blocks, and its device, which has a name as of a region's."""
    for name, text in {"resource": "0x200000000", "size": "268435456", "target_node": "2"}.items():
        put(sys, f"{SOFT_RESERVED}/{name}", text + "\n")
    link(sys, f"{SOFT_RESERVED}/driver", "bus/dax/drivers/kmem")
    link(sys, "bus/dax/devices/dax1.0", SOFT_RESERVED)
    for index in (64, 65):
        put_block(sys, index, "online", 2)


@pytest.fixture(name="root")
def paper(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    sys = root / "sys"
    put_cxl(sys)
    put_others(sys)
    for driver in ("kmem", "device_dax"):
        for name in ("bind", "unbind", "new_id", "remove_id"):
            put(sys, f"bus/dax/drivers/{driver}/{name}", "")
    put(sys, f"{MEMORY}/block_size_bytes", f"{BLOCK_SIZE:x}\n")
    put(sys, f"{MEMORY}/auto_online_blocks", "offline\n")
    put(root, "proc/1/mountinfo", "")
    # A process finds itself, and nobody else.
    (root / "proc/self").symlink_to("/run/proc/self")
    return root


@pytest.fixture(name="helper")
def started(tmp_path: Path, root: Path) -> Iterator[Helper]:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("only root can put files over /sys in a mount namespace of its own")
    may = subprocess.run([*private_mounts(root), "true"], capture_output=True, check=False)
    if may.returncode != 0:
        pytest.skip(f"no mount namespace of one's own: {may.stderr.decode()}")
    helper = Helper(tmp_path / "log", private_mounts(root))
    yield helper
    helper.end()


def step(kind: str, object_: str, before: str, after: str, of: str = "") -> dict[str, Any]:
    return {
        "do": "step",
        "step": {"kind": kind, "object": object_, "of": of, "from": before, "to": after},
        "timeout_ms": TIMEOUT_MS,
    }


def files(root: Path) -> dict[str, str]:
    """All values of the host."""
    return {str(p): p.read_text() for p in (root / "sys").rglob("*") if p.is_file()}


def test_memory_of_others_is_not_touched(helper: Helper, root: Path) -> None:
    before = files(root)
    worker = helper.worker()
    for request, error in [
        # Soft-reserved memory, whose device has a name as of a region's.
        (step("dax-memory", "dax1.0", "online_movable", "offline"), errno.EPERM),
        (step("dax-memory-guard", "dax1.0", "online_movable", ""), errno.EPERM),
        (step("dax-driver", "dax1.0", "kmem", ""), errno.EPERM),
        (step("dax-driver", "dax1.0", "kmem", "device_dax"), errno.EPERM),
        # Blocks of others, as if they were the region's.
        (step("block", "memory64", "online_movable", "offline", "region0"), errno.ESTALE),
        (step("block", "memory36", "online_movable", "offline", "region0"), errno.ENOENT),
        (step("block", "memory64", "online_movable", "offline", "region1"), errno.ESTALE),
        # The policy for new memory, when no CXL memory is about to come.
        (step("auto-online", "memory", "offline", "online_kernel"), errno.EPERM),
        # Online memory of the region itself.
        (step("region-driver", "region0", "cxl_region", ""), errno.EBUSY),
        (step("region-commit", "region0", "1", "0"), errno.EBUSY),
        (step("region", "region0", "ram@decoder0.0", ""), errno.EBUSY),
        (step("dax-driver", "dax0.0", "kmem", ""), errno.EBUSY),
        # Names that lead elsewhere.
        (step("region-size", "region0/../../x", "1", "0"), errno.EINVAL),
        (step("dax-driver", "dax0.0/..", "kmem", ""), errno.EINVAL),
        (step("block", "memory64/../memory32", "online_movable", "offline", "region0"), errno.EINVAL),
    ]:
        assert worker.ask(request) == error, request
    worker.socket.close()
    until(lambda: not helper.workers)
    assert files(root) == before


def test_nothing_is_told_of_the_memory_of_others(helper: Helper) -> None:
    worker = helper.worker()
    assert worker.ask({"do": "holders", "object": "memory32"}) == 0
    assert worker.ask({"do": "holders", "object": "memory64"}) == errno.EPERM
    assert worker.ask({"do": "holders", "object": "memory36"}) == errno.ENOENT
    assert worker.ask({**step("dax-driver", "dax1.0", "kmem", ""), "do": "read"}) == errno.EPERM
    assert worker.ask({**step("dax-memory", "dax1.0", "offline", ""), "do": "read"}) == errno.EPERM


def test_what_was_borrowed_is_given_back(helper: Helper, root: Path) -> None:
    """A worker that has set the policy for new memory keeps the rights to put it back."""
    policy = root / "sys" / MEMORY / "auto_online_blocks"
    (root / "sys" / MEMORY / "memory33/state").write_text("offline\n")
    worker = helper.worker()
    assert worker.ask(step("auto-online", "memory", "offline", "online_movable")) == 0
    assert policy.read_text().startswith("online_movable")
    for request in (
        {"do": "snapshot"},
        {"do": "mailbox", "object": "mem0"},
        {"do": "holders", "object": "memory32"},
    ):
        assert worker.ask(request) == errno.EPERM
    worker.socket.close()
    until(lambda: not helper.workers)
    assert policy.read_text().startswith("offline"), helper.log


def test_a_search_for_holders_ends(helper: Helper, root: Path) -> None:
    """A process can have its page tables locked for any time, and a reader of its numa_maps waits for as
    long: here a pipe that nobody writes.
    """
    os.makedirs(root / "proc/77")
    os.mkfifo(root / "proc/77/numa_maps")
    began = time.monotonic()
    worker = helper.worker()
    worker.send({"do": "holders", "object": "memory32"})
    assert worker.is_gone
    assert time.monotonic() - began < 15
    until(lambda: not helper.workers)
    assert helper.worker().ask(b"{}") == errno.EINVAL


def write_on(fifo: Path, line: bytes) -> bool:
    """Writes for as long as somebody reads, and tells whether somebody did. Waits for nobody."""
    try:
        writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        assert error.errno == errno.ENXIO
        return False
    begun = time.monotonic()
    try:
        while True:
            assert time.monotonic() - begun < 30, "it is read on and on"
            with suppress(BlockingIOError):
                os.write(writer, line)
            time.sleep(0.005)
    except BrokenPipeError:
        return True
    finally:
        os.close(writer)


def test_a_process_with_endless_maps(helper: Helper, root: Path) -> None:
    """A process whose maps don't end hides which processes have the memory, but not what else is known of the
    block.
    """
    os.makedirs(root / "proc/77")
    os.mkfifo(root / "proc/77/numa_maps")
    worker = helper.worker()
    worker.send({"do": "holders", "object": "memory32"})
    until(lambda: write_on(root / "proc/77/numa_maps", b"7f00 default N1=1 kernelpagesize_kB=4\n"))
    assert worker.reply()["error"] == 0


@pytest.mark.parametrize("look", [{"do": "snapshot"}, {"do": "region", "object": "region0"}])
def test_a_failed_look_names_the_file(helper: Helper, root: Path, look: dict[str, str]) -> None:
    """The reader, too, which has given up its rights and sees only /sys and /proc."""
    name = "devices/system/memory/block_size_bytes"
    file = root / "sys" / name
    text = file.read_text()
    worker = helper.worker()
    assert worker.ask(look) == 0
    file.unlink()
    file.symlink_to(file.name)
    worker.send(look)
    reply = worker.reply()
    assert (reply["error"], reply["culprit"]) == (-errno.ELOOP, f"/sys/{name}")
    file.unlink()
    file.write_text(text)
    assert worker.ask(look) == 0
