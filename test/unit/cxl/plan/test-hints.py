#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every refusal of the planner whose hint has a command is in a scene of test-plan-hints.c, in which
that command is run. A hint without backquotes is words for people, and has no command."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(sys.argv[1])
SCENES = ROOT / "test/unit/cxl/plan/test-plan-hints.c"

# The number of the argument that is the code; the hint is the one after the next, or the next.
CALLS = {"REFUSE": (1, 2), "refusal_add": (1, 3), "existing_region_refuse": (1, 3)}
CALL = re.compile(r"\b(" + "|".join(CALLS) + r")\(")

# What a command that a record lacks is got by: there is no kernel to run it on.
OF_RECORDS = {"snapshot-incomplete", "window-target-missing"}


def arguments(text: str, at: int) -> list[str]:
    """The arguments of a call that opens its bracket before @at."""
    found, depth, begin, quoted = [], 0, at, False
    while True:
        char = text[at]
        if quoted:
            at += char == "\\"
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif char in "([{":
            depth += 1
        elif char in ")]}" and depth:
            depth -= 1
        elif char in ",)" and depth == 0:
            found.append(text[begin:at].strip())
            begin = at + 1
            if char == ")":
                return found
        at += 1


def is_words(hint: str, text: str) -> bool:
    """Nothing, or a text that stands there as it is, or by a name, and has no command in it."""
    named = re.findall(r"\b" + re.escape(hint) + r'(?:\[\])? =\s*("[^;]*");', text)
    if re.fullmatch(r"\w+", hint) and named:
        return all("`" not in value for value in named)
    texts = re.sub(r'"(?:[^"\\]|\\.)*"', "", hint).strip()
    return hint == "NULL" or (texts == "" and "`" not in hint)


def calls() -> Iterator[tuple[str, str, bool]]:
    """Where it is, the code or what makes it, and whether its hint is words only."""
    for path in sorted((ROOT / "cxl/plan").glob("*.c")):
        text = path.read_text()
        for match in CALL.finditer(text):
            found = arguments(text, match.end())
            code, hint = CALLS[match[1]]
            line = text.count("\n", 0, match.start()) + 1
            if len(found) > hint and not text[: match.start()].endswith(("#define ", "int ")):
                yield f"{path.name}:{line}", found[code], is_words(found[hint], text)


def obstacle_codes() -> set[str]:
    """The codes that obstacle_code() makes; with each goes a hint of obstacle_hint()."""
    text = (ROOT / "cxl/plan/obstacle.c").read_text()
    return set(re.findall(r'return "([a-z-]+)";', text[: text.index("obstacle_hint(")]))


# Of these obstacle_hint() gives words only.
OBSTACLES_OF_WORDS = {"port-disabled", "qos-class-mismatch"}


def main() -> int:
    scenes = set(re.findall(r'\{ "([a-z-]+)", WAY_', SCENES.read_text()))
    wanted = {code: "obstacle.c" for code in obstacle_codes() - OBSTACLES_OF_WORDS}
    count = 0
    for place, code, words in calls():
        count += 1
        if code.startswith('"') and not words:
            wanted[code.strip('"')] = place
    missing = {code for code in wanted if code not in scenes | OF_RECORDS}
    for code in sorted(missing):
        print(f"{wanted[code]}: the hint of {code} is followed by no test: add a scene to {SCENES.name}")
    assert count > 50, count
    return 1 if missing else 0


sys.exit(main())
