# SPDX-License-Identifier: GPL-2.0-only
"""Before data is taken away, its region is looked at, alone: no event tells of a mount.

test/vm/test_pmem_data.py does this on a real kernel, with real users of the data.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from fake_host import RECORDS, FakeHost, answer, call

RECORD = "guest-pmem-region.json"
REFUSED = 3
TAKING = ("disable-region region0", "destroy-region region0 -f", "remove-memory region0 --force")


def test_mounted_behind_our_back(tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    with FakeHost(tmp_path, RECORD, environment={"CXLFM_FAKE_MOUNTED": str(mounted)}) as host:
        before = host.json("list", "-RDMi")
        for line in TAKING:
            assert host.run(*line.split(), "--dry-run").returncode == 0
            mounted.touch()
            for words in ((), ("--dry-run",)):
                refused = host.run(*line.split(), *words)
                assert refused.returncode == REFUSED, refused.stderr
                assert "namespace0.0" in refused.stderr
                assert "pmem0 is mounted on /srv" in refused.stderr
            mounted.unlink()
        assert host.json("list", "-RDMi") == before
        assert host.run(*TAKING[-1].split()).returncode == 0
        assert host.json("list", "-R") == []


def test_unmounted_behind_our_back(tmp_path: Path) -> None:
    """The first plan is refused by an older look; the second is about the same claim, which ends."""
    mounted = tmp_path / "mounted"
    mounted.touch()
    # A claim of data knows it by its UUID, which is an attribute of regions alone.
    record = tmp_path / "record.json"
    text = (RECORDS / RECORD).read_text()
    regions = r'("regions:decoder[0-9.]+":\s*\[\s*\{)'
    assert len(re.findall(regions, text)) == 1
    record.write_text(re.sub(regions, r'\1"uuid":"5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00",', text))
    with FakeHost(tmp_path, str(record), environment={"CXLFM_FAKE_MOUNTED": str(mounted)}) as host:
        adopted = host.run("adopt", "region0", "--name", "data")
        assert adopted.returncode == 0, adopted.stderr
        assert host.run("remove-memory", "data", "--force").returncode == REFUSED
        assert [claim["name"] for claim in host.json("list", "--claims")] == ["data"]
        mounted.unlink()
        removed = host.run("remove-memory", "data", "--force")
        assert removed.returncode == 0, removed.stderr
        assert host.json("list", "-R") == []
        assert host.json("list", "--claims") == []


def test_the_rest_of_the_host_is_not_looked_at(tmp_path: Path) -> None:
    """The whole host can't be looked at here, from a moment before the change on."""
    blind = tmp_path / "blind"
    with FakeHost(tmp_path, RECORD, environment={"CXLFM_FAKE_BLIND": str(blind)}) as host:
        blind.touch()
        done = host.run("destroy-region", "region0", "-f")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("count", (1, 2))
def test_worker_dies_of_the_look(tmp_path: Path, count: int) -> None:
    """Another worker looks at the region, and then one at the whole host."""
    with FakeHost(tmp_path, RECORD, die=f"region:{count}") as host:
        done = host.run("disable-region", "region0")
        assert done.returncode == 0, done.stderr


def test_kernel_keeps_the_look(tmp_path: Path) -> None:
    """The kernel keeps the worker, but not the change: after 10 s another worker looks at the whole host."""
    with FakeHost(tmp_path, RECORD, silent="region:1") as host:
        done = host.run("disable-region", "region0")
        assert done.returncode == 0, done.stderr
        assert "region0: a look at it takes long" in host.log


def test_client_leaves_during_the_look(tmp_path: Path) -> None:
    with FakeHost(tmp_path, RECORD) as host:
        before = host.state()
        os.kill(host.helper_pid, signal.SIGSTOP)
        what = {"region": "region0", "keep_region": True, "force": False, "dry_run": False}
        client = call(host, "RemoveRegion", **what)
        # A client that is answered now has asked after the change.
        for _ in range(3):
            assert answer(call(host, "GetVersion")).get("error") is None
        client.close()
        assert answer(call(host, "GetVersion")).get("error") is None
        os.kill(host.helper_pid, signal.SIGCONT)
        assert host.state() == before
        assert host.run("disable-region", "region0").returncode == 0
