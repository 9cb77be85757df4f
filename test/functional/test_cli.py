# SPDX-License-Identifier: GPL-2.0-only
"""cxlfm against a server that answers from a script: every way in which a request can end."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import socket
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from canned_server import HOST, INFO, SERVICE, Answer, CannedServer, fails, message, replies, sends
from conftest import CXLFM, Cxlfm

STEP = {
    **{"kind": "region-size", "object": "region0", "of": "", "from": "0", "to": "536870912"},
    "text": "region0: size 0 -> 512M",
}
FAILED = {"refusals": [], "step": STEP, "undone": True, "busy": False, "leftover": []}
REFUSAL = {"code": "x", "object": "decoder0.0", "text": "it is full", "hint": "ask for less"}
MEMORY = {"region": {"region": "region0"}, "dax_device": "dax0.0", "node": 1, "plan": {}}


def served(cxlfm: Cxlfm, **answers: Answer) -> CannedServer:
    return CannedServer(cxlfm.socket, {HOST + name: answer for name, answer in answers.items()})


# Successful requests


def test_list(cxlfm: Cxlfm) -> None:
    memdev = {"memdev": "mem0", "serial": 2**64 - 1, "host": "0000:0f:00.0"}
    with served(cxlfm, List=replies({"list": [memdev]})) as server:
        result = cxlfm.run("list", "-M", "-m", "mem0")
    assert result.returncode == 0
    assert result.stderr == ""
    assert json.loads(result.stdout) == [memdev]
    assert server.calls == [{
        "method": "io.cxlfm.Host.List",
        "parameters": {"options": {"show": ["memdevs"], "memdev": "mem0"}},
    }]


def test_tree_knows_its_alphabet(cxlfm: Cxlfm) -> None:
    with served(cxlfm, Tree=replies({"text": "└─ root0\n"})) as server:
        result = cxlfm.run("list", "--tree")
        cxlfm.environment["LC_ALL"] = "C"
        cxlfm.run("list", "--tree")
    assert result.stdout == "└─ root0\n"
    assert [call["parameters"] for call in server.calls] == [{"unicode": True}, {"unicode": False}]


def test_add_memory(cxlfm: Cxlfm) -> None:
    step = {"outcome": {"step": 1, "steps": 1, "text": "region0: size"}}
    with served(cxlfm, CreateRegion=replies(step, {"outcome": MEMORY})) as server:
        result = cxlfm.run("add-memory", "512M")
    assert result.returncode == 0
    assert result.stderr == ""
    assert json.loads(result.stdout) == {
        "region": {"region": "region0"}, "dax_device": "dax0.0", "node": 1
    }
    # Nobody would see the progress.
    assert "more" not in server.calls[0]


def test_a_claim_has_its_name(cxlfm: Cxlfm) -> None:
    outcome = {**MEMORY, "claim": "database"}
    with served(cxlfm, CreateRegion=replies({"outcome": outcome})) as server:
        memory = cxlfm.run("add-memory", "512M", "--name", "database")
        region = cxlfm.run("create-region", "--name=database")
    assert (memory.returncode, region.returncode) == (0, 0)
    assert [call["parameters"]["claim"] for call in server.calls] == ["database", "database"]
    assert json.loads(memory.stdout) == {
        "region": {"region": "region0"}, "dax_device": "dax0.0", "node": 1, "claim": "database"
    }
    assert json.loads(region.stdout) == {"region": "region0", "claim": "database"}


CLAIM = {
    **{"name": "database", "size": 2**29, "type": "ram", "goal": "system_ram", "zone": "movable"},
    **{"drift": "mend", "members": [{"serial": 2**64 - 2}], "owner": "root", "region": "region0"},
    "binding": {"boot": "x", "resource": 0x490000000, "size": 2**29, "ways": 1, "members": [{}]},
    "conditions": [
        {"condition": "Online", "holds": True, "reason": "GoalReached", "since": 1763800000},
    ],
}


def test_list_claims(cxlfm: Cxlfm) -> None:
    cxlfm.environment["TZ"] = "EST5"
    with served(cxlfm, ListClaims=replies({"claims": [CLAIM]})) as server:
        plain = cxlfm.run("list", "--claims")
        human = cxlfm.run("list", "--claims", "-u")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert json.loads(plain.stdout) == [CLAIM]
    # A single object has no brackets, as with all of list -u.
    shown = json.loads(human.stdout)
    assert shown["size"] == shown["binding"]["size"] == "512.00 MiB (536.87 MB)"
    assert shown["binding"]["resource"] == "0x490000000"
    assert shown["members"] == [{"serial": "0xfffffffffffffffe"}]
    assert shown["conditions"][0]["since"] == "2025-11-22 03:26:40"
    assert shown["binding"]["ways"] == 1
    assert [call["method"] for call in server.calls] == [HOST + "ListClaims"] * 2


def test_no_claims(cxlfm: Cxlfm) -> None:
    with served(cxlfm, ListClaims=replies({"claims": []})):
        result = cxlfm.run("list", "--claims")
    assert result.returncode == 0
    assert json.loads(result.stdout) == []


def test_a_cxlfmd_without_claims(cxlfm: Cxlfm) -> None:
    """An older cxlfmd serves lists, but does not know claims."""
    with served(cxlfm, List=replies({"list": []})):
        result = cxlfm.run("list", "--claims")
    assert result.returncode == 8
    assert result.stdout == ""


def test_remove_memory_takes_a_claim(cxlfm: Cxlfm) -> None:
    with served(cxlfm, RemoveRegion=replies({"outcome": {"plan": {}}})) as server:
        result = cxlfm.run("remove-memory", "database")
    assert (result.returncode, result.stderr) == (0, "database: removed\n")
    assert server.calls[0]["parameters"]["claim"] == "database"


# Declared state

WEB = {"name": "web", "size": 2**29, "type": "ram", "goal": "system_ram", "zone": "movable"}
DB, CACHE = {**WEB, "name": "db"}, {**WEB, "name": "cache", "zone": "kernel"}
CHANGES = [
    {"action": "remove", "name": "old"},
    {"action": "change", "name": "db", "anew": True, "claim": DB,
     "changes": {"size": {"from": 2**28, "to": 2**29}}},
    {"action": "change", "name": "cache", "claim": CACHE,
     "changes": {"zone": {"from": "movable", "to": "kernel"}}},
    {"action": "make", "name": "web", "claim": WEB},
]
STATE_FILE = """# what is wanted
claims:
  - {name: web, size: 512M}
  - name: db
    size: 0.5GiB
  - {name: cache, size: 536870912, zone: kernel}
