# SPDX-License-Identifier: GPL-2.0-only
"""cxlfmd on a model of a kernel (test/lib/fake-helper.c), and cxlfm as its client.

For failures that a real kernel can't be made to have at a chosen step. test/vm runs the same commands on a
real kernel.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

BUILD = Path(os.environ["CXLFM_BUILD"])
# A sanitizer never returns memory, and makes everything some three times as slow.
SANITIZED = b"libasan" in (BUILD / "daemon/cxlfmd").read_bytes()
# A host may have no machine ID; a container is such a host.
HOST_ID = "0123456789abcdef0123456789abcdef"
RECORDS = Path(__file__).resolve().parents[1] / "data" / "topology"


class FakeHost:
    """A daemon with a fake helper, or one that only shows a record; a context manager.

    With @prefix, another program starts the daemon by exec. With @keep, the kernel's state is kept in the
    folder, and the next daemon that is started there goes on with that state. The orders of util/fault.h,
    which kill processes, are given to start().
    """

    def __init__(
        self,
        folder: Path,
        record: str,
        fail: str | None = None,
        hang: int | None = None,
        die: str | None = None,
        silent: str | None = None,
        live: bool = True,
        keep: bool = False,
        prefix: tuple[str, ...] = (),
        store: Path | None = None,
        debug: bool = False,
        daemon: str = "daemon/cxlfmd",
        helper: str | Path = "test/functional/fake-helper",
        host_id: str | None = HOST_ID,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._prefix = (*prefix, BUILD / daemon)
        self._arguments: list[str | Path] = ["--user", "root"]
        self._arguments += ["--helper", BUILD / helper]
        self._arguments += ["--store", store or folder / "store.db"]
        self._arguments += ["--host-id", host_id] if host_id else []
        if not live:
            self._arguments = ["--snapshot", RECORDS / record]
        if debug:
            self._arguments += ["--debug"]
        self.folder = folder
        self.socket = folder / "socket"
        # While this file exists, another program changes the host.
        self.held = folder / "held"
        self._environment = {**os.environ, "CXLFM_SOCKET": str(self.socket)}
        self._environment["CXLFM_FAKE_RECORD"] = str(RECORDS / record)
        self._environment.update(environment or {})
        if fail:
            self._environment["CXLFM_FAKE_FAIL"] = fail
        if hang:
            self._environment["CXLFM_FAKE_HANG"] = str(hang)
        if silent:
            self._environment["CXLFM_FAKE_SILENT"] = silent
        if die:
            self._environment["CXLFM_FAKE_DIE"] = die
        self._environment["CXLFM_FAKE_HELD"] = str(self.held)
        if keep:
            self._environment["CXLFM_FAKE_JOURNAL"] = str(folder / "kernel")
        else:
            # The daemon would make memory for claims of another kernel here.
            for old in folder.glob("store.db*"):
                old.unlink()
        self._log = (folder / "log").open("w+")
        self._daemon: subprocess.Popen[str] | None = None

    def __enter__(self) -> FakeHost:
        try:
            assert self.start(), self.log
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        code = self.stop()
        self.close()
        assert code == 0

    def close(self) -> None:
        """Ends all processes, for tests that start and stop by hand."""
        if self._daemon and self._daemon.poll() is None:
            self._daemon.kill()
            self._daemon.wait(20)
        self._log.close()

    def start(self, fault: str = "", helper_fault: str = "", timeout: float = 20) -> bool:
        """Starts the daemon, and returns when clients are served; false if the daemon has ended before."""
        orders = {"CXLFM_FAULT": fault, "CXLFM_HELPER_FAULT": helper_fault}
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(str(ready))
            self._daemon = subprocess.Popen(
                [*self._prefix, *self._arguments],
                env={
                    **self._environment,
                    **{name: order for name, order in orders.items() if order},
                    "NOTIFY_SOCKET": str(ready),
                },
                stdin=subprocess.DEVNULL,
                stderr=self._log,
                text=True,
                process_group=0,
            )
            ended = os.pidfd_open(self._daemon.pid)
            try:
                told = select.select([notified, ended], [], [], timeout)[0]
            finally:
                os.close(ended)
            assert told, self.log
            return notified in told and notified.recv(64) == b"READY=1"

    def hang(self, step: int) -> None:
        """Makes a step hang from the next start on; 0: no step."""
        self._environment["CXLFM_FAKE_HANG"] = str(step)

    def replace(self, daemon: str) -> None:
        """Makes another build of the daemon start from the next start on."""
        self._prefix = (*self._prefix[:-1], BUILD / daemon)

    def stop(self) -> int:
        """Stops the daemon; returns its exit code."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Waits for a daemon that ends by itself or was killed; returns its exit code."""
        assert self._daemon is not None
        return self._daemon.wait(20)

    @property
    def pid(self) -> int:
        assert self._daemon is not None
        return self._daemon.pid

    @property
    def processor_ticks(self) -> int:
        """The processor time of the daemon so far: on a busy machine, too, it is the daemon's alone."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    @property
    def helper_pid(self) -> int:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        assert len(children) == 1
        return int(children[0])

    @property
    def log(self) -> str:
        self._log.flush()
        return Path(self._log.name).read_text()

    def run(self, *arguments: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        """Runs cxlfm with these arguments."""
        return subprocess.run(
            [BUILD / "cli/cxlfm", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout) if result.stdout.strip() else []

    def state(self) -> Any:
        """All of the daemon's knowledge of the host, without the values that differ from look to look."""
        return without_residue(self.json("record"))


