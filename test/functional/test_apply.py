# SPDX-License-Identifier: GPL-2.0-only
"""A whole state is one request: each claim has a change of its own, a failure touches no other claim, and a
state that was cut short goes on.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crowds import connect, let_in, needs_root, say
from fake_host import BUILD, FakeHost, answer, call, is_stopped, step_count, until
from largest import Crowded
from pinned_host import OTHER, SLOW

ONE_SWITCH = "guest-one-switch.json"
MIB = 1 << 20
HOST = "io.cxlfm.Host."


def wish(name: str, size: int = 256, **more: Any) -> dict[str, Any]:
    return {"name": name, "size": size * MIB, **more}


def ask(host: FakeHost, method: str, **parameters: Any) -> Any:
    """Makes a call, and returns the parameters of its answer, which is no error."""
    reply = answer(call(host, method, **parameters))
    assert "error" not in reply, reply
    return reply["parameters"]


def applied(host: FakeHost, *claims: dict[str, Any]) -> list[Any]:
    return list(ask(host, "Apply", claims=list(claims))["outcome"]["done"])


def claims_of(host: FakeHost) -> dict[str, Any]:
    return {claim["name"]: claim for claim in host.json("list", "--claims")}


def sizes(host: FakeHost) -> dict[str, int]:
    """Sizes of all regions, in MiB; each region belongs to a claim and is as wanted."""
    claims = claims_of(host)
    regions = {region["region"]: region["size"] for region in host.json("list", "-R")}
    assert regions == {c["region"]: c["size"] for c in claims.values() if c.get("region")}
    return {name: claim["size"] // MIB for name, claim in claims.items()}


def entries(folder: Path) -> list[str]:
    """Entries of apply in the store of a daemon that has ended."""
    with closing(sqlite3.connect(folder / "store.db")) as store:
        return [key for (key,) in store.execute("SELECT key FROM entry WHERE key LIKE 'apply/%'")]


def at_rest(host: FakeHost) -> None:
    def rests() -> bool:
        listed = ask(host, "ListChanges")["changes"]
        return all(change["state"] == "ended" for change in listed)

    until(rests)


def start(host: FakeHost, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [BUILD / "cli/cxlfm", *arguments],
        env={**os.environ, "CXLFM_SOCKET": str(host.socket)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_one_that_fails_touches_no_other(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert [d["name"] for d in applied(host, wish("held"), wish("web"))] == ["held", "web"]
        before = claims_of(host)
        wishes = [wish("held", zone="kernel"), wish("web", window=1), wish("a-new"), wish("new", 1 << 20)]
        done = applied(host, *wishes)
        # Removals come first.
        assert [(d["action"], d["name"], "error" in d) for d in done] == [
            ("change", "web", True),
            ("change", "held", False),
            ("make", "a-new", False),
            ("make", "new", True),
        ]
        assert [done[0]["error"], done[3]["error"]] == [HOST + "Refused"] * 2
        assert done[0]["anew"] and done[0]["parameters"]["refusals"]
        assert done[2]["outcome"]["claim"] == "a-new"
        after = claims_of(host)
        assert after["web"] == before["web"] and "new" not in after
        assert after["held"]["zone"] == "kernel"
        assert sizes(host) == {"held": 256, "web": 256, "a-new": 256}
    assert entries(tmp_path) == []


def test_a_step_that_fails_touches_no_other(tmp_path: Path) -> None:
    """The same for a wish that can be planned, with a failure at each of its writes."""
    for n in range(2, 60, 9):
        folder = tmp_path / str(n)
        folder.mkdir()
        with FakeHost(folder, ONE_SWITCH, fail=f"{n}:5:before") as host:
            done = applied(host, *(wish(name) for name in ("a", "b", "c")))
            failed = [d["name"] for d in done if "error" in d]
            assert len(failed) <= 1
            assert sizes(host) == {name: 256 for name in "abc" if name not in failed}
            again = applied(host, *(wish(name) for name in ("a", "b", "c")))
            assert [(d["name"], "error" in d) for d in again] == [(name, False) for name in failed]
            assert sizes(host) == {name: 256 for name in "abc"}


def test_what_is_there_is_not_changed(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        applied(host, wish("web"), wish("db"))
        before = host.state()
        assert applied(host, wish("web"), wish("db")) == []
        assert host.state() == before


DAMAGED: list[Any] = [
    wish("b", colour=1),
    wish("b", size=0) | {"size": 0},
    wish("a"),
    {"size": 256 * MIB},
    wish("b", owner="uid:0"),
    wish("region0"),
    wish("b", members=[{"serial": 1}, {"serial": 1}], ways=2),
]


@pytest.mark.parametrize("bad", DAMAGED)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_makes_no_sense_changes_nothing(tmp_path: Path, bad: Any, place: int) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        applied(host, wish("old"))
        before = (host.state(), claims_of(host))
        claims = [wish("a"), wish("c")]
        claims.insert(place, bad)
        reply = answer(call(host, "Apply", claims=claims))
        assert reply["error"] == HOST + "BadRequest", reply
        assert (host.state(), claims_of(host)) == before
        assert [c for c in ask(host, "ListChanges")["changes"] if c["state"] != "ended"] == []


def test_a_client_that_leaves(tmp_path: Path) -> None:
    """The changes that are done stay, the change under way is taken back, and the others are not begun."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        steps = step_count(host.json("add-memory", "256M", "--dry-run")["plan"])
    with FakeHost(tmp_path, ONE_SWITCH, hang=steps + 3) as host:
        client = call(host, "Apply", claims=[wish(n) for n in ("a", "b", "c")])
        until(lambda: is_stopped(host.helper_pid))
        listed = ask(host, "ListChanges")["changes"]
        whole = next(c for c in listed if "part_of" not in c and c["origin"] == "client")
        part = next(c for c in listed if "part_of" in c)
        assert part["part_of"] == whole["id"] and part["method"] == "Apply"
        assert (whole["object"], whole["step"], whole["steps"]) == ("b", 2, 3)
        client.close()
        assert host.run("version").returncode == 0
        os.kill(host.helper_pid, signal.SIGCONT)
        at_rest(host)
        assert sizes(host) == {"a": 256}
    assert entries(tmp_path) == []