"""
OUTCOME = replies({"outcome": {}})


def write_state(cxlfm: Cxlfm, text: str = STATE_FILE) -> str:
    path = cxlfm.folder / "state.yaml"
    path.write_text(text)
    return str(path)


def made(action: str, name: str, **more: Any) -> dict[str, Any]:
    return {"action": action, "name": name, "outcome": {}, **more}


def calls_of(server: CannedServer) -> list[tuple[str, dict[str, Any]]]:
    return [(call["method"].removeprefix(HOST), call["parameters"]) for call in server.calls]


def test_apply_is_one_call(cxlfm: Cxlfm) -> None:
    path = write_state(cxlfm)
    done = [made("remove", "old"), made("change", "db", anew=True), made("make", "web")]
    with served(cxlfm, Apply=replies({"outcome": {"done": done}})) as server:
        result = cxlfm.run("apply", path)
    assert (result.returncode, result.stdout) == (0, "")
    assert calls_of(server) == [
        ("Apply", {"claims": [{"name": "web", "size": 2**29}, {"name": "db", "size": 2**29},
                              {"name": "cache", "size": 2**29, "zone": "kernel"}]}),
    ]
    assert result.stderr.splitlines() == ["removed old", "made db anew", "made web",
                                          "applied 3 changes"]


def test_apply_tells_of_a_failure(cxlfm: Cxlfm) -> None:
    path = write_state(cxlfm)
    failed = {"action": "change", "name": "cache", "error": HOST + "Failed",
              "parameters": {**FAILED, "busy": True}}
    done = [made("remove", "old"), failed, made("make", "web")]
    with served(cxlfm, Apply=replies({"outcome": {"done": done}})):
        result = cxlfm.run("apply", path)
    assert result.returncode == 12
    assert result.stderr.splitlines() == [
        "removed old",
        "cxlfm apply: cache: the kernel keeps the memory in use (at region0: size 0 -> 512M); "
        "everything was put back",
        "made web", "applied 2 changes, 1 failed",
    ]


def test_nothing_to_apply(cxlfm: Cxlfm) -> None:
    path = write_state(cxlfm)
    with served(cxlfm, DiffState=replies({"changes": [], "state": 1}),
                Apply=replies({"outcome": {"done": []}})) as server:
        result = cxlfm.run("apply", path)
        difference = cxlfm.run("diff", path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "nothing to change\n")
    assert (difference.returncode, json.loads(difference.stdout)) == (0, [])
    assert [name for name, _ in calls_of(server)] == ["Apply", "DiffState"]


def test_diff_changes_nothing(cxlfm: Cxlfm) -> None:
    with served(cxlfm, DiffState=replies({"changes": CHANGES, "state": 1})) as server:
        human = cxlfm.run("diff", "-u", "-", input=STATE_FILE)
        plain = cxlfm.run("diff", write_state(cxlfm))
        dry_run = cxlfm.run("apply", "--dry-run", write_state(cxlfm))
    assert (human.returncode, plain.returncode, dry_run.returncode) == (0, 0, 0)
    assert human.stdout.splitlines() == ["remove old", "make db anew: size 256M -> 512M",
                                         "change cache: zone movable -> kernel",
                                         "make web: size 512M, type ram, goal system_ram, zone movable"]
    assert json.loads(plain.stdout) == json.loads(dry_run.stdout) == CHANGES
    assert [name for name, _ in calls_of(server)] == ["DiffState"] * 3


def test_what_is_exported_can_be_applied(cxlfm: Cxlfm) -> None:
    claims = [WEB, {**DB, "members": [{"serial": 2**64 - 2}, {"path": "pci0000:40/0000:40:00.0"}]}]
    with served(cxlfm, ExportState=replies({"claims": claims, "state": 1}),
                Apply=replies({"outcome": {"done": []}})) as server:
        exported = cxlfm.run("export")
        applied = cxlfm.run("apply", "-", input=exported.stdout)
    assert (exported.returncode, exported.stderr, applied.returncode) == (0, "", 0)
    assert json.loads(exported.stdout) == {"claims": claims}
    assert calls_of(server) == [("ExportState", {}), ("Apply", {"claims": claims})]


@pytest.mark.parametrize(("text", "place"), [
    ("claims:\n  - {name: db, size: much}\n", "standard input:2:22: "),
    ("claims: [\n", "standard input:2:1: "),
    ("[]", "standard input: the file has no list"),
])
def test_a_bad_file_is_not_sent(cxlfm: Cxlfm, text: str, place: str) -> None:
    with served(cxlfm) as server:
        result = cxlfm.run("apply", "-", input=text)
    assert result.returncode == 2
    assert result.stderr.startswith(f"cxlfm apply: {place}")
    assert result.stderr.count("\n") == 1
    assert server.calls == []


def test_a_large_list_arrives_whole(cxlfm: Cxlfm) -> None:
    memdevs = [{"memdev": f"mem{i}", "serial": i, "padding": "x" * 1000} for i in range(10000)]
    with served(cxlfm, List=replies({"list": memdevs})):
        result = cxlfm.run("list")
    assert result.returncode == 0
    assert json.loads(result.stdout) == memdevs


def test_record_replaces_a_file_whole(cxlfm: Cxlfm) -> None:
    record = {"format": 1, "memdevs": []}
    path = cxlfm.folder / "host.json"
    path.write_text("before")
    with served(cxlfm, Record=replies({"record": record})):
        assert cxlfm.run("record", str(path)).returncode == 0
        assert json.loads(path.read_text()) == record
        assert json.loads(cxlfm.run("record").stdout) == record
        missing = cxlfm.run("record", str(cxlfm.folder / "no" / "host.json"))
    assert missing.returncode == 1
    assert "No such file or directory" in missing.stderr
    assert sorted(os.listdir(cxlfm.folder)) == ["cxlfm.sock", "host.json"]


def test_record_leaves_devices_alone(cxlfm: Cxlfm) -> None:
    with served(cxlfm, Record=replies({"record": {}})):
        assert cxlfm.run("record", "/dev/null").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_version(cxlfm: Cxlfm) -> None:
    with served(cxlfm, GetVersion=replies({"version": "9.9", "kernel": "7.3.4"})):
        result = cxlfm.run("version")
    assert result.returncode == 0
    assert result.stdout.splitlines()[1] == "cxlfmd 9.9, kernel 7.3.4"


@pytest.mark.parametrize("line", ["list", "record", "export", "version", "--help", "--version",
                                  "help list"])
def test_a_full_disk_is_told(cxlfm: Cxlfm, line: str) -> None:
    answers = {"List": replies({"list": []}), "Record": replies({"record": {}}),
               "ExportState": replies({"claims": [], "state": 1})}
    with served(cxlfm, **answers), open("/dev/full", "w", encoding="ascii") as full:
        process = cxlfm.start(*line.split(), stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "No space left on device" in err


# Refusals of the daemon

ERRORS: list[tuple[str, dict[str, Any], int, str]] = [
    ("Refused", {"refusals": [REFUSAL]}, 3, "  decoder0.0: it is full (ask for less)\n"),
    ("Failed", FAILED, 1, "failed (at region0: size 0 -> 512M); everything was put back\n"),
    ("Failed", {**FAILED, "busy": True}, 4, "the kernel keeps the memory in use"),
    ("Failed", {**FAILED, "undone": False, "leftover": [STEP]}, 5, "  left over: region0: size"),
    ("BadRequest", {"refusals": [REFUSAL]}, 2, "invalid request"),
    ("TooManyRequests", {}, 1, "you have too many connections or requests"),
    ("HostUnread", {"text": "the host can't be read: Input/output error"}, 1,
     "the host can't be read: Input/output error; nothing was changed\n"),
    ("StoreFailed", {"text": "No space left on device"}, 1, "nothing was changed: No space"),
    ("NotLive", {}, 3, "shows a record, not a live host"),
    ("NeverHeardOf", {}, 8, "does not understand the request (io.cxlfm.Host.NeverHeardOf)"),
]


@pytest.mark.parametrize(("name", "parameters", "code", "text"), ERRORS)
def test_errors_of_the_daemon(cxlfm: Cxlfm, name: str, parameters: dict[str, Any], code: int,
                              text: str) -> None:
    with served(cxlfm, CreateRegion=fails(HOST + name, parameters)):
        result = cxlfm.run("add-memory", "512M")
    assert result.returncode == code
    assert result.stderr.startswith("cxlfm add-memory: ")
    assert text in result.stderr
    assert result.stdout == ""


def test_exit_codes_of_add_memory_after_steps(cxlfm: Cxlfm) -> None:
    def answer(connection: Any, _call: Any) -> None:
        connection.reply({"outcome": {"step": 1, "steps": 2, "text": "x"}}, continues=True)
        connection.error(HOST + "Failed", FAILED)

    with served(cxlfm, CreateRegion=answer):
        assert cxlfm.run("add-memory", "512M", "--debug").returncode == 1


# A daemon that is missing, forbidden, or another program


def assert_says_how_to_start(result: Any, reason: str) -> None:
    assert result.returncode == 6
    assert result.stdout == ""
    assert reason in result.stderr
    assert "'systemctl start cxlfmd', or with 'cxlfmd &' as root" in result.stderr


def test_no_socket(cxlfm: Cxlfm) -> None:
    assert_says_how_to_start(cxlfm.run("list"), "No such file or directory")


def test_nobody_listens(cxlfm: Cxlfm) -> None:
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(cxlfm.socket))
    assert_says_how_to_start(cxlfm.run("list"), "Connection refused")


def test_no_socket_at_all(cxlfm: Cxlfm) -> None:
    cxlfm.socket.write_text("a file")
    assert_says_how_to_start(cxlfm.run("list"), "Connection refused")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be somebody else")
def test_not_permitted(cxlfm: Cxlfm) -> None:
    """The message names the socket's group, whose members have access."""
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
    if subprocess.run([*nobody, "test", "-x", str(CXLFM)], check=False).returncode != 0:
        pytest.skip("the build folder is not for everybody")
    with served(cxlfm, List=replies({"list": []})):
        cxlfm.socket.chmod(0o660)
        os.chown(cxlfm.socket, 0, 0)
        refused = cxlfm.run("list", prefix=nobody)
        os.chown(cxlfm.socket, 0, 65534)
        allowed = cxlfm.run("list", prefix=nobody)
    assert refused.returncode == 7
    assert "its socket is for root and the group root\n" in refused.stderr
    assert allowed.returncode == 0


