# SPDX-License-Identifier: GPL-2.0-only
"""Every method of io.cxlfm.Host with its largest parameters, and the longest turn of the loop that each
takes.

The methods are those of the interface file: largest_calls() fails for a method that is missing here.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fake_host import BUILD, HOST_ID, FakeHost, answer, call, edited_store

INTERFACE = Path(__file__).resolve().parents[2] / "daemon" / "api" / "io.cxlfm.Host.varlink"
MIB = 1 << 20
# util/varlink-message.h: bytes and values of one call, less those around the parameters.
CALL_BYTES = 256 * 1024 - 2048
CALL_VALUES = 16 * 1024 - 64
OTHER_BOOT = "00000000-0000-0000-0000-000000000001"

Parameters = dict[str, Any]


def methods() -> list[str]:
    return re.findall(r"^method (\w+)\(", INTERFACE.read_text(), re.MULTILINE)


def words(text: str, length: int = CALL_BYTES) -> str:
    """Repeats a word as often as the limit allows."""
    return (text * (length // len(text)))[:length].rstrip()


LETTERS = [
    "buses", "ports", "endpoints", "decoders", "memdevs", "targets", "regions", "dax", "health",
    "partition", "alert_config", "firmware", "media_errors",
]  # fmt: skip
# Names that no object has, a name that all objects have, numbers in three bases, and one word without an end.
FILTERS = {
    "memdev": ["all ", "1 ", "mem9999 ", "0000:00:1f.7 ", "m"],
    "serial": ["1 ", "0x9999 ", "0777 ", "1"],
    "bus": ["all ", "root9 ", "ACPI.CXX "],
    "port": ["all ", "port99999 ", "endpoint ", "e"],
    "endpoint": ["all ", "endpoint99999 ", "1 "],
    "decoder": ["all ", "decoder9999.9 ", "9.9 ", "endpoint "],
    "region": ["all ", "region9999 ", "1 "],
}


def lists() -> Iterator[Parameters]:
    everything: Parameters = {"show": LETTERS, "idle": True, "verbose": 3}
    yield {"options": everything}
    yield {"options": {**everything, "human": True}}
    yield {"options": {"show": LETTERS * (CALL_VALUES // len(LETTERS))}}
    for name, texts in FILTERS.items():
        for text in texts:
            yield {"options": {**everything, name: words(text)}}
    for texts in ({n: t[0] for n, t in FILTERS.items()}, {n: t[1] for n, t in FILTERS.items()}):
        share = CALL_BYTES // len(texts)
        yield {"options": {**everything, **{n: words(t, share) for n, t in texts.items()}}}
    numbers = " ".join(str(i) for i in range(10000))
    yield {"options": {**everything, "memdev": numbers, "serial": numbers}}
    yield {"options": {**everything, "memdev": numbers, "decoder": " ".join(f"{i}.0" for i in range(10000))}}


def wish(number: int, members: int = 1) -> Parameters:
    return {
        "name": f"{'n' * 50}-{number:06}",
        "size": 256 * MIB,
        "goal": "system_ram",
        "members": [{"serial": 1 + (number + i) % 16} for i in range(members)],
    }


def many_wishes() -> list[Parameters]:
    """As many wishes as util/declared-limits.h lets a client send at once."""
    return [wish(i) for i in range(1024)]


def requests() -> Iterator[Parameters]:
    names = [f"mem{i}" for i in range(CALL_VALUES)]
    choices: list[Parameters] = [
        {"size": 256 * MIB},
        {"size": 16 * 256 * MIB, "ways": 16},
        {"ways": 12, "granularity": 512, "near_node": 5, "qos_class": 9, "qos_enforced": True},
        {"size": 256 * MIB, "memdevs": names},
        {"size": 256 * MIB, "memdevs": names, "ways": 16},
        {"memdevs": ["mem0"] * CALL_VALUES},
        {"memdevs": [f"serial:{1 + i}" for i in range(CALL_VALUES)]},
        {"memdevs": [f"0000:{i % 256:02x}:00.0" for i in range(10000)]},
        {"memdevs": names[:32]},
        {"size": 256 * MIB, "decoder": "d" * CALL_BYTES},
        {"size": 256 * MIB, "bus": "b" * CALL_BYTES},
        {"size": 256 * MIB, "memdevs": ["m" * CALL_BYTES]},
        {"size": 256 * MIB, "uuid": "u" * CALL_BYTES},
    ]
    for choice in choices:
        for kind in ("ram", "pmem"):
            yield {"request": {**choice, "type": kind}, "goal": "system_ram", "dry_run": True}
        yield {"request": choice, "goal": "region", "dry_run": True}
    yield {"request": {"size": 256 * MIB}, "goal": "devdax", "claim": "c" * CALL_BYTES, "dry_run": True}


REGIONS = ["region0", "dax0.0", "region9999", "dax9999.0", "t" * CALL_BYTES]
# The object of a change; the first one exists on every host of Crowded.
SUBJECTS: list[Parameters] = [
    {"claim": f"{'n' * 50}-000000"},
    *({"claim": name} for name in ("none", "c" * CALL_BYTES)),
    *({"region": name} for name in REGIONS),
]


def largest_calls() -> dict[str, list[Parameters]]:
    """By method, the parameters that may take long; dry runs if the method has them."""
    names = [f"{'n' * 8}-{i:06}" for i in range(CALL_VALUES)][: CALL_BYTES // 18]
    return {
        "GetVersion": [{}],
        "List": list(lists()),
        "Tree": [{"unicode": True}],
        "Record": [{}],
        "CreateRegion": list(requests()),
        "ListClaims": [{}],
        "WaitClaims": [
            {"claims": given, "condition": condition, "timeout_ms": 1}
            for given in (None, names, [names[0]] * len(names))
            for condition in ("Online", "Lost")
        ],
        "DiffState": [
            {"claims": []},
            {"claims": many_wishes()},
            {"claims": [wish(0)] * len(many_wishes())},
            {"claims": [wish(i) for i in range(1300)]},
            {"claims": [{"name": "one", "size": 1, "members": [{"serial": 1}] * (CALL_VALUES // 3)}]},
            {"claims": [{str(i): 1} for i in range(CALL_VALUES // 3)]},
            {"claims": [{str(i): 1 for i in range(CALL_VALUES // 3)}]},
        ],
        "ExportState": [{}],
        # Invalid wishes, because valid ones would be fulfilled: test_turns.py has those.
        "Apply": [
            {"claims": [{"name": "one", "size": 1, "members": [{"serial": 1}] * (CALL_VALUES // 3)}]},
            {"claims": [wish(0)] * len(many_wishes())},
            {"claims": [{str(i): 1} for i in range(CALL_VALUES // 3)]},
        ],
        "AddState": [
            {"claims": [], "until": "z"},
            {"claims": many_wishes(), "until": "z"},
            {"claims": [{str(i): 1} for i in range(CALL_VALUES // 3)], "until": "z"},
        ],
        "ApplyClaim": [
            {"claim": {**wish(0), "members": members, "size": 4096 * MIB}, "dry_run": True}
            for members in (
                [{"serial": i + 1} for i in range(16)],
                [{"path": "p" * 200 + str(i)} for i in range(1000)],
                [{"serial": 1}] * (CALL_VALUES // 3),
            )
        ]
        + [{"claim": {str(i): 1 for i in range(CALL_VALUES // 3)}, "dry_run": True}],
        # With the largest number: test_turns.py.
        "ListChanges": [{}],
        "WaitChange": [{"id": name} for name in ("7h2k9qd-1", "9" * CALL_BYTES)],
        "CancelChange": [{"id": name} for name in ("7h2k9qd-1", "9" * CALL_BYTES)],
        "AdoptRegion": [
            {"region": region, "claim": claim, "dry_run": True}
            for region in REGIONS[:4]
            for claim in (None, "c" * (CALL_BYTES - 100))
        ],
        "ForgetClaim": [{**subject, "dry_run": True} for subject in SUBJECTS[:3]]
        + [
            {"claim": "c" * CALL_BYTES, "request_id": "a", "dry_run": False},
            {"claim": "none", "request_id": "r" * CALL_BYTES, "dry_run": False},
            {"claim": "c" * CALL_BYTES, "no_wait": True, "dry_run": False},
        ],
        "RemoveRegion": [
            {**subject, "keep_region": False, "force": True, "dry_run": True} for subject in SUBJECTS
        ],
        "EnableRegion": [{**subject, "goal": "devdax", "dry_run": True} for subject in SUBJECTS],
        "SetMemory": [{**subject, "zone": "kernel", "dry_run": True} for subject in SUBJECTS],
        # Ends with an error, because `more` is missing: test_turns.py measures the cost with a look.
        "Monitor": [{}],
    }


def claim(number: int) -> Parameters:
    """A claim in the store's form, with the binding of before a reboot."""
    members = [{"serial": number + 1}]
    return {
        **wish(number),
        "owner": "uid:0",
        "type": "ram",
        "zone": "movable",
        "drift": "mend",
        "members": members,
        "binding": {
            "boot": OTHER_BOOT,
            "resource": (4 << 30) + number * 256 * MIB,
            "size": 256 * MIB,
            "ways": 1,
            "granularity": 256,
            "members": members,
        },
    }


