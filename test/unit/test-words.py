#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""One thing has one word: words that were given up (Documentation/design/words.adoc) do not come back.

Sources, messages, pages, man pages and tests are read; names count as the words that they are made of
(`on_rollback`). What a program of others is called, or says, may have any words: such places are named here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
FOLDERS = ("Documentation", "change", "cli", "cxl", "daemon", "include", "scripts", "test", "util")
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
ENDINGS = {".adoc", ".c", ".h", ".md", ".py", ".sh", ".varlink"}
# These two name the words in order to forbid them.
SELF = ("Documentation/design/words.adoc", "test/unit/test-words.py")

# SQLite has transactions, and data of tests is what others wrote.
OF_SQLITE = ("daemon/store/", "test/unit/daemon/store/", "test/data/")


class GivenUp(NamedTuple):
    word: str  # a regular expression, between letters that are no part of it
    instead: str
    inside: tuple[str, ...] = ()  # folders in which the word is given up; none: everywhere
    outside: tuple[str, ...] = ()  # folders in which it is not


# A name's words are apart by "_" or "-", and a blank may be the end of a line in a comment.
BLANK = r"(?:[ _-]|\s*\n\s*(?:\*|#|//)?\s*)"
GIVEN_UP = (
    GivenUp(r"transactions?", "change", outside=OF_SQLITE),
    GivenUp(rf"roll(?:s|ed|ing)?{BLANK}?backs?", "take back", outside=OF_SQLITE),
    GivenUp(r"inten(?:t|ts|tion|tions)", "wish"),
    GivenUp(r"repair(?:s|ed|ing)?", "mend"),
    GivenUp(rf"(?:make|makes|made|making){BLANK}good", "mend (a claim), fulfil (a wish)"),
    GivenUp(
        rf"(?:make|makes|making){BLANK}(?:a|the|this|it|its){BLANK}(?:claim{BLANK})?good", "mend"
    ),
    GivenUp(
        rf"forg[eo]t\w*(?!{BLANK}the{BLANK}claim)",
        "erase (an entry); forget ends a claim",
        inside=("change/", "daemon/engine/", "daemon/store/"),
    ),
)
# The forget of other rooms, called from there.
OF_OTHERS = re.compile(r"observer_forget")

# A message for people does not say "whoever": an admin asks who.
MESSAGES = ("cli/", "cxl/", "daemon/", "change/", "util/")
LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INCLUDE = re.compile(r"^#include.*$", re.MULTILINE)


def given_up(path: str, text: str) -> Iterator[str]:
    """What a file has of the words that were given up."""
    text = OF_OTHERS.sub("", text)
    for entry in GIVEN_UP:
        if entry.inside and not path.startswith(entry.inside) or path.startswith(entry.outside or ("\0",)):
            continue
        for match in re.finditer(rf"(?<![^\W_]){entry.word}(?![^\W_])", text, re.IGNORECASE):
            line = text.count("\n", 0, match.start()) + 1
            yield f'{path}:{line}: "{match[0]}" was given up: {entry.instead}'
    if path.endswith(".c") and path.startswith(MESSAGES):
        code = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), INCLUDE.sub("", text))
        for match in LITERAL.finditer(code):
            if re.search(r"\bwhoever\b", match[0], re.IGNORECASE):
                line = code.count("\n", 0, match.start()) + 1
                yield f'{path}:{line}: a message says "whoever": name the client, the user or the program'


def files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in ENDINGS and path.is_file() and "__pycache__" not in path.parts:
                yield path
    yield from (ROOT / page for page in PAGES if (ROOT / page).is_file())


def self_check() -> None:
    """Each word is found, where it was given up and nowhere else."""

    def found(path: str, text: str) -> int:
        return len(list(given_up(path, text)))

    assert found("cli/a.c", "/* a transaction */") == 1
    assert found("daemon/store/a.c", "/* a transaction */") == 0
    assert found("change/a.c", "int on_rollback(void)") == 1
    assert found("change/a.c", "/* roll\n * back */") == 1
    assert found("change/a.c", "/* intentionally, an intent */") == 1
    assert found("README.md", "Repairs and is repaired.") == 2
    assert found("daemon/a.h", "/* the claims were made\n * good */") == 1
    assert found("daemon/a.h", "/* makes the claim good; makes good time */") == 2
    assert found("daemon/engine/a.c", "static void forget(void) { on_forgotten(); }") == 2
    assert found("daemon/engine/a.c", '"forget the claim"; observer_forget(x)') == 0
    assert found("cli/a.c", "static void forget(void)") == 0
    assert found("cli/a.c", 'puts("whoever asks"); /* "whoever" */') == 1


def main() -> int:
    self_check()
    found = [
        problem
        for path in files()
        if (name := path.relative_to(ROOT).as_posix()) not in SELF
        for problem in given_up(name, path.read_text())
    ]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