def test_another_version(cxlfm: Cxlfm) -> None:
    with served(cxlfm) as server:
        result = cxlfm.run("list")
    assert result.returncode == 8
    assert f"answers cxlfmd {INFO['version']}, which does not understand" in result.stderr
    assert [call["method"] for call in server.calls] == [HOST + "List", SERVICE + "GetInfo"]


def test_another_service(cxlfm: Cxlfm) -> None:
    info = {**INFO, "product": "somebody else", "version": "3"}
    answers = {HOST + "List": fails(SERVICE + "InterfaceNotFound", {"interface": "io.cxlfm.Host"}),
               SERVICE + "GetInfo": replies(info)}
    with CannedServer(cxlfm.socket, answers):
        result = cxlfm.run("list")
    assert result.returncode == 8
    assert "answers somebody else 3, which" in result.stderr


BROKEN: list[tuple[str, bytes, int, str]] = [
    ("nothing", b"", 9, "ended the connection before it answered"),
    ("half a reply", message({"parameters": {"list": []}})[:-5], 9, "ended the connection"),
    ("no NUL", message({"parameters": {"list": []}})[:-1], 9, "ended the connection"),
    ("no JSON", b"HTTP/1.1 400 Bad Request\r\n\0", 8, "is not cxlfmd"),
    ("no object", b"[]\0", 8, "is not cxlfmd"),
    ("no varlink", message({"parameters": {}, "status": 200}), 8, "is not cxlfmd"),
    ("bad UTF-8", b'{"parameters":{"list":["\xff"]}}\0', 8, "is not cxlfmd"),
    ("deep", b'{"parameters":' + b'{"a":' * 1000 + b"1" + b"}" * 1001 + b"\0", 8, "is not cxlfmd"),
    ("too long", b"x" * (17 << 20), 8, "longer than any reply of cxlfmd"),
    ("another reply", message({"parameters": {"text": "x"}}), 8, "lacks what cxlfm"),
]


