#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test-spec-coverage.py LIST-COMMANDS SOURCE: Documentation/spec-coverage.adoc tells what the table of
commands has. The names, the sections and the sum are compared with the table; the column of libcxlmi is
only counted."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = "Documentation/spec-coverage.adoc"
# Of CXL 3.2, by libcxlmi's docs/Supported-Commands.md.
COMMANDS = 165

ROW = re.compile(r"^\| `[0-9A-F]{4}h` \|")
# What stands in the column of libcxlmi: in its list, in its source only, in neither.
PEER = ("listed", "source", "-")


def expected(listing: str) -> list[str]:
    """Headings and rows, without the column of libcxlmi."""
    lines = []
    for line in listing.splitlines():
        if not line.startswith("\t"):
            lines.append(f"=== {line}")
            continue
        opcode, name, section, known = line[1:].split("\t")
        lines.append(f"| `{opcode}h` | {name} | {section} | {'yes' if known == '1' else 'no public layout'}")
    return lines


def sums(rows: list[str]) -> str:
    """The sentence at the top, which tells both sums."""
    ours = sum(" | yes | " in row for row in rows)
    peer = sum(row.endswith(("| listed", "| source")) for row in rows)
    return (
        f"Of the {COMMANDS} commands of CXL 3.2 cxlfm knows the layout of {ours} ({percent(ours)}), "
        f"libcxlmi of {peer} ({percent(peer)})."
    )


def percent(count: int) -> str:
    return f"{100 * count // COMMANDS} %"


def problems(page: str, listing: str) -> Iterator[str]:
    lines = [line for line in page.splitlines() if line.startswith("=== ") or ROW.match(line)]
    rows = [line for line in lines if ROW.match(line)]
    for row in rows:
        if row.rsplit(" | ", 1)[1] not in PEER:
            yield f"the last column of {row} is none of {PEER}"
    told = [line if line.startswith("=== ") else line.rsplit(" | ", 1)[0] for line in lines]
    wanted = expected(listing)
    yield from (f"the table does not have: {line}" for line in told if line not in wanted)
    yield from (f"the page lacks: {line}" for line in wanted if line not in told)
    if told != wanted and sorted(told) == sorted(wanted):
        yield "the rows are not in the order of the table"
    if len(rows) != COMMANDS:
        yield f"{len(rows)} commands, and not {COMMANDS}"
    if sums(rows) not in page:
        yield f"the page does not say: {sums(rows)}"


def self_check() -> None:
    """The test finds what it is there to find."""
    listing = "Set\n\t0001\tIdentify\t8.2\t1\n\t0002\tOther\t8.3\t0\n"
    good = "=== Set\n| `0001h` | Identify | 8.2 | yes | listed\n| `0002h` | Other | 8.3 | no public layout | -\n"
    found = list(problems(good, listing))
    assert found[0].startswith("2 commands") and len(found) == 2, found
    lacks = "the page lacks: | `0002h` | Other | 8.3 | no public layout"
    assert lacks in problems(good.replace("8.3", "9"), listing)
    assert "the table does not have: === Tes" in problems(good.replace("=== Set", "=== Tes"), listing)
    assert any("last column" in line for line in problems(good.replace("listed", "maybe"), listing))


def main() -> int:
    self_check()
    listing = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout
    found = [f"{PAGE}: {line}" for line in problems((Path(sys.argv[2]) / PAGE).read_text(), listing)]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
