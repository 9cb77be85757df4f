# SPDX-License-Identifier: GPL-2.0-only
"""The unit tests' model of the kernel, against the kernel.

The same writes, good and bad ones, go to a guest's sysfs and to the model started from the guest's record;
every answer and every value read back has to be the same.
"""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from guest import BUILD, Guest

SCRIPT = BUILD / "test/vm/step-script"
M256 = 256 << 20

OPTIONS = {"memhp": "offline", "programs": (SCRIPT,)}


@dataclass
class Host:
    """The part of a record that scripts need."""

    windows: list[dict[str, Any]] = field(default_factory=list)
    endpoints: list[list[str]] = field(default_factory=list)


def host_of(guest: Guest) -> Host:
    host = Host()
    for decoder in guest.json("cxl list -D -d root"):
        names = (decoder,) if "decoder" in decoder else decoder["root decoders"]
        host.windows += names
    for line in guest.run("ls -d /sys/bus/cxl/devices/endpoint*").stdout.split():
        port = int(line.rsplit("endpoint", 1)[1])
        host.endpoints.append([f"decoder{port}.{i}" for i in range(4)])
    return host


class Compare:
    """A guest and a model in the same state, which have to stay so."""

    def __init__(self, guest: Guest, folder: Path) -> None:
        self._guest = guest
        self._record = folder / "record.json"
        self._record.write_text(guest.run("step-script record").stdout)
        self._lines: list[str] = []

    def add(self, *lines: str) -> None:
        self._lines += lines

    def model(self) -> list[str]:
        """The model's answers to all lines so far."""
        return subprocess.run(
            [SCRIPT, "model", self._record],
            input=self._text(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.splitlines()

    def check(self) -> None:
        seen = self._guest.run("step-script sysfs", stdin=self._text(), timeout=60).stdout.splitlines()
        expected = self.model()
        assert len(seen) == len(expected) == len(self._lines)
        for number, (line, model, kernel) in enumerate(zip(self._lines, expected, seen)):
            before = "\n".join(
                f"{a:50} {b}" for a, b in zip(self._lines[:number], seen[:number])
            )
            assert kernel == model, f"{before}\n{line}\nmodel: {model}, kernel: {kernel}"

    def _text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)


def create(region: str, window: str, granularity: int, ways: int, size: int) -> list[str]:
    return [
        f"region {region} ram@{window}",
        f"region-granularity {region} {granularity}",
        f"region-ways {region} {ways}",
        f"region-size {region} {size}",
    ]


def allocate(decoder: str, size: int = M256) -> list[str]:
    return [f"decoder-mode {decoder} ram", f"decoder-dpa {decoder} {size}"]


def clean(host: Host, regions: range = range(12)) -> list[str]:
    """Removes all that was made; a missing object answers the same on both sides."""
    lines = [f"dax-memory dax{n}.0 offline" for n in regions]
    lines += [f"dax-driver dax{n}.0 -" for n in regions]
    lines += [f"region region{n} -" for n in reversed(regions)]
    for decoders in host.endpoints:
        lines += [f"decoder-dpa {decoder} 0" for decoder in reversed(decoders)]
    return lines


@pytest.mark.topology("one_switch", **OPTIONS)
def test_detached_target_is_counted(guest: Guest, tmp_path: Path) -> None:
    """One of four leaves and can't come back before all have left."""
    host = host_of(guest)
    compare = Compare(guest, tmp_path)
    targets = [decoders[0] for decoders in host.endpoints[:4]]
    compare.add(*create("region0", "decoder0.0", 1024, 4, 4 * M256))
    for position, decoder in enumerate(targets):
        compare.add(*allocate(decoder), f"region-target region0/target{position} {decoder}")
    compare.add("region-target region0/target3 -", f"region-target region0/target3 {targets[3]}")
    compare.add("region-commit region0 1")
    compare.add(*(f"region-target region0/target{position} -" for position in range(4)))
    compare.add(*(f"region-target region0/target{n} {decoder}" for n, decoder in enumerate(targets)))
    compare.add("region-commit region0 1", *clean(host))
    compare.check()


@pytest.mark.topology("one_switch", **OPTIONS)
def test_memory(guest: Guest, tmp_path: Path) -> None:
    """dax devices, kmem's state and memory blocks. No memory goes to a kernel zone: the kernel's own pages
    there would decide whether it can be removed.
    """
    host = host_of(guest)
    compare = Compare(guest, tmp_path)
    targets = [decoders[0] for decoders in host.endpoints[:2]]
    first = int(host.windows[0]["resource"]) // (128 << 20)
    compare.add(*create("region0", "decoder0.0", 1024, 2, 2 * M256))
    for position, decoder in enumerate(targets):
        compare.add(*allocate(decoder), f"region-target region0/target{position} {decoder}")
    compare.add("region-driver region0 cxl_region", "region-commit region0 1")
    compare.add("region-driver region0 cxl_region", "dax-driver dax0.0 kmem")
    compare.add("region-driver region0 cxl_region")
    for state in ("online_movable", "offline", "unplugged", "online_movable"):
        compare.add(f"dax-memory dax0.0 {state}")
        compare.add(*(f"block memory{first + i} offline" for i in range(2)))
        compare.add(f"block memory{first} online_movable")
    compare.add("region-driver region0 -", "region-commit region0 0", "region region0 -")
    compare.add("dax-memory dax0.0 unplugged", "dax-memory dax0.0 offline")
    compare.add("dax-driver dax0.0 -", "dax-driver dax0.0 device_dax", "dax-driver dax0.0 kmem")
    compare.add("auto-online memory online_movable", "dax-driver dax0.0 -")
    compare.add("dax-driver dax0.0 kmem", f"block memory{first} online_movable")
    compare.add("auto-online memory offline", *clean(host, range(2)))
    compare.check()


def random_lines(rng: random.Random, host: Host) -> list[str]:
    """A region as a person might make it who does not know the rules well."""
    window = rng.choice(host.windows)
    number = rng.choice((0, 0, 0, 1, 1, 2, 3, 4, 5, 6))
    region = f"region{number}"
    ways = rng.choice((1, 2, 2, 4, 4, 8, 3, 6))
    granularity = window["interleave_granularity"] if "interleave_granularity" in window else 1024
    granularity = rng.choice((granularity, granularity, granularity, 256, 4096, 16384))
    size = rng.choice((M256, M256, M256, 2 * M256, M256 // 2))
    lines = create(region, window["decoder"], granularity, ways, size * ways)
    order = rng.sample(host.endpoints, k=len(host.endpoints))
    for position in range(ways):
        decoder = rng.choice(order[position % len(order)][: rng.choice((1, 1, 1, 2, 3))])
        lines += allocate(decoder, rng.choice((size, size, size, M256)))
        lines.append(f"region-target {region}/target{position} {decoder}")
    if rng.random() < 0.2:
        lines.append(f"region-target {region}/target{rng.randrange(ways)} -")
    lines.append(f"region-commit {region} 1")
    return lines


def random_steps(rng: random.Random, host: Host, compare: Compare) -> None:
    compare.add(*random_lines(rng, host))
    number = rng.randrange(2)
    if rng.random() < 0.3:
        compare.add(f"region-driver region{number} cxl_region")
        # The device comes a moment later: the step waits for the device.
        if compare.model()[-1].startswith("0 "):
            compare.add(*[f"dax-driver dax{number}.0 kmem"] * 2)
    if rng.random() < 0.3:
        compare.add(f"region-commit region{number} 0")
    if rng.random() < 0.3:
        compare.add(f"region region{rng.randrange(4)} -")
    if rng.random() < 0.3:
        compare.add(f"decoder-dpa {rng.choice(rng.choice(host.endpoints))} 0")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.topology(name, **OPTIONS))
        for name in ("one_switch", "two_bridges", "two_switches", "mixed")
    ],
)
def test_random_writes(guest: Guest, tmp_path: Path, name: str, seed: int) -> None:
    host = host_of(guest)
    rng = random.Random(f"{name} {seed}")
    compare = Compare(guest, tmp_path)
    for _ in range(12):
        for _ in range(rng.randrange(1, 4)):
            random_steps(rng, host, compare)
        compare.add(*clean(host))
    compare.check()
