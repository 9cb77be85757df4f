#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The rules of the tree that a compiler does not know.

Includes point down: util <- change <- cxl, fabric <- daemon; the command line talks to the daemon and
knows neither it nor the kernel's CXL side; cxl and fabric never meet below the daemon. The life of a
change knows no kind of step by its name, and what all claims have no kind of claim. What is under the
LGPL includes nothing that is not. Files have one subject and so an end, say under which licence they
are, and define nothing into the names of the libraries next door.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])

# folder -> what it may include besides itself; the longest folder that fits counts
ALLOWED = {
    "util": (),
    "include": (),
    "change": ("util",),
    "cxl": ("util",),
    "cxl/topology": ("util",),
    "cxl/step": ("util", "change", "cxl/topology"),
    "cxl/plan": ("util", "change", "cxl/topology", "cxl/step"),
    "fabric": ("util", "change"),
    # The codec: pure, and without anything that knows a change.
    "fabric/cci": ("util",),
    # Requests and replies on their way: they know bytes, and no change.
    "fabric/transport": ("util", "fabric/cci"),
    "daemon": (
        *("util", "change", "cxl", "fabric", "daemon/process", "daemon/store", "daemon/varlink"),
        *("daemon/helper", "daemon/observe", "daemon/claim", "daemon/engine", "daemon/api"),
    ),
    "daemon/process": ("util",),
    "daemon/store": ("util",),
    "daemon/varlink": ("util", "daemon/process"),
    "daemon/helper": ("util", "change", "cxl", "daemon/process"),
    "daemon/observe": ("util", "change", "cxl", "fabric", "daemon/process", "daemon/helper"),
    # Claims of any kind: what is one kind's is in the folder of the kind.
    "daemon/claim": ("util", "change", "daemon/process", "daemon/observe", "daemon/store"),
    "daemon/engine": (
        *("util", "change", "cxl", "fabric", "daemon/process", "daemon/store", "daemon/varlink"),
        *("daemon/helper", "daemon/observe", "daemon/claim"),
    ),
    "daemon/api": (
        *("util", "change", "cxl", "fabric", "daemon/process", "daemon/varlink"),
        *("daemon/observe", "daemon/claim", "daemon/engine"),
    ),
    "cli": ("util", "include"),
    "cli/libcxlfm": ("util", "include"),
    "test": ("util", "include", "change", "cxl", "fabric", "daemon", "cli"),
}
# A kind of claim is a folder of its own: it may include what all claims have, and no other kind.
CLAIMS = Path("daemon/claim")
KIND_OF_CLAIM = (
    *("util", "change", "cxl", "fabric"),
    *("daemon/process", "daemon/observe", "daemon/store", "daemon/claim"),
)
GENERATED = {"config.h"}

# One more kind is a folder, or files, of its own and a row of a list. So whatever only one kind has is
# included by the kind itself, by its list, and by the few that are about this kind alone: the methods that
# ask for memory, and the entries of the journal that were written before there was another kind.
KINDS = (
    ("daemon/claim/*/*", ("daemon/claim-kinds.c", "daemon/api/method-change.c")),
    ("daemon/helper/helper-performer.h", ("daemon/performer-kinds.c",)),
    ("cxl/step/*", ("daemon/performer-kinds.c", "daemon/manager.c", "daemon/engine/journal-convert.c")),
)
# Where kinds meet.
COMMON = ("change", "daemon/engine", "daemon/api", "daemon/claim", "daemon", "cli")

# Not of the programs' licence: the client library, its headers, and what is compiled into it.
LGPL_FOLDERS = ("include", "cli/libcxlfm")

