# SPDX-License-Identifier: GPL-2.0-only
"""Hints that name no command: their words are followed, and have the promised result.

Every place in the sources with such a hint is found, and has to be reached by a test here, or by one that
FOLLOWED_BY names. test_hints.py has hints with a command and those of one claim (BAD_CLAIMS),
test/unit/cxl/plan/test-plan-hints.c has the planner's.
"""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fake_host import FakeHost, answer, call, is_stopped, step_count, until

ROOT = Path(os.environ["CXLFM_SOURCE"])
ONE_SWITCH = "guest-one-switch.json"
SIZE = 256 << 20
UUID = "5b0d7c1a-3c4e-4a52-9d3c-1f2e3d4c5b6a"

LITERAL = r'"((?:[^"\\\n]|\\.)*)"'
ASSIGNED = re.compile(rf"\bhint(?:\[\])?\s*=\s*((?:{LITERAL}\s*)+);")
CONVERSION = re.compile(r"%(?:[a-z]{1,3}|%|$)")
# The number of the argument that is the hint; the text follows it. Macros and functions of a file's own have
# a parameter of that name.
CALLS = {"refusal_add": 3, "claim_refuse": 3, "CLAIM_REFUSE": 1}
OWN = re.compile(r"(?:#define (REFUSE)|^static int (refuse|bad))\(([^{;)]*)\)", re.M)

# Hints that are followed by a test with a larger subject: its file, and a word of it.
FOLLOWED_BY = {
    ("change/change.c", "see the daemon's log, and make room if the disk is full"): (
        "functional/test_hints.py", "see the daemon's log, and make room if the disk is full"),
    ("change/change.c", "see the daemon's log, and try again"): ("functional/test_changes.py", "can't be looked at"),
    ("daemon/api/method-state.c", "apply a file with some of these claims first, then this one"): (
        "functional/test_apply.py", "the state has more changes than can be noted at once"),
    ("daemon/api/method-state.c", "begin again with the first part, on the same connection"): (
        "functional/test_hints_in_words.py", "def test_a_state_begins_with_its_first_part"),
    ("daemon/api/method-state.c", "apply the whole state again"): ("functional/test_apply.py", "state-changed"),
    ("daemon/engine/change-register.c", "disable the claim's region, or forget the claim"): (
        "functional/test_changes_by_id.py", "change-of-claim"),
    ("daemon/engine/change-register.c", "ask root, or the user"): (
        "functional/test_changes_by_id.py", "change-of-others"),
    ("daemon/engine/work-drive.c", "see the daemon's log"): (
        "unit/daemon/engine/test-engine-mute.c", "a_look_that_hangs_before_a_step_fails_the_step"),
    ("daemon/engine/work-answer.c", "see the daemon's log"): (
        "functional/test_store_answers.py", "it is unknown whether the store has the change"),
    ("daemon/engine/work-answer.c", "ask again later: cxlfmd tries again"): (
        "functional/test_kinds.py", "can't be looked at now"),
    ("daemon/engine/work-answer.c", "start a version of cxlfmd that knows these steps"): (
        "functional/test_kinds.py", "does not understand its journal entry"),
    ("daemon/engine/work-client.c", "take another id"): (
        "functional/test_changes_by_id.py", "request-id-taken"),
    ("daemon/engine/work-turn.c", "stop the users of the object, or try again when nobody else waits"): (
        "functional/test_patience.py", "gave-way"),
}
# Only a guest, or a person, can put a device back; no change of this host's memory awaits anything; and for
# another version of the daemon see test_kinds.py.
NOT_HERE = {
    ("daemon/claim/unknown-kind.c", "use a version of cxlfm that knows this kind of claims"),
    ("change/change.c", "look at the device that should bring the object, and try again"),
    ("change/change.c", "ask the manager that has taken over, or make that manager give up"),
    ("daemon/claim/memory/memory-adopt.c", "put the device back, or destroy the region"),
}
# No client gets these texts: the interface refuses such documents before; the third text is of a claim that
# is mended, whose reasons are logged; and there is one kind of claims (test/unit/daemon/claim/
# test-claim-kinds.c has another one).
UNREACHED = {
    'the document has no list "claims"',
    'the document has a member besides "claims"',
    "one of its memdevs is unknown",
    "%s is a claim of the kind %s, and not of the kind %s",
}


class Place(NamedTuple):
    hint: str
    form: str  # of the text