def digest_of_row(row: tuple[Any, ...]) -> int:
    """The digest of a row: FNV-1a over each value's type (SQLITE_INTEGER, SQLITE_TEXT), its number or size,
    and its text; then the last step of MurmurHash3.
    """
    digest, all_bits = 0xCBF29CE484222325, (1 << 64) - 1
    for value in row:
        text = b"" if isinstance(value, int) else str(value).encode()
        head = bytes([1]) + value.to_bytes(8, "little", signed=True) if isinstance(value, int) else b""
        for byte in (head or bytes([3]) + len(text).to_bytes(8, "little")) + text:
            digest = (digest ^ byte) * 0x100000001B3 & all_bits
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        digest = (digest ^ digest >> 33) * factor & all_bits
    return digest ^ digest >> 33


@contextmanager
def edited_store(folder: Path) -> Iterator[sqlite3.Connection]:
    """Opens a store for changes by SQL; the store's digest of all rows is updated at the end."""
    with closing(sqlite3.connect(folder / "store.db")) as store, store:
        yield store
        digest = 0
        for table in (
            "'entry', host, key, value, revision FROM entry",
            "'counter', revision, writes, 0, 0 FROM counter",
        ):
            for row in store.execute(f"SELECT {table}"):
                digest ^= digest_of_row(row)
        store.execute("UPDATE counter SET digest = ?", (digest - (digest >> 63 << 64),))


# The name of the next region, and the memory of kmem's `state`, which holds only writes to itself and not
# writes to single blocks.
RESIDUE = ("next_region", "memory_state")
OF_A_REGION = (
    "mode",
    "interleave_ways",
    "interleave_granularity",
    "nr_targets",
    "targets",
    "resource",
    "size",
    "state",
)


def without_residue(value: Any) -> Any:
    """A record without the values that the kernel keeps of a region that was taken down.

    A free decoder keeps its last mode, ways, granularity and targets, and above a single memdev its last
    range: the kernel offers no way to reset these attributes, and they have no meaning.
    """
    if isinstance(value, list):
        return [without_residue(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without_residue(item) for key, item in value.items() if key not in RESIDUE}
    if "decoder" in kept and "region" not in kept and "next_region" not in value:
        for key in OF_A_REGION:
            kept.pop(key, None)
    return kept


def step_count(plan: Any) -> int:
    """The number of steps in a plan: the plan shows a run of memory blocks as one step, with its last block.
    """

    def blocks(step: Any) -> int:
        first, last = (int(step[key].removeprefix("memory")) for key in ("object", "last"))
        return abs(last - first) + 1

    return sum(blocks(step) if "last" in step else 1 for step in plan["steps"])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


def call(host: FakeHost, method: str, more: bool = False, **parameters: Any) -> socket.socket:
    """Makes a call without waiting: answer() waits."""
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect(str(host.socket))
    message = {"method": f"io.cxlfm.Host.{method}", "parameters": parameters, "more": more}
    client.sendall(json.dumps(message, separators=(",", ":")).encode() + b"\0")
    return client


def answer(client: socket.socket) -> Any:
    data = b""
    while not data.endswith(b"\0"):
        received = client.recv(65536)
        assert received, "the daemon has hung up"
        data += received
    client.close()
    return json.loads(data[:-1])
