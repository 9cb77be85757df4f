# SPDX-License-Identifier: GPL-2.0-only
"""Claims of two kinds in one daemon: of memory, and of lamps (test/unit/daemon/claim/lamp/), of which no file
of the daemon knows but its two lists of kinds. A lit lamp plugs a memdev; the test is at the other end of the
wire to the lamps.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fake_host import FakeHost, answer, call, until

RECORD = "guest-one-switch.json"
LAMPS = {"lamp0": "0x1", "lamp1": "0x2"}
DAEMON = "test/functional/lamp-cxlfmd"
KNOWS_NO_LAMPS = "daemon/cxlfmd"
EHOSTUNREACH = 113
ESTALE = 116
EXIT_PARTLY = 12


class Wire:
    """The other end of the wire: the lamps, which apply the rule of steps, and whose light is kept in the
    folder of memdevs that are taken out.
    """

    def __init__(self, folder: Path) -> None:
        self.unplugged = folder / "unplugged"
        self.unplugged.mkdir(exist_ok=True)
        self.path = folder / "wire"
        # Orders to these lamps are not answered, until the test lets go.
        self.hung: set[str] = set()
        # No value can be read.
        self.mute = False
        self.go = threading.Event()
        # The steps that were ordered, and those that were carried out.
        self.ordered: list[str] = []
        self.done: list[str] = []
        # The lamps that the daemon has lit.
        self.held: set[str] = set()
        self._listening = socket.socket(socket.AF_UNIX)
        for lamp in LAMPS:
            self.switch(lamp, "off")
        self._listening.bind(str(self.path))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def switch(self, lamp: str, value: str) -> None:
        """Switches a lamp, as another master does."""
        out = self.unplugged / LAMPS[lamp]
        if value == "on":
            out.unlink(missing_ok=True)
        else:
            out.touch()

    def value(self, lamp: str) -> str:
        return "off" if (self.unplugged / LAMPS[lamp]).exists() else "on"

    def close(self) -> None:
        self.go.set()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile() as lines:
            for line in lines:
                reply = self._obey(json.loads(line))
                try:
                    connection.sendall(json.dumps(reply).encode() + b"\n")
                except OSError:
                    return

    def _obey(self, order: Any) -> Any:
        if order["order"] == "read" and self.mute:
            return {"error": EHOSTUNREACH}
        if order["order"] == "read":
            return {"error": 0, "values": [self.value(step["object"]) for step in order["steps"]]}
        if order["order"] == "prove":
            return {"error": 0}
        if order["order"] == "list":
            return {"error": 0, "held": sorted(self.held)}
        step = order["step"]
        lamp, seen = step["object"], self.value(step["object"])
        self.ordered.append(f"{lamp} {step['to']}")
        if lamp in self.hung:
            self.go.wait()
        if seen not in (step["from"], step["to"]):
            return {"error": ESTALE, "wrote": False, "seen": seen}
        self.switch(lamp, step["to"])
        self.done.append(f"{lamp} {step['to']}")
        (self.held.add if step["to"] == "on" else self.held.discard)(lamp)
        return {"error": 0, "wrote": seen != step["to"], "seen": step["to"]}


@contextmanager
def lit(folder: Path, keep: bool = False, daemon: str = DAEMON) -> Iterator[tuple[FakeHost, Wire]]:
    wire = Wire(folder)
    environment = {"CXLFM_TEST_WIRE": str(wire.path), "CXLFM_FAKE_UNPLUGGED": str(wire.unplugged)}
    try:
        with FakeHost(folder, RECORD, daemon=daemon, keep=keep, environment=environment) as host:
            yield host, wire
    finally:
        wire.close()


def apply(host: FakeHost, folder: Path, text: str, *options: str, code: int = 0) -> str:
    path = folder / "state.yaml"
    path.write_text(text)
    result = host.run("apply", str(path), *options)
    assert result.returncode == code, result.stderr
    return result.stderr


DESK = "{name: desk, kind: lamp, lamp: lamp0}"
WEB = "{name: web, size: 256M}"
BOTH = f"claims: [{WEB}, {DESK}]"


def claims(host: FakeHost) -> dict[str, Any]:
    return {claim["name"]: claim for claim in host.json("list", "--claims")}


def online(host: FakeHost, name: str) -> Any:
    return next(c for c in claims(host)[name]["conditions"] if c["condition"] == "Online")


def ask_for(host: FakeHost, lamp: str, name: str, **more: Any) -> socket.socket:
    wish = {"name": name, "kind": "lamp", "lamp": lamp}
    return call(host, "ApplyClaim", claim=wish, dry_run=False, **more)


def taken_on(host: FakeHost, lamp: str, name: str) -> str:
    reply = answer(ask_for(host, lamp, name, no_wait=True))
    return str(reply["parameters"]["outcome"]["change"])


def changes(host: FakeHost) -> Any:
    return answer(call(host, "ListChanges"))["parameters"]["changes"]


def change(host: FakeHost, name: str) -> Any:
    return next(change for change in changes(host) if change["id"] == name)


def hang(host: FakeHost, wire: Wire) -> str:
    """A change of which the only step is ordered, and not answered."""
    wire.hung.add("lamp0")
    name = taken_on(host, "lamp0", "desk")
    until(lambda: wire.ordered[-1:] == ["lamp0 on"])
    assert change(host, name)["state"] == "running"
    return name


def look(host: FakeHost) -> None:
    """Has the host looked at: a refusal is final only on a fresh look."""
    assert host.run("remove-memory", "region77").returncode == 3


def test_claims_of_both_kinds(tmp_path: Path) -> None:
    with lit(tmp_path) as (host, wire):
        told = apply(host, tmp_path, BOTH)
        assert told.splitlines()[-3:] == ["made desk", "made web", "applied 2 changes"]
        assert wire.value("lamp0") == "on"
        assert host.run("wait", "desk", "web").returncode == 0, host.log
        listed = claims(host)
        assert listed["web"]["region"] == "region0"
        desk = {key: value for key, value in listed["desk"].items() if key not in ("conditions", "owner")}
        assert desk == {"name": "desk", "kind": "lamp", "lamp": "lamp0", "drift": "mend", "serial": 1,
                        "shines": "lamp0"}
        assert online(host, "desk")["reason"] == "AsBright"
        exported = host.run("export").stdout
        (tmp_path / "export").write_text(exported)
        assert [claim["name"] for claim in json.loads(exported)["claims"]] == ["desk", "web"]
        assert host.run("diff", "-u", str(tmp_path / "export")).stdout == ""
        assert apply(host, tmp_path, exported) == "nothing to change\n"
        assert wire.done == ["lamp0 on"]


def test_what_claims_differ_in_is_told(tmp_path: Path) -> None:
    with lit(tmp_path) as (host, wire):
        state = tmp_path / "state.yaml"
        state.write_text(BOTH)
        assert host.run("diff", "-u", str(state)).stdout.splitlines() == [
            "make desk: kind lamp, lamp lamp0, drift mend",
            "make web: size 256M, type ram, goal system_ram, zone movable, drift mend",
        ]
        apply(host, tmp_path, BOTH)
        state.write_text("claims: [{name: desk, kind: lamp, lamp: lamp0, dark: true}]")
        assert host.run("diff", "-u", str(state)).stdout.splitlines() == [
            "remove web", "change desk: dark none -> true"]


def test_a_claim_goes_with_its_light(tmp_path: Path) -> None:
    """Memory on the memdev that a lamp plugs keeps the lamp lit; and each of a state's changes is its own."""
    with lit(tmp_path) as (host, wire):
        apply(host, tmp_path, BOTH)
        assert claims(host)["web"]["binding"]["members"] == [{"serial": 1}]
        told = apply(host, tmp_path, f"claims: [{WEB}]", code=1)
        assert "desk" in told
        assert (wire.value("lamp0"), set(claims(host))) == ("on", {"desk", "web"})
        told = apply(host, tmp_path, "claims: []")
        assert told.splitlines()[-3:] == ["removed web", "removed desk", "applied 2 changes"]
        assert (wire.value("lamp0"), claims(host)) == ("off", {})