def test_a_whole_state_is_cancelled(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        steps = step_count(host.json("add-memory", "256M", "--dry-run")["plan"])
    with FakeHost(tmp_path, ONE_SWITCH, hang=steps + 3) as host:
        name = ask(host, "Apply", claims=[wish(n) for n in ("a", "b", "c")], no_wait=True)
        name = name["outcome"]["change"]
        until(lambda: is_stopped(host.helper_pid))
        waits = call(host, "WaitChange", id=name)
        ask(host, "CancelChange", id=name)
        os.kill(host.helper_pid, signal.SIGCONT)
        done = answer(waits)["parameters"]["outcome"]["done"]
        assert [d.get("error") for d in done] == [None, HOST + "Cancelled", HOST + "Cancelled"]
        assert "has cancelled the change" in done[2]["parameters"]["text"]
        assert sizes(host) == {"a": 256}
        assert ask(host, "WaitChange", id=name)["outcome"]["done"] == done


def test_one_claim_of_a_state_is_cancelled(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        steps = step_count(host.json("add-memory", "256M", "--dry-run")["plan"])
    with FakeHost(tmp_path, ONE_SWITCH, hang=steps + 3) as host:
        client = call(host, "Apply", claims=[wish(n) for n in ("a", "b", "c")])
        until(lambda: is_stopped(host.helper_pid))
        part = next(c for c in ask(host, "ListChanges")["changes"] if "part_of" in c)
        ask(host, "CancelChange", id=part["id"])
        os.kill(host.helper_pid, signal.SIGCONT)
        done = answer(client)["parameters"]["outcome"]["done"]
        assert [d.get("error") for d in done] == [None, HOST + "Cancelled", None]
        assert sizes(host) == {"a": 256, "c": 256}


def test_progress_says_which_claim(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        client = call(host, "Apply", more=True, claims=[wish("a"), wish("b")])
        data = b""
        while b'"done"' not in data:
            data += client.recv(65536)
        client.close()
        replies = [json.loads(text) for text in data.split(b"\0") if text]
        outcomes = [reply["parameters"]["outcome"] for reply in replies[:-1]]
        steps = [o for o in outcomes if o["steps"]]
        assert {(o["claim"], o["part"], o["parts"]) for o in steps} == {("a", 1, 2), ("b", 2, 2)}
        for name in "ab":
            of_one = [o["step"] for o in steps if o["claim"] == name]
            assert of_one == list(range(1, steps[0]["steps"] + 1))


def test_asked_for_twice_by_one_id(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        first = ask(host, "Apply", claims=[wish("a")], request_id="one")
        host.run("remove-memory", "a")
        before = claims_of(host)
        assert ask(host, "Apply", claims=[wish("a")], request_id="one") == first
        assert claims_of(host) == before
        other = answer(call(host, "Apply", claims=[wish("b")], request_id="one"))
        assert other["error"] == HOST + "Refused"


def converse(client: socket.socket, method: str, **parameters: Any) -> Any:
    """Makes a call on a connection that stays."""
    message = {"method": HOST + method, "parameters": parameters}
    client.sendall(json.dumps(message).encode() + b"\0")
    data = b""
    while not data.endswith(b"\0"):
        received = client.recv(65536)
        assert received
        data += received
    return json.loads(data[:-1])


def connected(host: FakeHost) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect(str(host.socket))
    return client


def test_parts_are_applied_together(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        applied(host, wish("a"), wish("m"), wish("z"))
        with connected(host) as client:
            assert "error" not in converse(client, "AddState", claims=[wish("b")], until="c")
            reply = converse(client, "Apply", claims=[wish("y")], after="c")
            done = reply["parameters"]["outcome"]["done"]
            assert [(d["action"], d["name"]) for d in done][3:] == [("make", "b"), ("make", "y")]
            assert {d["name"] for d in done[:3]} == {"a", "m", "z"}
            # The parts are used up, and parts without a beginning are refused.
            reply = converse(client, "Apply", claims=[wish("y")], after="c")
            assert reply["error"] == HOST + "BadRequest"
            # A fault of one part refuses all parts.
            assert "error" not in converse(client, "AddState", claims=[], until="c")
            reply = converse(client, "AddState", claims=[wish("d", colour=1)], after="c", until="e")
            assert reply["error"] == HOST + "BadRequest"
            assert converse(client, "Apply", claims=[], after="e")["error"] == HOST + "BadRequest"
            # The parts of a connection end with the connection.
            assert "error" not in converse(client, "AddState", claims=[], until="c")
        assert sizes(host) == {"b": 256, "y": 256}


@pytest.mark.parametrize("method", ["AddState", "Apply"])
def test_parts_are_compared_with_one_state(tmp_path: Path, method: str) -> None:
    """A claim that somebody makes in the range of an earlier part would outlive the state."""
    last: dict[str, Any] = {"claims": [wish("y")], "after": "c"}
    with FakeHost(tmp_path, ONE_SWITCH) as host, connected(host) as client:
        assert "error" not in converse(client, "AddState", claims=[wish("b")], until="c")
        assert host.run("add-memory", "256M", "--name", "a").returncode == 0
        reply = converse(client, method, **last, **({"until": "z"} if method == "AddState" else {}))
        assert reply["error"] == HOST + "Refused"
        assert [r["code"] for r in reply["parameters"]["refusals"]] == ["state-changed"]
        assert sizes(host) == {"a": 256}
        # The hint is followed, on the same connection.
        assert "error" not in converse(client, "AddState", claims=[wish("b")], until="c")
        done = converse(client, "Apply", **last)["parameters"]["outcome"]["done"]
        assert [(d["action"], d["name"]) for d in done] == [("remove", "a"), ("make", "b"), ("make", "y")]
        assert sizes(host) == {"b": 256, "y": 256}


def test_more_than_can_be_noted(tmp_path: Path) -> None:
    """The size of a state is bounded, and a larger one is refused before any change begins."""
    members = [{"path": "p" * 200 + str(i)} for i in range(16)]
    with FakeHost(tmp_path, ONE_SWITCH) as host, connected(host) as client:
        for i in range(20):
            names = [f"c{i:02}{j:02}" for j in range(50)]
            claims = [wish(name, 16 * 256, ways=16, members=members) for name in names]
            parameters: dict[str, Any] = {"claims": claims, "until": names[-1]}
            if i:
                parameters["after"] = f"c{i - 1:02}49"
            reply = converse(client, "AddState", **parameters)
            if "error" in reply:
                break
        assert 4 <= i < 8
        assert reply["error"] == HOST + "BadRequest"
        assert "the state has more changes than can be noted at once" in json.dumps(reply)
        assert claims_of(host) == {}


def done_of(client: socket.socket) -> list[Any]:
    return list(answer(client)["parameters"]["outcome"]["done"])


@needs_root
def test_two_users_at_once() -> None:
    """Neither user waits for the other's whole state: the changes of the two users take turns."""
    with tempfile.TemporaryDirectory(prefix="cxlfm-") as name, Crowded(Path(name), 2, 16, 0) as crowded:
        host = crowded.host
        let_in(host)
        clients = [connect(host, user) for user in (SLOW, OTHER)]
        for client, letter in zip(clients, "ab"):
            say(client, "Apply", claims=[wish(f"{letter}{i}") for i in range(8)])
        until(lambda: "a1" in claims_of(host))
        assert "b0" in claims_of(host)
        done = [done_of(client) for client in clients]
        assert [len(d) for d in done] == [8, 8]
        assert not any("error" in d for d in done[0] + done[1])
        assert sizes(host).keys() == {f"{letter}{i}" for letter in "ab" for i in range(8)}
        assert {c["owner"] for n, c in claims_of(host).items() if n[0] == "b"} == {f"uid:{OTHER}"}


@pytest.mark.skipif(
    os.environ["CXLFM_FAULT_POINTS"] != "true", reason="built without -Dfault_points=true"
)
def test_killed_it_goes_on(tmp_path: Path) -> None:
    """After a kill at any place, either no change has begun, or the next start finishes all without a
    request.
    """
    base = tmp_path / "base"
    base.mkdir()
    wishes = [wish("a"), wish("bad", window=1), wish("c", 512, ways=2), wish("d", goal="devdax")]
    seen = set()
    for n in [*range(1, 9, 2), *range(12, 400, 29)]:
        folder = tmp_path / str(n)
        folder.mkdir()
        with closing(FakeHost(folder, ONE_SWITCH, keep=True)) as host:
            assert host.start(), host.log
            applied(host, wish("c"), wish("old"))
            before = sizes(host)
            assert host.stop() == 0
            assert host.start(fault=str(n))
            with connected(host) as client:
                try:
                    converse(client, "Apply", claims=wishes)
                except (AssertionError, ConnectionError):
                    pass
                else:
                    assert host.stop() == 0
                    break
            assert host.wait() == -signal.SIGKILL
            noted = entries(folder) != []
            assert host.start(), host.log
            at_rest(host)
            found = sizes(host)
            wanted = {"a": 256, "c": 512, "d": 256}
            assert found == (wanted if noted else before) or (not noted and found == wanted), n
            seen.add(noted)
            assert host.stop() == 0
            assert entries(folder) == []
    else:
        pytest.fail("it was killed to the end")
    assert seen == {True, False}


def progress(folder: Path) -> int:
    """The number of wishes that have ended, in the store of a killed daemon."""
    with closing(sqlite3.connect(folder / "store.db")) as store:
        rows = list(store.execute("SELECT value FROM entry WHERE key LIKE 'apply/%/at'"))
    return int(json.loads(rows[0][0])["at"]) if rows else 0


def comes_to_rest(host: FakeHost) -> bool:
    """Whether the daemon comes to rest before it is killed."""
    try:
        at_rest(host)
    except (AssertionError, OSError):
        return False
    return True


@pytest.mark.skipif(
    os.environ["CXLFM_FAULT_POINTS"] != "true", reason="built without -Dfault_points=true"
)
def test_killed_again_and_again(tmp_path: Path) -> None:
    """Each daemon goes on at its predecessor's place, not at the first daemon's."""
    with closing(FakeHost(tmp_path, ONE_SWITCH, keep=True)) as host:
        assert host.start(fault="40"), host.log
        with connected(host) as client, pytest.raises((AssertionError, ConnectionError)):
            converse(client, "Apply", claims=[wish(n) for n in "abcd"] + [wish("bad", window=1)])
        assert host.wait() == -signal.SIGKILL
        seen = [progress(tmp_path)]
        while len(seen) < 20 and not (host.start(fault="60") and comes_to_rest(host)):
            assert host.wait() == -signal.SIGKILL
            seen.append(progress(tmp_path))
        assert seen[:-1] == sorted(seen[:-1]) and len(set(seen)) > 2, seen
        assert sizes(host) == {name: 256 for name in "abcd"}
        assert host.stop() == 0
    assert entries(tmp_path) == []


def test_stopped_it_goes_on(tmp_path: Path) -> None:
    with closing(FakeHost(tmp_path, ONE_SWITCH, keep=True)) as host:
        assert host.start()
        steps = step_count(host.json("add-memory", "256M", "--dry-run")["plan"])
        assert host.stop() == 0
        host.hang(steps + 3)
        assert host.start()
        client = call(host, "Apply", claims=[wish(n) for n in ("a", "b", "c")])
        until(lambda: is_stopped(host.helper_pid))
        helper = host.helper_pid
        os.kill(host.pid, signal.SIGTERM)
        os.kill(helper, signal.SIGCONT)
        host.wait()
        client.close()
        assert len(entries(tmp_path)) == 2
        host.hang(0)
        assert host.start(), host.log
        at_rest(host)
        assert sizes(host) == {"a": 256, "b": 256, "c": 256}
        assert host.stop() == 0
    assert entries(tmp_path) == []
