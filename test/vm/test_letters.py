# SPDX-License-Identifier: GPL-2.0-only
"""Every choice of the letters of `list`, beside `cxl list` on the same host."""

from __future__ import annotations

import pytest

from guest import Guest
from test_list import compare_letters


@pytest.mark.topology("one_switch", memhp="online_movable")
@pytest.mark.leaves_host("a region stays behind")
def test_letters(guest: Guest) -> None:
    compare_letters(guest, 1)
