# SPDX-License-Identifier: GPL-2.0-only
"""Failing steps and killed workers: all is as before.

Beside the test's memory stands a region with somebody's data in its memory, which must stay untouched.
"""

from __future__ import annotations

import pytest

from accidents import HELPER, duration_ms, kernel_view, killed, region_of
from guest import Guest
from manager import manager
from step_failures import ADD, added, fail_steps, neighbour

pytestmark = pytest.mark.topology("one_switch", programs=(HELPER,))

WORKERS = "cxlfm-worker cxlfm-reader"
KILLS = 12


def test_some_steps_fail(guest: Guest) -> None:
    fail_steps(guest, 5)


def test_workers_are_killed(guest: Guest) -> None:
    """At any moment: before, during and after each request to the kernel."""
    with manager(guest) as cxlfm, neighbour(cxlfm) as holder:
        before = kernel_view(guest)
        adding = duration_ms(guest, ADD)
        removing = duration_ms(guest, f"remove-memory {region_of(guest)}")
        for i in range(KILLS):
            code = killed(guest, ADD, WORKERS, adding * i // KILLS)
            region = region_of(guest)
            assert (code == 0) == (region is not None), f"add {i}: {code}"
            assert region or kernel_view(guest) == before, f"add {i}: {code}"
            region = region or added(cxlfm)
            middle = kernel_view(guest)
            code = killed(guest, f"remove-memory {region}", WORKERS, removing * i // KILLS)
            left = region_of(guest)
            assert (code == 0) == (left is None), f"remove {i}: {code}"
            assert kernel_view(guest) == (middle if left else before), f"remove {i}: {code}"
            if left:
                cxlfm.remove_memory(region)
            assert holder.check().startswith("ok")
            assert guest.dmesg_warnings() == []
