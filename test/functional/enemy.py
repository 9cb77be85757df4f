# SPDX-License-Identifier: GPL-2.0-only
"""An enemy in the daemon's place: the real helper, and sockets to its workers."""

from __future__ import annotations

import array
import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

BUILD = Path(os.environ["CXLFM_BUILD"])
LIMIT = 65536  # of a datagram: helper-proto.h


def pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class Helper:
    """The helper's first process, and its workers. With @prefix, another program starts it by exec."""

    def __init__(self, log: Path, prefix: tuple[str | Path, ...] = ()) -> None:
        self.control, theirs = pair()
        self._log = log.open("w+")
        program = BUILD / "daemon/cxlfm-helper"
        # Above the descriptors that programs have by default, as the daemon does it.
        number = os.dup2(theirs.fileno(), 100, inheritable=True)
        self.process = subprocess.Popen(
            [*prefix, program, "--control-fd", str(number)], pass_fds=[number], stderr=self._log
        )
        os.close(number)
        theirs.close()

    @property
    def log(self) -> str:
        return Path(self._log.name).read_text()

    @property
    def workers(self) -> list[int]:
        pid = self.process.pid
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def send(self, *fds: int, data: bytes = b"\0") -> None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.control.sendmsg([data], rights)

    def worker(self) -> Worker:
        ours, theirs = pair()
        self.send(theirs.fileno())
        theirs.close()
        return Worker(ours)

    def end(self) -> None:
        self.control.close()
        assert self.process.wait(20) == 0, self.log
        self._log.close()


class Worker:
    """A worker's socket."""

    def __init__(self, ours: socket.socket) -> None:
        self.socket = ours
        self.socket.settimeout(20)

    def send(self, request: dict[str, Any] | bytes, *fds: int) -> None:
        data = request if isinstance(request, bytes) else json.dumps(request).encode()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.socket.sendmsg([data], rights)

    def ask(self, request: dict[str, Any] | bytes, *fds: int) -> int:
        """Sends a request, and returns the error of the reply; 0 for none."""
        self.send(request, *fds)
        return -int(self.reply()["error"])

    def reply(self) -> dict[str, Any]:
        """The next reply, without the descriptor that comes with it."""
        reply, passed, _, _ = socket.recv_fds(self.socket, LIMIT, 4)
        for fd in passed:
            os.close(fd)
        answer: dict[str, Any] = json.loads(reply)
        return answer

    @property
    def is_gone(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def until(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
