# SPDX-License-Identifier: GPL-2.0-only
"""Hints that are followed: a command in a message of the daemon or of cxlfm is run unchanged, and has the
promised result. test/unit/cxl/plan/test-plan-hints.c has the planner's hints, test_hints_in_words.py those
without a command.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shlex
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fake_host import BUILD, HOST_ID, FakeHost, answer, call, edited_store, is_stopped, step_count, until

ROOT = Path(os.environ["CXLFM_SOURCE"])
ONE_SWITCH = "guest-one-switch.json"
TWO_BRIDGES = "guest-two-bridges.json"
REFUSED, LEFTOVER, UNKNOWN = 3, 5, 9

# Every command in a text of these sources.
SOURCES = [
    *ROOT.glob("change/*.c"),
    *ROOT.glob("cli/**/*.c"),
    *ROOT.glob("daemon/**/*.c"),
    ROOT / "cxl/step/step-explain.c",
]
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
TEXT = re.compile(rf"{LITERAL}(?:(?:\s|[A-Z][A-Za-z0-9_]*\b)*{LITERAL})*")
QUOTED = re.compile(r"`(\w[^`]*)`|`(\w[^`]*)$|'((?:cxlfmd?|cxl|daxctl|journalctl|systemctl) [^']+)'")
# No fake host has these devices.
OF_OTHERS = ("cxl ", "cxlfmd &", "daxctl ", "journalctl ", "ndctl", "systemctl ")

Scene = Callable[[Path], None]
scenes: list[tuple[str, str]] = []


def follows(*places: tuple[str, str]) -> Callable[[Scene], Scene]:
    """The sources, and their commands, that a scene runs."""
    scenes.extend(places)
    return lambda scene: scene


def told(text: str) -> list[str]:
    """The commands in a message."""
    return ["".join(match) for match in QUOTED.findall(text)]


def test_every_hint_has_a_scene() -> None:
    found: Counter[tuple[str, str]] = Counter()
    for path in SOURCES:
        for match in TEXT.finditer(path.read_text()):
            text = "".join(literal[1:-1] for literal in re.findall(LITERAL, match[0]))
            for command in told(text):
                if not command.startswith(OF_OTHERS):
                    found[str(path.relative_to(ROOT)), command] += 1
    assert found == Counter(scenes)


def follow(host: FakeHost, said: str, wanted: str) -> subprocess.CompletedProcess[str]:
    """Runs the only command of @said that begins so."""
    commands = [command for command in told(said) if command.startswith(wanted)]
    assert len(commands) == 1, said
    words = shlex.split(commands[0])
    assert words[0] == "cxlfm"
    result = host.run(*words[1:])
    assert result.returncode == 0, f"{commands[0]}: {result.stderr}"
    return result


def refused(host: FakeHost, *arguments: str) -> str:
    """The refusals of a command."""
    result = host.run(*arguments)
    assert result.returncode == REFUSED, result.stderr
    return str(result.stderr)


def done(host: FakeHost, *arguments: str) -> str:
    result = host.run(*arguments)
    assert result.returncode == 0, result.stderr
    return str(result.stderr)


def names(listed: str, key: str = "name") -> list[str]:
    return [found[key] for found in json.loads(listed)]


def writes_of(folder: Path, size: str) -> int:
    """The number of writes that make memory of this size, which is the number of the plan's steps."""
    with FakeHost(folder, ONE_SWITCH) as host:
        return step_count(host.json("add-memory", size, "--dry-run")["plan"])


# Changes


