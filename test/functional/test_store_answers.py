# SPDX-License-Identifier: GPL-2.0-only
"""A store that does a commit without an answer, or does not do it and does not answer, or gives no answer at
all: nothing is lost, nothing is done twice, and no client waits for ever.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fake_host import FakeHost, is_stopped, until

ONE_SWITCH = "guest-one-switch.json"
LOSSY = "test/functional/lossy-cxlfmd"
FAILED = 1
LEFTOVER = 5

# The chain notes, settles, replaces and ends claims, and forgets.
STATE = {"claims": [{"name": name, "size": 256 << 20} for name in "ab"]}
CHAIN = (
    ("add-memory", "256M", "--name", "a"),
    ("apply", "STATE"),
    ("remove-memory", "b"),
    ("forget", "a"),
    ("adopt", "region0", "--name", "c"),
)


def entries(folder: Path) -> list[str]:
    """The entries of a daemon that has ended."""
    with closing(sqlite3.connect(folder / "store.db")) as store:
        return [key for (key,) in store.execute("SELECT key FROM entry ORDER BY key")]


def without_times(claims: Any) -> Any:
    for claim in claims:
        for condition in claim["conditions"]:
            del condition["since"]
    return claims


def run_chain(folder: Path, **orders: str) -> tuple[Any, Any, bool]:
    """The final state, also for the next daemon; and whether an answer was lost."""
    folder.mkdir()
    state_file = folder / "state.json"
    state_file.write_text(json.dumps(STATE))
    with FakeHost(folder, ONE_SWITCH, keep=True, daemon=LOSSY, environment=orders) as host:
        for command in CHAIN:
            result = host.run(*(str(state_file) if word == "STATE" else word for word in command))
            assert result.returncode == 0, (command, orders, result.stderr)
        lost = "an answer is lost" in host.log
        state, claims = host.state(), without_times(host.json("list", "--claims"))
    assert entries(folder) == ["claim/c"], orders
    with FakeHost(folder, ONE_SWITCH, keep=True) as host:
        assert host.state() == state
        assert without_times(host.json("list", "--claims")) == claims
    return state, claims, lost


@pytest.mark.parametrize("kind", ["done", "lost"])
def test_every_answer_is_lost_once(tmp_path: Path, kind: str) -> None:
    undisturbed = run_chain(tmp_path / "undisturbed")[:2]
    commits = 0
    for n in range(1, 100):
        orders = {"CXLFM_FAKE_LOSS": f"{kind}:{n}", "CXLFM_FAKE_LISTS": str(n % 2)}
        *end, lost = run_chain(tmp_path / str(n), **orders)
        if not lost:
            break
        commits = n
        assert tuple(end) == undisturbed, n
    # A note and a settlement of each change with steps, one commit of each other change, and the beginning
    # and the end of a whole state.
    assert commits >= 2 * 3 + 2 + 2


def test_all_answers_are_lost(tmp_path: Path) -> None:
    undisturbed = run_chain(tmp_path / "undisturbed")[:2]
    *end, lost = run_chain(tmp_path / "lossy", CXLFM_FAKE_LOSS="done:1+")
    assert lost and tuple(end) == undisturbed


def silent_host(folder: Path, hang: int | None = None) -> tuple[FakeHost, Path]:
    silent = folder / "silent"
    environment = {"CXLFM_FAKE_SILENT_STORE": str(silent)}
    host = FakeHost(folder, ONE_SWITCH, keep=True, daemon=LOSSY, hang=hang, environment=environment)
    return host, silent


def is_well(host: FakeHost) -> bool:
    return "the store can be used again" in host.log


def test_a_note_is_not_answered(tmp_path: Path) -> None:
    """No step was begun, and none is begun when the answer comes."""
    host, silent = silent_host(tmp_path)
    assert host.start(), host.log
    before = host.state()
    silent.touch()
    waiting = [start(host, "add-memory", "256M", "--name", name) for name in ("a", "b")]
    for client in waiting:
        told = client.communicate(timeout=20)[1]
        assert client.returncode == FAILED, told
        assert "nothing was changed" in told
        assert re.search(r"store\.db does not answer: local/plan/\S+ can't be written", told)
    # Later changes are refused at once; clients that only ask are served.
    refused = host.run("add-memory", "256M", timeout=5)
    assert refused.returncode == FAILED and "does not answer" in refused.stderr
    assert host.state() == before
    assert host.run("export").returncode == 0
    silent.unlink()
    until(lambda: is_well(host))
    until(lambda: host.run("add-memory", "256M", "--name", "c").returncode == 0)
    assert [claim["name"] for claim in host.json("list", "--claims")] == ["c"]
    assert host.stop() == 0
    host.close()
    assert entries(tmp_path) == ["claim/c"]


def test_a_note_of_a_change_that_is_kept_is_not_answered(tmp_path: Path) -> None:
    """A client who listens is told that the change goes on, and the change goes on when the answer comes."""
    state = tmp_path / "state.json"
    state.write_text(json.dumps(STATE))
    for verb, names in ((("add-memory", "256M", "--name", "x"), ["x"]), (("apply", str(state)), ["a", "b"])):
        host, silent = silent_host(tmp_path)
        assert host.start(), host.log
        silent.touch()
        change = host.run(*verb, "--no-wait").stdout.strip()
        told = host.run("wait", "--change", change, timeout=20)
        assert told.returncode == LEFTOVER, told.stderr
        assert "the change goes on when the store answers" in told.stderr
        silent.unlink()
        until(lambda: is_well(host))
        done = host.run("wait", "--change", change, timeout=20)
        assert done.returncode == 0, done.stderr
        assert sorted(claim["name"] for claim in host.json("list", "--claims")) == names
        assert host.stop() == 0
        host.close()


def start(host: FakeHost, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [os.environ["CXLFM_BUILD"] + "/cli/cxlfm", *arguments],
        env={**os.environ, "CXLFM_SOCKET": str(host.socket)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_settlement_is_not_answered(tmp_path: Path) -> None:
    """The memory exists. The client hears that nobody knows whether the memory stays; the memory stays."""
    host, silent = silent_host(tmp_path, hang=3)
    assert host.start(), host.log
    client = start(host, "add-memory", "256M", "--name", "a")
    until(lambda: is_stopped(host.helper_pid))
    silent.touch()
    os.kill(host.helper_pid, signal.SIGCONT)
    told = client.communicate(timeout=20)[1]
    assert client.returncode == LEFTOVER, told
    assert "it is unknown whether the store has the change" in told
    assert re.search(r"does not answer: claim/a, local/plan/\S+ can't be written", told)
    assert host.json("list", "--claims") == []
    silent.unlink()
    until(lambda: is_well(host))
    assert host.run("wait", "a", "--timeout=20").returncode == 0
    assert [claim["name"] for claim in host.json("list", "--claims")] == ["a"]
    assert host.stop() == 0
    host.close()
    assert entries(tmp_path) == ["claim/a"]


def test_a_state_is_not_noted(tmp_path: Path) -> None:
    """No change of the state is begun when the answer comes."""
    state = tmp_path / "state.json"
    state.write_text(json.dumps(STATE))
    host, silent = silent_host(tmp_path)
    assert host.start(), host.log
    silent.touch()
    told = host.run("apply", str(state))
    assert told.returncode == FAILED and "nothing was changed" in told.stderr
    silent.unlink()
    until(lambda: is_well(host))
    # Changes come one after the other: this one is refused when the other has ended.
    assert host.run("remove-memory", "region999").returncode == 3
    assert host.json("list", "--claims") == []
    assert host.stop() == 0
    host.close()
    assert entries(tmp_path) == []


def test_a_claim_of_a_state_is_not_settled(tmp_path: Path) -> None:
    """The client hears that the outcome is unknown; the later claims are not begun without the client."""
    state = tmp_path / "state.json"
    state.write_text(json.dumps(STATE))
    host, silent = silent_host(tmp_path, hang=3)
    assert host.start(), host.log
    client = start(host, "apply", str(state))
    until(lambda: is_stopped(host.helper_pid))
    silent.touch()
    os.kill(host.helper_pid, signal.SIGCONT)
    told = client.communicate(timeout=20)[1]
    assert client.returncode == LEFTOVER, told
    assert "it is unknown whether the store has the change" in told
    silent.unlink()
    until(lambda: is_well(host))
    until(lambda: "running" not in host.run("changes").stdout)
    assert [claim["name"] for claim in host.json("list", "--claims")] == ["a"]
    assert host.stop() == 0
    host.close()
    assert entries(tmp_path) == ["claim/a"]


def test_a_start_is_not_answered(tmp_path: Path) -> None:
    """Clients that ask for claims are told, and the start goes on when the answer comes."""
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        assert host.run("add-memory", "256M", "--name", "a").returncode == 0
    host, silent = silent_host(tmp_path)
    silent.touch()
    assert host.start(), host.log
    result = host.run("export")
    assert result.returncode == FAILED
    assert "store.db does not answer: claim/ can't be read" in result.stderr
    assert host.run("list").returncode == 0
    silent.unlink()
    until(lambda: is_well(host))
    assert host.run("wait", "a", "--timeout=20").returncode == 0
    assert host.stop() == 0
    host.close()
