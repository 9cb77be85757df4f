# SPDX-License-Identifier: GPL-2.0-only
"""A state may have any size: diff and apply read the file that export has written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_host import HOST_ID, FakeHost, answer, call, edited_store

# More than a call holds of the smallest claims; each claim as large as daemon/claim/claim.h allows.
CLAIMS = 2100
MEMBERS, PATH_LENGTH, NAME_LENGTH = 16, 255, 63
MIB = 1 << 20


def claim(number: int) -> dict[str, Any]:
    """A claim in the store's form, of memdevs that do not exist: the daemon leaves such a claim alone."""
    return {
        "name": f"{number:04}" + "n" * (NAME_LENGTH - 4),
        "owner": "uid:0",
        "size": MEMBERS * 256 * MIB,
        "type": "ram",
        "goal": "system_ram",
        "zone": "movable",
        "drift": "mend",
        "ways": MEMBERS,
        "granularity": 256,
        "members": [{"path": f"{number:04}/{i:02}".ljust(PATH_LENGTH, "p")} for i in range(MEMBERS)],
        "members_ordered": True,
    }


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHost]:
    folder = tmp_path_factory.mktemp("state")
    host = FakeHost(folder, "guest-two-bridges.json")
    try:
        assert host.start(), host.log
        assert host.stop() == 0
        with edited_store(folder) as database:
            database.executemany(
                f"INSERT INTO entry (host, key, value, revision) VALUES ('{HOST_ID}', ?, ?, ?)",
                [
                    (f"claim/{value['name']}", json.dumps(value), i + 1)
                    for i, value in enumerate(map(claim, range(CLAIMS)))
                ],
            )
            database.execute("UPDATE counter SET revision = ?", (CLAIMS + 1,))
        assert host.start(), host.log
        yield host
        assert host.stop() == 0
    finally:
        host.close()


@pytest.fixture(scope="module")
def exported(host: FakeHost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of export's."""
    written = host.run("export")
    assert written.returncode == 0, written.stderr
    path = tmp_path_factory.mktemp("file") / "state.json"
    path.write_text(written.stdout)
    return path


def test_what_is_exported_is_read(host: FakeHost, exported: Path) -> None:
    names = [c["name"] for c in json.loads(exported.read_text())["claims"]]
    assert names == [claim(i)["name"] for i in range(CLAIMS)]
    same = host.run("diff", str(exported))
    assert same.returncode == 0, same.stderr
    assert json.loads(same.stdout) == []
    nothing = host.run("apply", str(exported))
    assert nothing.returncode == 0, nothing.stderr


def test_parts_are_one_state(host: FakeHost, exported: Path, tmp_path: Path) -> None:
    """A claim that is in no part is removed; another order of members is the same claim."""
    claims = json.loads(exported.read_text())["claims"]
    kept = [c for i, c in enumerate(claims) if i not in (0, 700, 2099)]
    kept[1000]["drift"] = "leave"
    kept.append({**kept[0], "name": "0700-new"})
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"claims": list(reversed(kept))}))
    differs = host.run("diff", str(path))
    assert differs.returncode == 0, differs.stderr
    assert [(c["action"], c["name"]) for c in json.loads(differs.stdout)] == [
        *(("remove", claims[i]["name"]) for i in (0, 700, 2099)),
        ("change", kept[1000]["name"]),
        ("make", "0700-new"),
    ]


def test_a_large_state_is_checked(host: FakeHost, exported: Path, tmp_path: Path) -> None:
    claims = json.loads(exported.read_text())["claims"]
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"claims": [*claims, claims[5]]}))
    twice = host.run("diff", str(path))
    assert twice.returncode != 0
    assert claims[5]["name"] in twice.stderr
    path.write_text(json.dumps({"claims": [*claims, {"size": 1}]}))
    nameless = host.run("diff", str(path))
    assert nameless.returncode == 2
    assert f"claims[{CLAIMS}] has no name" in nameless.stderr


def test_a_part_is_about_its_range(host: FakeHost) -> None:
    outside = {"name": "zzz", "size": 256 * MIB}
    reply = answer(call(host, "DiffState", claims=[outside], after="0000", until="yyy"))
    assert reply["error"] == "io.cxlfm.Host.BadRequest"
    reply = answer(call(host, "DiffState", claims=[outside], after="zzy"))
    assert [c["name"] for c in reply["parameters"]["changes"]] == ["zzz"]


def test_parts_tell_their_state(host: FakeHost) -> None:
    """The state is another one when a claim has gone or has changed between two parts, and the same if
    nothing has changed.
    """

    def part(method: str, **parameters: Any) -> int:
        return int(answer(call(host, method, **parameters))["parameters"]["state"])

    def changed(**wish: Any) -> Any:
        return answer(call(host, "ApplyClaim", claim={"name": "part", "size": 256 * MIB, **wish}, dry_run=False))

    before = part("ExportState")
    assert part("ExportState", after=claim(100)["name"]) == before
    assert part("DiffState", claims=[], after="zz") == before
    assert host.run("add-memory", "256M", "--name", "part").returncode == 0
    made = part("ExportState", after=claim(100)["name"])
    assert "error" not in changed(drift="leave")
    other = part("DiffState", claims=[], after="zz")
    assert "error" not in changed(drift="leave")
    assert part("ExportState") == other
    assert host.run("remove-memory", "part").returncode == 0
    assert len({before, made, other, part("ExportState")}) == 4


def test_a_large_state_is_applied(host: FakeHost, exported: Path, tmp_path: Path) -> None:
    """The last test, because it changes the claims."""
    claims = json.loads(exported.read_text())["claims"]
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"claims": claims[1:]}))
    applied = host.run("apply", str(path))
    assert applied.returncode == 0, applied.stderr
    assert len(host.json("list", "--claims")) == CLAIMS - 1
