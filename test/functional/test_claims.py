# SPDX-License-Identifier: GPL-2.0-only
"""Claims of regions that others made: taken up as they are, let go of, and never taken down unasked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fake_host import FakeHost

PMEM = "guest-pmem-region.json"
ONE_SWITCH = "guest-one-switch.json"
MIB = 1 << 20


class HostOfOthers(FakeHost):
    """With a region over four memdevs, all of it online, that is nobody's claim."""

    def __init__(self, folder: Path, keep: bool = False) -> None:
        super().__init__(folder, ONE_SWITCH, keep=keep)

    def __enter__(self) -> FakeHost:
        super().__enter__()
        assert self.run("add-memory", "1G", "--ways", "4", "--name", "made").returncode == 0
        assert self.run("forget", "made").returncode == 0
        assert self.json("list", "--claims") == []
        return self


def claim_of(host: FakeHost, name: str) -> Any:
    return next(claim for claim in host.json("list", "--claims") if claim["name"] == name)


def conditions(host: FakeHost, name: str) -> dict[str, str]:
    """Those that hold, and why."""
    return {c["condition"]: c["reason"] for c in claim_of(host, name)["conditions"] if c["holds"]}


def codes(host: FakeHost, *arguments: str) -> list[str]:
    """Why it is refused."""
    result = host.run(*arguments, "--debug")
    assert result.returncode == 3, result.stderr
    replies = [line for line in result.stderr.splitlines() if line.startswith("<-- ")]
    parameters = json.loads(replies[-1].split(" ", 2)[2])
    return [refusal["code"] for refusal in parameters["refusals"]]


def test_a_region_is_adopted_as_it_is(tmp_path: Path) -> None:
    with HostOfOthers(tmp_path) as host:
        before = host.state()
        adopted = host.json("adopt", "region0", "--name", "db")
        assert (adopted["region"], adopted["claim"]) == ("region0", "db")
        assert host.state() == before
        claim = claim_of(host, "db")
        serials = {m["memdev"]: m["serial"] for m in host.json("list", "-M")}
        assert claim["size"] == 1024 * MIB
        assert (claim["type"], claim["goal"], claim["zone"]) == ("ram", "system_ram", "movable")
        region = host.json("list", "-R", "-T")[0]
        members = {m["position"]: {"serial": serials[m["memdev"]]} for m in region["mappings"]}
        assert (claim["ways"], claim["granularity"]) == (4, region["interleave_granularity"])
        assert claim["members"] == [members[position] for position in range(4)]
        assert claim["members_ordered"] and claim["adopted"]
        assert claim["window"] == host.json("list", "-D", "-d", "decoder0.0")[0]["resource"]
        assert claim["drift"] == "mend"
        assert claim["binding"]["members"] == claim["members"]
        assert claim["region"] == "region0"
        assert conditions(host, "db")["Online"] == "GoalReached"
        # And stays so: nothing is done about what is as it is wanted.
        assert host.state() == before


def test_a_dry_run_makes_no_claim(tmp_path: Path) -> None:
    with HostOfOthers(tmp_path) as host:
        plan = host.json("adopt", "dax0.0", "--dry-run")["plan"]
        assert (plan["region"], plan["steps"]) == ("region0", [])
        assert host.json("list", "--claims") == []
        assert host.run("adopt", "region0").returncode == 0
        assert host.json("forget", "memory-1", "--dry-run")["plan"]["region"] == "region0"
        assert [claim["name"] for claim in host.json("list", "--claims")] == ["memory-1"]


def test_pmem_is_adopted_by_its_uuid(tmp_path: Path) -> None:
    with FakeHost(tmp_path, PMEM) as host:
        region = host.json("list", "-R")[0]
        assert host.run("adopt", "region0", "--drift=leave").returncode == 0
        claim = claim_of(host, "memory-1")
        assert (claim["type"], claim["goal"], claim["drift"]) == ("pmem", "region", "leave")
        assert claim.get("uuid") == region.get("uuid")


