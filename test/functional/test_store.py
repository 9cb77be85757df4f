# SPDX-License-Identifier: GPL-2.0-only
"""A store that can't be used, for a time or for good: the messages, and the return to work without a restart.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from fake_host import BUILD, HOST_ID, RECORDS, FakeHost, answer, call, digest_of_row, edited_store, until

ONE_SWITCH = "guest-one-switch.json"
FAILED = 1
FAULT_POINTS = os.environ["CXLFM_FAULT_POINTS"] == "true"

# Answers about claims, each by its own method.
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
    """A process of our own user reads the store, and keeps its lock."""
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
        assert host.start(fault="list"), host.log
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
    # The claim was mended by a change that the journal knew.
    assert not FAULT_POINTS or "fault point journal has noted" in host.log
    assert json.loads(host.run("list", "--claims").stdout)[0]["name"] == "a"
    assert host.log.count("is in use by another process") == 1
    assert host.stop() == 0
    host.close()


def test_a_folder_that_comes_later(tmp_path: Path) -> None:
    """--store with a path that does not exist: the message says so, and the daemon goes on when the path
    exists.
    """
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


def ask_all_the_time(host: FakeHost, is_over: threading.Event, replies: list[Any]) -> None:
    region = {"region": "region9", "keep_region": False, "force": False, "dry_run": False}
    while not is_over.is_set():
        replies.append(answer(call(host, "RemoveRegion", **region))["error"])


def test_a_store_that_comes_while_clients_ask(tmp_path: Path) -> None:
    """The store has more results than are kept, and is read while requests come in."""
    folder, away = tmp_path / "not" / "there", tmp_path / "away" / "there"
    away.mkdir(parents=True)
    with FakeHost(tmp_path, ONE_SWITCH, keep=True, store=away / "store.db") as host:
        assert host.run("add-memory", "256M", "--request", "a").returncode == 0
    with edited_store(away) as store:
        row = store.execute(
            "SELECT host, value, revision FROM entry WHERE key LIKE 'local/result/%'"
        ).fetchone()
        keys = (f"local/result/7h2k9qd-{n}" for n in range(1, 300))
        store.executemany(
            "INSERT INTO entry (host, key, value, revision) VALUES (?, ?, ?, ?)",
            ((row[0], key, *row[1:]) for key in keys),
        )
    host = FakeHost(tmp_path, ONE_SWITCH, keep=True, store=folder / "store.db")
    assert host.start(), host.log
    is_over, replies = threading.Event(), list[Any]()
    askers = [
        threading.Thread(target=ask_all_the_time, args=(host, is_over, replies), daemon=True)
        for _ in range(4)
    ]
    for asker in askers:
        asker.start()
    away.parent.rename(folder.parent)
    until(lambda: host.run("add-memory", "256M").returncode == 0)
    is_over.set()
    for asker in askers:
        asker.join()
    assert "io.cxlfm.Host.StoreFailed" in replies
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
    # An admin puts the file back, without a restart.
    os.replace(tmp_path / "copy", tmp_path / name)
    until(lambda: claim_is_online(host))
    assert host.state() == before
    assert host.stop() == 0
    host.close()


def listens(host: FakeHost) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(host.socket)) == 0


def test_nobody_is_told_that_there_are_no_claims(tmp_path: Path) -> None:
    """A client that calls as soon as the socket listens waits until the claims are known."""
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
    """One line names the fault, and an exit code; with an impossible store the daemon goes on."""
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


# ---- whose it is ----

# daemon/observe/host-id.c
APPLICATION = "22bc0d30b6824e85af0ff15ab8b269ac"
OTHER_HOST = "ffeeddccbbaa99887766554433221100"


def owners(folder: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "store.db")) as store:
        return set(store.execute("SELECT host, key FROM entry"))


def test_a_store_that_comes_from_another_host(tmp_path: Path) -> None:
    """A copied disk image: the other host's claims are not made here, and are kept. An admin may say that the
    claims are wanted here.
    """
    with_claim(tmp_path)
    (tmp_path / "kernel").unlink()
    with FakeHost(tmp_path, ONE_SWITCH, keep=True, host_id=OTHER_HOST) as host:
        assert f"store.db has entries of other hosts, which are left alone: 1 of {HOST_ID}" in host.log
        assert host.json("list", "--claims") == []
        assert host.json("list", "-R") == []
        # Names are per host.
        assert host.run("add-memory", "512M", "--name", "a").returncode == 0
    assert owners(tmp_path) == {(HOST_ID, "claim/a"), (OTHER_HOST, "claim/a")}
    (tmp_path / "kernel").unlink()
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        assert host.run("wait", "a", "--timeout=20").returncode == 0
        assert [claim["size"] for claim in host.json("list", "--claims")] == [256 << 20]
    assert owners(tmp_path) == {(HOST_ID, "claim/a"), (OTHER_HOST, "claim/a")}


def boot_of_change(folder: Path, boot: str) -> None:
    """A store of an earlier version, with two claims and an interrupted change."""
    sql = (RECORDS.parent / "store" / "schema-3.sql").read_text()
    with closing(sqlite3.connect(folder / "store.db")) as store:
        store.executescript(sql)
        store.execute(
            "UPDATE entry SET value = replace(value, ?, ?) WHERE key = 'plan/open'",
            ("00112233-4455-6677-8899-aabbccddeeff", boot),
        )
        digest = 0
        for table in (
            "'entry', key, value, revision, lease FROM entry",
            "'counter', revision, lease, boot, writes, digest FROM counter",
        ):
            for row in store.execute(f"SELECT {table}").fetchall():
                digest ^= digest_of_row(row[:5])
        store.execute("UPDATE counter SET digest = ?", (digest - (digest >> 63 << 64),))
        store.commit()
    (folder / "store.db-mark").touch()


@pytest.mark.parametrize("rebooted", [False, True])
def test_a_store_of_an_earlier_version(tmp_path: Path, rebooted: bool) -> None:
    """The claims get memory, the journal is taken up, and the whole store belongs to this host from then on.
    """
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    boot_of_change(tmp_path, "before" if rebooted else boot)
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        told = "cut short by a reboot" if rebooted else "region2: a change was cut short"
        assert told in host.log
        assert host.run("wait", "web", "db", "--timeout=20").returncode == 0
        assert {claim["name"] for claim in host.json("list", "--claims")} == {"web", "db"}
    assert owners(tmp_path) == {(HOST_ID, "claim/web"), (HOST_ID, "claim/db")}


def test_the_host_is_the_machine(tmp_path: Path) -> None:
    """The ID is systemd's app-specific one. A machine without an ID, such as a container, is told."""
    command = ["systemd-id128", "machine-id", "-a", APPLICATION]
    machine = subprocess.run(command, capture_output=True, text=True, check=False)
    with FakeHost(tmp_path, ONE_SWITCH, host_id=None) as host:
        added = host.run("add-memory", "256M", "--name", "a")
        if machine.returncode:
            assert added.returncode == FAILED
            assert "before this host has an ID in /etc/machine-id" in added.stderr
            assert host.run("list").returncode == 0
        else:
            assert added.returncode == 0, added.stderr
    if machine.returncode:
        assert not (tmp_path / "store.db").exists()
    else:
        assert owners(tmp_path) == {(machine.stdout.strip(), "claim/a")}


@pytest.mark.parametrize("text", ["", "x", HOST_ID[1:], HOST_ID + "0", "0" * 32])
def test_what_is_no_host(text: str) -> None:
    result = subprocess.run(
        [BUILD / "daemon/cxlfmd", "--host-id", text], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert f"--host-id={text}: not 32 hexadecimal digits" in result.stderr
