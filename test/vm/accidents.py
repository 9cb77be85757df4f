# SPDX-License-Identifier: GPL-2.0-only
"""Deliberate accidents, and the kernel's view of the result.

A step fails or its worker dies by order (failing-helper.c), or processes are killed at some moment while a
command runs. "As before" is judged by `cxl list`, `daxctl list` and sysfs.
"""

from __future__ import annotations

import json
from typing import Any

from guest import BUILD, Guest, Result
from manager import Manager, kernel_regions
from topology import MIB

HELPER = BUILD / "test/vm/failing-helper"
ACCIDENT = "/run/accident"

# One call: a command in an emulated machine costs more than the data that it reads.
VIEW = """
cxl list -MDRXTi
echo ---
daxctl list -D
echo ---
cd /sys/devices/system
cat memory/auto_online_blocks
echo memory/memory*
grep -H . memory/memory*/state memory/memory*/valid_zones
grep -H MemTotal node/node*/meminfo
grep -H . /sys/bus/cxl/devices/decoder*/dpa_size
readlink -f /sys/bus/dax/devices/*/driver
true
"""

# The kernel keeps these values of a region in a free decoder: no attribute resets them, and they mean
# nothing.
RESIDUE = ("mode", "interleave_ways", "interleave_granularity", "nr_targets", "targets")


def kernel_view(guest: Guest) -> Any:
    """All values of the host that a failed change must not change."""
    cxl, dax, sysfs = guest.run(VIEW).stdout.split("---\n")
    return [_without_residue(json.loads(cxl)), json.loads(dax or "[]"), sysfs.splitlines()]


def _without_residue(value: Any) -> Any:
    if isinstance(value, list):
        # The order of an enumeration means nothing.
        return sorted((_without_residue(item) for item in value), key=json.dumps)
    if not isinstance(value, dict):
        return value
    free = value.get("state") == "disabled" and "decoder" in value
    kept = {key: item for key, item in value.items() if not (free and key in RESIDUE)}
    return {key: _without_residue(kept[key]) for key in sorted(kept)}


def fail_at(cxlfm: Manager, n: int, kind: str, arguments: str) -> Result | None:
    """Runs cxlfm with an accident at step n; None if the command was done before that step."""
    cxlfm.guest.put(ACCIDENT, f"{n} {kind}\n")
    result = cxlfm.run(arguments, check=False)
    left = cxlfm.guest.run(f"rm {ACCIDENT}", check=False).returncode == 0
    assert not left or result.returncode == 0, str(result)
    return None if left else result


def left_at(cxlfm: Manager, n: int, arguments: str) -> bool:
    """Kills the daemon and all its processes after step n; returns whether the step was reached."""
    script = f"""
    echo {n} hang-after >{ACCIDENT}
    cxlfm {arguments} >/dev/null 2>&1 & client=$!
    while [ -e {ACCIDENT} ] && kill -0 $client 2>/dev/null; do usleep 5000; done
    [ -e {ACCIDENT} ] || kill -KILL $(pidof cxlfmd)
    wait $client
    while worker=$(pidof cxlfm-worker cxlfm-reader failing-helper); do kill -KILL $worker; usleep 5000; done
    rm {ACCIDENT} 2>/dev/null
    """
    return cxlfm.guest.run(script, check=False, timeout=60).returncode != 0


def killed(guest: Guest, arguments: str, name: str, delay_ms: int) -> int:
    """The exit code of cxlfm when every process of that name is killed after a while."""
    script = f"""
    cxlfm {arguments} >/dev/null 2>/run/killed-error & client=$!
    usleep {delay_ms * 1000}
    kill -KILL $(pidof {name}) 2>/dev/null
    wait $client
    """
    return guest.run(script, check=False, timeout=60).returncode


def duration_ms(guest: Guest, arguments: str) -> int:
    """The duration of a cxlfm command, by the guest's clock."""
    clock = "cut -d' ' -f1 /proc/uptime"
    script = f"{clock} && cxlfm {arguments} >/dev/null && {clock}"
    begin, end = guest.run(script, timeout=60).stdout.split()
    return int((float(end) - float(begin)) * 1000)


def region_of(guest: Guest) -> str | None:
    """The test's region."""
    names = [region["region"] for region in kernel_regions(guest) if region["size"] != 256 * MIB]
    return names[0] if names else None


def occupy_kernel_memory(guest: Guest, node: int) -> None:
    """Makes the kernel allocate pages of its own on a node: a tmpfs with inodes and page tables."""
    guest.run(
        f"mkdir -p /tmp/pin && mount -t tmpfs -o mpol=bind:{node} tmpfs /tmp/pin && "
        f"numactl --preferred={node} sh -c "
        "'i=0; while [ $i -lt 3000 ]; do : >/tmp/pin/$i; i=$((i+1)); done'",
        timeout=120,
    )