@pytest.mark.parametrize(
    ("command", "wants"),
    [
        ("offline-memory", {"goal": "system_ram", "zone": "offline"}),
        ("disable-region", {"goal": "region", "disabled": True}),
        ("enable-region", {"goal": "system_ram", "zone": "movable"}),
    ],
)
def test_a_claim_wants_what_is_there(tmp_path: Path, command: str, wants: dict[str, Any]) -> None:
    with HostOfOthers(tmp_path) as host:
        assert host.run(*command.split(), "region0").returncode == 0
        assert host.json("list", "--claims") == []
        assert host.run("adopt", "region0", "--name", "db").returncode == 0
        claim = claim_of(host, "db")
        assert {key: claim.get(key) for key in wants} == wants
        assert "Online" in conditions(host, "db")


def test_what_can_not_be_adopted(tmp_path: Path) -> None:
    with HostOfOthers(tmp_path) as host:
        assert codes(host, "adopt", "region9") == ["unknown-region"]
        assert host.run("adopt", "region0", "--name", "db").returncode == 0
        assert codes(host, "adopt", "region0") == ["region-claimed"]
        assert codes(host, "forget", "nobody") == ["unknown-claim"]
        # A claim's name is none for a region here.
        assert codes(host, "adopt", "db") == ["unknown-region"]
        assert host.run("forget", "db").returncode == 0
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        for name in ("a", "b"):
            assert host.run("add-memory", "256M", "--name", name).returncode == 0
        assert host.run("forget", "b").returncode == 0
        taken = claim_of(host, "a")["region"]
        region = next(r["region"] for r in host.json("list", "-R") if r["region"] != taken)
        assert codes(host, "adopt", region, "--name", "a") == ["claim-exists"]
        assert host.run("adopt", region, "--name", "b").returncode == 0


def test_what_is_forgotten_stays(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        region = host.json("add-memory", "256M", "--name", "a")["region"]["region"]
        before = host.state()
        result = host.run("forget", "a")
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "a: forgotten\n")
        assert host.json("list", "--claims") == []
        assert host.state() == before
        # It is nobody's now, and can be taken down like anybody's.
        assert host.run("remove-memory", region).returncode == 0


def test_a_claim_outlives_the_daemon(tmp_path: Path) -> None:
    with HostOfOthers(tmp_path, keep=True) as host:
        before = host.state()
        assert host.run("adopt", "region0", "--name", "db").returncode == 0
        claim = claim_of(host, "db")
        assert host.stop() == 0
        assert host.start()
        again = claim_of(host, "db")
        for state in (claim, again):
            state.pop("conditions")
        assert again == claim
        assert "Online" in conditions(host, "db")
        assert host.run("forget", "db").returncode == 0
        assert host.stop() == 0
        assert host.start()
        assert host.json("list", "--claims") == []
        assert host.state() == before


def test_a_file_without_it_has_it_forgotten(tmp_path: Path) -> None:
    """What was adopted stays, what was made here goes."""
    nothing = tmp_path / "nothing.yaml"
    nothing.write_text("claims: []\n")
    with HostOfOthers(tmp_path) as host:
        before = host.state()
        assert host.run("adopt", "region0", "--name", "db").returncode == 0
        exported = tmp_path / "exported.json"
        exported.write_text(host.run("export").stdout)
        assert host.json("diff", str(exported)) == []
        assert host.run("apply", str(exported)).stderr == "nothing to change\n"
        assert claim_of(host, "db")["adopted"]

        assert host.json("diff", str(nothing)) == [{"action": "forget", "name": "db"}]
        result = host.run("apply", str(nothing))
        assert (result.returncode, result.stderr) == (0, "forgot db\napplied 1 change\n")
        assert host.json("list", "--claims") == []
        assert host.state() == before


def test_an_explicit_word_takes_it_down(tmp_path: Path) -> None:
    with HostOfOthers(tmp_path) as host:
        assert host.run("adopt", "region0", "--name", "db").returncode == 0
        assert host.run("remove-memory", "db").returncode == 0
        assert host.json("list", "-Ri") == []
        assert host.json("list", "--claims") == []