@pytest.mark.parametrize(("data", "code", "text"), [pytest.param(*case[1:], id=case[0])
                                                   for case in BROKEN])
def test_broken_replies(cxlfm: Cxlfm, data: bytes, code: int, text: str) -> None:
    with served(cxlfm, List=sends(data)):
        result = cxlfm.run("list")
    assert result.returncode == code
    assert text in result.stderr
    assert result.stdout == ""


STEP = message({"parameters": {"outcome": {"step": 1, "steps": 2}}, "continues": True})


@pytest.mark.parametrize("data, options", [(STEP, ["--debug"]), (b"", [])])
def test_lost_in_the_middle_of_a_change(cxlfm: Cxlfm, data: bytes, options: list[str]) -> None:
    with served(cxlfm, CreateRegion=sends(data)):
        result = cxlfm.run("add-memory", "512M", *options)
    assert result.returncode == 9
    assert "the result of the request is unknown" in result.stderr
    assert "'cxlfm list -RDi' shows what is there now" in result.stderr


# Bad command lines send no request


@pytest.mark.parametrize("line", [
    "add-memory 0", "add-memory -1G", "add-memory 99999999999999999999", "create-region -w 5 mem0",
    "create-region mem0 mem0", "list --frobnicate", "remove-memory", "frobnicate",
    "add-memory 1G --name A", "list --claims -R", "apply", "diff /nonexistent", "export x",
])
def test_bad_lines_are_not_sent(cxlfm: Cxlfm, line: str) -> None:
    with served(cxlfm) as server:
        result = cxlfm.run(*line.split())
    assert result.returncode == 2
    assert server.calls == []


