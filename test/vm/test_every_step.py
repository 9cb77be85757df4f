# SPDX-License-Identifier: GPL-2.0-only
"""Every step fails, in every way."""

from __future__ import annotations

import pytest

from accidents import HELPER
from guest import Guest
from step_failures import fail_steps


@pytest.mark.topology("one_switch", programs=(HELPER,))
def test_every_step_fails(guest: Guest) -> None:
    fail_steps(guest, 1)
