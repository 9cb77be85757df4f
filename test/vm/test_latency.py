# SPDX-License-Identifier: GPL-2.0-only
"""The delay between an event and the daemon's knowledge of it.

The guest's clock counts instructions, so that other tests beside this one don't make it slow.
"""

from __future__ import annotations

import json
import statistics

import pytest

from guest import Guest
from manager import manager
from topology import Device

LATENCY_MS_MAX = 100


@pytest.mark.topology("one_switch", counted=True)
def test_hot_plug_is_listed_within_100_ms(guest: Guest) -> None:
    """From the kernel's uevent of a memory device to an answer of list with the device."""
    latencies = []
    with manager(guest):
        for serial in (51, 52, 53):
            device = Device(serial)
            watch = guest.start_process(f"hotplug-latency /run/cxlfm/cxlfm.sock {serial}")
            watch.wait_output("ready")
            guest.plug(device)
            result = watch.wait(60)
            assert result.returncode == 0, str(result)
            latencies.append(json.loads(result.stdout.splitlines()[-1])["latency_ms"])
            guest.unplug(device)
    assert statistics.median(latencies) <= LATENCY_MS_MAX, latencies