def test_too_long_a_request_is_not_sent(cxlfm: Cxlfm) -> None:
    # varlink-message.h takes calls of 256 KiB; one argument of Linux can have 128 KiB.
    with served(cxlfm) as server:
        options = [f"--{name}={'x' * 120000}" for name in ("memdev", "bus", "port")]
        result = cxlfm.run("list", *options)
    assert result.returncode == 2
    assert "too long" in result.stderr
    assert server.calls == []


# Interruptions


def start_and_wait(cxlfm: Cxlfm, server: CannedServer, *arguments: str) -> Any:
    """Starts cxlfm with --debug and waits until it has received a reply."""
    process = cxlfm.start(*arguments, "--debug")
    while not process.stderr.readline().startswith("<--"):
        pass
    assert len(server.calls) == 1
    return process


def test_interrupt_of_a_change(cxlfm: Cxlfm) -> None:
    """The daemon sees the end of the connection, which in varlink withdraws a call."""
    left = []

    def answer(connection: Any, _call: Any) -> None:
        connection.reply({"outcome": {"step": 1, "steps": 2, "text": "x"}}, continues=True)
        # A hangup, and not only an end of input, which a server does not notice while a call runs.
        poll = select.poll()
        poll.register(connection.stream, 0)
        left.append(poll.poll(60000)[0][1] & select.POLLHUP)

    with served(cxlfm, CreateRegion=answer) as server:
        process = start_and_wait(cxlfm, server, "add-memory", "512M")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert left == [select.POLLHUP]
    assert process.returncode == 9
    assert out == ""
    assert "interrupted: cxlfmd takes back what it has done" in err


