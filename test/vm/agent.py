# SPDX-License-Identifier: GPL-2.0-only
"""The host's end of the virtio-serial line to guest-agent.c, which describes the frames."""

from __future__ import annotations

import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

MAGIC = 0x46584C43
HEADER = struct.Struct("<IIII")
PAYLOAD_MAX = 256 << 10

SPAWN, SPAWN_TERMINAL, INPUT, SIGNAL = 1, 2, 3, 4
READY, OUTPUT, ERROR_OUTPUT, EXIT = 16, 17, 18, 19
# Bytes of the former guest.
FIRST = HEADER.pack(MAGIC, 0, READY, 0)


class GuestGone(Exception):
    """The guest ended or was reset during a command."""


@dataclass(frozen=True)
class Result:
    """The result of a command in the guest."""

    command: str
    returncode: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f"$ {self.command}\n{self.stdout}{self.stderr}[{self.returncode}]"


class Agent:
    """The line, and a thread that reads it and hands each frame to its process."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._send_lock = threading.Lock()
        self._changed = threading.Condition()
        self._processes: dict[int, Process] = {}
        self._number = 0
        self._ready = False
        self._reset = False
        threading.Thread(target=self._read_frames, daemon=True).start()

    def expect_reset(self) -> None:
        """The guest's end goes without notice, maybe within a frame, and a new one comes."""
        with self._changed:
            self._ready = False
            self._reset = True
            self._forget_processes()

    def wait_ready(self, timeout: float, alive: Callable[[], bool]) -> bool:
        """Waits for the guest's end, as long as alive() says that it may come; returns whether it came."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._ready and time.monotonic() < deadline and alive():
                self._changed.wait(0.1)
            return self._ready

    def spawn(
        self,
        command: str,
        terminal: tuple[int, int] | None = None,
        on_output: Callable[[bytes], None] | None = None,
    ) -> Process:
        """Starts a shell command, on a terminal of (rows, columns) if given. on_output receives its output
        instead of the process's stdout.
        """
        with self._changed:
            self._number += 1
            process = Process(self, self._number, command, self._changed)
            process.on_output = on_output
            self._processes[process.number] = process
        if terminal:
            size = struct.pack("<II", *terminal)
            self.send(process.number, SPAWN_TERMINAL, size + command.encode())
        else:
            self.send(process.number, SPAWN, command.encode())
        return process

    def send(self, number: int, kind: int, payload: bytes) -> None:
        try:
            with self._send_lock:
                self._socket.sendall(HEADER.pack(MAGIC, number, kind, len(payload)) + payload)
        except OSError as error:
            raise GuestGone("the line to the guest is closed") from error

    def close(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # The other end was quicker.
        self._socket.close()

    def _read_frames(self) -> None:
        buffer = b""
        while True:
            try:
                data = self._socket.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                break
            buffer = self._take_frames(buffer + data)
        with self._changed:
            self._forget_processes()

    def _forget_processes(self) -> None:
        for process in self._processes.values():
            process.gone = True
        self._processes.clear()
        self._changed.notify_all()

    def _take_frames(self, buffer: bytes) -> bytes:
        """Handles the whole frames and returns the rest."""
        if self._reset:
            begin = buffer.find(FIRST)
            if begin < 0:
                return buffer
            buffer = buffer[begin:]
            self._reset = False
        while len(buffer) >= HEADER.size:
            magic, number, kind, length = HEADER.unpack_from(buffer)
            assert magic == MAGIC, "the line to the guest is out of step"
            if len(buffer) < HEADER.size + length:
                break
            self._handle(number, kind, buffer[HEADER.size : HEADER.size + length])
            buffer = buffer[HEADER.size + length :]
        return buffer

    def _handle(self, number: int, kind: int, payload: bytes) -> None:
        with self._changed:
            if kind == READY:
                self._ready = True
            process = self._processes.get(number)
            if process is not None:
                process.receive(kind, payload)
                if kind == EXIT:
                    del self._processes[number]
            self._changed.notify_all()


class Process:
    """A command that runs in the guest. stdout and stderr hold its output so far."""

    def __init__(
        self, agent: Agent, number: int, command: str, changed: threading.Condition
    ) -> None:
        self.number = number
        self.command = command
        self.returncode: int | None = None
        self.gone = False
        self.on_output: Callable[[bytes], None] | None = None
        self._agent = agent
        self._changed = changed
        self._output = bytearray()
        self._error_output = bytearray()

    @property
    def stdout(self) -> str:
        return self._output.decode(errors="replace")

    @property
    def stderr(self) -> str:
        return self._error_output.decode(errors="replace")

    @property
    def stdout_bytes(self) -> bytes:
        return bytes(self._output)

    def receive(self, kind: int, payload: bytes) -> None:
        """Takes a frame from the guest; called by the reading thread with the lock held."""
        if kind == OUTPUT:
            if self.on_output:
                self.on_output(payload)
            else:
                self._output += payload
        elif kind == ERROR_OUTPUT:
            self._error_output += payload
        elif kind == EXIT:
            (self.returncode,) = struct.unpack("<I", payload)

    def write(self, data: bytes | str) -> None:
        """Writes to the standard input."""
        content = data.encode() if isinstance(data, str) else data
        for start in range(0, len(content), PAYLOAD_MAX):
            self._agent.send(self.number, INPUT, content[start : start + PAYLOAD_MAX])

    def close_stdin(self) -> None:
        self._agent.send(self.number, INPUT, b"")

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Sends a signal to the whole process group."""
        self._agent.send(self.number, SIGNAL, struct.pack("<I", number))

    def wait(self, timeout: float = 60) -> Result:
        """Waits for the end; on a timeout, kills the process and raises TimeoutError."""
        if not self._wait(lambda: self.returncode is not None, timeout):
            self.signal(signal.SIGKILL)
            raise TimeoutError(f"not finished after {timeout} s: {self.result()}")
        return self.result()

    def wait_output(self, text: str, timeout: float = 60) -> str:
        """Waits until the text is in stdout; returns all of stdout. Fails if the command ends without the
        text.
        """
        done = self._wait(lambda: text in self.stdout or self.returncode is not None, timeout)
        if not done or text not in self.stdout:
            raise TimeoutError(f"no {text!r} within {timeout} s: {self.result()}")
        return self.stdout

    def result(self) -> Result:
        code = -1 if self.returncode is None else self.returncode
        return Result(self.command, code, self.stdout, self.stderr)

    def _wait(self, condition: Callable[[], bool], timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                if self.gone:
                    raise GuestGone(f"the guest went away during: {self.command}")
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True
