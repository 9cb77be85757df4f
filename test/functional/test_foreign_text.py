# SPDX-License-Identifier: GPL-2.0-only
"""Texts of others on a terminal: no control sequence in them is obeyed, and none of them looks like a line of
cxlfm's.
"""

from __future__ import annotations

import json
import os
import pty
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from canned_server import HOST, INFO, SERVICE, Answer, CannedServer, fails, replies
from conftest import BUILD, Cxlfm
from hostile import HARM, Interface
from test_descriptors import GLOBAL, PRINTS, SILENT, verbs

CXLFMD = BUILD / "daemon/cxlfmd"
INTERFACE = Interface()
# Clears the line of progress: the only sequence of cxlfm's own.
OURS = b"\r\x1b[K"
JSON_LINES = ("list", "list --claims", "export", "record", "monitor", "add-memory 1G --dry-run",
              "add-memory 1G", "adopt region0")
# The errors of varlink's own interface, and an unknown error.
OTHERS = {
    f"{SERVICE}PermissionDenied": {},
    "io.systemd.System": {"errno": 5, "origin": HARM},
    f"{SERVICE}InvalidParameter": {"parameter": HARM},
    f"x.y.{HARM}": {"text": HARM},
    HOST + "NeverHeardOf": {"text": HARM},
}


def lines() -> list[str]:
    return [*GLOBAL, *SILENT, *(line for verb in verbs() for line in PRINTS[verb])]


def answers(error: str | None) -> dict[str, Answer]:
    """Answers of every method, with progress before those of changes."""
    made: dict[str, Answer] = {SERVICE + "GetInfo": replies(dict.fromkeys(INFO, HARM))}
    for name in INTERFACE.methods:
        reply = INTERFACE.reply(name)
        if error is None:
            made[HOST + name] = replies(reply, reply)
        elif error in INTERFACE.errors:
            made[HOST + name] = fails(HOST + error, INTERFACE.error(error))
        else:
            made[HOST + name] = fails(error, OTHERS[error])
    return made


def assert_harmless(data: bytes) -> str:
    text = data.decode()
    harmful = {character for character in text
               if unicodedata.category(character) in ("Cc", "Cf") and character not in "\n\t"}
    assert harmful == set(), repr(text)
    return text


def has_forged_line(text: str) -> bool:
    return any(line.startswith("FORGED") for line in text.splitlines())


