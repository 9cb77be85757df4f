# SPDX-License-Identifier: GPL-2.0-only
"""Sixteen terabytes in blocks of 128 MiB through the whole daemon, its journal and its helper."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from fake_host import FakeHost

GIB = 1 << 30
SIZE = 16 << 40
LOST = 9


def record(folder: Path) -> str:
    """One memdev of 16 TiB behind one host bridge."""
    decoder = {"interleave_ways": 1, "interleave_granularity": 256, "state": "disabled"}
    endpoint = {
        "endpoint": "endpoint2",
        "host": "mem0",
        "parent_dport": "port1-down0",
        "depth": 2,
        "decoders_committed": 0,
        "memdev": {"memdev": "mem0", "ram_size": SIZE, "serial": 1},
        "decoders:endpoint2": [{"decoder": "decoder2.0", **decoder}],
    }
    port = {
        "port": "port1",
        "parent_dport": "root0-down0",
        "depth": 1,
        "decoders_committed": 0,
        "nr_dports": 1,
        "dports": [{"dport": "port1-down0", "id": 1}],
        "endpoints:port1": [endpoint],
        "decoders:port1": [{"decoder": "decoder1.0", **decoder}],
    }
    window = {
        "decoder": "decoder0.0",
        "resource": 4 * GIB,
        "size": SIZE,
        "interleave_ways": 1,
        "interleave_granularity": 256,
        "volatile_capable": True,
        "targets": [{"target": "root0-down0", "position": 0, "id": 1}],
        "next_region": "region0",
        "free_extents": [{"resource": 4 * GIB, "size": SIZE}],
    }
    bus = {
        "bus": "root0",
        "provider": "ACPI.CXL",
        "nr_dports": 1,
        "dports": [{"dport": "root0-down0", "id": 1}],
        "ports:root0": [port],
        "decoders:root0": [window],
    }
    host = {
        "cxlfm_record": 1,
        "known": ["cxl", "dax", "blocks", "nodes"],
        "memory": {"block_size": 128 << 20, "auto_online_blocks": "offline"},
        "nodes": [],
        "list": [bus],
    }
    path = folder / "record.json"
    path.write_text(json.dumps(host))
    return str(path)


@pytest.fixture(name="host")
def _host(tmp_path: Path) -> Any:
    host = FakeHost(tmp_path, record(tmp_path), keep=True)
    assert host.start(), host.log
    try:
        assert host.run("add-memory", "16T", "--name", "large", timeout=300).returncode == 0
        yield host
    finally:
        host.stop()
        host.close()


def test_is_removed(host: FakeHost) -> None:
    plan = host.json("remove-memory", "large", "--dry-run")["plan"]
    blocks = [step for step in plan["steps"] if step["kind"] == "block"]
    assert [(step["object"], step["last"]) for step in blocks] == [("memory131103", "memory32")]
    assert host.run("remove-memory", "large", timeout=600).returncode == 0
    assert host.json("list", "-R") == []


@pytest.mark.skipif(os.environ["CXLFM_FAULT_POINTS"] != "true", reason="no -Dfault_points=true")
def test_comes_back_when_its_removal_is_cut_short(host: FakeHost) -> None:
    before = host.state()
    assert host.stop() == 0
    # Two for each step, in the midst of the blocks.
    assert host.start(fault="130000"), host.log
    assert host.run("remove-memory", "large", timeout=600).returncode == LOST
    assert host.wait() == -signal.SIGKILL
    assert host.start(timeout=300), host.log
    assert host.run("wait", "large", "--timeout=300", timeout=310).returncode == 0
    assert host.state() == before
