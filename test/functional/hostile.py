# SPDX-License-Identifier: GPL-2.0-only
"""Answers of a cxlfmd in the hands of an enemy: of the interface's types, with harmful texts in every place.
The answers are made from the interface's description, so new members are included.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

IDL = Path(os.environ["CXLFM_SOURCE"]) / "daemon/api/io.cxlfm.Host.varlink"

# Colours, the window's title, C1 as UTF-8, DEL, a line that is overwritten, a line of its own, text that runs
# backwards, and sequences that a terminal answers.
HARM = "\x1b[31m\x1b]0;title\x07\x9b2J\x7f\rover\nFORGED\x08\u202etxet\u2066\u2069\u200f\x1b[6n\x05"

TOKEN = re.compile(r"->|\[string\]|\[\]|[A-Za-z][A-Za-z0-9_]*|[?(),:]")

# Values for an `object`: all members that cxlfm reads, and unknown ones.
NUMBERS = ("resource", "size", "dpa", "dpa_size", "hpa", "ways", "granularity", "target_node", "node",
           "pid", "bytes", "since", "serial", "step", "steps", "index")
TEXTS = ("region", "type", "window", "why", "dax_device", "name", "text", "memdev", "decoder", "code",
         "object", "hint", "block", "reason", "stalled", "zone", "goal", "path", "kind", "of", "from",
         "to", "condition", "owner", "kind", "state", "version")


def leaf() -> dict[str, Any]:
    return {**dict.fromkeys(NUMBERS, 4096), **dict.fromkeys(TEXTS, HARM), HARM: HARM}


def any_object() -> dict[str, Any]:
    inner = {**leaf(), "from": HARM, "to": [leaf()]}
    return {
        **leaf(),
        **dict.fromkeys(("members", "steps", "refusals", "processes", "conditions", "leftover"),
                        [leaf()]),
        "pages": {HARM: 7},
        "claim": {**leaf(), "members": [leaf()]},
        "changes": {HARM: inner, "size": {"from": HARM, "to": 1}, "window": {"from": HARM, "to": 1}},
        "action": "change",
        "anew": True,
    }


class Interface:
    """The types, methods and errors of the description."""

    def __init__(self) -> None:
        text = re.sub(r"#.*", "", IDL.read_text())
        self._tokens = TOKEN.findall(text.split("interface io.cxlfm.Host", 1)[1])
        self._types: dict[str, Any] = {}
        self.methods: dict[str, Any] = {}
        self.errors: dict[str, Any] = {}
        while self._tokens:
            kind, name = self._take(), self._take()
            value = self._structure()
            if kind == "method":
                assert self._take() == "->"
                self.methods[name] = self._structure()
            else:
                {"type": self._types, "error": self.errors}[kind][name] = value

    def _take(self) -> str:
        return self._tokens.pop(0)

    def _structure(self) -> Any:
        """Returns names with their types, or the words of an enumeration."""
        assert self._take() == "("
        members: dict[str, Any] = {}
        words: list[str] = []
        while (name := self._take()) != ")":
            if name == ",":
                continue
            if self._tokens[0] == ":":
                self._take()
                members[name] = self._type()
            else:
                words.append(name)
        return words or members

    def _type(self) -> Any:
        token = self._tokens[0]
        if token == "(":
            return self._structure()
        self._take()
        if token == "?":
            return self._type()
        if token in ("[]", "[string]"):
            return [token, self._type()]
        return token

    def value(self, kind: Any) -> Any:
        """Returns a value with all possible members."""
        if isinstance(kind, dict):
            return {name: self.value(inner) for name, inner in kind.items()}
        if isinstance(kind, list) and kind[0] in ("[]", "[string]"):
            inner = self.value(kind[1])
            return [inner, inner] if kind[0] == "[]" else {HARM: inner}
        # An enemy sends any text in the place of a fixed word.
        if isinstance(kind, list) or kind == "string":
            return HARM
        simple = {"bool": False, "int": 1, "float": 1.0, "object": any_object()}
        return simple[kind] if kind in simple else self.value(self._types[kind])

    def reply(self, method: str) -> Any:
        return self.value(self.methods[method])

    def error(self, name: str) -> Any:
        return self.value(self.errors[name])