def arguments(text: str, at: int) -> list[str]:
    """The arguments of a call whose bracket opens before @at."""
    found, depth, begin = [], 0, at
    while True:
        literal = re.compile(LITERAL).match(text, at)
        if literal:
            at = literal.end()
            continue
        char = text[at]
        depth += (char in "([{") - (char in ")]}")
        if depth < 0 or (char == "," and depth == 0):
            found.append(text[begin:at])
            begin = at + 1
        if depth < 0:
            return found
        at += 1


def literal_of(text: str) -> str:
    return "".join(re.findall(LITERAL, text)).replace('\\"', '"')


def places(source: str) -> list[Place]:
    """The hints of a source file that name no command."""
    text = (ROOT / source).read_text()
    calls = dict(CALLS)
    for macro, function, parameters in OWN.findall(text):
        names = [re.sub(r".*\W", "", name.strip()) for name in parameters.split(",")]
        if "hint" in names:
            calls[macro or function] = names.index("hint")
    found = []
    for match in re.finditer(r"\b(" + "|".join(calls) + r")\(", text):
        if re.search(r"(#define|int) $", text[: match.start()]):
            continue
        given = arguments(text, match.end())
        hint = given[calls[match[1]]] if len(given) > calls[match[1]] + 1 else ""
        if hint.strip() == "hint":
            before = [found[0] for found in ASSIGNED.findall(text[: match.start()])]
            hint = before[-1] if before else ""
        if literal_of(hint) and "`" not in hint:
            found.append(Place(literal_of(hint), literal_of(given[calls[match[1]] + 1])))
    return found


def fits(form: str, text: str) -> bool:
    """A format without words of its own fits any text."""
    return re.search(".*".join(map(re.escape, CONVERSION.split(form))), text) is not None


Scene = Callable[..., None]
# The test of bad claims reaches these.
covered: set[str] = {f"daemon/claim/{name}.c" for name in ("claim-field", "claim-json", "memory/memory-json")}


def covers(*sources: str) -> Callable[[Scene], Scene]:
    """Marks a test that reaches every place of these sources, which come_to() checks."""
    covered.update(sources)
    return lambda scene: scene


def come_to(sources: tuple[str, ...], told: list[tuple[str, str]]) -> None:
    """@told: hints, and the texts that they came with."""
    for source in sources:
        for place in places(source):
            if place.form in UNREACHED:
                continue
            assert any(place.hint in hint and fits(place.form, text) for hint, text in told), (source, place)


def test_every_hint_in_words_is_followed() -> None:
    files = [*ROOT.glob("daemon/**/*.c"), *ROOT.glob("change/*.c"), *ROOT.glob("cli/**/*.c")]
    found = {
        (source, place.hint)
        for source in (str(path.relative_to(ROOT)) for path in files)
        for place in places(source)
    }
    assert {pair for pair in found if pair[0] not in covered} == set(FOLLOWED_BY) | NOT_HERE
    assert covered - {source for source, _ in found} == set()
    for path, word in FOLLOWED_BY.values():
        assert word in (ROOT / "test" / path).read_text(), path


# Calls

