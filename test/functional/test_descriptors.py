# SPDX-License-Identifier: GPL-2.0-only
"""Whatever descriptors our programs are started with: no answer is lost in silence, and no output goes to a
wrong file.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from canned_server import HOST, CannedServer, replies
from conftest import BUILD, CXLFM, Cxlfm
from fake_host import HOST_ID, FakeHost, RECORDS

CXLFMD = BUILD / "daemon/cxlfmd"
HELPER = BUILD / "daemon/cxlfm-helper"
UNKNOWN = 9

OUTCOME = {"outcome": {"region": {"region": "region0"}, "dax_device": "dax0.0", "plan": {"steps": []},
                       "claim": "web", "change": "7h2k9qd-1"}}
ANSWERS = {
    "List": {"list": [{"region": "region0", "resource": 1, "size": 1}]},
    "ListClaims": {"claims": []},
    "ExportState": {"claims": [], "state": 1},
    "DiffState": {"changes": [{"action": "remove", "name": "old"}], "state": 1},
    "Apply": {"outcome": {"done": [{"action": "remove", "name": "old", "outcome": {}}]}},
    "Record": {"record": {"format": 1}},
    "GetVersion": {"version": "9.9", "kernel": "7.3"},
    "WaitClaims": {"claims": []},
    "Tree": {"text": "root0\n"},
    "Monitor": {"change": {"n": 1}},
    "ListChanges": {"changes": [{"id": "7h2k9qd-1", "state": "ended", "origin": "claim", "age_ms": 1}]},
    "WaitChange": OUTCOME,
    "CancelChange": {},
    **dict.fromkeys(("CreateRegion", "RemoveRegion", "EnableRegion", "SetMemory", "AdoptRegion",
                     "ForgetClaim", "ApplyClaim"), OUTCOME),
}

# Verb -> command lines whose answer goes to standard output. A verb that is missing here fails the test.
PRINTS: dict[str, list[str]] = {
    "list": ["list", "list --tree", "list --claims"],
    "add-memory": ["add-memory 1G", "add-memory 1G --dry-run", "add-memory 1G --dry-run -u",
                   "add-memory 1G --no-wait"],
    "remove-memory": ["remove-memory region0 --dry-run"],
    "online-memory": ["online-memory region0", "online-memory region0 --dry-run"],
    "offline-memory": ["offline-memory region0 --dry-run"],
    "create-region": ["create-region -s 1G", "create-region -s 1G --dry-run"],
    "destroy-region": ["destroy-region -f region0 --dry-run"],
    "enable-region": ["enable-region region0 --dry-run"],
    "disable-region": ["disable-region region0 --dry-run"],
    "adopt": ["adopt region0", "adopt region0 --dry-run"],
    "forget": ["forget web --dry-run", "forget web --no-wait"],
    "wait": ["wait --change 7h2k9qd-1"],
    "changes": ["changes", "changes --json"],
    "cancel": [],
    "apply": ["apply {state} --dry-run"],
    "diff": ["diff {state}", "diff {state} -u"],
    "export": ["export"],
    "monitor": ["monitor"],
    "record": ["record", "record -"],
    "version": ["version"],
    "help": ["help", "help list"],
}
# Verbs that print nothing on success.
SILENT = ["remove-memory region0", "offline-memory region0", "forget web", "wait web", "apply {state}",
          "destroy-region -f region0", "enable-region region0", "record {file}", "cancel 7h2k9qd-1"]
# Verbs that have changed something when they print.
MADE = ("add-memory 1G", "add-memory 1G --no-wait", "forget web --no-wait", "wait --change 7h2k9qd-1",
        "online-memory region0", "create-region -s 1G", "adopt region0")
GLOBAL = ["--help", "--version", "--list-cmds", "list --help", "list --list-opts"]


def verbs() -> list[str]:
    return subprocess.run([CXLFM, "--list-cmds"], capture_output=True, text=True,
                          check=True).stdout.split()


def lines() -> list[str]:
    return [*GLOBAL, *(line for verb in verbs() for line in PRINTS[verb])]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cxlfm]:
    """cxlfm with a daemon that answers everything."""
    cxlfm = Cxlfm(tmp_path_factory.mktemp("served"))
    (cxlfm.folder / "state").write_text("claims: []\n")
    with CannedServer(cxlfm.socket, {HOST + name: replies(value) for name, value in ANSWERS.items()}):
        yield cxlfm


def start(cxlfm: Cxlfm, line: str, prepare: Callable[[], object]) -> subprocess.Popen[bytes]:
    words = line.format(state=cxlfm.folder / "state", file=cxlfm.folder / "file").split()
    return subprocess.Popen([CXLFM, *words], env=cxlfm.environment, preexec_fn=prepare)


def closed(*fds: int) -> Callable[[], None]:
    """Closes descriptors without a shell; a Python program would open them again."""
    def close() -> None:
        for fd in range(3):
            if fd in fds:
                os.close(fd)
            else:
                os.dup2(os.open(os.devnull, os.O_RDWR), fd)
    return close


def to(fd: int, path: str) -> Callable[[], None]:
    def put() -> None:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(os.open(path, os.O_WRONLY), fd)
    return put


def broken_pipe(fd: int = 1) -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    ours, theirs = os.pipe()
    os.close(ours)
    os.dup2(theirs, fd)


def usual_pipe(fd: int = 1) -> None:
    broken_pipe(fd)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


# The answer is lost


@pytest.mark.parametrize("line", lines())
def test_an_answer_that_can_not_be_written(served: Cxlfm, line: str) -> None:
    ways = [closed(1), closed(0, 1), closed(1, 2), closed(0, 1, 2), to(1, "/dev/full")]
    # A reader of the stream of changes may stop reading.
    if line != "monitor":
        ways.append(broken_pipe)
    running = [start(served, line, way) for way in ways]
    codes = [process.wait(60) for process in running]
    assert codes == [UNKNOWN if line in MADE else 1] * len(ways)


@pytest.mark.parametrize("line", [*lines(), *SILENT])
def test_a_dying_reader_is_heard_of(served: Cxlfm, line: str) -> None:
    """With the usual handling of signals."""
    wanted = -signal.SIGPIPE
    if line in (*SILENT, "monitor"):
        wanted = 0
    elif line in MADE:
        wanted = UNKNOWN
    assert start(served, line, usual_pipe).wait(60) == wanted


def test_a_state_is_applied_when_nobody_listens(cxlfm: Cxlfm) -> None:
    """The report of each change is not the purpose of the command."""
    (cxlfm.folder / "state").write_text("claims: []\n")
    done = [{"action": "remove", "name": f"claim-{n}", "outcome": {}} for n in range(4)]
    served = {HOST + "Apply": replies({"outcome": {"done": done}})}
    for prepare in (lambda: broken_pipe(2), lambda: usual_pipe(2), closed(2), to(2, "/dev/full")):
        with CannedServer(cxlfm.socket, served) as server:
            assert start(cxlfm, "apply {state}", prepare).wait(60) == 0
        assert [call["method"] for call in server.calls] == [HOST + "Apply"]
        cxlfm.socket.unlink()


@pytest.mark.parametrize("line", SILENT)
def test_what_prints_nothing_is_done(served: Cxlfm, line: str) -> None:
    ways = [closed(*(fd for fd in range(3) if mask & 1 << fd)) for mask in range(8)]
    running = [start(served, line, way) for way in (*ways, to(1, "/dev/full"), to(2, "/dev/full"))]
    assert [process.wait(60) for process in running] == [0] * 10


@pytest.mark.parametrize("line", lines())
def test_the_other_two_do_not_matter(served: Cxlfm, line: str) -> None:
    """The output is whole, and has no other bytes in it."""
    def run(*fds: int) -> tuple[subprocess.Popen[bytes], Path]:
        path = served.folder / "-".join(("output", *map(str, fds)))
        with path.open("wb") as out:
            def prepare() -> None:
                os.dup2(out.fileno(), 200)
                closed(*fds)()
                os.dup2(200, 1)
                os.close(200)
            return start(served, line, prepare), path

    running = [run(*fds) for fds in ((), (0,), (2,), (0, 2))]
    assert [process.wait(60) for process, _ in running] == [0] * 4
    whole, *others = [path.read_bytes() for _, path in running]
    assert whole
    assert others == [whole] * 3


def test_every_verb_is_known_here() -> None:
    assert sorted(PRINTS) == sorted(verbs())


def test_no_standard_input_is_no_empty_state(served: Cxlfm) -> None:
    """An empty state would end all claims."""
    assert start(served, "apply -", closed(0)).wait(60) == 2


# Records


def test_a_record_is_for_whom_the_umask_says(cxlfm: Cxlfm) -> None:
    path = cxlfm.folder / "record"
    with CannedServer(cxlfm.socket, {HOST + "Record": replies({"record": {"a": "b"}})}):
        for mask in (0o077, 0o027, 0o022, 0):
            assert cxlfm.run("record", str(path), umask=mask).returncode == 0
            assert path.stat().st_mode & 0o777 == 0o666 & ~mask
            path.unlink()
        path.touch(0o600)
        assert cxlfm.run("record", str(path), umask=0).returncode == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {"a": "b"}


@pytest.mark.parametrize("what", ["file", "missing", "device", "folder"])
def test_a_record_follows_no_link(cxlfm: Cxlfm, what: str) -> None:
    target = {"file": cxlfm.folder / "file", "missing": cxlfm.folder / "missing",
              "device": Path("/dev/null"), "folder": cxlfm.folder}[what]
    (cxlfm.folder / "file").write_text("theirs")
    link = cxlfm.folder / "link"
    link.symlink_to(target)
    with CannedServer(cxlfm.socket, {HOST + "Record": replies({"record": {}})}):
        result = cxlfm.run("record", str(link))
    assert (result.returncode, result.stdout) == (1, "")
    assert "the file is a link" in result.stderr
    assert (cxlfm.folder / "file").read_text() == "theirs"
    assert sorted(os.listdir(cxlfm.folder)) == ["cxlfm.sock", "file", "link"]


@pytest.mark.parametrize("limit", [0, 1, 100])
def test_a_record_is_whole_or_not_there(cxlfm: Cxlfm, limit: int) -> None:
    """A limit on the size of files acts like a full disk."""
    path = cxlfm.folder / "record"
    path.write_text("before")
    with CannedServer(cxlfm.socket, {HOST + "Record": replies({"record": {"a": "b" * 1000}})}):
        result = subprocess.run(
            ["bash", "-c", f"trap '' XFSZ; prlimit --fsize={limit} --pid $$; exec \"$@\"", "bash",
             CXLFM, "record", path], env=cxlfm.environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "File too large" in result.stderr
    assert path.read_text() == "before"
    assert sorted(os.listdir(cxlfm.folder)) == ["cxlfm.sock", "record"]


# The daemon and its helper


def test_versions_are_told_or_not(tmp_path: Path) -> None:
    for program, option in product((CXLFMD, HELPER), ("--version", "--help")):
        if (program, option) == (HELPER, "--help"):
            continue
        for way in (closed(1), closed(0, 1, 2), to(1, "/dev/full")):
            assert subprocess.Popen([program, option], preexec_fn=way).wait(60) == 1, program
        assert subprocess.run([program, option], capture_output=True, check=True).stdout


def links(pid: int) -> dict[int, str]:
    """The descriptors of a process."""
    found = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        # The descriptor of the listing itself has gone.
        with suppress(FileNotFoundError):
            found[int(fd)] = os.readlink(f"/proc/{pid}/fd/{fd}")
    return found


def test_nothing_is_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the daemon nor its helper inherits a file or a socket of the program that starts them."""
    strangers = [os.open(tmp_path, os.O_RDONLY), *os.pipe(), socket.socket(socket.AF_UNIX).detach()]
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: popen(*a, **{**k, "close_fds": False}))
    for fd in strangers:
        os.set_inheritable(fd, True)
    mine = links(os.getpid())
    with FakeHost(tmp_path, "guest-one-switch.json") as host:
        for pid in (host.pid, host.helper_pid):
            theirs = links(pid)
            assert {fd: path for fd, path in theirs.items()
                    if fd in strangers and path == mine[fd]} == {}
            assert {theirs[0], theirs[1]} == {"/dev/null"}
        # Of the daemon's descriptors the helper has its control socket; workers have their own sockets.
        listening = {path for path in links(host.pid).values() if path.startswith("socket:")}
        assert not listening & set(links(host.helper_pid).values())
    for fd in strangers:
        os.close(fd)