class Runs:
    """Command lines side by side: each waits only for processor time."""

    def __init__(self, cxlfm: Cxlfm) -> None:
        self.cxlfm = cxlfm
        self._running: list[tuple[str, subprocess.Popen[bytes], Path]] = []

    def start(self, line: str) -> None:
        words = line.format(state=self.cxlfm.folder / "state", file=self.cxlfm.folder / "file").split()
        path = self.cxlfm.folder / f"output-{len(self._running)}"
        with path.open("wb") as out, path.with_suffix(".err").open("wb") as err:
            process = subprocess.Popen(self.cxlfm.command(*words), env=self.cxlfm.environment,
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self._running.append((line, process, path))

    def results(self) -> Iterator[tuple[str, str, str]]:
        for line, process, path in self._running:
            assert process.wait(60) >= 0, line
            yield (line, assert_harmless(path.read_bytes()),
                   assert_harmless(path.with_suffix(".err").read_bytes()))


def check(cxlfm: Cxlfm, error: str | None) -> None:
    (cxlfm.folder / "state").write_text("claims: []\n")
    runs = Runs(cxlfm)
    with CannedServer(cxlfm.socket, answers(error)):
        for line in lines():
            runs.start(line)
            runs.start(line + " --debug")
        results = list(runs.results())
    for line, out, err in results:
        # A drawing has lines of its own.
        if "--tree" not in line:
            assert not has_forged_line(out), line
        assert not has_forged_line(err), line
    said = {line: out for line, out, _ in results}
    if error is None:
        for line in JSON_LINES:
            for value in said[line].splitlines() if line == "monitor" else [said[line]]:
                assert HARM in texts_of(json.loads(value)), line


def texts_of(value: object) -> str:
    """All texts in a value, unchanged."""
    if isinstance(value, dict):
        return "".join(texts_of(key) + texts_of(inner) for key, inner in value.items())
    if isinstance(value, list):
        return "".join(map(texts_of, value))
    return str(value)


@pytest.mark.parametrize("error", [None, *INTERFACE.errors, *OTHERS])
def test_nothing_that_a_daemon_says_is_obeyed(cxlfm: Cxlfm, error: str | None) -> None:
    check(cxlfm, error)


@pytest.mark.parametrize("error", [None, *INTERFACE.errors])
def test_nor_on_a_terminal(cxlfm: Cxlfm, error: str | None) -> None:
    (cxlfm.folder / "state").write_text("claims: []\n")
    cxlfm.environment["TERM"] = "xterm"
    with CannedServer(cxlfm.socket, answers(error)):
        for line in ("list", "list --tree", "list --claims -u", "version", "add-memory 1G",
                     "add-memory 1G --dry-run", "remove-memory region0", "remove-memory -f region0",
                     "diff {state}", "apply {state}", "wait", "destroy-region -f all", "monitor",
                     "online-memory region0", "record"):
            ours, theirs = pty.openpty()
            words = line.format(state=cxlfm.folder / "state").split()
            process = subprocess.Popen(cxlfm.command(*words), env=cxlfm.environment,
                                       stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
            os.close(theirs)
            text = assert_harmless(read_all(ours).replace(b"\r\n", b"\n").replace(OURS, b""))
            assert process.wait(60) >= 0
            assert "--tree" in line or not has_forged_line(text), line


def read_all(fd: int) -> bytes:
    data = b""
    try:
        while piece := os.read(fd, 65536):
            data += piece
    except OSError:
        # Linux's word for a peer that has gone.
        pass
    os.close(fd)
    return data


def test_interface_is_read_whole() -> None:
    assert INTERFACE.reply("GetVersion") == {"version": HARM, "kernel": HARM}
    assert set(INTERFACE.error("Refused")["refusals"][0]) == {"code", "object", "text", "hint"}
    assert INTERFACE.reply("CreateRegion")["outcome"]["step"] == 1


# Names of files, arguments


@pytest.mark.parametrize("line", ["--socket {name} list", "--snapshot {name} list", "diff {name}",
                                  "apply {name}", "record {name}/x", "{name}", "list {name}", "help {name}",
                                  "remove-memory {name}", "add-memory {name}", "list --{name}",
                                  "list -{name}", "create-region --type {name}", "wait {name}"])
@pytest.mark.parametrize("name", [HARM.encode(), b"\xff\xfe\x1b[1m\xc2", b"\xe2\x80"])
def test_names_of_files_are_texts_of_others(cxlfm: Cxlfm, line: str, name: bytes) -> None:
    words = [word.encode().replace(b"{name}", name) for word in line.split()]
    result = subprocess.run([cxlfm.program, *words], env=cxlfm.environment, capture_output=True,
                            check=False, timeout=60)
    assert result.returncode not in (0, -6, -11)
    assert_harmless(result.stdout)
    assert assert_harmless(result.stderr)


def test_files_with_texts(cxlfm: Cxlfm) -> None:
    """A state whose members have such names, and a record with such memdevs."""
    state = cxlfm.folder / HARM.replace("/", "")
    state.write_text(json.dumps({"claims": [{HARM: HARM}], HARM: 1}))
    record = cxlfm.folder / "record"
    record.write_text(json.dumps([{"memdev": HARM, "serial": HARM, HARM: [HARM]},
                                  {"region": HARM, HARM: HARM}]))
    for words in (["diff", str(state)], ["apply", str(state)],
                  *(["--snapshot", str(record), *line.split()] for line in
                    ("list", "list -vvv", "list --tree", "record", "version",
                     "add-memory 1G --dry-run -u", "destroy-region all --dry-run"))):
        result = subprocess.run(cxlfm.command(*words), env=cxlfm.environment, capture_output=True,
                                check=False, timeout=60)
        assert_harmless(result.stdout)
        err = assert_harmless(result.stderr)
        assert not has_forged_line(err), words


def test_the_log_has_lines_of_its_own(tmp_path: Path) -> None:
    # A line has a limit, which cuts within a character here or there.
    long = [b"x" * n + "\u20ac".encode() * 80 for n in range(3)]
    for words in ([b"--" + HARM.encode()], [b"--socket"], [b"-\x9b"], [HARM.encode()]):
        result = subprocess.run([CXLFMD, *words], capture_output=True, check=False, timeout=60)
        assert result.returncode == 2
        assert not has_forged_line(assert_harmless(result.stderr))
    for name in (HARM.replace("/", "").encode(), b"\xff\x1b[1m", *(b"/".join([name] * 5) for name in long)):
        result = subprocess.run([CXLFMD, "--snapshot", os.path.join(os.fsencode(tmp_path), name)],
                                capture_output=True, check=False, timeout=60)
        assert result.returncode == 1
        assert assert_harmless(result.stderr).count("\n") == 1
