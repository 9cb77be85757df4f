# SPDX-License-Identifier: GPL-2.0-only
"""cxlfmd in a guest, the commands of cxlfm, and the kernel's own view of their effects.

The kernel's view comes from `cxl list`, `daxctl list` and sysfs, never from cxlfm, which would prove nothing
about itself.
"""

from __future__ import annotations

import json
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from guest import Guest, Process, Result

POLICY = "/sys/devices/system/memory/auto_online_blocks"


@dataclass(frozen=True)
class Block:
    """A memory block as sysfs shows it."""

    number: int
    state: str
    zones: str


class Manager:
    """A running cxlfmd."""

    def __init__(self, guest: Guest, arguments: str = "", fault: str = "") -> None:
        """fault: see util/fault.h"""
        self.guest = guest
        environment = f"CXLFM_FAULT={fault}" if fault else ""
        self._daemon: Process = guest.start_process(f"exec env {environment} cxlfmd {arguments}")
        guest.wait_until("cxlfm version >/dev/null 2>&1", interval=0.02)

    def stop(self) -> Result:
        self._daemon.signal(signal.SIGTERM)
        return self._daemon.wait(20)

    def kill(self) -> None:
        """Kills the daemon alone; the helper has to notice that by itself."""
        self.guest.run("kill -KILL $(pidof cxlfmd)")
        self._daemon.wait(20)

    @property
    def log(self) -> str:
        return self._daemon.result().stderr

    def run(self, arguments: str, *, check: bool = True, timeout: float = 60) -> Result:
        """Runs cxlfm with these arguments."""
        return self.guest.run(f"cxlfm {arguments}", check=check, timeout=timeout)

    def json(self, arguments: str, *, timeout: float = 60) -> Any:
        text = self.run(arguments, timeout=timeout).stdout
        return json.loads(text) if text.strip() else []

    def add_memory(self, arguments: str) -> dict[str, Any]:
        """Runs add-memory; returns its outcome with the region, the dax device and the node."""
        return self.json(f"add-memory {arguments}")

    def remove_memory(self, region: str, arguments: str = "") -> None:
        self.run(f"remove-memory {region} {arguments}")


@contextmanager
def manager(guest: Guest, arguments: str = "") -> Iterator[Manager]:
    """cxlfmd for the length of a block."""
    running = Manager(guest, arguments)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def policy(guest: Guest, value: str) -> Iterator[None]:
    """The kernel's online policy for the length of a block."""
    before = guest.run(f"cat {POLICY}").stdout.strip()
    guest.run(f"echo {value} >{POLICY}")
    try:
        yield
    finally:
        guest.run(f"echo {before} >{POLICY}")


# The kernel's view


def kernel_regions(guest: Guest) -> list[dict[str, Any]]:
    return guest.json("cxl list -R -T -i")


def kernel_region(guest: Guest, name: str) -> dict[str, Any]:
    return guest.json(f"cxl list -R -T -i -r {name}")[0]


def members(guest: Guest, region: str) -> list[str]:
    """The memdevs of a region by position."""
    mappings = kernel_region(guest, region)["mappings"]
    return [m["memdev"] for m in sorted(mappings, key=lambda m: m["position"])]


def kernel_dax(guest: Guest, device: str) -> dict[str, Any]:
    return guest.json(f"daxctl list -d {device}")[0]


def blocks_of(guest: Guest, device: str) -> list[Block]:
    """The memory blocks in a dax device's range, by sysfs alone."""
    script = f"""
    d=/sys/bus/dax/devices/{shlex.quote(device)}
    m=/sys/devices/system/memory
    size=$((0x$(cat $m/block_size_bytes)))
    first=$(($(cat $d/resource) / size))
    count=$(($(cat $d/size) / size))
    for n in $(seq $first $((first + count - 1))); do
        [ -d $m/memory$n ] && echo $n $(cat $m/memory$n/state) $(cat $m/memory$n/valid_zones)
    done
    true
    """
    blocks = []
    for line in guest.run(script).stdout.splitlines():
        number, state, *zones = line.split()
        blocks.append(Block(int(number), state, " ".join(zones)))
    return blocks


def auto_online(guest: Guest) -> str:
    return guest.run(f"cat {POLICY}").stdout.strip()


def assert_memory_online(guest: Guest, outcome: dict[str, Any], zone: str, size: int) -> int:
    """Asserts that the outcome's memory is all online in a zone of its node; returns the node."""
    device = kernel_dax(guest, outcome["dax_device"])
    assert device["mode"] == "system-ram"
    assert device["size"] == size
    assert device["online_memblocks"] == device["total_memblocks"]
    blocks = blocks_of(guest, outcome["dax_device"])
    assert len(blocks) == device["total_memblocks"]
    assert {block.state for block in blocks} == {"online"}
    assert {block.zones.split()[0] for block in blocks} == {zone}
    node = int(device["target_node"])
    assert outcome["node"] == node
    assert node in guest.node_memory()
    return node


# A process that holds memory of a node


class Holder:
    """node-memory: pages bound to a node, filled with a pattern that can be checked."""

    def __init__(self, guest: Guest, node: int, size: int, seed: int = 1) -> None:
        self._process = guest.start_process(f"exec node-memory fill {node} {size} {seed}")
        self._seen = 0
        self._answer()

    def _answer(self) -> str:
        """Returns the next line of its output."""
        self._seen += 1
        deadline = time.monotonic() + 120
        while self._process.stdout.count("\n") < self._seen:
            assert time.monotonic() < deadline, f"no answer: {self._process.result()}"
            assert self._process.returncode is None, f"it ended: {self._process.result()}"
            time.sleep(0.01)
        return self._process.stdout.splitlines()[self._seen - 1]

    def check(self) -> str:
        """Reads all pages back: "ok ..." in place, "moved ..." intact but elsewhere."""
        self._process.write("check\n")
        return self._answer()

    def pin(self) -> None:
        """Pins one of the pages to its place until the end."""
        self._process.write("pin\n")
        assert self._answer() == "ready"

    def end(self) -> None:
        self._process.close_stdin()
        self._process.wait(20)
