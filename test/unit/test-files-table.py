#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The table of files (Documentation/design/files.adoc) is the tree, in both directions.

A section of the page is a folder, a row of it a file or several: "x.[ch]" is a pair, "fuzz-*.c" are all
that are called so, "corpus/" is a folder with all below it. Each file has one row, and each row has files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
PAGE = "Documentation/design/files.adoc"

FOLDERS = ("change", "cli", "cxl", "daemon", "fabric", "include", "scripts", "test", "util")
# Each folder has one, and it builds the folder.
NOT_TOLD = {"meson.build"}

SECTION = re.compile(r"^==+ `([\w/-]+/)`")
ROW = re.compile(r"^\| `([^`]+)` \| \S")


def is_told(path: PurePosixPath) -> bool:
    """What a run of the tests, an editor or Git leaves behind is no part of the tree."""
    return path.name not in NOT_TOLD and not any(
        part.startswith(".") or part == "__pycache__" for part in path.parts
    )


def tree() -> Iterator[str]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            relative = PurePosixPath(path.relative_to(ROOT).as_posix())
            if path.is_file() and is_told(relative):
                yield str(relative)


def rows(page: str) -> Iterator[str]:
    """What the rows name, from the root of the tree on."""
    folder = None
    for line in page.splitlines():
        if section := SECTION.match(line):
            folder = section[1]
        elif row := ROW.match(line):
            assert folder, f"a row before the first folder: {line}"
            yield folder + row[1]
        elif line.startswith("| "):
            # A row that can't be read would be a file that nobody misses.
            yield f"{folder}{line}"


def is_meant(row: str, file: str) -> bool:
    if row.endswith("/"):
        return file.startswith(row)
    # fnmatch's "*" goes across slashes.
    return row.count("/") == file.count("/") and fnmatchcase(file, row)


def problems(page: str, files: Iterable[str]) -> Iterator[str]:
    named = list(rows(page))
    files = list(files)
    for row in named:
        count = sum(is_meant(row, file) for file in files)
        if count == 0:
            yield f"{PAGE}: no such file: {row}"
        elif row.endswith(".[ch]") and count != 2:
            yield f"{PAGE}: no such pair: {row}"
    for file in files:
        count = sum(is_meant(row, file) for row in named)
        if count != 1:
            yield f"{file}: has {count} rows in {PAGE} instead of one"


def self_check() -> None:
    """The comparison finds what it is there to find."""
    page = "\n".join(["== `util/`", "| `a.[ch]` | text", "| `t-*.c` | text", "| `old/` | text"])
    files = ["util/a.c", "util/a.h", "util/t-1.c", "util/t-2.c", "util/old/deep/x"]
    assert not list(problems(page, files))

    def finds(page: str, files: list[str], word: str) -> bool:
        return [word in problem for problem in problems(page, files)] == [True]

    # A file without a row, a row without a file, half a pair, two rows, a row without a text.
    assert finds(page, [*files, "util/b.c"], "util/b.c: has 0 rows")
    assert finds(page, [*files, "util/new/t-3.c"], "util/new/t-3.c: has 0 rows")
    assert finds(page, [*files, "cli/a.c"], "cli/a.c: has 0 rows")
    assert finds(page, files[:-1], "no such file: util/old/")
    assert finds(page, files[1:], "no such pair: util/a.[ch]")
    assert finds(page + "\n| `a.c` | text", files, "util/a.c: has 2 rows")
    assert finds(page + "\n| `b.c` |", files, "no such file: util/| `b.c` |")
    assert not is_told(PurePosixPath("test/vm/__pycache__/guest.pyc"))


def main() -> int:
    self_check()
    found = list(problems((ROOT / PAGE).read_text(), tree()))
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