CREATE = {"request": {"size": SIZE}, "goal": "system_ram", "dry_run": True}
STATE = {"claims": [{"name": "a", "size": SIZE}]}
# A method, a fault of its parameters, words of the hint, and the parameters after the hint was followed.
BAD_CALLS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("CreateRegion", {**CREATE, "request": {"size": SIZE, "uuid": "7"}}, "make one with uuidgen",
     {**CREATE, "request": {"size": SIZE, "uuid": UUID}}),
    ("CreateRegion", {**CREATE, "claim": "a", "no_claim": True}, "leave one of the two out", {**CREATE, "claim": "a"}),
    ("CreateRegion", {**CREATE, "goal": "region", "zone": "movable"}, "leave the zone out",
     {**CREATE, "zone": "movable"}),
    ("CreateRegion", {**CREATE, "claim": "A!"}, "take another name, such as db-1", {**CREATE, "claim": "db-1"}),
    ("CreateRegion", {**CREATE, "claim": "region1"}, "take another name, such as db-1", {**CREATE, "claim": "db-1"}),
    ("RemoveRegion", {"keep_region": False, "force": False, "dry_run": True}, 'give one of "claim" and "region"',
     {"region": "region0", "keep_region": False, "force": False, "dry_run": True}),
    ("CreateRegion", {**CREATE, "request_id": "a b"}, "take a UUID, for example",
     {**CREATE, "request_id": UUID, "dry_run": False}),
    ("CreateRegion", {**CREATE, "no_wait": True}, 'leave "no_wait" and "request_id" out', CREATE),
    ("DiffState", {"claims": [{"name": f"c{i}", "size": SIZE} for i in range(1025)]}, "join claims",
     {"claims": [{"name": f"c{i}", "size": SIZE} for i in range(1024)]}),
    *(
        ("DiffState", {"claims": [{**STATE["claims"][0], **member}]}, "leave it out: cxlfmd keeps it", STATE)
        for member in (
            {"owner": "me"},
            {"adopted": True},
            {"binding": {"boot": UUID, "resource": 0, "size": SIZE, "ways": 1, "granularity": 256,
                         "members": [{"serial": 1}]}},
        )
    ),
    *(
        ("ApplyClaim", {"claim": {**STATE["claims"][0], **member}, "dry_run": True},
         "leave it out: cxlfmd keeps it", {"claim": STATE["claims"][0], "dry_run": True})
        for member in (
            {"owner": "me"},
            {"adopted": True},
            {"binding": {"boot": UUID, "resource": 0, "size": SIZE, "ways": 1, "granularity": 256,
                         "members": [{"serial": 1}]}},
        )
    ),
    ("DiffState", {"claims": STATE["claims"] * 2}, "give each a name of its own", STATE),
    ("DiffState", {**STATE, "after": "b"}, "send each claim with the part that its name is in", {**STATE, "after": "A"}),
    ("List", {"options": {"show": ["flowers"]}}, "the interface description lists them",
     {"options": {"show": ["memdevs"]}}),
    ("List", {"options": {"single": True}}, "add -p", {"options": {"single": True, "port": "root0"}}),
    ("List", {"options": {"memdev": "mem0 " * 16385}}, "ask in parts", {"options": {"memdev": "mem0 " * 16384}}),
]
CALLED = ("daemon/claim/memory/memory-request.c", "daemon/claim/claim.c", "daemon/claim/declared-state.c",
          "daemon/engine/change-request.c", "daemon/api/list-request.c")


@covers(*CALLED)
def test_a_bad_call_is_put_right(tmp_path: Path) -> None:
    told = []
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert host.run("add-memory", "256M", "--no-claim").returncode == 0
        for method, bad, words, good in BAD_CALLS:
            reply = answer(call(host, method, **bad))
            refusals = reply["parameters"].get("refusals", [])
            assert any(words in one.get("hint", "") for one in refusals), (method, words, str(reply)[:500])
            (refusal,) = (one for one in refusals if words in one.get("hint", ""))
            told.append((refusal["hint"], refusal["text"]))
            reply = answer(call(host, method, **good))
            assert "error" not in reply, (good, reply)
    come_to(CALLED, told)