def test_monitor_ends_with_ctrl_c(cxlfm: Cxlfm) -> None:
    def answer(connection: Any, _call: Any) -> None:
        connection.reply({"change": {"n": 1}}, continues=True)
        connection.receive()

    with served(cxlfm, Monitor=answer):
        process = cxlfm.start("monitor")
        assert process.stdout.readline() == '{"n":1}\n'
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_monitor_ends_with_its_reader(cxlfm: Cxlfm) -> None:
    def answer(connection: Any, _call: Any) -> None:
        while True:
            connection.reply({"change": {"n": 1}}, continues=True)

    with served(cxlfm, Monitor=answer):
        process = cxlfm.start("monitor")
        assert process.stdout.readline() == '{"n":1}\n'
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""


def test_list_dies_of_an_interrupt(cxlfm: Cxlfm) -> None:
    """A verb without changes handles no signals: the shell sees the cause of the end."""
    def answer(connection: Any, _call: Any) -> None:
        connection.receive()

    with served(cxlfm, List=answer) as server:
        process = cxlfm.start("list", "--debug")
        assert process.stderr.readline().startswith("-->")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == -signal.SIGINT
        process.communicate()
    assert len(server.calls) <= 1


# A terminal


def test_progress_on_a_terminal(cxlfm: Cxlfm) -> None:
    steps = [{"outcome": {"step": n, "steps": 2, "text": f"step {n}"}} for n in (1, 2)]
    ours, theirs = pty.openpty()
    cxlfm.environment["TERM"] = "xterm"
    with served(cxlfm, RemoveRegion=replies(*steps, {"outcome": {"plan": {}}})):
        process = cxlfm.start("remove-memory", "database", stderr=theirs)
        assert process.wait(timeout=60) == 0
        process.stdout.close()
    os.close(theirs)
    text = os.read(ours, 65536).decode()
    os.close(ours)
    assert text == ("\r\x1b[K[1/2] step 1\r\x1b[K[2/2] step 2\r\x1b[K" "database: removed\r\n")


