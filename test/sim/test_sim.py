# SPDX-License-Identifier: GPL-2.0-only
"""The simulation itself: the same seed does the same, and what is broken on purpose is found."""

import os
import re
import subprocess

import pytest

SIM = os.path.join(os.environ["CXLFM_BUILD"], "test", "sim", "sim")

# Far more than any of the mistakes needs.
SEEDS_UNTIL_FOUND = 400
SEEDS_UNTIL_FOUND_WITH_LAMPS = 2000


def run(*arguments):
    return subprocess.run(
        [SIM, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def hash_of(output):
    return re.search(r"^trace ([0-9a-f]{16})$", output, re.MULTILINE).group(1)


@pytest.mark.parametrize("host", [[], ["--lamps"]])
@pytest.mark.parametrize("seed", ["1", "7", "4711"])
def test_a_seed_does_the_same_again(seed, host):
    first = run("--seed", seed, "--trace", *host)
    second = run("--seed", seed, "--trace", *host)
    assert first.returncode == 0, first.stdout[-2000:]
    assert first.stdout == second.stdout
    assert hash_of(first.stdout) == hash_of(run("--seed", seed, *host).stdout)


def test_another_seed_does_something_else():
    assert hash_of(run("--seed", "1").stdout) != hash_of(run("--seed", "2").stdout)


@pytest.mark.parametrize(
    "broken, violated",
    [
        ("journal", "leaves the host as it was|belongs to"),
        ("undo", "leaves the host as it was|belongs to|the journal is empty"),
        ("online", "memory that is online is not taken away|can be taken back"),
        ("patience", "attempts take longer and longer"),
        ("data", "data is not taken away unasked"),
        ("causes", "what a device took is mended"),
    ],
)
def test_a_mistake_is_found(broken, violated):
    assert_found(violated, "--seeds", str(SEEDS_UNTIL_FOUND), "--break", broken)


@pytest.mark.parametrize(
    "broken, violated",
    [
        ("settle", "a lamp is as is stored|what is plugged is not destroyed"),
        ("reservation", "the host lives|a lamp is as is stored"),
        ("receipt", "what was destroyed is not destroyed again"),
        ("durable", "a lamp is as is stored"),
        ("unused", "the host lives"),
        ("refusal", "a lamp is as is stored"),
        ("inverses", "the host lives|a lamp is as is stored"),
        ("lane", "who writes holds the lanes"),
        ("deposed", "who was deposed orders no more"),
        ("await", "a stage begins when what it needs has come"),
    ],
)
def test_a_mistake_with_lamps_is_found(broken, violated):
    seeds = str(SEEDS_UNTIL_FOUND_WITH_LAMPS)
    assert_found(violated, "--seeds", seeds, "--lamps", "--break", broken)


def assert_found(violated, *mistake):
    found = run(*mistake)
    assert found.returncode == 0, found.stdout[-2000:]
    told = re.search(r"^seed (\d+), step \d+: violated: (.*)$", found.stdout, re.MULTILINE)
    assert re.search(violated, told.group(2)), told.group(0)
    again = re.search(r"^again: sim (.*)$", found.stdout, re.MULTILINE).group(1)
    assert told.group(0) in run(*again.split()).stdout


@pytest.mark.parametrize("host", [[], ["--lamps"]])
def test_everything_happens(host):
    """Each kind of event is in the seeds that ./check runs."""
    output = run("--seeds", "1000" if host else "1500", *host).stdout
    counts = re.findall(r"^ *(\d+) (\S.*)$", output, re.MULTILINE)
    assert len(counts) > 30
    assert [name for count, name in counts if int(count) == 0] == []