class Crowded:
    """A host of many memdevs, each with a claim that has a region; a context manager."""

    def __init__(self, folder: Path, bridges: int, memdevs: int, claims: int | None = None) -> None:
        self._folder = folder
        record = folder / "host.json"
        record.write_bytes(
            subprocess.check_output([BUILD / "test/bench/make-host", str(bridges), str(memdevs)])
        )
        self.count = bridges * memdevs
        self._claims = self.count - 16 if claims is None else claims
        self.host = FakeHost(folder, str(record), debug=True)

    def __enter__(self) -> Crowded:
        assert self.host.start(), self.host.log
        if self._claims:
            assert self.host.stop() == 0
            with edited_store(self._folder) as database:
                database.executemany(
                    f"INSERT INTO entry (host, key, value, revision) VALUES ('{HOST_ID}', ?, ?, ?)",
                    [
                        (f"claim/{value['name']}", json.dumps(value), i + 1)
                        for i, value in enumerate(map(claim, range(self._claims)))
                    ],
                )
                database.execute("UPDATE counter SET revision = ?", (self._claims + 1,))
            assert self.host.start(), self.host.log
        return self

    def __exit__(self, *_: object) -> None:
        self.host.stop()
        self.host.close()

    def turns(self, since: int = 0) -> list[int]:
        """The turns of a millisecond and more, in microseconds, from an offset of the log on."""
        return [int(us) for us in re.findall(r"a turn took (\d+) us", self.host.log[since:])]

    def longest(self, method: str, parameters: Parameters) -> tuple[int, Any]:
        """The longest turn of one call in microseconds, and the answer.

        A call that the interface refuses is not handled, and measures nothing.
        """
        since = len(self.host.log)
        reply = answer(call(self.host, method, **parameters))
        refused = reply.get("error", "").startswith("org.varlink.service.")
        assert refused == (method == "Monitor"), str(reply)[:300]
        # The log tells the turn with the answer after the answer.
        answer(call(self.host, "GetVersion"))
        return max(self.turns(since), default=0), reply