def test_drift_is_found_and_mended(tmp_path: Path) -> None:
    with lit(tmp_path) as (host, wire):
        apply(host, tmp_path, f"claims: [{DESK}]")
        assert host.run("wait", "desk").returncode == 0
        wire.switch("lamp0", "off")
        look(host)
        until(lambda: online(host, "desk")["reason"] == "WentOut")
        until(lambda: wire.value("lamp0") == "on")
        assert host.run("wait", "desk").returncode == 0
        assert "desk: it has gone out" in host.log


def test_a_change_is_followed_by_its_id(tmp_path: Path) -> None:
    with lit(tmp_path) as (host, wire):
        name = hang(host, wire)
        running = change(host, name)
        assert (running["object"], running["step"], running["steps"]) == ("desk", 1, 1)
        assert running["text"] == "lamp0: lamp off -> on"
        assert claims(host) == {}
        wire.go.set()
        assert host.run("wait", "--change", name).returncode == 0
        assert wire.value("lamp0") == "on"
        assert set(claims(host)) == {"desk"}
        assert change(host, name)["state"] == "ended"


def test_a_change_is_cancelled(tmp_path: Path) -> None:
    with lit(tmp_path) as (host, wire):
        name = hang(host, wire)
        assert host.run("cancel", name).returncode == 0
        wire.go.set()
        result = host.run("wait", "--change", name)
        assert result.returncode != 0 and "cancelled" in result.stderr
        assert (wire.value("lamp0"), wire.done) == ("off", ["lamp0 on", "lamp0 off"])
        assert claims(host) == {}


