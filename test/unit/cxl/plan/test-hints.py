#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every place in the planner that gives a hint is come to by test-plan-hints, which follows the hint.

That program tells the code and the text of what was refused. The calls in the sources have a code, a hint
and a format: a text that fits the format has come from there.

usage: test-hints.py SOURCE_ROOT TEST_PLAN_HINTS
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(sys.argv[1])

# The number of the argument that is the code; the format is behind the hint.
CALLS = {"REFUSE": (1, 2), "refusal_add": (1, 3), "existing_region_refuse": (1, 3)}
CALL = re.compile(r"\b(" + "|".join(CALLS) + r")\(")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
CONVERSION = re.compile(r"%[-#0-9.]*(?:l|ll|z)?[a-zA-Z]|%#?$|%#?(?=\s)|%(?=\W)")

# What can't be done here, by code, and why.
ELSEWHERE = {
    "snapshot-incomplete": "no record tells more of a model of a host",
    "window-target-missing": "no record tells more of a model of a host",
    "firmware-committed": "in the firmware's setup",
    "region-locked": "in the firmware's setup",
    "dax-in-use": "by whoever uses it",
    "pmem-in-use": "by whoever uses it; test/vm/test_pmem_data.py",
}
# What is told beside a plan that can be carried out, and says what can be done another time.
REMARKS = {"not-preferred", "kernel-zone"}
# Places that the interface and cxlfm do not let anybody come to: a UUID is always given, and whoever
# enables a region of pmem wants the region.
UNREACHED = {"a pmem region needs a UUID", "%s is not a ram region, so it can't become memory"}
# Of these obstacle_hint() has nothing that could be run here.
OBSTACLES_OF_WORDS = {"memdev-reserved", "port-disabled", "qos-class-mismatch"}


class Place(NamedTuple):
    where: str
    codes: set[str]  # empty: any
    form: str


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


def places() -> list[Place]:
    """All calls that give a hint."""
    found = []
    for path in sorted((ROOT / "cxl/plan").glob("*.c")):
        text = path.read_text()
        for match in CALL.finditer(text):
            given = arguments(text, match.end())
            code, hint = CALLS[match[1]]
            if len(given) <= hint + 1 or text[: match.start()].endswith(("#define ", "int ")):
                continue
            where = f"{path.name}:{text.count(chr(10), 0, match.start()) + 1}"
            literal = LITERAL.fullmatch(given[code])
            form = "".join(LITERAL.findall(given[hint + 1]))
            # What hands a form on has none.
            if form and given[hint] != "NULL":
                codes = {literal[1]} if literal else set()
                if given[code].startswith("obstacle_code("):
                    codes = obstacle_codes()
                found.append(Place(where, codes, form))
    return found


def fits(form: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, CONVERSION.split(form))), text) is not None


def obstacle_codes() -> set[str]:
    """The codes that obstacle_code() makes; with each goes a hint of obstacle_hint()."""
    text = (ROOT / "cxl/plan/obstacle.c").read_text()
    return set(re.findall(r'return "([a-z-]+)";', text[: text.index("obstacle_hint(")]))


def followed() -> set[tuple[str, str]]:
    """Codes and texts of what was refused, and its hint followed."""
    result = subprocess.run(sys.argv[2], capture_output=True, text=True, check=True)
    told = re.findall(r"^([a-z-]+): (.*)$", result.stdout, re.M)
    assert len(told) > 40, result.stdout
    return set(told)


def main() -> int:
    seen, known, missing = followed(), places(), []
    # A form that says nothing of its own has what fits no other one.
    bare = [place for place in known if not re.search("[a-z]", CONVERSION.sub("", place.form))]
    others = [place for place in known if place not in bare]
    for place in known:
        if place.codes & (ELSEWHERE.keys() | REMARKS) or place.form in UNREACHED:
            continue
        texts = [
            text for code, text in seen
            if (not place.codes or code in place.codes) and fits(place.form, text)
        ]
        if place in bare:
            texts = [text for text in texts if not any(fits(other.form, text) for other in others)]
        if not texts:
            missing.append(f"{place.where}: {place.form}")
    codes = {code for code, _ in seen}
    missing += [f"obstacle.c: {code}" for code in obstacle_codes() - OBSTACLES_OF_WORDS - codes]
    for line in missing:
        print(f"{line}: the hint is followed by no test: add a scene to test-plan-hints.c")
    assert len(known) > 50, len(known)
    return 1 if missing else 0


sys.exit(main())
