# SPDX-License-Identifier: GPL-2.0-only
"""Changes by their ids: listed, waited for, left, cancelled, and requested again."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from crowds import connect, needs_root, say
from fake_host import FakeHost, answer, call, edited_store, is_stopped, step_count, until
from largest import OTHER_BOOT
from pinned_host import DAY_MS, OTHER, SLOW, pinned_host

ONE_SWITCH = "guest-one-switch.json"
HOST = "io.cxlfm.Host"
REMOVE = {"keep_region": False, "force": False, "dry_run": False}
ADD = {"request": {"size": 512 << 20}, "goal": "system_ram", "dry_run": False}


def ask(host: FakeHost, method: str, **parameters: Any) -> Any:
    """The parameters of an answer without an error."""
    reply = answer(call(host, method, **parameters))
    assert "error" not in reply, reply
    return reply["parameters"]


def changes(host: FakeHost, state: str | None = None) -> list[Any]:
    """All changes but those that mend claims."""
    listed = ask(host, "ListChanges")["changes"]
    return [
        change
        for change in listed
        if change["origin"] == "client" and state in (None, change["state"])
    ]


def one(host: FakeHost, state: str) -> Any:
    """Waits for the only change in a state."""
    until(lambda: len(changes(host, state)) == 1)
    return changes(host, state)[0]


def taken_on(host: FakeHost, method: str, **parameters: Any) -> str:
    """The id of a change without a waiting client."""
    outcome = ask(host, method, no_wait=True, **parameters)["outcome"]
    assert list(outcome) == ["change"]
    return str(outcome["change"])


def result(host: FakeHost, name: str) -> Any:
    return answer(call(host, "WaitChange", id=name))


def steps_of_adding(tmp_path: Path) -> int:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        return step_count(host.json("add-memory", "512M", "--dry-run")["plan"])


def test_what_has_ended_is_listed(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        host.json("add-memory", "512M", "--name", "web")
        assert host.run("remove-memory", "none").returncode == 3
        assert host.run("remove-memory", "web", "--dry-run").returncode == 0
        refused, added = changes(host)
        assert added["state"] == refused["state"] == "ended"
        assert (added["method"], added["object"]) == ("CreateRegion", "region0")
        assert "error" not in added and "text" not in added
        assert (refused["method"], refused["error"]) == ("RemoveRegion", "Refused")
        assert refused["text"] == "there is no claim of this name"
        assert added["uid"] == os.getuid()
        assert added["id"] != refused["id"]


@needs_root
def test_what_runs_and_what_waits_is_listed() -> None:
    with pinned_host() as (host, _):
        hog = host.hog()
        waiting = connect(host, OTHER)
        say(waiting, "ForgetClaim", claim="web", dry_run=True)
        behind = one(host, "waiting")
        first = one(host, "running")
        assert (first["method"], first["object"]) == ("RemoveRegion", "region0")
        assert (first["uid"], first["pid"]) == (SLOW, os.getpid())
        assert 1 <= first["step"] < first["steps"]
        assert first["text"].startswith("memory")
        assert (behind["method"], behind["uid"]) == ("ForgetClaim", OTHER)
        assert behind["dry_run"] is True
        assert behind["waits_for"] == first["id"]
        assert behind["text"] == f"RemoveRegion region0 of user {SLOW} (process {os.getpid()})"
        host.pinned.unlink()
        assert "error" not in answer(hog)
        # The claim has ended. Dry runs are not kept.
        assert answer(waiting)["error"] == f"{HOST}.Refused"
        assert [change["method"] for change in changes(host)] == ["RemoveRegion", "CreateRegion"]


@pytest.mark.parametrize("state", ["waits", "runs"])
def test_what_nobody_waits_for_goes_on(tmp_path: Path, state: str) -> None:
    """The client has gone long before the end of the change; a later question gets the result."""
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        ids = [taken_on(host, "CreateRegion", **ADD)]
        until(lambda: is_stopped(host.helper_pid))
        if state == "waits":
            ids.append(taken_on(host, "CreateRegion", **{**ADD, "request": {"size": 256 << 20}}))
            assert one(host, "waiting")["id"] == ids[1]
        running = one(host, "running")
        assert (running["id"], running["no_wait"]) == (ids[0], True)
        os.kill(host.helper_pid, signal.SIGCONT)
        outcomes = [result(host, name)["parameters"]["outcome"] for name in ids]
        sizes = [512 << 20, 256 << 20][: len(ids)]
        assert [outcome["region"]["size"] for outcome in outcomes] == sizes
        assert len(host.json("list", "-R")) == len(ids)
        # As often as a client asks.
        assert result(host, ids[0])["parameters"]["outcome"] == outcomes[0]


def test_a_refusal_is_found_by_waiting(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        name = taken_on(host, "RemoveRegion", region="region9", **REMOVE)
        reply = result(host, name)
        assert reply["error"] == f"{HOST}.Refused"
        assert reply["parameters"]["refusals"][0]["code"] == "unknown-region"


def test_one_that_waits_is_cancelled(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        first = taken_on(host, "CreateRegion", **ADD)
        until(lambda: is_stopped(host.helper_pid))
        second = call(host, "CreateRegion", **ADD)
        name = one(host, "waiting")["id"]
        ask(host, "CancelChange", id=name)
        for reply in (answer(second), result(host, name)):
            assert reply["error"] == f"{HOST}.Cancelled"
            whom = f"user {os.getuid()} (process {os.getpid()}) has cancelled the change"
            assert reply["parameters"] == {"text": whom}
        assert changes(host, "waiting") == []
        os.kill(host.helper_pid, signal.SIGCONT)
        assert "error" not in result(host, first)
        assert len(host.json("list", "-R")) == 1


def test_one_that_runs_is_cancelled(tmp_path: Path) -> None:
    """The change is taken back, and all clients who wait are told once that is done."""
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        before = host.state()
        client = call(host, "CreateRegion", **ADD)
        until(lambda: is_stopped(host.helper_pid))
        name = one(host, "running")["id"]
        listener = call(host, "WaitChange", id=name)
        ask(host, "CancelChange", id=name)
        ask(host, "CancelChange", id=name)
        os.kill(host.helper_pid, signal.SIGCONT)
        replies = [answer(client), answer(listener)]
        assert replies[0] == replies[1]
        assert replies[0]["error"] == f"{HOST}.Cancelled"
        assert host.state() == before
        assert host.json("list", "--claims") == []
        reply = answer(call(host, "CancelChange", id=name))
        assert reply["error"] == f"{HOST}.Refused"
        assert reply["parameters"]["refusals"][0]["code"] == "change-ended"


@needs_root
def test_pinned_memory_is_cancelled() -> None:
    """A step that does not end is given up."""
    with pinned_host() as (host, before):
        hog = host.hog()
        ask(host, "CancelChange", id=one(host, "running")["id"])
        reply = answer(hog)
        assert reply["error"] == f"{HOST}.Cancelled"
        assert reply["parameters"]["text"].startswith("user 0 (process ")
        assert host.state() == before


def test_one_past_its_return_is_not_cancelled(tmp_path: Path) -> None:
    """The addresses are free, and somebody else may take them next."""
    steps = steps_of_adding(tmp_path)
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        host.json("add-memory", "512M")
        steps += step_count(host.json("remove-memory", "region0", "--dry-run")["plan"])
    with FakeHost(tmp_path, ONE_SWITCH, hang=steps) as host:
        host.json("add-memory", "512M")
        name = taken_on(host, "RemoveRegion", region="region0", **REMOVE)
        until(lambda: is_stopped(host.helper_pid))
        reply = answer(call(host, "CancelChange", id=name))
        assert reply["error"] == f"{HOST}.Refused"
        assert reply["parameters"]["refusals"][0]["code"] == "change-past-return"
        os.kill(host.helper_pid, signal.SIGCONT)
        assert "error" not in result(host, name)
        assert host.json("list", "-R") == []


@needs_root
def test_others_do_not_cancel() -> None:
    with pinned_host() as (host, _):
        hog = host.hog()
        name = one(host, "running")["id"]
        with connect(host, OTHER) as other:
            say(other, "CancelChange", id=name)
            reply = answer(other)
        assert reply["error"] == f"{HOST}.Refused"
        (refusal,) = reply["parameters"]["refusals"]
        assert refusal["code"] == "change-of-others"
        # "ask root, or the user"
        assert refusal["hint"].startswith("ask root")
        with connect(host, SLOW) as own:
            say(own, "CancelChange", id=name)
            assert "error" not in answer(own)
        assert answer(hog)["error"] == f"{HOST}.Cancelled"


@needs_root
def test_only_its_user_keeps_it_wanted() -> None:
    """A waiting stranger does not keep a change alive that its user has left; another call of the same user
    does.
    """
    with pinned_host() as (host, before):
        hog = host.hog()
        name = one(host, "running")["id"]
        with connect(host, OTHER) as other, connect(host, SLOW) as own:
            say(other, "WaitChange", id=name)
            say(own, "WaitChange", id=name)
            # In the order of the requests.
            for user in (OTHER, SLOW):
                with connect(host, user) as client:
                    say(client, "ListChanges")
                    answer(client)
            hog.close()
            assert host.run("version").returncode == 0
            assert one(host, "running")["id"] == name
            own.close()
            reply = answer(other)
            assert reply["error"] == f"{HOST}.Cancelled"
            assert reply["parameters"]["text"] == "the client that asked for the change has gone"
        assert host.state() == before


def is_making(host: FakeHost) -> bool:
    """Whether a daemon, which may still be starting, makes memory."""
    try:
        listed = ask(host, "ListChanges")["changes"]
    except (ConnectionError, FileNotFoundError):
        return False
    return [(change["origin"], change.get("step")) for change in listed] == [("claim", 6)]


def test_a_claims_change_is_nobodys(tmp_path: Path) -> None:
    """After a reboot the memory is made again before clients are served; to end that, the claim has to be
    ended.
    """
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        host.json("add-memory", "512M", "--name", "web")
        assert host.stop() == 0
        with edited_store(tmp_path) as store:
            ((value,),) = store.execute("SELECT value FROM entry")
            claim = json.loads(value)
            claim["binding"]["boot"] = OTHER_BOOT
            store.execute("UPDATE entry SET value = ?", (json.dumps(claim),))
        host.hang(6)
        starting = threading.Thread(target=host.start)
        starting.start()
        until(lambda: is_making(host))
        (change,) = ask(host, "ListChanges")["changes"]
        assert (change["state"], change["object"], change["step"]) == ("running", "web", 6)
        assert "uid" not in change
        reply = answer(call(host, "CancelChange", id=change["id"]))
        assert reply["parameters"]["refusals"][0]["code"] == "change-of-claim"
        listener = call(host, "WaitChange", id=change["id"])
        until(lambda: is_stopped(host.helper_pid))
        os.kill(host.helper_pid, signal.SIGCONT)
        assert answer(listener)["parameters"] == {"outcome": {"claim": "web"}}
        starting.join(20)
        assert len(host.json("list", "-R")) == 1
        # "disable the claim's region, or forget the claim": then the claim is not mended.
        assert host.run("forget", "web").returncode == 0
        assert host.run("destroy-region", "region0", "-f").returncode == 0
        host.json("list", "-R")
        origins = [change["origin"] for change in ask(host, "ListChanges")["changes"]]
        assert origins == ["client", "client", "claim"]


def test_unknown_ids(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        name = taken_on(host, "ForgetClaim", claim="none", dry_run=False)
        word, number = name.split("-")
        unknown = {
            "none": "this is not the id of a change",
            f"{word}-{int(number) + 1000}": "no change was given this id yet",
            "0000000-1": "cxlfmd was started again since this id was given, and knows nothing of the change",
        }
        for method in ("WaitChange", "CancelChange"):
            for given, text in unknown.items():
                reply = answer(call(host, method, id=given))
                assert (reply["error"], reply["parameters"]["text"]) == (f"{HOST}.UnknownChange", text)


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM])
def test_the_daemon_ends(tmp_path: Path, death: signal.Signals) -> None:
    """Half a change is taken back, and an old id is not taken for another change's."""
    with FakeHost(tmp_path, ONE_SWITCH, hang=6, keep=True) as host:
        before = host.state()
        first = taken_on(host, "CreateRegion", **ADD)
        until(lambda: is_stopped(host.helper_pid))
        second = taken_on(host, "CreateRegion", **ADD, request_id="b")
        helper = host.helper_pid
        os.kill(host.pid, death)
        os.kill(helper, signal.SIGCONT)
        host.wait()
        host.hang(0)
        assert host.start(), host.log
        assert host.state() == before
        reply = result(host, first)
        assert reply["error"] == f"{HOST}.Cancelled"
        assert "took the change back" in reply["parameters"]["text"]
        reply = result(host, second)
        assert reply["error"] == f"{HOST}.UnknownChange"
        assert "was started again" in reply["parameters"]["text"]
        # The request that only waited has done nothing.
        assert "error" not in answer(call(host, "CreateRegion", **ADD, request_id="b"))
        assert len(host.json("list", "-R")) == 1
        assert changes(host)[0]["id"].split("-")[0] != first.split("-")[0]


