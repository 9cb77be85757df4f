# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's control socket: commands with their answers, and events."""

from __future__ import annotations

import json
import socket
import time
from typing import Any


class QmpError(Exception):
    """QEMU refused a command; the text is its own."""


class Qmp:
    """One connection, for one thread at a time."""

    def __init__(self, path: str, timeout: float = 10) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._buffer = b""
        self._events: list[dict[str, Any]] = []
        self._read(time.monotonic() + timeout)  # The greeting.
        self.execute("qmp_capabilities")

    def execute(
        self, command: str, arguments: dict[str, Any] | None = None, timeout: float = 30
    ) -> Any:
        """Returns the command's answer; events that arrive meanwhile are kept."""
        message = {"execute": command, "arguments": arguments or {}}
        self._socket.sendall(json.dumps(message).encode() + b"\n")
        deadline = time.monotonic() + timeout
        while True:
            answer = self._read(deadline)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise QmpError(f"{command}: {answer['error']['desc']}")
            self._events.append(answer)

    def wait_event(self, name: str, timeout: float = 30, **data: Any) -> dict[str, Any]:
        """Takes the next event of that name whose data has these members out of the queue."""
        deadline = time.monotonic() + timeout
        while True:
            for event in self._events:
                if event["event"] == name and data.items() <= event.get("data", {}).items():
                    self._events.remove(event)
                    return event
            self._events.append(self._read(deadline))

    def close(self) -> None:
        self._socket.close()

    def _read(self, deadline: float) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no answer from QEMU")
            self._socket.settimeout(left)
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("QEMU closed its control socket")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)
