#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the pages of Documentation/design name is there: files, functions, constants, tests.

A page that tells of yesterday's code is worse than none. Whether a page tells the truth of what it names
is for its reader to see; a name that has gone is seen here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
PAGES = "Documentation/design"
# Has a test of its own.
TABLE = "files.adoc"
FOLDERS = ("change", "cli", "cxl", "daemon", "fabric", "include", "scripts", "test", "util")

CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w/.-]+\.(?:c|h|py|sh|varlink)")
# A function or a constant; what is no word of ours (`ESTALE`) has no underscore.
SYMBOL = re.compile(r"(\w+)\(\)|([A-Z][A-Z0-9]*_[A-Z0-9_]+)")
XREF = re.compile(r"xref:([^\[#]+)")
# | statement | `test/...` | `name`, `name`
SHOWN = re.compile(r"^\| [^|]+ \| `(test/[^`]+)` \| (.+)$", re.MULTILINE)


def sources() -> str:
    paths = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.[ch]"))
    return "\n".join(path.read_text() for path in paths)


def text_of(path: str) -> str | None:
    file = ROOT / path
    return file.read_text() if file.is_file() else None


def has_word(text: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text) is not None


def problems(
    page: str, code: str, read: Callable[[str], str | None], is_page: Callable[[str], bool]
) -> Iterator[str]:
    for name in dict.fromkeys(CODE.findall(page)):
        symbol = SYMBOL.fullmatch(name)
        if FILE.fullmatch(name) and read(name) is None:
            yield f"there is no {name}"
        elif symbol and not has_word(code, symbol[1] or symbol[2]):
            yield f"no source knows {name}"
    for target in XREF.findall(page):
        if not is_page(target):
            yield f"there is no page {target}"
    shown = SHOWN.findall(page)
    if not shown:
        yield "names no test"
    for path, tests in shown:
        text = read(path)
        names = CODE.findall(tests)
        if not names:
            yield f"names no test of {path}"
        for name in names:
            if text is not None and not has_word(text, name):
                yield f"{path} has no {name}"


def self_check() -> None:
    """Each name that is not there is found."""
    files = {"test/a.c": "static void shows_it(void **state)", "util/b.c": "int b_new(void) B_NEW"}
    good = (
        "`util/b.c` `b_new()` `B_NEW` `/sys/c.c` xref:other.adoc#x[y]\n\n"
        "| text | `test/a.c` | `shows_it`\n"
    )

    def found(page: str) -> list[str]:
        return list(problems(page, files["util/b.c"], files.get, lambda name: name == "other.adoc"))

    assert found(good) == []
    assert found(good.replace("util/b.c", "util/c.c")) == ["there is no util/c.c"]
    assert found(good.replace("b_new", "b_old")) == ["no source knows b_old()"]
    assert found(good.replace("B_NEW", "B_OLD")) == ["no source knows B_OLD"]
    assert found(good.replace("other", "gone")) == ["there is no page gone.adoc"]
    assert found(good.replace("`shows_it`", "`shows`")) == ["test/a.c has no shows"]
    assert found(good.replace("`shows_it`", "all")) == ["names no test of test/a.c"]
    assert found(good.replace("test/a", "test/b")) == ["there is no test/b.c"]
    assert found("text") == ["names no test"]


def main() -> int:
    self_check()
    code = sources()
    pages = [page for page in sorted((ROOT / PAGES).glob("*.adoc")) if page.name != TABLE]
    assert pages, f"no pages in {PAGES}"
    found = [
        f"{page.relative_to(ROOT)}: {problem}"
        for page in pages
        for problem in problems(
            page.read_text(), code, text_of, lambda name: (ROOT / PAGES / name).is_file()
        )
    ]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