def test_a_retry_while_it_runs_and_after(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        first = call(host, "CreateRegion", **ADD, request_id="nightly:1")
        until(lambda: is_stopped(host.helper_pid))
        again = call(host, "CreateRegion", **ADD, request_id="nightly:1")
        running = one(host, "running")
        assert running["request_id"] == "nightly:1"
        assert changes(host, "waiting") == []
        # The connection of the first client breaks.
        first.close()
        assert taken_on(host, "CreateRegion", **ADD, request_id="nightly:1") == running["id"]
        os.kill(host.helper_pid, signal.SIGCONT)
        reply = answer(again)
        assert "error" not in reply
        assert answer(call(host, "CreateRegion", **ADD, request_id="nightly:1")) == reply
        assert taken_on(host, "CreateRegion", **ADD, request_id="nightly:1") == running["id"]
        assert len(host.json("list", "-R")) == 1
        # The same request again.
        other = {"goal": "system_ram", "dry_run": False, "request": {"size": 256 << 20}}
        reply = answer(call(host, "CreateRegion", **other, request_id="nightly:1"))
        assert reply["error"] == f"{HOST}.Refused"
        (refusal,) = reply["parameters"]["refusals"]
        assert (refusal["code"], refusal["hint"]) == ("request-id-taken", "take another id")
        reply = answer(call(host, "RemoveRegion", region="region0", **REMOVE, request_id="nightly:1"))
        assert reply["parameters"]["refusals"][0]["code"] == "request-id-taken"
        assert len(host.json("list", "-R")) == 1
        assert "error" not in answer(call(host, "CreateRegion", **other, request_id="nightly:2"))
        assert len(host.json("list", "-R")) == 2


def test_a_retry_of_what_was_left(tmp_path: Path) -> None:
    """The first request was taken back, or given up, for lack of a client: so it was not done, and is done
    now.
    """
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        first = call(host, "CreateRegion", **ADD, request_id="a")
        until(lambda: is_stopped(host.helper_pid))
        second = call(host, "CreateRegion", **{**ADD, "request": {"size": 256 << 20}}, request_id="b")
        one(host, "waiting")
        first.close()
        second.close()
        until(lambda: changes(host, "waiting") == [])
        again = call(host, "CreateRegion", **ADD, request_id="a")
        one(host, "waiting")
        os.kill(host.helper_pid, signal.SIGCONT)
        assert "error" not in answer(again)
        assert len(host.json("list", "-R")) == 1
        small = {**ADD, "request": {"size": 256 << 20}}
        assert "error" not in answer(call(host, "CreateRegion", **small, request_id="b"))
        assert len(host.json("list", "-R")) == 2


def test_a_cancelled_request_stays_cancelled(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        client = call(host, "CreateRegion", **ADD, request_id="a")
        until(lambda: is_stopped(host.helper_pid))
        ask(host, "CancelChange", id=one(host, "running")["id"])
        os.kill(host.helper_pid, signal.SIGCONT)
        reply = answer(client)
        assert reply["error"] == f"{HOST}.Cancelled"
        assert answer(call(host, "CreateRegion", **ADD, request_id="a")) == reply
        assert host.json("list", "-R") == []


def test_results_outlive_the_daemon(tmp_path: Path) -> None:
    """By the id of the change and by the id of the request; also of what nobody has waited for."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        reply = answer(call(host, "CreateRegion", **ADD, request_id="a"))
        name = changes(host, "ended")[0]["id"]
        small = {**ADD, "request": {"size": 256 << 20}}
        left = taken_on(host, "CreateRegion", **small)
        refused = taken_on(host, "RemoveRegion", region="region7", **REMOVE)
        told = [result(host, name) for name in (left, refused)]
        # What has neither an id nor a client who may come back is not kept. And the result of what was not
        # begun is written when its client has the answer already: before the result of what comes later.
        host.json("add-memory", "256M")
        os.kill(host.pid, signal.SIGKILL)
        host.wait()
        assert host.start()
        assert result(host, name) == reply == answer(call(host, "CreateRegion", **ADD, request_id="a"))
        assert [result(host, name) for name in (left, refused)] == told
        assert [change["id"] for change in changes(host, "ended")] == [refused, left, name]
        assert all(0 <= change["age_ms"] < 60_000 for change in changes(host))
        assert len(host.json("list", "-R")) == 3
        # Something else by the same id.
        assert answer(call(host, "CreateRegion", **small, request_id="a"))["error"] == f"{HOST}.Refused"


def test_a_retry_of_what_is_not_taken_up(tmp_path: Path) -> None:
    """The journal's entry is of another version, and stays: a client who asks again is told what the call
    waits for.
    """
    with FakeHost(tmp_path, ONE_SWITCH, hang=6, keep=True) as host:
        name = taken_on(host, "CreateRegion", **ADD, request_id="a")
        until(lambda: is_stopped(host.helper_pid))
        helper = host.helper_pid
        os.kill(host.pid, signal.SIGKILL)
        os.kill(helper, signal.SIGCONT)
        host.wait()
        host.hang(0)
        with edited_store(tmp_path) as store:
            sql = "UPDATE entry SET value = replace(value, 'region-size', 'region-colour') WHERE key LIKE ?"
            assert store.execute(sql, (f"local/plan/{name}",)).rowcount == 1
        assert host.start(), host.log
        for method, parameters in (
            ("CreateRegion", {**ADD, "request_id": "a"}),
            ("WaitChange", {"id": name}),
        ):
            with call(host, method, more=True, **parameters) as listener:
                told = first_reply(listener)
                assert told["continues"]
                assert "does not understand its journal entry" in told["parameters"]["outcome"]["text"]


def listens(host: FakeHost) -> bool:
    try:
        call(host, "ListChanges").close()
    except (ConnectionRefusedError, FileNotFoundError):
        return False
    return True


def test_a_retry_before_the_store_is_read(tmp_path: Path) -> None:
    """The calls are there before the daemon knows its former changes: the calls wait, and nothing is made
    twice.
    """
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        reply = answer(call(host, "CreateRegion", **ADD, request_id="a"))
        name = changes(host, "ended")[0]["id"]
        for _ in range(5):
            host.stop()
            starter = threading.Thread(target=host.start)
            starter.start()
            until(lambda: listens(host))
            again = call(host, "CreateRegion", **ADD, request_id="a")
            waiter = call(host, "WaitChange", id=name)
            lister = call(host, "ListChanges")
            assert answer(again) == reply
            assert answer(waiter) == reply
            assert name in [change["id"] for change in answer(lister)["parameters"]["changes"]]
            starter.join()
        assert len(host.json("list", "-R")) == 1


@needs_root
def test_a_request_is_its_users() -> None:
    with pinned_host() as (host, _):
        hog = host.hog()
        with connect(host, SLOW) as own, connect(host, OTHER) as other:
            for client, name in ((own, "none"), (other, "other")):
                say(client, "ForgetClaim", claim=name, request_id="a", dry_run=False)
            until(lambda: len(changes(host, "waiting")) == 2)
            host.pinned.unlink()
            assert "error" not in answer(hog)
            for client, name in ((own, "none"), (other, "other")):
                reply = answer(client)
                assert reply["parameters"]["refusals"][0]["object"] == name


def first_reply(client: socket.socket) -> Any:
    data = b""
    while b"\0" not in data:
        data += client.recv(65536)
    return json.loads(data.split(b"\0")[0])


def test_progress_is_told_to_who_comes_later(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        name = taken_on(host, "CreateRegion", **ADD)
        until(lambda: is_stopped(host.helper_pid))
        with call(host, "WaitChange", more=True, id=name) as listener:
            told = first_reply(listener)
            assert told["continues"]
            outcome = told["parameters"]["outcome"]
            assert (outcome["step"], outcome["text"]) == (6, one(host, "running")["text"])
            os.kill(host.helper_pid, signal.SIGCONT)
            data = b""
            while b'"plan"' not in data:
                data += listener.recv(65536)
        assert result(host, name)["parameters"]["outcome"]["region"]


@needs_root
def test_what_nobody_waits_for_is_charged() -> None:
    """Changes without a waiting client are charged to their user, however many there are."""
    with pinned_host() as (host, _):
        hog = host.hog()
        last = ""
        count = 0
        while last != f"{HOST}.TooManyRequests":
            with connect(host, OTHER) as client:
                say(client, "ForgetClaim", claim="none", no_wait=True, dry_run=False)
                last = answer(client).get("error", "")
                count += 1
        assert count == 17  # architecture.adoc, "Limits"
        with connect(host, SLOW) as client:
            say(client, "ForgetClaim", claim="none", no_wait=True, dry_run=False)
            assert "error" not in answer(client)
        for change in changes(host, "waiting"):
            ask(host, "CancelChange", id=change["id"])
        assert changes(host, "waiting") == []
        host.pinned.unlink()
        assert "error" not in answer(hog)


def test_bad_ways_to_ask(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        for more, code in (
            ({"request_id": ""}, "bad-request-id"),
            ({"request_id": "a b"}, "bad-request-id"),
            ({"request_id": "r" * 65}, "bad-request-id"),
            ({"request_id": "a", "dry_run": True}, "bad-dry-run"),
            ({"no_wait": True, "dry_run": True}, "bad-dry-run"),
        ):
            reply = answer(call(host, "CreateRegion", **{**ADD, **more}))
            assert reply["error"] == f"{HOST}.BadRequest"
            assert reply["parameters"]["refusals"][0]["code"] == code
        assert changes(host) == []
        assert host.json("list", "-R") == []


def test_a_record_has_no_changes(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, live=False) as host:
        assert ask(host, "ListChanges")["changes"] == []
        assert answer(call(host, "WaitChange", id="none"))["error"] == f"{HOST}.UnknownChange"


def test_long_names_make_no_long_list(tmp_path: Path) -> None:
    """The list shows no invalid names, and only the beginning of long ones."""
    long = "x" * 200_000
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        refused = call(host, "CreateRegion", **{**ADD, "request": {"decoder": long, "size": 256 << 20}})
        assert long in json.dumps(answer(refused))
        assert host.run("add-memory", "256M", "--no-wait").returncode == 0
        until(lambda: is_stopped(host.helper_pid))
        for _ in range(8):
            taken_on(host, "ForgetClaim", claim=long, dry_run=False)
        listed = changes(host)
        assert [change["state"] for change in listed] == ["running", *["waiting"] * 8, "ended"]
        assert len(json.dumps(listed)) < 10_000
        assert 0 < len(listed[-1]["text"]) <= 512
        for change in listed[:-1]:
            ask(host, "CancelChange", id=change["id"])
        os.kill(host.helper_pid, signal.SIGCONT)


# ---- cxlfm ----

# Its exit codes.
FAILED, REFUSED, NO_CHANGE = 1, 3, 11


def test_no_wait_then_wait(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        told = host.run("add-memory", "512M", "--name", "web", "--no-wait")
        assert told.returncode == 0 and told.stderr == ""
        name = told.stdout.strip()
        until(lambda: is_stopped(host.helper_pid))
        (line,) = host.run("changes").stdout.splitlines()
        assert line.startswith(f"{name} running for ")
        assert f"user {os.getuid()} (process " in line and "; step 6 of " in line
        os.kill(host.helper_pid, signal.SIGCONT)
        waited = host.run("wait", "--change", name)
        assert waited.returncode == 0, waited.stderr
        assert json.loads(waited.stdout)["claim"] == "web"
        assert "; done" in host.run("changes").stdout
        listed = host.json("changes", "--json")
        assert [change["id"] for change in listed] == [name]
        # A refusal is in the list, with the exit code of the verb.
        name = host.run("add-memory", "512T", "--no-wait").stdout.strip()
        assert host.run("wait", "--change", name).returncode == REFUSED
        # A script that is not sure runs the same line again.
        for _ in range(2):
            line = host.run("add-memory", "256M", "--request", "nightly", "--name", "db")
            assert line.returncode == 0, line.stderr
        assert len(host.json("list", "-R")) == 2
        assert host.run("remove-memory", "db", "--request", "nightly").returncode == REFUSED


def test_cancel(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        before = host.state()
        name = host.run("add-memory", "512M", "--no-wait").stdout.strip()
        until(lambda: is_stopped(host.helper_pid))
        told = host.run("cancel", name)
        assert told.returncode == 0, told.stderr
        os.kill(host.helper_pid, signal.SIGCONT)
        waited = host.run("wait", "--change", name)
        assert waited.returncode == FAILED
        assert "has cancelled the change; everything is as it was" in waited.stderr
        assert host.state() == before
        assert host.run("cancel", name).returncode == REFUSED


@pytest.mark.parametrize("verb", ["cancel", "wait --change"])
def test_bad_ids(tmp_path: Path, verb: str) -> None:
    """One line with the fault, and one with the way out."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        for name in ("region0", "7h2k9qd-1", "-1", "1", "ä", "a" * 10000, "7h2k9qd-1\n"):
            told = host.run(*verb.split(), *(["--"] if verb == "cancel" else []), name)
            assert told.returncode == NO_CHANGE, told.stderr
            assert len(told.stderr.splitlines()) == 2
            assert told.stdout == ""


# ---- a client that leaves ----


@pytest.mark.parametrize("end", ["leaves", "cancels", "disables"])
def test_what_takes_data_goes_on(tmp_path: Path, end: str) -> None:
    """A removal goes on from its first step on, also when the connection breaks, unless somebody cancels it.
    A region that is only disabled keeps its data, and is as before.
    """
    with FakeHost(tmp_path, "guest-pmem-region.json", hang=1) as host:
        before = host.state()
        remove = {"keep_region": end == "disables", "force": True, "dry_run": False}
        client = call(host, "RemoveRegion", region="region0", **remove)
        until(lambda: is_stopped(host.helper_pid))
        running = one(host, "running")
        assert running.get("no_wait", False) == (end != "disables")
        if end == "cancels":
            ask(host, "CancelChange", id=running["id"])
        client.close()
        assert answer(call(host, "GetVersion")).get("error") is None
        os.kill(host.helper_pid, signal.SIGCONT)
        reply = result(host, running["id"])
        assert reply.get("error") == (None if end == "leaves" else f"{HOST}.Cancelled")
        if end == "leaves":
            assert host.json("list", "-R") == []
        else:
            assert host.state() == before


@needs_root
def test_a_crowd_that_cancels_and_lists() -> None:
    """Users who make, list and cancel changes, all at once: the host is as before."""
    with pinned_host() as (host, before):
        hog = host.hog()
        users = [60200 + i for i in range(6)]
        clients, accepted = [], 0
        for _ in range(8):
            for user in users:
                client = connect(host, user)
                say(client, "ForgetClaim", claim="none", no_wait=True, dry_run=False)
                accepted += "error" not in answer(client)
        waiting = changes(host, "waiting")
        assert len(waiting) == accepted > len(users)
        assert {change["uid"] for change in waiting} == set(users)
        for change in waiting:
            for user in users:
                for method in ("CancelChange", "WaitChange", "ListChanges"):
                    client = connect(host, user)
                    given = {} if method == "ListChanges" else {"id": change["id"]}
                    say(client, method, **given)
                    if method == "WaitChange" and user != change["uid"]:
                        client.close()
                    else:
                        clients.append(client)
            for client in clients:
                answer(client)
            clients.clear()
        assert changes(host, "waiting") == []
        ended = [change for change in changes(host, "ended") if change["uid"] in users]
        assert {change["error"] for change in ended} == {"Cancelled"}
        assert len(ended) == accepted
        ask(host, "CancelChange", id=one(host, "running")["id"])
        answer(hog)
        assert host.state() == before
