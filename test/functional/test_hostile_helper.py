# SPDX-License-Identifier: GPL-2.0-only
"""A reader of the helper in the hands of an enemy, who has taken the reader over by what the reader reads:
answers that are none, or would keep the daemon waiting. The daemon says so, goes on serving, and starts
another reader.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fake_host import RECORDS, FakeHost

# Run as the helper: sends with each snapshot the descriptor that the file `answer` orders.
HELPER = """#!{python}
import fcntl, os, select, socket, sys, threading
control = socket.socket(fileno=int(sys.argv[2]))
record = open({record!r}, "rb").read()
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE

def memory(text, size, seals):
    fd = os.memfd_create("x", os.MFD_ALLOW_SEALING)
    os.write(fd, text)
    os.truncate(fd, size)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd

def descriptors():
    kind = open({order!r}).read()
    if kind == "good":
        return [memory(record, len(record), SEALS)]
    if kind == "unsealed":
        return [memory(record, len(record), 0)]
    if kind == "file":
        return [os.open({record!r}, os.O_RDONLY)]
    if kind == "pipe":
        return [os.pipe()[0]]
    if kind == "large":
        return [memory(b"[", 1 << 40, SEALS)]
    if kind == "blanks":
        return [memory(b"", (64 << 20) + 1, SEALS)]
    if kind == "cut":
        return [memory(record, len(record) // 2, SEALS)]
    if kind == "brackets":
        return [memory(b"[" * 1000000, 1000000, SEALS)]
    if kind == "none":
        return []
    if kind == "two":
        return [memory(record, len(record), SEALS) for _ in range(2)]
    raise ValueError(kind)

def serve(worker):
    while worker.recv(65536):
        fds = descriptors()
        try:
            socket.send_fds(worker, [b'{{"error":0,"wrote":false}}'], fds)
        except OSError:
            return
        for fd in fds:
            os.close(fd)

while True:
    data, fds, _, _ = socket.recv_fds(control, 16, 1)
    if not fds:
        break
    threading.Thread(target=serve, args=(socket.socket(fileno=fds[0]),), daemon=True).start()
"""

BAD = ["unsealed", "file", "pipe", "large", "blanks", "cut", "brackets", "none", "two"]


@pytest.fixture(name="order")
def ordered(tmp_path: Path) -> Path:
    order = tmp_path / "order"
    order.write_text("good")
    return order


def make_helper(folder: Path, order: Path) -> Path:
    helper = folder / "helper"
    record = str(RECORDS / "guest-one-switch.json")
    helper.write_text(HELPER.format(python=sys.executable, record=record, order=str(order)))
    helper.chmod(0o755)
    return helper


def descriptors(host: FakeHost) -> int:
    return len(os.listdir(f"/proc/{host.pid}/fd"))


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_answer_is_not_read(tmp_path: Path, order: Path, kind: str) -> None:
    helper = make_helper(tmp_path, order)
    order.write_text(kind)
    with FakeHost(tmp_path, "guest-one-switch.json", helper=helper) as host:
        begun = host.processor_ticks
        refused = host.run("list", "-M")
        assert refused.returncode != 0 and refused.stdout == ""
        assert "can't be read" in refused.stderr
        assert host.run("version").returncode == 0
        # Of an answer that may be a terabyte, or all brackets, a part is read at most.
        assert host.processor_ticks - begun < 5 * os.sysconf("SC_CLK_TCK")
        order.write_text("good")
        assert len(host.json("list", "-M")) == 4
        # No descriptor is left of an answer.
        order.write_text(kind)
        open_before = descriptors(host)
        for _ in range(8):
            assert host.run("add-memory", "9T").returncode != 0
        order.write_text("good")
        assert len(host.json("list", "-M")) == 4
        # One or two are of clients that have just left.
        assert descriptors(host) <= open_before + 3