def made_anew(folder: Path, fault: int) -> Any:
    """A claim is made anew, and the daemon dies at a fault point; what a client who asks again is told."""
    wish = {"name": "web", "size": 512 << 20}
    asked = {"claim": wish, "anew": True, "dry_run": False, "request_id": "a"}
    folder.mkdir()
    with FakeHost(folder, ONE_SWITCH, keep=True) as host:
        done(host, "add-memory", "256M", "--name", "web")
        assert host.stop() == 0
        assert host.start(fault=str(fault))
        dies = call(host, "ApplyClaim", **asked)
        assert host.wait() == -signal.SIGKILL
        dies.close()
        assert host.start()
        reply = answer(call(host, "ApplyClaim", **asked))
        refusals = reply["parameters"].get("refusals", [])
        if [refusal["code"] for refusal in refusals] == ["cut-short"]:
            assert (reply["error"], reply["parameters"]["undone"]) == ("io.cxlfm.Host.Failed", False)
            follow(host, refusals[0]["hint"], "cxlfm list")
            assert "error" not in answer(call(host, "ApplyClaim", **{**asked, "request_id": "b"}))
        else:
            # The change is done, or taken back: then a second request does the change.
            assert "error" not in answer(call(host, "ApplyClaim", **asked))
        (claim,) = host.json("list", "--claims")
        (region,) = host.json("list", "-R")
        assert claim["size"] == region["size"] == wish["size"]
    return refusals


@pytest.mark.skipif(os.environ["CXLFM_FAULT_POINTS"] != "true", reason="built without -Dfault_points=true")
@follows(("daemon/engine/work-answer.c", "cxlfm list"))
def test_what_was_cut_short_is_shown_and_requested(tmp_path: Path) -> None:
    """Between the two stages, and in the second one."""
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda n: made_anew(tmp_path / str(n), n), range(2, 62, 4)))
    assert 3 <= sum(map(bool, told)) < len(told)


# Claims


@follows(
    ("daemon/api/claim-waiters.c", "cxlfm list --claims"),
    ("daemon/api/claim-waiters.c", "cxlfm list --claims"),
    ("daemon/claim/memory/memory-plan.c", "cxlfm list --claims"),
)
def test_unknown_claims_are_shown(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "256M", "--name", "db")
        others = [f"other-{i}" for i in range(100)]
        lines = refused(host, "wait", *others).splitlines()
        assert "36 other names are not claims" in lines[-1]
        for said in (lines[1], lines[-1], refused(host, "forget", "dd"), refused(host, "remove-memory", "dd")):
            shown = follow(host, said, "cxlfm list --claims")
            assert names(shown.stdout) == ["db"]
        done(host, "wait", "db")
        done(host, "forget", "db")


@follows(("daemon/claim/memory/memory-plan.c", "cxlfm list --claims"))
def test_why_a_claim_has_no_region_is_shown(tmp_path: Path) -> None:
    state = tmp_path / "state.yaml"
    state.write_text("claims: [{name: a, size: 256M, drift: leave}]\n")
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        done(host, "apply", str(state))
        assert host.stop() == 0
        (tmp_path / "kernel").unlink()
        assert host.start()
        said = refused(host, "offline-memory", "a")
        claims = json.loads(follow(host, said, "cxlfm list --claims").stdout)
        why = {c["condition"]: c["text"] for c in claims[0]["conditions"] if c["holds"] and "text" in c}
        assert any("its region is not there any more" in text for text in why.values())


@follows(("daemon/claim/claim-effect.c", "cxlfm forget %s"))
@pytest.mark.parametrize("line", ["add-memory 256M", "create-region -t ram -s 256M", "adopt region1"])
def test_a_name_that_is_taken_is_freed(tmp_path: Path, line: str) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "256M", "--name", "db")
        done(host, "add-memory", "256M", "--no-claim")
        said = refused(host, *line.split(), "--name", "db")
        before = host.state()
        follow(host, said, "cxlfm forget")
        assert host.state() == before
        done(host, *line.split(), "--name", "db")
        assert names(host.run("list", "--claims").stdout) == ["db"]