def test_a_hung_wire_stops_nobody_else(tmp_path: Path) -> None:
    """Memory is added meanwhile; and a client who needs the wire as well is told for which change."""
    with lit(tmp_path) as (host, wire):
        assert host.run("add-memory", "256M", "--name", "alone").returncode == 0
        name = hang(host, wire)
        # The wire hangs until the end of this test: a client who waited for the wire would not come back.
        assert host.run("add-memory", "256M", "--name", "beside").returncode == 0
        second = taken_on(host, "lamp1", "bed")
        waiting = change(host, second)
        assert (waiting["state"], waiting["waits_for"]) == ("waiting", name)
        assert waiting["text"] == f"ApplyClaim desk of user {os.getuid()} (process {os.getpid()})"
        assert host.run("wait", "alone", "beside").returncode == 0
        # Nor are claims of memory left alone meanwhile, or claims of lamps taken on more than once.
        for _ in range(3):
            look(host)
        assert [c["origin"] for c in changes(host) if c["state"] == "waiting"] == ["client"]
        wire.go.set()
        for each in (name, second):
            assert host.run("wait", "--change", each).returncode == 0
        assert set(claims(host)) == {"alone", "beside", "bed", "desk"}


def test_a_killed_change_is_taken_up(tmp_path: Path) -> None:
    """The order was sent, and comes into effect after the daemon has died."""
    with lit(tmp_path, keep=True) as (host, wire):
        assert host.run("add-memory", "256M", "--name", "web").returncode == 0
        name = hang(host, wire)
        os.kill(host.pid, signal.SIGKILL)
        host.wait()
        wire.hung.clear()
        assert host.start(), host.log
        # The host's lane is free, and readiness waits for no wire.
        assert host.run("wait", "web").returncode == 0
        assert host.run("add-memory", "256M", "--name", "beside").returncode == 0
        wire.go.set()
        until(lambda: wire.done == ["lamp0 on", "lamp0 off"])
        until(lambda: all(c["state"] == "ended" for c in changes(host)))
        assert set(claims(host)) == {"beside", "web"}
        # No part of the first change is in the way of the next change.
        assert "error" not in answer(ask_for(host, "lamp0", "desk"))
        assert wire.value("lamp0") == "on"


def test_what_no_claim_names_is_given_back(tmp_path: Path) -> None:
    """An admin has put an older copy in the place of the store, which knows nothing of a lamp that was lit since;
    what the copy knows, and what another master has lit, stays.
    """
    with lit(tmp_path, keep=True) as (host, wire):
        assert "error" not in answer(ask_for(host, "lamp0", "desk"))
        assert host.stop() == 0
        older = (tmp_path / "store.db").read_bytes()
        assert host.start(), host.log
        assert "error" not in answer(ask_for(host, "lamp1", "bed"))
        assert host.stop() == 0
        (tmp_path / "store.db").write_bytes(older)
        (tmp_path / "store.db-mark").write_bytes(b"")
        assert wire.done == ["lamp0 on", "lamp1 on"]
        assert host.start(), host.log
        until(lambda: wire.done == ["lamp0 on", "lamp1 on", "lamp1 off"])
        assert "lamp1 is held for no claim and for no change, and is given back" in host.log
        until(lambda: [(c["origin"], c["object"]) for c in changes(host) if c["state"] == "ended"]
              == [("recovery", "lamp1")])
        assert set(claims(host)) == {"desk"}
        wire.switch("lamp1", "on")
        assert host.stop() == 0
        assert host.start(), host.log
        assert host.run("wait", "desk").returncode == 0
        assert (wire.value("lamp0"), wire.value("lamp1")) == ("on", "on")


def test_who_listens_to_a_mute_wire_is_told(tmp_path: Path) -> None:
    """A client that wants no news is answered when the wire says nothing, whenever the client has asked; a
    client that wants news is told, and waits.
    """
    with lit(tmp_path, keep=True) as (host, wire):
        name = hang(host, wire)
        os.kill(host.pid, signal.SIGKILL)
        host.wait()
        wire.mute = True
        assert host.start(), host.log
        before = call(host, "WaitChange", id=name)
        with call(host, "WaitChange", more=True, id=name) as watching:
            news = json.loads(watching.recv(65536).split(b"\0")[0])
            assert "desk was cut short, and can't be looked at now" in news["parameters"]["outcome"]["text"]
            for waiting in (before, call(host, "WaitChange", id=name)):
                told = answer(waiting)
                assert told["error"] == "io.cxlfm.Host.Failed"
                assert "desk was cut short, and can't be looked at now" in told["parameters"]["refusals"][0]["text"]
            wire.mute = False
            wire.go.set()
            until(lambda: change(host, name)["state"] == "ended")
            assert "error" in json.loads(watching.recv(65536).split(b"\0")[-2])


