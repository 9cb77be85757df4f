# SPDX-License-Identifier: GPL-2.0-only
"""Makes the lines of bare-writes: the writes of a plan, with every name and value known in advance."""

from __future__ import annotations

from typing import Any

CXL = "/sys/bus/cxl/devices"
DAX = "/sys/bus/dax/devices"
POLICY = "/sys/devices/system/memory/auto_online_blocks"

# The attributes of a step's object.
ATTRIBUTES = {
    "region-granularity": "interleave_granularity",
    "region-ways": "interleave_ways",
    "region-size": "size",
    "decoder-mode": "mode",
    "decoder-dpa": "dpa_size",
    "region-commit": "commit",
}


def line_of(step: dict[str, Any]) -> str | None:
    """The line of a step on the way forward; None for a guard, which is for the way back."""
    kind, name, value = step["kind"], step["object"], step["to"]
    if kind in ATTRIBUTES:
        return f"write {CXL}/{name}/{ATTRIBUTES[kind]} {value}"
    if kind == "region-target":
        return f"write {CXL}/{name} {value}"
    if kind == "region":
        mode, window = value.split("@")
        return f"write {CXL}/{window}/create_{mode}_region {name}"
    if kind == "auto-online":
        return f"write {POLICY} {value}"
    if kind == "region-driver":
        return f"write /sys/bus/cxl/drivers/cxl_region/bind {name}"
    if kind == "dax-driver":
        # kmem binds the device by itself and brings the memory online by the policy, which may be restored
        # only after that. The device has this attribute from the end of the probe on.
        return f"await {DAX}/{name}/state online_movable"
    if kind == "dax-memory-guard" or kind == "dax-memory":
        return None
    raise ValueError(f"no line for a step {kind}")


def lines_of(steps: list[dict[str, Any]]) -> str:
    return "".join(f"{line}\n" for line in map(line_of, steps) if line)