@follows(("daemon/claim/claim-effect.c", "cxlfm list --claims"))
def test_who_has_too_many_claims_ends_one(tmp_path: Path) -> None:
    """As many claims as Documentation/architecture.adoc says, of memdevs that do not exist."""
    stored = {"size": 256 << 20, "owner": "uid:0", "members": [{"serial": 77}]}
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        done(host, "add-memory", "256M", "--no-claim")
    with edited_store(tmp_path) as store:
        store.executemany(
            f"INSERT INTO entry (host, key, value, revision) VALUES ('{HOST_ID}', ?, ?, 1)",
            [(f"claim/c{i}", json.dumps({"name": f"c{i}", **stored})) for i in range(4096)],
        )
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        assert "too-many-claims" in str(apply(host, {"name": "a", "size": 256 << 20}))
        for line in ("adopt region0", "add-memory 256M"):
            said = refused(host, *line.split())
            assert "4096 claims" in said
            claims = names(follow(host, said, "cxlfm list --claims").stdout)
            done(host, "forget", claims[0])
            done(host, *line.split())
            assert len(host.json("list", "--claims")) == 4096


@follows(("daemon/claim/memory/memory-plan.c", "cxlfm forget %s"))
def test_a_claimed_region_is_let_go_and_adopted(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "256M", "--name", "db")
        follow(host, refused(host, "adopt", "region0", "--name", "web"), "cxlfm forget")
        done(host, "adopt", "region0", "--name", "web")
        assert names(host.run("list", "--claims").stdout) == ["web"]


def region_of(value: Any) -> Any:
    """The region of a record, which has one."""
    if isinstance(value, dict) and "mappings" in value:
        return value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for item in items if (found := region_of(item))), None)


