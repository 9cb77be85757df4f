#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""test-fault-points.py SOURCES BUILT_WITH PROGRAM...: programs built without fault points have nothing
of them, and those built with them each of its own (util/fault.h)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

PLACE = re.compile(r'\bfault_point(?:_in_helper)?\("([^"]+)"\)')


def places(sources: Path) -> set[str]:
    """The names of all places, as the sources of the programs have them."""
    text = "".join(path.read_text() for path in (sources / "daemon").rglob("*.c"))
    return set(PLACE.findall(text))


def main() -> int:
    names = places(Path(sys.argv[1])) | {"CXLFM_FAULT", "CXLFM_HELPER_FAULT"}
    wanted = names if sys.argv[2] == "true" else set()
    data = [Path(program).read_bytes() for program in sys.argv[3:]]
    # With the zero that ends it: words of it may be anywhere.
    found = {name for name in names if any(name.encode() + b"\0" in program for program in data)}
    for name in sorted(found ^ wanted):
        print(f"{name}: {'is' if name in found else 'is not'} in the programs", file=sys.stderr)
    assert len(names) > 6, "the sources have no places"
    return 1 if found != wanted else 0


if __name__ == "__main__":
    sys.exit(main())