def test_a_state_begins_with_its_first_part(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        (refusal,) = answer(call(host, "Apply", **STATE, after="A"))["parameters"]["refusals"]
        assert "begin again with the first part" in refusal["hint"]
        assert "error" not in answer(call(host, "Apply", **STATE))
        assert [claim["name"] for claim in host.json("list", "--claims")] == ["a"]


@covers("daemon/claim/memory/memory-match.c")
def test_a_device_that_is_not_there_is_not_asked_for(tmp_path: Path) -> None:
    told = []
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        memdev = host.json("list", "-M")[0]
        for missing in ({"serial": 77}, {"path": "pci0000:77"}):
            claim = {"name": "a", "size": SIZE, "members": [missing]}
            reply = answer(call(host, "ApplyClaim", claim=claim, dry_run=True))
            told += [(one["hint"], one["text"]) for one in reply["parameters"]["refusals"] if "hint" in one]
            claim["members"] = [{"serial": memdev["serial"]}]
            assert "error" not in answer(call(host, "ApplyClaim", claim=claim, dry_run=True))
    come_to(("daemon/claim/memory/memory-match.c",), told)


@covers("daemon/engine/outcome.c")
def test_the_log_says_why_a_claim_was_not_made_anew(tmp_path: Path) -> None:
    """The region has gone, and then the host can't be read."""
    blind, counted = tmp_path / "blind", tmp_path / "counted"
    counted.mkdir()
    small, large = ({"name": "a", "size": size} for size in (SIZE, 2 * SIZE))
    with FakeHost(counted, ONE_SWITCH) as host:
        writes = step_count(host.json("add-memory", "256M", "--dry-run")["plan"])
    with FakeHost(tmp_path, ONE_SWITCH, hang=writes + 1, environment={"CXLFM_FAKE_BLIND": str(blind)}) as host:
        assert "error" not in answer(call(host, "ApplyClaim", claim=small, dry_run=False))
        making = call(host, "ApplyClaim", claim=large, anew=True, dry_run=False)
        until(lambda: is_stopped(host.helper_pid))
        blind.touch()
        os.kill(host.helper_pid, signal.SIGCONT)
        reply = answer(making)
        assert reply["error"] == "io.cxlfm.Host.Failed"
        told = [(one["hint"], one["text"]) for one in reply["parameters"]["refusals"] if one["code"] == "host-unread"]
        come_to(("daemon/engine/outcome.c",), told)
        assert told[0][1] in host.log
        blind.unlink()
        assert host.run("wait", "a").returncode == 0
        assert host.json("list", "-R")[0]["size"] == SIZE


# Files

A = "claims: [{name: a, size: 256M}]"
# An invalid file, words of the hint, and the file after the hint was followed.
BAD_FILES: list[tuple[bytes | str, str, str]] = [
    ("{}", 'write "claims: []" to want none', "claims: []"),
    ("claims: []\nclaim: []", "look for a misspelling, or leave the member out", "claims: []"),
    ("claims: [a]", "write its members, such as name and size", A),
    ("claims: [{name: a, size: 1e, ways: 99999999999999999999}]", "give bytes, or a number with K, M, G or T", A),
    ("claims: [{name: a, size: 256M, ways: 99999999999999999999}]", "write a smaller one",
     "claims: [{name: a, size: 256M, ways: 1}]"),
    ("claims: [{name: a, size: 256M, ways: 1.5}]", "write a whole number, or put quotes around a text",
     "claims: [{name: a, size: 256M, ways: 1}]"),
    ('claims: [{name: "a\\0", size: 256M}]', "leave it out", A),
    ('{"claims": [{"name": NaN, "size": 268435456}]}', "put it in double quotes",
     '{"claims": [{"name": "a", "size": 268435456}]}'),
    ("claims: [{name: a, size: 9999999T}]", "give a smaller one", A),
    (b"claims: [{name: a\xff, size: 256M}]", "write the file in UTF-8, without control characters", A),
    ("claims: [", "look at the indentation, and for a quote or a bracket that is open", A),
    ("claims: [*a]", "write the value out in place of the alias", A),
    ("claims: [&a {name: a, size: 256M}]", "leave it out", A),
    ("claims: [{name: !!str a, size: 256M}]", "leave it out; put a text in quotes",
     'claims: [{name: "a", size: 256M}]'),
    ("claims: [{[name]: a, size: 256M}]", "write its name, and a colon", A),
    ("7: 7\nclaims: []", "put it in quotes", "claims: []"),
    ("claims: []\nclaims: []", "leave one of them out", "claims: []"),
    ("claims: [" + "{}," * 100000 + "]", "write each claim as one object, with each member once", A),
    ("claims: " + "[" * 100 + "]" * 100, "nest lists and objects less: no claim needs so many levels", A),
    ("a", 'write "claims:" and the list of claims below', "claims: []"),
    ("", 'write "claims:" and the list of claims below', "claims: []"),
    ("claims: []\n---\nclaims: []", "write each document into a file of its own", "claims: []"),
    ('{"claims": [{"name": "a\u00e4", "size": 268435456}]}', "use ASCII characters only: claims have no others",
     '{"claims": [{"name": "a", "size": 268435456}]}'),
    ('{"claims": [,]}', "look there, and before, for text that is not JSON; or write YAML", "claims: []"),
    ("#" * (33 << 20), "split the file, with the claims of each host in a file of its own", "claims: []"),
]
READERS = ("cli/state-text.c", "cli/state-diff.c")


@covers(*READERS)
def test_a_bad_file_is_put_right(tmp_path: Path) -> None:
    path = tmp_path / "state"
    told = []
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        for bad, words, good in BAD_FILES:
            path.write_bytes(bad if isinstance(bad, bytes) else bad.encode())
            result = host.run("diff", str(path))
            assert result.returncode == 2 and f"({words}" in result.stderr, (bad[:80], words, result.stderr)
            told.append((result.stderr, result.stderr))
            path.write_text(good)
            result = host.run("diff", str(path))
            assert result.returncode == 0, (good, result.stderr)
    come_to(READERS, told)


# Steps

EXPLAINED = "cxl/step/step-explain.c"
ROW = re.compile(
    rf"\{{ (NULL|STEP_\w+), (EITHER|MAKES|ENDS), -(E\w+), {LITERAL},\s*(?:{LITERAL}\s*|DATA_IN_USE)+,"
    rf"\s*((?:{LITERAL}\s*)+|DATA_HINT)\}},"
)
# Effects that the model of a kernel lacks, by code, and the test that has them.
STEPS_ELSEWHERE = {
    "cache-flush": "in the machine's settings",
    "region-locked": "in the firmware's setup",
    "driver-missing": "in the kernel's configuration",
    "pmem-in-use": "by whoever uses it; test/vm/test_pmem_data.py",
    "dax-in-use": "by whoever uses it; test/vm/test_pmem_data.py",
    "memory-zone": "by whoever brings memory online between two steps: the policy of the model does it first",
}
# Only a pmem region has a UUID, which must be unique.
NO_STEP_OF_MEMORY = {"uuid-taken"}


def rows() -> list[tuple[str, str, str, str, str]]:
    """Kind, direction, errno, code and hint of each explanation with a hint in words."""
    text = (ROOT / EXPLAINED).read_text()
    found = [(m[1], m[2], m[3], m[4], literal_of(m[6])) for m in ROW.finditer(text)]
    return [row for row in found if "`" not in row[4] and row[3] not in STEPS_ELSEWHERE.keys() | NO_STEP_OF_MEMORY]


def kind_of(name: str) -> str:
    return name.removeprefix("STEP_").lower().replace("_", "-")


def test_explanations_are_found() -> None:
    assert len(rows()) > 15
    codes = set(re.findall(rf"-E\w+, {LITERAL}", (ROOT / EXPLAINED).read_text()))
    assert STEPS_ELSEWHERE.keys() | NO_STEP_OF_MEMORY <= codes


def write_of(steps: list[dict[str, str]], kind: str) -> int:
    """The number of the first step of a kind; for explanations of all kinds, of the step that sets a region's
    size.
    """
    wanted = "region-size" if kind == "NULL" else kind_of(kind)
    return next(i for i, step in enumerate(steps, 1) if step["kind"] == wanted)


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """The steps that make memory, and those that remove it."""
    with FakeHost(tmp_path_factory.mktemp("plans"), ONE_SWITCH) as host:
        makes = host.json("add-memory", "256M", "--no-claim", "--dry-run")["plan"]["steps"]
        assert host.run("add-memory", "256M", "--no-claim").returncode == 0
        return {"MAKES": makes, "ENDS": host.json("remove-memory", "region0", "--dry-run")["plan"]["steps"]}


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[3]}-{row[2]}-{row[1]}")
def test_what_failed_once_is_explained_and_done_again(
    tmp_path: Path, plans: dict[str, list[dict[str, str]]], row: tuple[str, str, str, str, str]
) -> None:
    """The cause of the hint passes by itself or by others' action: then the same command works."""
    kind, direction, error, code, hint = row
    add: tuple[str, ...] = ("add-memory", "256M", "--no-claim")
    made = len(plans["MAKES"])
    write = write_of(plans["ENDS" if direction == "ENDS" else "MAKES"], kind)
    # Not each step of a plan writes: a value that is there already is left alone.
    numbers = range(write, max(write - 6, 0), -1)
    line = add
    if direction == "ENDS":
        numbers = range(made + write, made + write - 6, -1)
        line = ("remove-memory", "region0")
    for number in numbers:
        folder = tmp_path / str(number)
        folder.mkdir()
        with FakeHost(folder, ONE_SWITCH, fail=f"{number}:{getattr(errno, error)}:before") as host:
            if line != add and host.run(*add).returncode != 0:
                continue
            failed = host.run(*line)
            if hint not in failed.stderr:
                continue
            assert failed.returncode in (1, 4), failed.stderr
            again = host.run(*line)
            assert again.returncode == 0, again.stderr
            return
    pytest.fail(f"{code} was not explained")