@follows(("daemon/claim/memory/memory-adopt.c", "cxlfm offline-memory region:%s"))
@pytest.mark.parametrize("last", [{"state": "offline", "zone": "none"}, {"zone": "kernel"}])
def test_mixed_memory_is_made_one(tmp_path: Path, last: dict[str, str]) -> None:
    """The last of its memory blocks is offline, or in another zone than the others."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "1G", "--no-claim")
        record = host.json("record")
    device = region_of(record)["daxregion"]["devices"][0]
    (run,) = device["memory_blocks"]
    others = run["count"] - 1
    device["memory_blocks"] = [
        {**run, "count": others},
        {**run, "first": run["first"] + others, "count": 1, **last},
    ]
    del device["movable"]
    if "state" in last:
        device["online_memblocks"] = others
    (tmp_path / "record.json").write_text(json.dumps(record))
    with FakeHost(tmp_path, str(tmp_path / "record.json")) as host:
        follow(host, refused(host, "adopt", "region0"), "cxlfm offline-memory")
        done(host, "adopt", "region0")


def test_what_a_listing_lacks_a_record_has(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "256M", "--no-claim")
        lacking = host.json("record")
        del region_of(lacking)["resource"]
        (tmp_path / "lacking.json").write_text(json.dumps(lacking))
        adopt = ("--snapshot", str(tmp_path / "lacking.json"), "adopt", "region0", "--dry-run")
        said = refused(host, *adopt)
        (tmp_path / "lacking.json").write_text(follow(host, said, "cxlfm record").stdout)
        done(host, *adopt)


def apply(host: FakeHost, claim: dict[str, Any], **more: Any) -> Any:
    return answer(call(host, "ApplyClaim", claim=claim, dry_run=False, **more))


def hint_of(reply: Any, code: str) -> str:
    return next(r["hint"] for r in reply["parameters"]["refusals"] if r["code"] == code)


@follows(("daemon/claim/memory/memory-match.c", "cxlfm list -D -d root"))
def test_windows_are_shown(tmp_path: Path) -> None:
    with FakeHost(tmp_path, TWO_BRIDGES) as host:
        claim: dict[str, Any] = {"name": "a", "size": 256 << 20, "window": 4096}
        said = hint_of(apply(host, claim), "no-such-device")
        windows = json.loads(follow(host, said, "cxlfm list").stdout)
        claim["window"] = windows[1]["resource"]
        assert "error" not in apply(host, claim)
        assert len(host.json("list", "-R", "-d", windows[1]["decoder"])) == 1


def test_a_pmem_claim_is_of_a_region(tmp_path: Path) -> None:
    """ndctl, which is not installed here, would make the namespaces."""
    with FakeHost(tmp_path, TWO_BRIDGES) as host:
        claim = {"name": "a", "size": 256 << 20, "type": "pmem", "goal": "system_ram"}
        assert 'use the goal "region"' in hint_of(apply(host, claim), "bad-claim")
        reply = apply(host, {**claim, "goal": "region"})
        assert "bad-claim" not in [r["code"] for r in reply["parameters"].get("refusals", [])]


@follows(("daemon/claim/memory/memory-plan.c", "cxlfm apply"))
def test_apply_makes_anew(tmp_path: Path) -> None:
    state = tmp_path / "state.yaml"
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "256M", "--name", "a")
        said = hint_of(apply(host, {"name": "a", "size": 512 << 20}), "claim-anew")
        state.write_text("claims: [{name: a, size: 512M}]\n")
        assert told(said) == ["cxlfm apply"]
        done(host, *told(said)[0].split()[1:], str(state))
        assert host.json("list", "-R")[0]["size"] == 512 << 20


@follows(("daemon/claim/memory/memory-subject.c", "cxlfm wait"))
def test_what_was_not_made_anew_is_waited_for(tmp_path: Path) -> None:
    """A write of the second stage fails, and none before and none after."""
    state = tmp_path / "state.yaml"
    adding = writes_of(tmp_path, "256M")
    for write in range(adding + 1, 3 * adding):
        state.write_text("claims: [{name: a, size: 256M}]\n")
        with FakeHost(tmp_path, ONE_SWITCH, fail=f"{write}:5:before") as host:
            if host.run("apply", str(state)).returncode != 0:
                continue
            state.write_text("claims: [{name: a, size: 512M}]\n")
            said = host.run("apply", str(state)).stderr
            if "is given its memory again" not in said:
                continue
            follow(host, said, "cxlfm wait")
            assert host.json("list", "-R")[0]["size"] == 256 << 20
            return
    pytest.fail("nothing was given back")


# Regions


@follows(("daemon/claim/memory/memory-request.c", "cxlfm list -R -X"), ("cli/cmd-region.c", "cxlfm list %s"))
def test_regions_are_shown(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "256M")
        for line in ("remove-memory region9", "adopt dax7.0", "destroy-region -f region9", "enable-region region9"):
            said = refused(host, *line.split())
            shown = follow(host, said, "cxlfm list")
            assert names(shown.stdout, "region") == ["region0"]
            assert "dax0.0" in shown.stdout or "-X" not in told(said)[0]


@pytest.mark.parametrize(
    ("nothing", "key", "there"), [("-b root9", "bus", "root0"), ("-d decoder9.9", "decoder", "decoder0.0")]
)
def test_what_filters_name_is_shown(tmp_path: Path, nothing: str, key: str, there: str) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "256M")
        said = refused(host, "destroy-region", "-f", "all", *nothing.split())
        assert there in names(follow(host, said, "cxlfm list").stdout, key)
        done(host, "destroy-region", "-f", "all", nothing.split()[0], there)


@follows(("cli/cmd-region.c", "cxlfm disable-region region:"))
def test_an_active_region_is_disabled_and_destroyed(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "256M")
        follow(host, refused(host, "destroy-region", "region0"), "cxlfm disable-region")
        done(host, "destroy-region", "region0")
        assert host.json("list", "-Ri") == []


def hide(folder: Path) -> None:
    """region1 is another team's, and also the name of the claim that has region0: an older cxlfm took that
    name.
    """
    with FakeHost(folder, TWO_BRIDGES, keep=True) as host:
        done(host, "add-memory", "256M", "-d", "decoder0.0", "--name", "hidden")
        done(host, "add-memory", "256M", "-d", "decoder0.1", "--no-claim")
    with edited_store(folder) as store:
        store.execute(
            "UPDATE entry SET key = ?, value = replace(value, ?, ?) WHERE key = ?",
            ("claim/region1", '"name":"hidden"', '"name":"region1"', "claim/hidden"),
        )


@follows(("cli/target.c", "cxlfm forget %s"), ("cli/target.c", "cxlfm remove-memory claim:%s"))
@pytest.mark.parametrize(
    ("line", "command", "left"),
    [
        ("destroy-region -f", "cxlfm forget", ["region0"]),
        ("remove-memory", "cxlfm forget", ["region0"]),
        ("destroy-region -f", "cxlfm remove-memory", []),
    ],
)
def test_what_is_ambiguous_is_made_clear(tmp_path: Path, line: str, command: str, left: list[str]) -> None:
    hide(tmp_path)
    with FakeHost(tmp_path, TWO_BRIDGES, keep=True) as host:
        follow(host, refused(host, *line.split(), "region1"), command)
        assert host.json("list", "--claims") == []
        done(host, *line.split(), "region1")
        assert [r["region"] for r in host.json("list", "-R")] == left


@follows(("cli/change.c", "cxlfm forget "))
def test_what_was_kept_is_ended(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        follow(host, done(host, "add-memory", "256M"), "cxlfm forget")
        assert host.json("list", "--claims") == []
        assert len(host.json("list", "-R")) == 1


# What fails on the way


@follows(("cxl/step/step-explain.c", "cxlfm offline-memory region:{object}"))
def test_memory_that_somebody_put_online_is_taken_offline(tmp_path: Path) -> None:
    """EBUSY at any write of a removal: if the cause is online memory, the memory can be taken offline, and
    then be removed.
    """
    followed = set()
    adding = writes_of(tmp_path, "256M")
    for write in range(adding + 1, 3 * adding):
        with FakeHost(tmp_path, ONE_SWITCH, fail=f"{write}:16:before") as host:
            done(host, "add-memory", "256M")
            result = host.run("remove-memory", "region0")
            if result.returncode == 0:
                break
            if "would be stuck" not in result.stderr:
                continue
            followed.add(told(result.stderr)[0])
            follow(host, result.stderr, "cxlfm offline-memory")
            done(host, "remove-memory", "region0")
            assert host.json("list", "-Ri") == []
    assert followed == {"cxlfm offline-memory region:region0", "cxlfm offline-memory region:dax0.0"}


@follows(("change/change.c", "cxlfm record"))
def test_what_is_to_be_reported_is_there(tmp_path: Path) -> None:
    """A kernel has a policy that cxlfm does not know."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        record = host.json("record")
    record["memory"]["auto_online_blocks"] = "online_some_day"
    (tmp_path / "record.json").write_text(json.dumps(record))
    with FakeHost(tmp_path, str(tmp_path / "record.json")) as host:
        shown = follow(host, refused(host, "add-memory", "512M"), "cxlfm record").stdout
        assert json.loads(shown)["memory"]["auto_online_blocks"] == "online_some_day"


