# SPDX-License-Identifier: GPL-2.0-only
"""A wish is honoured or refused: every option of the verbs about claims, on a host and on a record.

test/unit/cxl/plan/test-plan-wishes.c and test/unit/daemon/claim/memory/test-memory-request-wishes.c have the wishes about
regions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fake_host import FakeHost

ONE_SWITCH = "guest-one-switch.json"
USAGE, REFUSED, TIMED_OUT, NO_CHANGE = 2, 3, 10, 11
VERBS = ("adopt", "forget", "wait", "apply")

Scene = Callable[[FakeHost, Path], None]
scenes: dict[tuple[str, str], Scene] = {}


def honours(verb: str, *options: str) -> Callable[[Scene], Scene]:
    def add(scene: Scene) -> Scene:
        scenes.update({(verb, option): scene for option in options})
        return scene

    return add


def claims(host: FakeHost) -> dict[str, Any]:
    return {claim["name"]: claim for claim in host.json("list", "--claims")}


def says(host: FakeHost, code: int, words: str, *arguments: str) -> None:
    result = host.run(*arguments)
    assert (result.returncode, result.stdout) == (code, ""), (arguments, result)
    assert words in result.stderr, (arguments, result.stderr)


def test_every_option_has_a_scene(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        for verb in VERBS:
            listed = {line.split()[1] for line in host.run(verb, "--list-opts").stdout.splitlines()}
            assert {option for name, option in scenes if name == verb} == listed - {"debug", "help"}


@honours("adopt", "name")
def adopts_by_name(host: FakeHost, folder: Path) -> None:
    assert host.run("adopt", "region0", "--name", "db").returncode == 0
    assert set(claims(host)) == {"web", "db"}
    says(host, REFUSED, "belongs to the claim db", "adopt", "region0", "--name", "other")
    says(host, REFUSED, "there is a claim of this name", "adopt", "region1", "--name", "db")
    for name in ("A!", "region7", "all", ""):
        says(host, USAGE, "--name", "adopt", "region0", "--name", name)


@honours("adopt", "drift")
def adopts_with_a_policy(host: FakeHost, folder: Path) -> None:
    for policy in ("leave", "mend"):
        assert host.run("adopt", "region0", "--name", "db", "--drift", policy).returncode == 0
        assert claims(host)["db"].get("drift", "mend") == policy
        assert host.run("forget", "db").returncode == 0
    says(host, USAGE, "--drift", "adopt", "region0", "--drift", "ignore")


@honours("adopt", "dry-run")
def adopts_nothing(host: FakeHost, folder: Path) -> None:
    outcome = host.json("adopt", "region0", "--name", "db", "--dry-run")
    assert [change["name"] for change in outcome["changes"]] == ["db"]
    assert set(claims(host)) == {"web"}


@honours("adopt", "human")
def adopts_for_people(host: FakeHost, folder: Path) -> None:
    assert host.json("adopt", "region0", "-u")["size"] == "256.00 MiB (268.44 MB)"


@honours("forget", "dry-run")
def forgets_nothing(host: FakeHost, folder: Path) -> None:
    assert host.json("forget", "web", "--dry-run")["changes"][0]["action"] == "forget"
    assert set(claims(host)) == {"web"}
    says(host, REFUSED, "there is no claim", "forget", "other", "--dry-run")


@honours("forget", "human")
def forgets_for_people(host: FakeHost, folder: Path) -> None:
    result = host.run("forget", "web", "--dry-run", "-u")
    assert result.stdout.endswith("Claims:\n  forget web\n"), result
    assert host.run("forget", "web", "-u").returncode == 0
    assert claims(host) == {}


@honours("wait", "for")
def waits_for_a_condition(host: FakeHost, folder: Path) -> None:
    holds = {c["condition"]: c["holds"] for c in claims(host)["web"]["conditions"]}
    for condition, there in holds.items():
        result = host.run("wait", "web", "--for", condition, "--timeout", "0")
        assert result.returncode == (0 if there else TIMED_OUT), (condition, result)
    assert set(holds.values()) == {True, False}
    says(host, USAGE, "--for", "wait", "web", "--for", "Well")


@honours("wait", "timeout")
def waits_so_long(host: FakeHost, folder: Path) -> None:
    for seconds in (0, 1):
        began = time.monotonic()
        says(host, TIMED_OUT, "timed out", "wait", "--for", "Stalled", "--timeout", str(seconds))
        assert time.monotonic() - began >= seconds
    for timeout in ("-1", "86401", "soon"):
        says(host, USAGE, "--timeout", "wait", "web", f"--timeout={timeout}")


@honours("adopt", "no-wait")
@honours("forget", "no-wait")
@honours("wait", "change")
def waits_later(host: FakeHost, folder: Path) -> None:
    for line, there in (("adopt region0 --name db", {"web", "db"}), ("forget web", {"db"})):
        told = host.run(*line.split(), "--no-wait")
        assert (told.returncode, told.stderr) == (0, "")
        assert host.run("wait", "--change", told.stdout.strip()).returncode == 0
        assert set(claims(host)) == there
        says(host, USAGE, "--no-wait", *line.split(), "--no-wait", "--dry-run")
    says(host, USAGE, "--change", "wait", "db", "--change", "7h2k9qd-1")
    says(host, NO_CHANGE, "not the id of a change", "wait", "--change", "db")


@honours("adopt", "request")
@honours("forget", "request")
def is_done_once(host: FakeHost, folder: Path) -> None:
    for line, there in (("adopt region0 --name db", {"web", "db"}), ("forget web", {"db"})):
        request = (*line.split(), "--request", line.split()[0])
        for _ in range(2):
            assert host.run(*request).returncode == 0
            assert set(claims(host)) == there
        says(host, USAGE, "1 to 64 letters", *line.split(), "--request", "a b")
    says(host, REFUSED, "another request was made", "forget", "db", "--request", "adopt")


@honours("apply", "dry-run")
def applies_nothing(host: FakeHost, folder: Path) -> None:
    state = folder / "state.yaml"
    state.write_text("claims: [{name: db, size: 256M}]\n")
    changes = host.json("apply", str(state), "--dry-run")
    assert [(change["action"], change["name"]) for change in changes] == [("remove", "web"), ("make", "db")]
    assert set(claims(host)) == {"web"}
    assert host.run("apply", str(state)).returncode == 0
    assert set(claims(host)) == {"db"}


def state_of(folder: Path, *claims: str) -> str:
    state = folder / "state.yaml"
    state.write_text(f"claims: [{', '.join(claims)}]\n")
    return str(state)


TOO_LARGE = "{name: vast, size: 64T}"


@honours("apply", "no-wait")
def applies_later(host: FakeHost, folder: Path) -> None:
    """What waits tells what the verb would have told, with its exit status."""
    state = state_of(folder, "{name: db, size: 256M}")
    told = host.run("apply", state, "--no-wait")
    assert (told.returncode, told.stderr) == (0, "")
    result = host.run("wait", "--change", told.stdout.strip())
    assert (result.returncode, result.stdout) == (0, ""), result
    assert result.stderr == "removed web\nmade db\napplied 2 changes\n"
    assert set(claims(host)) == {"db"}
    # Nothing to change is a change as well.
    told = host.run("apply", state, "--no-wait")
    result = host.run("wait", "--change", told.stdout.strip())
    assert (result.returncode, result.stderr) == (0, "nothing to change\n")
    state = state_of(folder, "{name: db, size: 256M}", TOO_LARGE)
    told = host.run("apply", state, "--no-wait")
    assert told.returncode == 0
    result, itself = host.run("wait", "--change", told.stdout.strip()), host.run("apply", state)
    assert result.returncode == itself.returncode == REFUSED
    assert result.stderr.replace("cxlfm wait", "cxlfm apply") == itself.stderr
    says(host, USAGE, "--no-wait", "apply", state, "--no-wait", "--dry-run")


@honours("apply", "request")
def applies_once(host: FakeHost, folder: Path) -> None:
    state = state_of(folder, "{name: db, size: 256M}")
    first = host.run("apply", state, "--request", "nightly")
    assert (first.returncode, set(claims(host))) == (0, {"db"})
    assert host.run("forget", "db").returncode == 0
    again = host.run("apply", state, "--request", "nightly")
    assert (again.returncode, again.stderr, claims(host)) == (0, first.stderr, {})
    says(host, REFUSED, "another request was made", "apply", state_of(folder), "--request", "nightly")
    says(host, USAGE, "1 to 64 letters", "apply", state, "--request", "a b")


@pytest.mark.parametrize("scene", sorted(scenes), ids="-".join)
def test_a_wish_is_honoured_or_refused(tmp_path: Path, scene: tuple[str, str]) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        for region in ("--no-claim", "--no-claim", "--name=web"):
            host.json("add-memory", "256M", region)
        scenes[scene](host, tmp_path)


@pytest.mark.parametrize("verb", VERBS)
def test_the_conversation_is_shown(tmp_path: Path, verb: str) -> None:
    """By --debug."""
    state = tmp_path / "state.yaml"
    state.write_text("claims: []\n")
    names = {"adopt": ["region0", "--dry-run"], "forget": ["web"], "wait": [], "apply": [str(state)]}
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert "--> io.cxlfm.Host." in host.run(verb, *names[verb], "--debug").stderr


def test_what_a_record_has_none_of(tmp_path: Path) -> None:
    """A record has no claims, and can't be changed."""
    state, record = tmp_path / "state.yaml", tmp_path / "record.json"
    state.write_text("claims: [{name: db, size: 256M}]\n")
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        host.json("add-memory", "256M", "--no-claim")
        record.write_text(json.dumps(host.json("record")))
        of_record = ("--snapshot", str(record))
        for line, action, kept in (
            ("adopt region0", "make", "memory-1"),
            ("adopt region0 --name db --drift leave", "make", "db"),
            ("add-memory 256M", "make", "memory-1"),
            ("create-region -t ram -s 256M --name db", "make", "db"),
            ("add-memory 256M --no-claim", "", ""),
            ("remove-memory region0", "", ""),
        ):
            changes = host.json(*of_record, *line.split(), "--dry-run")["changes"]
            assert [(c["action"], c["name"]) for c in changes] == ([(action, kept)] if kept else []), line
            assert ("leave" in line) == any(c["claim"].get("drift") == "leave" for c in changes)
        for line in ("adopt region0", "forget web", f"apply {state}"):
            says(host, USAGE, "a record can't be changed", *of_record, *line.split())
        says(host, USAGE, "a record does not change", *of_record, "monitor")
        for line in ("forget web --dry-run", "wait web"):
            says(host, REFUSED, "there is no claim of this name", *of_record, *line.split())
        # The changes on such a host without claims.
        changes = host.json(*of_record, "apply", str(state), "--dry-run")
        assert [(change["action"], change["name"]) for change in changes] == [("make", "db")]