# Records: the daemon of a record is started, called and ended

STAND_IN = """#!/usr/bin/env python3
import socket, sys
sys.path.insert(0, {tests!r})
from canned_server import Connection
assert sys.argv[1] == "--snapshot" and sys.argv[3] == "--connection-fd"
if open(sys.argv[2]).read() != "a record":
    sys.exit("cxlfmd: " + sys.argv[2] + ": this is no record")
connection = Connection(socket.socket(fileno=int(sys.argv[4])))
while (call := connection.receive()) is not None:
    connection.reply({{"list": [call["method"]]}})
"""


@pytest.fixture
def stand_in(cxlfm: Cxlfm) -> Cxlfm:
    """A build tree with a stand-in for cxlfmd."""
    (cxlfm.folder / "cli").mkdir()
    (cxlfm.folder / "daemon").mkdir()
    cxlfm.program = Path(shutil.copy(CXLFM, cxlfm.folder / "cli"))
    daemon = cxlfm.folder / "daemon" / "cxlfmd"
    daemon.write_text(STAND_IN.format(tests=str(Path(__file__).parent)))
    daemon.chmod(0o755)
    cxlfm.environment["LD_LIBRARY_PATH"] = str(CXLFM.parent / "libcxlfm")
    return cxlfm


def test_snapshot(stand_in: Cxlfm) -> None:
    record = stand_in.folder / "record"
    record.write_text("a record")
    result = stand_in.run("--snapshot", str(record), "list")
    assert result.returncode == 0
    assert json.loads(result.stdout) == ["io.cxlfm.Host.List"]
    assert result.stderr == ""


def test_snapshot_leaves_no_process(stand_in: Cxlfm) -> None:
    """Also for a daemon that would stay: the standard error of the daemon is the test's, and ends with the
    daemon.
    """
    record = stand_in.folder / "record"
    record.write_text("a record")
    daemon = stand_in.folder / "daemon" / "cxlfmd"
    daemon.write_text(daemon.read_text() + "import time\ntime.sleep(1000)\n")
    result = stand_in.run("--snapshot", str(record), "list")
    assert (result.returncode, result.stderr) == (0, "")


def test_bad_snapshot(stand_in: Cxlfm) -> None:
    """The daemon tells the fault, and cxlfm tells its meaning."""
    record = stand_in.folder / "record"
    record.write_text("no record")
    result = stand_in.run("--snapshot", str(record), "list")
    assert result.returncode == 1
    assert result.stderr == (f"cxlfmd: {record}: this is no record\n"
                             f"cxlfm list: cxlfmd could not serve the record {record}\n")


def test_an_installed_cxlfm_looks_for_no_neighbour(stand_in: Cxlfm) -> None:
    """A file in the place of a build tree's daemon is ignored."""
    (stand_in.folder / "cli").rename(stand_in.folder / "bin")
    stand_in.program = stand_in.folder / "bin" / "cxlfm"
    record = stand_in.folder / "record"
    record.write_text("a record")
    result = stand_in.run("--snapshot", str(record), "list")
    assert result.returncode != 0
    assert "io.cxlfm.Host.List" not in result.stdout


def test_snapshot_without_a_daemon(stand_in: Cxlfm) -> None:
    record = stand_in.folder / "record"
    record.write_text("a record")
    (stand_in.folder / "daemon" / "cxlfmd").unlink()
    result = stand_in.run("--snapshot", str(record), "list")
    if Path("/usr/local/sbin/cxlfmd").exists():
        pytest.skip("an installed cxlfmd takes its place")
    assert result.returncode == 6
    assert "cxlfmd, which reads the record, can't be started: No such file" in result.stderr
