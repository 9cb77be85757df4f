# SPDX-License-Identifier: GPL-2.0-only
"""Every set of memdevs of a host, against the kernel's own opinion of it."""

from __future__ import annotations

import json
from itertools import combinations, permutations

import pytest

from guest import Guest
from manager import manager, members


# Sixteen memdevs have too many sets: the planner's own tests ask a model of the kernel there.
HOSTS = ["one_device", "one_switch", "two_bridges", "uneven", "two_switches", "mixed", "hmat"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.topology(name, kmem=False)) for name in HOSTS]
)
def test_every_set(guest: Guest, name: str) -> None:
    check_every_set(guest)


def check_every_set(guest: Guest) -> None:
    """A set of memdevs that the kernel accepts in some order and window gets a plan that the kernel accepts;
    a set that cxlfm refuses is refused by the kernel in every order, window and granularity.
    """
    names = sorted(memdev["memdev"] for memdev in guest.json("cxl list -M"))
    sets = [chosen for count in range(1, len(names) + 1) for chosen in combinations(names, count)]
    with manager(guest) as cxlfm:
        for chosen in sets:
            command = f"create-region -t ram -m {' '.join(chosen)}"
            made = cxlfm.run(command, check=False)
            if made.returncode == 0:
                region = json.loads(made.stdout)["region"]
                assert sorted(members(guest, region)) == list(chosen)
                cxlfm.run(f"destroy-region {region} -f")
            else:
                assert made.returncode == 3, str(made)
                assert not kernel_takes(guest, chosen), chosen
            assert guest.used() == []


def kernel_takes(guest: Guest, chosen: tuple[str, ...]) -> bool:
    """Whether `cxl create-region` succeeds with these memdevs; removes the region again."""
    windows = [decoder["decoder"] for decoder in guest.json("cxl list -D -d root")]
    tries = "\n".join(
        f"try {window} {len(order)} {' '.join(order)}"
        for window in windows
        for order in permutations(chosen)
    )
    script = f"""
    try() {{
        window=$1 ways=$2
        shift 2
        region=$(cxl create-region -t ram -d $window -w $ways -m "$@" 2>/dev/null | jq -r .region)
        [ -z "$region" ] && return
        cxl destroy-region -f $region 2>/dev/null
        echo took "$@"
    }}
    {tries}
    """
    return "took" in guest.run(script, timeout=120).stdout