LINES_WARN, LINES_MAX = 1000, 1500

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<(cxlfm/[^>]+)>)', re.MULTILINE)
# A definition at the left edge: "type name(" without a semicolon, or "struct name {".
DEFINITION = re.compile(
    r"^(?!typedef|return|DEFINE_|#)[a-z][\w \t*]*?\b((?:cxl|cxlmi|daxctl|ndctl|mctp|sd|json_object)_\w+)"
    r"\((?=[^;]*?\)\s*\{)"
    r"|^(?:struct|enum|union) ((?:cxl|cxlmi|daxctl|ndctl|mctp|sd|json_object)_\w+) \{",
    re.MULTILINE,
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# What a kind of step is about, and who performs it.
KIND = re.compile(r"(?i)region|dax|decoder|memory\d|sysfs|varlink|sqlite|cxl/|daemon/")
# What one kind of claim is about.
CLAIM_KIND = re.compile(r"(?i)region|dax|memdev|topo_|topology_|memory_|cxl/|claim/[a-z]+/")
CONSTRUCTOR = re.compile(r"__attribute__\s*\(\(\s*(?:constructor|destructor)")
LICENCE = re.compile(r"SPDX-License-Identifier: (\S+)")


def sources(*suffixes: str) -> Iterator[Path]:
    """The project's own files, as paths below its root."""
    for folder in ("change", "cli", "cxl", "daemon", "fabric", "include", "scripts", "test", "util"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in suffixes:
                yield path.relative_to(ROOT)


def text_of(path: Path) -> str:
    return (ROOT / path).read_text()


def room_of(path: Path) -> str:
    """The longest folder of the table that a file is in; each kind of claim is a room."""
    if path.is_relative_to(CLAIMS) and path.parent != CLAIMS:
        return str(CLAIMS / path.relative_to(CLAIMS).parts[0])
    rooms = [room for room in ALLOWED if path.is_relative_to(room)]
    return max(rooms, key=len)


def included(path: Path) -> Iterator[Path]:
    """Our own files that one includes."""
    for quoted, public in INCLUDE.findall(text_of(path)):
        name = quoted or public
        if name.startswith("cxlfm/"):
            name = f"include/{name}"
        if name in GENERATED:
            continue
        beside = path.parent / name
        yield beside if (ROOT / beside).exists() else Path(name)


def may_include(room: str, target: Path) -> bool:
    """A room includes itself, but not the rooms within it, unless it says so."""
    if room not in ALLOWED and target.is_relative_to(CLAIMS):
        return room_of(target) in (room, str(CLAIMS))
    allowed = ALLOWED.get(room, KIND_OF_CLAIM)
    return room_of(target) == room or any(target.is_relative_to(folder) for folder in allowed)


def include_problems(path: Path) -> Iterator[str]:
    room = room_of(path)
    for target in included(path):
        if not (ROOT / target).exists():
            yield f"{path}: includes {target}, which is not there"
        elif not may_include(room, target):
            yield f"{path}: {room}/ may not include {target}"
        elif licence_of(path).startswith("LGPL") and not licence_of(target).startswith("LGPL"):
            yield f"{path}: is LGPL and includes {target}, which is not"


def is_of_one_kind(path: Path, target: Path) -> bool:
    """Whether a file where kinds meet would include what only one kind has."""
    return str(path.parent) in COMMON and any(
        target.match(pattern) and str(path) not in may for pattern, may in KINDS
    )


def kinds_apart(path: Path) -> Iterator[str]:
    for target in included(path):
        if is_of_one_kind(path, target):
            yield f"{path}: includes {target}, which one kind has: ask the kind, by its row"


def licence_of(path: Path) -> str:
    # The first line, or the second after "#!".
    found = LICENCE.search("\n".join(text_of(path).splitlines()[:2]))
    return found[1] if found else ""


def licence_problems(path: Path) -> Iterator[str]:
    licence = licence_of(path)
    if not licence:
        yield f"{path}: does not open with an SPDX-License-Identifier"
    elif any(path.is_relative_to(folder) for folder in LGPL_FOLDERS):
        if path.suffix in (".c", ".h") and licence != "LGPL-2.1-or-later":
            yield f"{path}: the client library is LGPL-2.1-or-later, not {licence}"


def length_problems(path: Path) -> Iterator[str]:
    lines = text_of(path).count("\n")
    if lines > LINES_MAX:
        yield f"{path}: {lines} lines: more than {LINES_MAX}"
    elif lines > LINES_WARN:
        print(f"warning: {path}: {lines} lines: has it one subject?")


def name_problems(path: Path) -> Iterator[str]:
    text = text_of(path)
    for function, kind in DEFINITION.findall(text):
        yield f"{path}: {function or kind} is a name of somebody else's library"
    if CONSTRUCTOR.search(text):
        yield f"{path}: has a constructor: nothing runs before main()"


def problems() -> Iterator[str]:
    for path in sources(".c", ".h"):
        yield from include_problems(path)
        yield from kinds_apart(path)
        yield from name_problems(path)
        if path.is_relative_to("change"):
            yield from kind_problems(path, KIND, "ask the kind of the step (change/step-kind.h)")
        if path.parent == Path("daemon/claim"):
            yield from kind_problems(
                path, CLAIM_KIND, "ask the kind of the claim (daemon/claim/claim-kind.h)"
            )
    for path in sources(".c", ".h", ".py", ".sh"):
        yield from licence_problems(path)
        yield from length_problems(path)


def kind_problems(path: Path, kind: re.Pattern[str], instead: str) -> Iterator[str]:
    """Comments may give an example; what is executed may not know one."""
    code = COMMENT.sub("", text_of(path))
    for word in sorted(set(kind.findall(code))):
        yield f"{path}: names {word}: {instead}"


def self_check() -> None:
    """The rules find what they are there to find."""
    assert not may_include("util", Path("cxl/topology/topology.h"))
    assert not may_include("cxl/topology", Path("cxl/step/host-step.h"))
    assert not may_include("cxl/plan", Path("fabric/cci/command.h"))
    assert not may_include("fabric/cci", Path("change/step.h"))
    assert not may_include("fabric/cci", Path("fabric/transport/packet.h"))
    assert not may_include("cli", Path("daemon/claim/memory/memory-request.h"))
    assert not may_include("cxl/step", Path("daemon/manager.h"))
    assert not may_include("daemon/claim", Path("daemon/engine/engine.h"))
    assert not may_include("daemon/claim", Path("daemon/claim/memory/memory-kind.h"))
    assert not may_include("daemon/claim", Path("cxl/topology/topology.h"))
    assert may_include("daemon/claim/memory", Path("daemon/claim/claim-kind.h"))
    assert room_of(Path("daemon/claim/share/share-kind.c")) == "daemon/claim/share"
    assert may_include("daemon/claim/share", Path("fabric/cci/command.h"))
    assert not may_include("daemon/claim/share", Path("daemon/claim/memory/memory-claim.h"))
    assert not may_include("daemon/claim/share", Path("daemon/engine/engine.h"))
    assert may_include("daemon/api", Path("daemon/claim/memory/memory-subject.h"))
    assert CLAIM_KIND.search("claim_find_region(claim)") and not CLAIM_KIND.search("kind->object")
    assert is_of_one_kind(Path("daemon/manager.c"), Path("daemon/claim/memory/memory-change.h"))
    assert is_of_one_kind(Path("daemon/engine/work-drive.c"), Path("cxl/step/host-step.h"))
    assert not is_of_one_kind(Path("daemon/claim-kinds.c"), Path("daemon/claim/memory/memory-kind.h"))
    assert not may_include("daemon/engine", Path("daemon/api/api.h"))
    assert not may_include("daemon/api", Path("daemon/manager.h"))
    assert not may_include("change", Path("cxl/step/host-step.h"))
    assert KIND.search("step->kind == STEP_REGION") and not KIND.search("step_has(step, STEP_OWNER)")
    assert may_include("daemon", Path("cxl/plan/plan.h"))
    assert may_include("cli", Path("include/cxlfm/client.h"))
    assert INCLUDE.findall('#include "util/json.h"\n#include <cxlfm/client.h>\n#include <errno.h>') == [
        ("util/json.h", ""),
        ("", "cxlfm/client.h"),
    ]
    assert DEFINITION.search("static int cxl_memdev_read(int a)\n{\n")
    assert DEFINITION.search("struct cxl_port {\n")
    assert not DEFINITION.search("int topology_read(struct cxl_ctx *cxl_ctx)\n{\n")
    assert not DEFINITION.search("int cxl_memdev_get_id(struct cxl_memdev *memdev);\n")


def main() -> int:
    self_check()
    assert any(sources(".c")), f"no sources below {ROOT}"
    found = list(problems())
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