def refusal(host: FakeHost, *arguments: str) -> str:
    result = host.run(*arguments)
    assert result.returncode == 3, result.stderr
    return " ".join(line.strip() for line in result.stderr.splitlines()[1:])


UNKNOWN = "desk is a claim of the kind lamp, which this version of cxlfm does not know"
OTHER_KIND = "desk is a claim of the kind lamp, and not of the kind memory"


def test_a_daemon_without_the_kind_keeps_its_claims(tmp_path: Path) -> None:
    """The daemon tells of the claims, judges and drops none, and refuses every change that would touch one of
    the claims.
    """
    with lit(tmp_path, keep=True) as (host, wire):
        apply(host, tmp_path, BOTH)
        assert host.run("wait", "desk", "web").returncode == 0
        before = claims(host)["desk"]
        assert host.stop() == 0
        host.replace(KNOWS_NO_LAMPS)
        assert host.start(), host.log
        assert "claim/desk: is a claim of the kind lamp, which this version" in host.log
        until(lambda: "conditions" in claims(host)["desk"])
        kept = claims(host)["desk"]
        for condition in kept.pop("conditions"):
            assert condition["holds"] == (condition["condition"] == "Stalled")
            assert condition["reason"] == "UnknownKind"
        assert kept == {key: value for key, value in before.items() if key not in ("conditions", "shines")}
        for command in (("forget", "desk"), ("export",)):
            assert UNKNOWN in refusal(host, *command)
        assert OTHER_KIND in refusal(host, "remove-memory", "desk")
        assert "there is a claim of this name already" in refusal(
            host, "add-memory", "256M", "--name", "desk")
        assert "is not a known kind of claim" in answer(
            ask_for(host, "lamp0", "desk"))["parameters"]["refusals"][0]["text"]
        told = host.run("wait", "desk", "--timeout", "0").stderr
        assert "this version of cxlfm does not know claims of the kind lamp" in told
        # Of a whole state each other change is made.
        told = apply(host, tmp_path, "claims: []", code=EXIT_PARTLY)
        assert UNKNOWN in told and "removed web" in told
        wire.switch("lamp0", "off")
        look(host)
        assert claims(host)["desk"]["serial"] == 1
        assert host.stop() == 0
        host.replace(DAEMON)
        assert host.start(), host.log
        until(lambda: wire.value("lamp0") == "on")
        assert host.run("wait", "desk").returncode == 0
        assert set(claims(host)) == {"desk"}


def test_a_daemon_without_the_kind_leaves_its_changes(tmp_path: Path) -> None:
    """A change of a lamp that a crash has left keeps its lane and the memdev of the lamp."""
    with lit(tmp_path, keep=True) as (host, wire):
        name = hang(host, wire)
        os.kill(host.pid, signal.SIGKILL)
        host.wait()
        wire.go.set()
        until(lambda: wire.value("lamp0") == "on")
        host.replace(KNOWS_NO_LAMPS)
        assert host.start(), host.log
        assert "does not understand its journal entry local/plan/" in host.log
        # Nobody waits for another version.
        told = answer(call(host, "WaitChange", id=name))
        assert told["error"] == "io.cxlfm.Host.Failed"
        assert told["parameters"]["undone"] is False
        assert "does not understand its journal entry" in told["parameters"]["refusals"][0]["text"]
        assert host.run("add-memory", "256M", "--name", "beside").returncode == 0
        assert claims(host)["beside"]["binding"]["members"] != [{"serial": 1}]
        assert wire.done == ["lamp0 on"]
        assert host.stop() == 0
        host.replace(DAEMON)
        assert host.start(), host.log
        until(lambda: wire.done == ["lamp0 on", "lamp0 off"])
        assert set(claims(host)) == {"beside"}


def test_a_daemon_without_the_kind_goes_on_with_a_state(tmp_path: Path) -> None:
    """The wish of a kind that the daemon does not know fails by itself."""
    with lit(tmp_path, keep=True) as (host, wire):
        wire.hung.add("lamp0")
        wishes = [{"name": "desk", "kind": "lamp", "lamp": "lamp0"}, {"name": "web", "size": 256 << 20}]
        assert "error" not in answer(call(host, "Apply", claims=wishes, no_wait=True))
        until(lambda: wire.ordered == ["lamp0 on"])
        os.kill(host.pid, signal.SIGKILL)
        host.wait()
        host.replace(KNOWS_NO_LAMPS)
        assert host.start(), host.log
        until(lambda: "web" in claims(host))
        assert host.run("wait", "web").returncode == 0
        assert "does not know what is wanted of the claim desk" in host.log
        assert set(claims(host)) == {"web"}
