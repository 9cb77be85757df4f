# SPDX-License-Identifier: GPL-2.0-only
"""A store that can't be used, now or for good: what is told, and that it heals without a restart."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fake_host import BUILD, RECORDS, FakeHost, answer, call, until

ONE_SWITCH = "guest-one-switch.json"
FAILED = 1

# What is told of claims, each by its own way.
READERS = (
    ("export",),
    ("list", "--claims"),
    ("diff", "STATE"),
    ("wait",),
    ("wait", "a"),
    ("apply", "STATE", "--dry-run"),
    ("apply", "STATE"),
    ("adopt", "region0", "--name", "b"),
    ("forget", "a"),
    ("remove-memory", "a", "--dry-run"),
)


def with_claim(folder: Path) -> None:
    """A store with a claim of 256 MiB."""
    with FakeHost(folder, ONE_SWITCH, keep=True) as host:
        assert host.run("add-memory", "256M", "--name", "a").returncode == 0
        (folder / "state").write_text(host.run("export").stdout)


def read(host: FakeHost, reader: tuple[str, ...], *more: str) -> subprocess.CompletedProcess[str]:
    state = str(host.folder / "state")
    return host.run(*(state if word == "STATE" else word for word in reader), *more)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Somebody of our own user reads the store, and goes on doing so."""
    other = sqlite3.connect(folder / "store.db", isolation_level=None)
    try:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM entry").fetchall()
        yield
    finally:
        other.close()


def claim_is_online(host: FakeHost) -> bool:
    return host.run("wait", "a", "--timeout=0").returncode == 0


def test_a_store_that_is_held_for_a_while(tmp_path: Path) -> None:
    with_claim(tmp_path)
    (tmp_path / "kernel").unlink()
    with held(tmp_path):
        host = FakeHost(tmp_path, ONE_SWITCH, keep=True)
        assert host.start(), host.log
        for reader in READERS:
            result = read(host, reader)
            assert result.returncode == FAILED, (reader, result.stdout)
            assert result.stdout == ""
            assert "store.db is in use by another process" in result.stderr, reader
        refused = host.run("add-memory", "256M")
        assert refused.returncode == FAILED
        assert "store.db is in use by another process" in refused.stderr
        assert host.run("list").returncode == 0
        assert host.run("add-memory", "256M", "--dry-run").returncode == 0
    until(lambda: host.run("export").returncode == 0)
    assert host.run("wait", "a", "--timeout=20").returncode == 0
    assert json.loads(host.run("list", "--claims").stdout)[0]["name"] == "a"
    assert host.log.count("is in use by another process") == 1
    assert host.stop() == 0
    host.close()


def test_a_folder_that_comes_later(tmp_path: Path) -> None:
    """--store on a path that is none: it is told, and enough to make it one."""
    folder = tmp_path / "not" / "there"
    host = FakeHost(tmp_path, ONE_SWITCH, store=folder / "store.db")
    assert host.start(), host.log
    assert f"{folder}/store.db" in host.log
    result = host.run("add-memory", "256M")
    assert (result.returncode, f"{folder}/store.db" in result.stderr) == (FAILED, True)
    folder.mkdir(parents=True)
    until(lambda: host.run("export").returncode == 0)
    assert host.run("add-memory", "256M").returncode == 0
    assert host.stop() == 0
    host.close()


@pytest.mark.parametrize("name", ["store.db", "store.db-mark"])
def test_damage_is_told_and_nothing_is_taken_down(tmp_path: Path, name: str) -> None:
    with_claim(tmp_path)
    (tmp_path / "copy").write_bytes((tmp_path / name).read_bytes())
    (tmp_path / name).write_bytes(b"damage" * 100)
    host = FakeHost(tmp_path, ONE_SWITCH, keep=True)
    assert host.start(), host.log
    before = host.state()
    for reader in READERS:
        assert read(host, reader).returncode == FAILED
    assert host.state() == before
    # Put right by an admin, without a restart.
    os.replace(tmp_path / "copy", tmp_path / name)
    until(lambda: claim_is_online(host))
    assert host.state() == before
    assert host.stop() == 0
    host.close()


def listens(host: FakeHost) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(host.socket)) == 0


def test_nobody_is_told_that_there_are_no_claims(tmp_path: Path) -> None:
    """Who asks at the first moment that somebody listens waits until the claims are known."""
    with_claim(tmp_path)
    for _ in range(10):
        host = FakeHost(tmp_path, ONE_SWITCH, keep=True)
        starting = threading.Thread(target=host.start)
        starting.start()
        try:
            until(lambda: listens(host))
            clients = [call(host, method) for method in ("ExportState", "ListClaims")]
            for client in clients:
                claims = answer(client)["parameters"]["claims"]
                assert [claim["name"] for claim in claims] == ["a"]
        finally:
            starting.join(20)
            assert host.stop() == 0
            host.close()


@pytest.mark.parametrize(
    "arguments, code, text",
    [
        (["--store", "/proc/none/store.db"], None, "/proc/none/store.db"),
        (["--socket", "/proc/none/socket"], 1, "/proc/none/socket"),
        (["--helper", "/nowhere/helper"], 1, "/nowhere/helper"),
        (["--snapshot", "/nowhere/record"], 1, "/nowhere/record"),
        (["--connection-fd", "77", "--snapshot", str(RECORDS / ONE_SWITCH)], 1, "--connection-fd"),
        (["--connection-fd", "x"], 2, "usage"),
        (["--no-such-option"], 2, "usage"),
        (["more"], 2, "usage"),
    ],
)
def test_a_start_that_makes_no_sense(
    tmp_path: Path, arguments: list[str], code: int | None, text: str
) -> None:
    """One line that names what is wrong, and an exit code; with a store that can't be, it goes on."""
    command = [BUILD / "daemon/cxlfmd", "--user", "root"]
    for option, default in (("--socket", "socket"), ("--store", "store.db")):
        if option not in arguments:
            command += [option, tmp_path / default]
    if "--helper" not in arguments:
        command += ["--helper", BUILD / "test/functional/fake-helper"]
    environment = {**os.environ, "CXLFM_FAKE_RECORD": str(RECORDS / ONE_SWITCH)}
    with (tmp_path / "log").open("w") as log:
        daemon = subprocess.Popen([*command, *arguments], stderr=log, env=environment)
    try:
        until(lambda: text in (tmp_path / "log").read_text())
        if code is not None:
            assert daemon.wait(20) == code
    finally:
        if daemon.poll() is None:
            daemon.terminate()
            daemon.wait(20)