def test_a_socket_that_is_handed_over_is_the_daemons(tmp_path: Path) -> None:
    """As systemd does it; a helper with a copy of the socket would keep it from being closed."""
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        code = ("import os, sys\n"
                f"os.dup2({listening.fileno()}, 3)\n"
                "os.environ['LISTEN_PID'] = str(os.getpid())\n"
                "os.execv(sys.argv[1], sys.argv[1:])\n")
        daemon = subprocess.Popen(
            [sys.executable, "-c", code, CXLFMD, "--user", "root", "--host-id", HOST_ID, "--helper",
             BUILD / "test/functional/fake-helper", "--store", tmp_path / "store.db"],
            env={**os.environ, "LISTEN_FDS": "1",
                 "CXLFM_FAKE_RECORD": str(RECORDS / "guest-one-switch.json")},
            pass_fds=[listening.fileno()], stderr=subprocess.DEVNULL)
        ours = os.readlink(f"/proc/self/fd/{listening.fileno()}")
    try:
        result = subprocess.run([CXLFM, "--socket", path, "version"], capture_output=True, text=True,
                                timeout=60, check=False)
        assert result.returncode == 0, result.stderr
        children = Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text().split()
        assert links(daemon.pid)[3] == ours
        assert ours not in links(int(children[0])).values()
    finally:
        daemon.terminate()
        assert daemon.wait(20) == 0


@pytest.mark.parametrize("fds", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)])
def test_a_daemon_without_descriptors(tmp_path: Path, fds: tuple[int, ...]) -> None:
    """Neither a socket nor the store takes the place of a standard stream, and no log line goes into one of
    them.
    """
    path = tmp_path / "socket"
    daemon = subprocess.Popen(
        [CXLFMD, "--user", "root", "--host-id", HOST_ID, "--helper", BUILD / "test/functional/fake-helper", "--store",
         tmp_path / "store.db", "--socket", path, "--debug"],
        env={**os.environ, "CXLFM_FAKE_RECORD": str(RECORDS / "guest-one-switch.json")},
        preexec_fn=closed(*fds))
    try:
        result: Any = None
        while daemon.poll() is None and (result is None or result.returncode == 6):
            result = subprocess.run([CXLFM, "--socket", path, "add-memory", "512M"], timeout=60,
                                    capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        theirs = links(daemon.pid)
        assert {theirs[fd] for fd in range(3)} == {"/dev/null"}
    finally:
        daemon.terminate()
        assert daemon.wait(20) == 0
