#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A varlink server that answers from a script: the server stands for the daemon, or for another program, at
the other end of cxlfm's socket.

As a program: canned_server.py SOCKET ANSWERS.json, where ANSWERS.json maps names of methods to the parameters
of their replies.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOST = "io.cxlfm.Host."
SERVICE = "org.varlink.service."

INFO = {
    "vendor": "cxlfm",
    "product": "cxlfmd",
    "version": "9.9",
    "url": "",
    "interfaces": ["io.cxlfm.Host"],
}


def message(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\0"


class Connection:
    """One client, as an answer sees it."""

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self._received = b""

    def receive(self) -> dict[str, Any] | None:
        """Returns the next call; None when the client sends no more."""
        while b"\0" not in self._received:
            data = self.stream.recv(65536)
            if not data:
                return None
            self._received += data
        text, self._received = self._received.split(b"\0", 1)
        return json.loads(text)

    def send(self, data: bytes) -> None:
        self.stream.sendall(data)

    def reply(self, parameters: Any, *, continues: bool = False) -> None:
        reply = {"parameters": parameters}
        self.send(message({**reply, "continues": True} if continues else reply))

    def error(self, name: str, parameters: Any = None) -> None:
        self.send(message({"error": name, "parameters": parameters or {}}))


Answer = Callable[[Connection, dict[str, Any]], None]


def replies(*parameters: Any) -> Answer:
    """Sends several replies to a call with `more`: all but the last continue."""

    def answer(connection: Connection, call: dict[str, Any]) -> None:
        for one in parameters[:-1] if call.get("more") else ():
            connection.reply(one, continues=True)
        connection.reply(parameters[-1], continues=False)

    return answer


def fails(name: str, parameters: Any = None) -> Answer:
    return lambda connection, _call: connection.error(name, parameters)


def sends(data: bytes) -> Answer:
    """Sends exactly these bytes and ends the connection."""

    def answer(connection: Connection, _call: dict[str, Any]) -> None:
        connection.send(data)
        connection.stream.shutdown(socket.SHUT_RDWR)

    return answer


class CannedServer:
    """Serves in a thread for the length of a block, and keeps the calls."""

    def __init__(self, path: Path, answers: dict[str, Answer]) -> None:
        self.path = path
        self.calls: list[dict[str, Any]] = []
        self.problems: list[BaseException] = []
        self._answers = {SERVICE + "GetInfo": replies(INFO), **answers}
        self._threads: list[threading.Thread] = []
        self._socket = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> CannedServer:
        self._socket.bind(str(self.path))
        self._socket.listen()
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        # Wakes the thread that accepts connections.
        self._socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()
        self._socket.close()
        assert self.problems == []

    def _start(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._socket.accept()
            except OSError:
                return
            self._start(self._serve, stream)

    def _serve(self, stream: socket.socket) -> None:
        with stream:
            connection = Connection(stream)
            try:
                while (call := connection.receive()) is not None:
                    self.calls.append(call)
                    self._answer(connection, call)
            except (BrokenPipeError, ConnectionResetError):
                # The client has gone, as some tests want.
                pass
            except BaseException as problem:
                self.problems.append(problem)

    def _answer(self, connection: Connection, call: dict[str, Any]) -> None:
        answer = self._answers.get(call["method"])
        if answer is None:
            connection.error(SERVICE + "MethodNotFound", {"method": call["method"]})
        else:
            answer(connection, call)


def main() -> None:
    path, answers = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    with CannedServer(path, {HOST + name: replies(value) for name, value in answers.items()}):
        print("ready", flush=True)
        # The server ends with its parent.
        os.read(0, 1)


if __name__ == "__main__":
    main()
