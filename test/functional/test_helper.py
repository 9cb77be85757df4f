# SPDX-License-Identifier: GPL-2.0-only
"""The real helper, driven by an enemy in the daemon's place: the messages it takes, and the processes it
starts.

The machine of the tests has no CXL memory, so the helper could not change anything; the requests here have to
be refused, or bounded, before that shows.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from enemy import LIMIT, Helper, pair, until

WORKERS_MAX = 64  # helper-workers.c
STEP = {"kind": "region-size", "object": "region9", "of": "", "from": "0", "to": "1"}


@pytest.fixture(name="helper")
def started(tmp_path: Path) -> Iterator[Helper]:
    helper = Helper(tmp_path / "log")
    yield helper
    helper.end()


def test_what_is_no_request_is_not_obeyed(helper: Helper) -> None:
    worker = helper.worker()
    snapshot = json.dumps({"do": "snapshot"}).encode()
    # A prefix of the message is a request: a cut must be noticed.
    assert worker.ask(snapshot + b" " * (LIMIT - len(snapshot) + 1)) == errno.EMSGSIZE
    assert worker.ask({"do": "read", "step": STEP, "timeout_ms": 2**64 - 1}) == errno.EINVAL
    assert worker.ask({"do": "step", "step": STEP, "timeout_ms": 2**63}) == errno.EINVAL
    assert worker.ask({"do": "snapshot", "object": "mem0"}) == errno.EINVAL
    assert worker.ask({"do": "snapshot\0"}) == errno.EINVAL
    assert worker.ask(b"[" * 60000) in (errno.EINVAL, errno.E2BIG)
    with open("/dev/null", encoding="ascii") as null:
        assert worker.ask(snapshot, null.fileno()) == errno.EINVAL
    # The worker serves the next request.
    assert worker.ask(b"{}") == errno.EINVAL


def open_files(pid: int) -> list[str]:
    folder = Path(f"/proc/{pid}/fd")
    return sorted(os.readlink(folder / fd) for fd in os.listdir(folder))


def sockets(files: list[str]) -> int:
    return len([name for name in files if name.startswith("socket:")])


def test_descriptors_are_closed(helper: Helper) -> None:
    """Descriptors that come with an invalid message are closed, however many there are."""
    first = helper.worker()
    assert first.ask(b"{}") == errno.EINVAL
    # The first process closes its end of a worker's socket after the start of the worker.
    until(lambda: sockets(open_files(helper.process.pid)) == 1)
    before = open_files(helper.process.pid)
    ours, theirs = pair()
    stream = socket.socketpair()[0]
    with open("/dev/null", encoding="ascii") as null:
        for fds, data in [
            ([theirs.fileno()] * 2, b"\0"),
            ([theirs.fileno()] * 253, b"\0"),
            ([theirs.fileno()], b"\0\0"),
            ([null.fileno()], b"\0"),
            ([stream.fileno()], b"\0"),
            ([], b"\0"),
        ]:
            helper.send(*fds, data=data)
    theirs.close()
    assert ours.recv(1) == b"", "something still holds the other end"
    # The worker goes on, and has only its socket, the three standard streams, and files that it opens itself.
    worker = helper.worker()
    with open("/dev/null", encoding="ascii") as null:
        for _ in range(20):
            assert worker.ask(b"{}", *[null.fileno()] * 50) == errno.EINVAL
    until(lambda: open_files(helper.process.pid) == before)
    pid = helper.workers[-1]
    files = open_files(pid)
    assert sockets(files) == 1, files
    assert len(files) <= 3 + 1 + 1, files


def test_workers_are_bounded(helper: Helper) -> None:
    """Workers are bounded in number and in rate; a worker that ends makes room."""
    workers = [helper.worker() for _ in range(WORKERS_MAX)]
    assert all(worker.ask(b"{}") == errno.EINVAL for worker in workers)
    assert len(helper.workers) == WORKERS_MAX
    assert helper.worker().is_gone
    assert len(helper.workers) == WORKERS_MAX
    assert "more are started" in helper.log
    for worker in workers:
        worker.socket.close()
    until(lambda: not helper.workers)
    assert helper.worker().ask(b"{}") == errno.EINVAL


def test_workers_are_paced(helper: Helper) -> None:
    began = time.monotonic()
    for _ in range(400):
        worker = helper.worker()
        assert worker.ask(b"{}") == errno.EINVAL
        worker.socket.close()
    # 256 at once, 128 a second.
    assert time.monotonic() - began > 0.8


def test_a_worker_outlives_the_first_process_only_by_its_socket(tmp_path: Path) -> None:
    helper = Helper(tmp_path / "log")
    worker = helper.worker()
    assert worker.ask(b"{}") == errno.EINVAL
    (pid,) = helper.workers
    helper.end()
    assert worker.ask(b"{}") == errno.EINVAL
    worker.socket.close()
    until(lambda: not Path(f"/proc/{pid}").exists())


def identity(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: " ".join(value.split()) for key, _, value in (line.partition(":") for line in lines)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give up")
def test_a_reader_is_not_root(helper: Helper) -> None:
    """From the first snapshot on, for any later request."""
    worker = helper.worker()
    assert worker.ask({"do": "snapshot"}) == 0
    (pid,) = helper.workers
    found = identity(pid)
    # Here root sends the requests, so the reader becomes the overflow user.
    assert found["Uid"] == found["Gid"] == "65534 65534 65534 65534"
    assert found["Groups"] == ""
    assert int(found["CapPrm"], 16) == int(found["CapEff"], 16) == 1 << 2  # CAP_DAC_READ_SEARCH
    assert found["NoNewPrivs"] == "1" and found["Seccomp"] == "2"
    assert worker.ask({"do": "step", "step": STEP, "timeout_ms": 1000}) == errno.ENOLCK
    assert worker.ask({"do": "snapshot"}) == 0
    # Libraries do not log files that they can't open there: otherwise each look would log lines.
    assert all(line.startswith("cxlfm-helper:") for line in helper.log.splitlines()), helper.log
    assert worker.ask({"do": "mailbox", "object": "mem0"}) != 0