SHOWS_ALL = "cxlfm list -RDi"


def start(host: FakeHost, *arguments: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [BUILD / "cli/cxlfm", *arguments],
        env={**os.environ, "CXLFM_SOCKET": str(host.socket)},
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


@follows(("cli/change.c", SHOWS_ALL))
def test_a_result_that_was_not_printed_is_shown(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host, open("/dev/full", "w", encoding="ascii") as full:
        client = start(host, "add-memory", "256M", stdout=full)
        _, said = client.communicate(timeout=30)
        assert client.returncode == UNKNOWN
        assert '"region":"region0"' in follow(host, said, SHOWS_ALL).stdout


@follows(("cli/report.c", SHOWS_ALL))
def test_what_was_not_put_back_is_shown(tmp_path: Path) -> None:
    for write in range(2, 20):
        with FakeHost(tmp_path, ONE_SWITCH, fail=f"{write}:5:before:20") as host:
            result = host.run("add-memory", "256M")
            if result.returncode == LEFTOVER:
                assert "region0" in follow(host, result.stderr, SHOWS_ALL).stdout
                return
    pytest.fail("everything was put back")


@follows(("cli/session.c", SHOWS_ALL), ("cli/session.c", SHOWS_ALL), ("cli/session.c", "cxlfm changes"))
@pytest.mark.parametrize("end", ["helper", "daemon", "client"])
def test_what_an_unknown_end_left_is_shown(tmp_path: Path, end: str) -> None:
    """The change hangs at its fourth step; then one of the processes that perform it is killed."""
    with closing(FakeHost(tmp_path, ONE_SWITCH, keep=True, hang=4)) as host:
        assert host.start()
        client = start(host, "add-memory", "256M", stdout=subprocess.DEVNULL)
        helper = host.helper_pid
        until(lambda: Path(f"/proc/{helper}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T")
        if end == "client":
            client.send_signal(signal.SIGINT)
        elif end == "daemon":
            os.kill(host.pid, signal.SIGKILL)
            host.wait()
        if end != "client":
            os.kill(helper, signal.SIGKILL)
        _, said = client.communicate(timeout=30)
        assert client.returncode == UNKNOWN, said
        # After the end of the client: the change might end before the client's signal comes.
        if end == "client":
            os.kill(helper, signal.SIGCONT)
        if end == "client":
            until(lambda: host.json("list", "-Ri") == [])
            shown = follow(host, said, "cxlfm changes").stdout
            assert "the client that asked for the change has gone" in shown
            assert '"decoder0.0"' in follow(host, said, SHOWS_ALL).stdout
    if end != "client":
        with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
            assert '"decoder0.0"' in follow(host, said, SHOWS_ALL).stdout


@follows(
    ("cli/change.c", "cxlfm changes"),
    ("cli/cmd-changes.c", "cxlfm changes"),
    ("cli/report.c", "cxlfm changes"),
    ("daemon/engine/change-register.c", "cxlfm changes"),
)
def test_changes_are_shown_to_who_knows_no_id(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        done(host, "add-memory", "256M", "--name", "db")
        (change,) = host.json("changes", "--json")
        for words in (["cancel"], ["cancel", "0000000-1"], ["cancel", change["id"]]):
            said = host.run(*words)
            assert said.returncode != 0
            shown = follow(host, said.stderr, "cxlfm changes").stdout
            assert shown.startswith(f"{change['id']} ended ") and shown.endswith("; done\n")
        with Path("/dev/full").open("w") as full:
            client = start(host, "add-memory", "256M", "--no-wait", stdout=full)
            _, said = client.communicate(timeout=30)
        assert client.returncode == UNKNOWN
        assert ": CreateRegion" in follow(host, said, "cxlfm changes").stdout.splitlines()[0]


@follows(("cli/command.c", "cxlfm record"))
def test_a_record_that_is_not_there_is_made(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        path = tmp_path / "host.json"
        missing = host.run("--snapshot", str(path), "list")
        assert missing.returncode == 2
        path.write_text(follow(host, missing.stderr, "cxlfm record").stdout)
        done(host, "--snapshot", str(path), "list")


# Hints in words


def with_one(**members: Any) -> dict[str, Any]:
    return {"name": "a", "size": 256 << 20, **members}


ONE, OTHER = {"serial": 1}, {"serial": 2}
UUID = "5b0d7c1a-3c4e-4a52-9d3c-1f2e3d4c5b6a"
# An invalid claim, words of the hint, and the claim after the hint was followed.
BAD_CLAIMS: list[tuple[Any, str, Any]] = [
    ({"size": 256 << 20}, 'write a "name"', with_one()),
    (with_one(name="A!"), "write up to 63 of a-z", with_one()),
    ({"name": "a"}, 'write a "size" in bytes', with_one()),
    (with_one(size="256M"), "write a whole number from 1", with_one()),
    (with_one(size=0), "write a whole number from 1", with_one()),
    (with_one(owner=7), "put it in quotes", with_one(owner="7")),
    (with_one(owner="\n"), "printable characters", with_one(owner="n")),
    (with_one(disabled="yes"), "write true or false", with_one(disabled=True)),
    (with_one(drift="ignore"), "write mend or leave", with_one(drift="leave")),
    (with_one(uuid="7", type="pmem"), "make one with uuidgen", with_one(uuid=UUID, type="pmem")),
    (with_one(sise=7), "look for a misspelling", with_one()),
    (with_one(**{"s" * 99: 7}), "leave it out", with_one()),
    (with_one(members=[7]), "write an object", with_one(members=[{"serial": 7}])),
    (with_one(members=ONE), "write a list, also for one", with_one(members=[ONE])),
    (with_one(members=[{"serial": n} for n in range(1, 18)]), "name at most 16",
     with_one(members=[{"serial": n} for n in range(1, 17)])),
    (with_one(members=[{**ONE, "path": "pci0000:40"}]), "leave one of the two out", with_one(members=[ONE])),
    (with_one(members=[{}]), "give its serial number or its path", with_one(members=[ONE])),
    (with_one(members=[ONE, ONE]), "name each memdev once", with_one(members=[ONE, OTHER])),
    (with_one(members=[{"serial": n} for n in range(1, 6)]), "name 1, 2, 3, 4, 6, 8", with_one(members=[ONE])),
    (with_one(members=[ONE], ways=2), "name as many members as ways", with_one(members=[ONE], ways=1)),
    (with_one(members_ordered=True), 'leave "members_ordered" out', with_one()),
    (with_one(ways=5), "use 1, 2, 3, 4, 6, 8", with_one(ways=4)),
    (with_one(granularity=300), "use a power of two", with_one(granularity=512)),
    (with_one(kind="lamp"), "write memory", with_one(kind="memory")),
    (with_one(binding={}), "leave the binding to cxlfmd", with_one()),
    (with_one(type="pmem", goal="system_ram"), 'use the goal "region"', with_one(type="pmem", goal="region")),
    (with_one(goal="region", zone="movable"), "leave the zone out", with_one(goal="region")),
    (with_one(uuid=UUID), "leave the UUID out", with_one()),
]
KEPT = "leave it out: cxlfmd keeps it"
REFUSES = re.compile(rf"REFUSE\(&?reader,\s*(?:hint|{LITERAL}(?:\s*{LITERAL})*),\s*({LITERAL}(?:\s*{LITERAL})*)")
CONVERSION = re.compile(r"%(?:d|s|zu)")


def test_a_bad_claim_is_put_right(tmp_path: Path) -> None:
    """The words of the hint mend the claim; each place with such words is reached."""
    names = ("claim-field", "claim-json", "memory/memory-json")
    source = "".join((ROOT / f"daemon/claim/{name}.c").read_text() for name in names)
    forms = ["".join(text[1:-1] for text in re.findall(LITERAL, form)) for form in REFUSES.findall(source)]
    assert len(forms) == len(re.findall(r"REFUSE\(&?reader", source))
    places = {form.replace('\\"', '"') for form in forms}
    texts = set()
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        for bad, words, good in BAD_CLAIMS:
            reply = answer(call(host, "ApplyClaim", claim=bad, dry_run=True))
            (refusal,) = reply["parameters"]["refusals"]
            assert refusal["code"] == "bad-claim" and words in refusal["hint"], (bad, refusal)
            texts.add(refusal["text"])
            reply = answer(call(host, "ApplyClaim", claim=good, dry_run=True))
            # An owner is well-formed, then, and nobody's to declare: the next hint says so.
            if "owner" in good:
                assert [told["hint"] for told in reply["parameters"]["refusals"]] == [KEPT], reply
                reply = answer(call(host, "ApplyClaim", claim=with_one(), dry_run=True))
            codes = [found["code"] for found in reply["parameters"].get("refusals", [])]
            assert "bad-claim" not in codes, (good, reply)
    for place in places:
        form = ".*".join(map(re.escape, CONVERSION.split(place)))
        assert any(re.fullmatch(form, text) for text in texts), place


def test_who_holds_the_host_is_waited_for(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        host.held.touch()
        said = host.run("add-memory", "256M").stderr
        assert "cxlfm-worker (pid 4711)" in said and "wait until it has ended, and try again" in said
        host.held.unlink()
        done(host, "add-memory", "256M")


def test_who_asks_for_too_much_waits(tmp_path: Path) -> None:
    """Waiting changes, as many as daemon/process/quota.c lets a user have, and root more."""
    with FakeHost(tmp_path, ONE_SWITCH, hang=1) as host:
        waiting = []
        while not waiting or "TooMany" not in str(answer_now(waiting[-1])):
            waiting.append(call(host, "CreateRegion", request={"size": 256 << 20}, goal="system_ram", dry_run=False))
        said = host.run("add-memory", "256M", "--dry-run").stderr
        assert "try again when some have ended" in said
        os.kill(host.helper_pid, signal.SIGCONT)
        for client in waiting[:-1]:
            answer(client)
        done(host, "forget", "memory-1", "--dry-run")


def answer_now(client: socket.socket) -> str:
    """The answer, if it has come."""
    client.settimeout(0.05)
    try:
        return client.recv(65536, socket.MSG_PEEK).decode()
    except TimeoutError:
        return ""
    finally:
        client.settimeout(20)


def test_a_store_that_is_full_is_given_room(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, hang=4) as host:
        client = start(host, "add-memory", "256M", stdout=subprocess.DEVNULL)
        until(lambda: is_stopped(host.helper_pid))
        limit = (tmp_path / "store.db-wal").stat().st_size
        resource.prlimit(host.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        os.kill(host.helper_pid, signal.SIGCONT)
        _, said = client.communicate(timeout=30)
        assert client.returncode == 1 and "see the daemon's log, and make room if the disk is full" in said, said
        assert "the store can't be written" in host.log
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(host.pid, resource.RLIMIT_FSIZE, unlimited)
        done(host, "add-memory", "256M")


@follows(("cxl/step/step-explain.c", "modprobe {to}"), ("cxl/step/step-explain.c", "modprobe dax_cxl"))
@pytest.mark.parametrize(("error", "module"), [(19, "device_dax"), (110, "dax_cxl")])
def test_a_module_that_is_missing_is_loaded(tmp_path: Path, error: int, module: str) -> None:
    """ENODEV and ETIMEDOUT at the write that gives a dax device its driver. No module can be loaded here: the
    write fails once.
    """
    devdax = {"request": {"size": 256 << 20}, "goal": "devdax", "dry_run": False}
    for write in range(1, 30):
        with FakeHost(tmp_path, ONE_SWITCH, fail=f"{write}:{error}:before") as host:
            reply = answer(call(host, "CreateRegion", **devdax))
            hints = [refusal.get("hint", "") for refusal in reply["parameters"].get("refusals", [])]
            if any("modprobe" in hint for hint in hints):
                # The names of the modules in Linux: drivers/dax/Makefile.
                assert [told(hint) for hint in hints] == [[f"modprobe {module}"]]
                assert "error" not in answer(call(host, "CreateRegion", **devdax))
                return
    pytest.fail("nothing was said of modules")
