# SPDX-License-Identifier: GPL-2.0-only
"""Claims of adopted regions: adopted unchanged, forgotten, and never taken down unasked. Scripts wait for
claims, and monitors hear of their conditions.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fake_host import BUILD, HOST_ID, FakeHost, answer, call, edited_store, is_stopped, until
from largest import claim

PMEM = "guest-pmem-region.json"
ONE_SWITCH = "guest-one-switch.json"
MIB = 1 << 20


class HostOfOthers(FakeHost):
    """A host with a region over four memdevs, all of it online, without a claim."""

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
    """Conditions that hold, with their reasons."""
    return {c["condition"]: c["reason"] for c in claim_of(host, name)["conditions"] if c["holds"]}


def codes(host: FakeHost, *arguments: str) -> list[str]:
    """The codes of a refusal."""
    result = host.run(*arguments, "--debug")
    assert result.returncode == 3, result.stderr
    replies = [line for line in result.stderr.splitlines() if line.startswith("<-- ")]
    parameters = json.loads(replies[-1].split(" ", 2)[2])
    return [refusal["code"] for refusal in parameters["refusals"]]


def rename_claim(folder: Path, old: str, new: str) -> None:
    """Renames a claim in the store: an older cxlfm took any name."""
    with edited_store(folder) as store:
        store.execute(
            "UPDATE entry SET key = ?, value = replace(value, ?, ?) WHERE key = ?",
            (f"claim/{new}", f'"name":"{old}"', f'"name":"{new}"', f"claim/{old}"),
        )


def test_a_claim_that_hides_a_region(tmp_path: Path) -> None:
    """The claim region1 has region0, and region1 is another team's."""
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        assert host.run("add-memory", "256M", "--name", "hidden").returncode == 0
        assert host.run("add-memory", "256M", "--name", "theirs").returncode == 0
        assert host.run("forget", "theirs").returncode == 0
    rename_claim(tmp_path, "hidden", "region1")
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        before = host.state()
        assert claim_of(host, "region1")["region"] == "region0"
        for line in (
            ("destroy-region", "-f", "region1"),
            ("remove-memory", "region1"),
            ("offline-memory", "region1"),
            ("disable-region", "region1"),
            ("adopt", "region1"),
        ):
            result = host.run(*line)
            assert result.returncode == 3, result.stderr
            assert "say region:region1 for the region" in result.stderr
            assert "claim:region1" in result.stderr
            assert host.state() == before
        # Each spelling means one of the two.
        plan = host.json("offline-memory", "claim:region1", "--dry-run")["plan"]
        assert plan["region"] == "region0"
        plan = host.json("offline-memory", "region:region1", "--dry-run")["plan"]
        assert plan["region"] == "region1"
        assert host.run("destroy-region", "-f", "region:region1").returncode == 0
        assert [r["region"] for r in host.json("list", "-R")] == ["region0"]
        assert claim_of(host, "region1")["region"] == "region0"
        # The claim ends without harm.
        assert host.run("forget", "region1").returncode == 0
        assert host.json("list", "--claims") == []
        assert [r["region"] for r in host.json("list", "-R")] == ["region0"]
        # The name is not ambiguous any more.
        assert host.run("remove-memory", "region0").returncode == 0


def test_a_claim_that_hides_a_region_is_removed(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        assert host.run("add-memory", "256M", "--name", "hidden").returncode == 0
    rename_claim(tmp_path, "hidden", "region1")
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        exported = tmp_path / "state.json"
        exported.write_text(host.run("export").stdout)
        assert host.run("apply", str(exported)).returncode == 2
        exported.write_text('{"claims": []}')
        assert host.run("apply", str(exported)).returncode == 0
        assert (host.json("list", "--claims"), host.json("list", "-R")) == ([], [])


@pytest.mark.parametrize("line", [("add-memory", "256M"), ("create-region", "-s", "256M")])
def test_a_claim_is_told_or_not_made(tmp_path: Path, line: tuple[str, ...]) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        result = host.run(*line)
        assert result.returncode == 0
        assert "kept as claim memory-1; `cxlfm forget memory-1` ends the claim\n" in result.stderr
        assert host.run("forget", "memory-1").returncode == 0
        assert host.run("remove-memory", "region0").returncode == 0
        result = host.run(*line, "--no-claim")
        assert (result.returncode, "kept" in result.stderr) == (0, False)
        assert "claim" not in json.loads(result.stdout)
        assert host.json("list", "--claims") == []
        assert [region["region"] for region in host.json("list", "-R")] == ["region0"]


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
        # The region stays so: a claim that is as wanted is left alone.
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
    """A listing of cxl does not tell the UUID, and a claim without the UUID would not know its data again."""
    with FakeHost(tmp_path, PMEM) as host:
        unknown = host.run("adopt", "region0")
        assert unknown.returncode == 3 and "does not tell the UUID of region0" in unknown.stderr
        record = host.json("record")
    (region,) = (found for window in record["list"][0]["decoders:root0"]
                 for found in window.get("regions:" + window["decoder"], []))
    region["uuid"] = "5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00"
    (tmp_path / "record.json").write_text(json.dumps(record))
    with FakeHost(tmp_path, str(tmp_path / "record.json")) as host:
        assert host.run("adopt", "region0", "--drift=leave").returncode == 0
        claim = claim_of(host, "memory-1")
        assert (claim["type"], claim["goal"], claim["drift"]) == ("pmem", "region", "leave")
        assert claim["uuid"] == region["uuid"]


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
        # A claim's name does not name a region here.
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
        # The region is nobody's now, and can be taken down like any other.
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
    """The adopted region stays, the region made by cxlfm goes."""
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


# Waiting


def start(host: FakeHost, *arguments: str) -> subprocess.Popen[str]:
    """Starts cxlfm in the background, and returns after its call."""
    process = subprocess.Popen(
        [BUILD / "cli/cxlfm", *arguments, "--debug"],
        env={**os.environ, "CXLFM_SOCKET": str(host.socket)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("-->")
    # Next, the program sends and waits; a later call is answered later.
    status = Path(f"/proc/{process.pid}/stat")
    until(lambda: status.read_text().rsplit(")", 1)[1].split()[0] in "SZ")
    assert host.run("version").returncode == 0
    return process


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code, and the output."""
    _, err = process.communicate(timeout=30)
    said = [line for line in err.splitlines() if not line.startswith(("-->", "<--"))]
    return process.returncode, "\n".join(said)


class HostWithoutItsRegion(FakeHost):
    """A host whose claim "a" has lost its region while no daemon was running."""

    def __init__(self, folder: Path, drift: str, hang: int | None = None) -> None:
        super().__init__(folder, ONE_SWITCH, keep=True, hang=hang)
        self.file = folder / "state.yaml"
        self.drift = drift

    def write(self, drift: str) -> str:
        self.file.write_text(f"claims: [{{name: a, size: 256M, drift: {drift}}}]\n")
        return str(self.file)

    def __enter__(self) -> FakeHost:
        super().__enter__()
        assert self.run("apply", self.write(self.drift)).returncode == 0
        assert self.stop() == 0
        (self.folder / "kernel").unlink()
        assert self.start()
        return self


def test_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert host.run("wait").returncode == 0
        assert codes(host, "wait", "b", "a", "b") == ["unknown-claim", "unknown-claim"]
        for name in ("a", "b"):
            assert host.run("add-memory", "256M", "--name", name).returncode == 0
        assert (host.run("wait").stdout, host.run("wait").returncode) == ("", 0)
        assert host.run("wait", "a", "b", "a", "--for=Carved").returncode == 0
        refused = host.run("wait", "a", "c")
        assert refused.returncode == 3
        assert "c: there is no claim of this name" in refused.stderr


def test_the_time_is_over(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        for name in ("a", "b"):
            assert host.run("add-memory", "256M", "--name", name).returncode == 0
        for seconds in ("0", "1"):
            late = host.run("wait", "a", "--for=Lost", "--timeout", seconds)
            assert late.returncode == 10
            assert late.stderr == "cxlfm wait: timed out\n  a: RegionPresent\n"
        everybody = host.run("wait", "--for", "Degraded", "--timeout=0")
        assert everybody.stderr.splitlines()[1:] == ["  a: AsWanted", "  b: AsWanted"]


def test_what_is_waited_for_comes(tmp_path: Path) -> None:
    """The adopted region is made again after a second, without a request."""
    with HostWithoutItsRegion(tmp_path, "mend") as host:
        assert host.run("wait", "a", "--timeout=20").returncode == 0
        assert "Online" in conditions(host, "a")


def test_what_is_left_does_not_come(tmp_path: Path) -> None:
    with HostWithoutItsRegion(tmp_path, "leave") as host:
        assert host.run("wait", "--for=Stalled", "--timeout=20").returncode == 0
        late = host.run("wait", "--timeout=1")
        assert late.returncode == 10
        assert late.stderr.splitlines()[1] == (
            "  a: its region is not there any more; cxlfmd leaves it as it is: "
            "others changed it, and its drift policy is to leave such changes"
        )
        # Until an admin says otherwise.
        waiter = start(host, "wait")
        assert host.run("apply", host.write("mend")).returncode == 0
        assert end(waiter) == (0, "")


def test_a_claim_ends_while_it_is_waited_for(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        for name in ("a", "b"):
            assert host.run("add-memory", "256M", "--name", name).returncode == 0
        waiters = [start(host, "wait", "a", "b", "--for=Lost") for _ in range(2)]
        others = start(host, "wait", "b", "--for=Lost")
        everybody = start(host, "wait", "--for=Lost")
        assert host.run("forget", "a").returncode == 0
        for waiter in waiters:
            code, said = end(waiter)
            assert code == 3
            assert "a: the claim has ended during the wait" in said
        assert others.poll() is None and everybody.poll() is None
        assert host.run("remove-memory", "b").returncode == 0
        assert end(others)[0] == 3
        # A claim that has ended holds every condition.
        assert end(everybody)[0] == 0


def test_a_new_wish_is_not_held_by_what_was(tmp_path: Path) -> None:
    """The answer is about the claim as it is now, and from a look that was taken since."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert host.run("add-memory", "256M", "--name", "a").returncode == 0
        for zone in ("offline", "movable", "offline"):
            state = tmp_path / "state.yaml"
            state.write_text(f"claims: [{{name: a, size: 256M, zone: {zone}}}]\n")
            assert host.run("apply", str(state)).returncode == 0
            assert host.run("wait", "a", "--timeout=20").returncode == 0
            assert claim_of(host, "a")["zone"] == zone


def test_a_waiter_leaves(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert host.run("add-memory", "256M", "--name", "a").returncode == 0
        waiter = start(host, "wait", "a", "--for=Lost")
        waiter.send_signal(signal.SIGINT)
        assert end(waiter)[0] == -signal.SIGINT
        assert host.run("remove-memory", "a").returncode == 0


def test_waiters_have_a_limit(tmp_path: Path) -> None:
    # daemon/process/quota.c: root may have half of all.
    limit = 64 if os.getuid() == 0 else 32
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert host.run("add-memory", "256M", "--name", "a").returncode == 0
        waiting = [call(host, "WaitClaims", condition="Lost") for _ in range(limit)]
        assert host.run("version").returncode == 0
        refused = answer(call(host, "WaitClaims", condition="Online"))
        assert refused["error"] == "io.cxlfm.Host.TooManyRequests"
        # Clients that leave make room.
        for client in waiting:
            client.close()
        until(lambda: host.run("wait", "a").returncode == 0)


@pytest.mark.parametrize(
    "parameters",
    [
        {"condition": "online"},
        {"condition": "Online", "claims": [1]},
        {"condition": "Online", "timeout_ms": -1},
        {"condition": "Online", "timeout_ms": 1 << 40},
        {},
    ],
)
def test_nonsense_is_not_waited_for(tmp_path: Path, parameters: Any) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert "error" in answer(call(host, "WaitClaims", **parameters))


def test_what_holds_is_told_however_many_ask(tmp_path: Path) -> None:
    """Each answer has its turn; a client that does not want to wait does not hear of a timeout meanwhile."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert host.run("add-memory", "256M", "--name", "a").returncode == 0
        assert host.run("wait", "a").returncode == 0
        waiting = [call(host, "WaitClaims", condition="Online", timeout_ms=0) for _ in range(20)]
        for client in waiting:
            assert "error" not in answer(client)


def test_waiting_for_a_daemon_that_is_starting(tmp_path: Path) -> None:
    """No client is answered before the memory that a reboot took is back."""
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        assert host.run("add-memory", "256M", "--name", "a").returncode == 0
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    with edited_store(tmp_path) as store:
        store.execute("UPDATE entry SET value = replace(value, ?, ?)", (boot, "before"))
    (tmp_path / "kernel").unlink()
    host = FakeHost(tmp_path, ONE_SWITCH, keep=True, hang=3)
    ready: list[bool] = []
    starting = threading.Thread(target=lambda: ready.append(host.start()))
    starting.start()
    try:
        until(lambda: host.socket.exists() and host.run("version").returncode == 0)
        waiters = [start(host, "wait", *name) for name in ([], ["a"])]
        late = host.run("wait", "a", "--timeout=0")
        assert (late.returncode, late.stderr.splitlines()[0]) == (
            10,
            "cxlfm wait: timed out",
        )
        until(lambda: is_stopped(host.helper_pid))
        assert ([waiter.poll() for waiter in waiters], ready) == ([None, None], [])
        os.kill(host.helper_pid, signal.SIGCONT)
        assert [end(waiter) for waiter in waiters] == [(0, ""), (0, "")]
    finally:
        starting.join(20)
        host.stop()
        host.close()
    assert ready == [True]


def test_another_program_changes_the_host_at_the_start(tmp_path: Path) -> None:
    """The daemon waits for the other program once, not once for each claim; then all claims are mended."""
    names = ["a", "b", "c", "d"]
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        for name in names:
            assert host.run("add-memory", "256M", "--name", name).returncode == 0
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    with edited_store(tmp_path) as store:
        store.execute("UPDATE entry SET value = replace(value, ?, ?)", (boot, "before"))
    (tmp_path / "kernel").unlink()
    host = FakeHost(tmp_path, ONE_SWITCH, keep=True)
    host.held.touch()
    with host:
        assert host.log.count("could not be mended") == 1
        assert "cxlfm-worker (pid 4711) is changing CXL memory" in host.log
        host.held.unlink()
        assert host.run("wait", *names, "--timeout=20").returncode == 0


def test_claims_that_are_not_known(tmp_path: Path) -> None:
    """Without its store the daemon does not know any claim to wait for, and says so."""
    (tmp_path / "store.db").write_bytes(b"no database" * 100)
    with FakeHost(tmp_path, ONE_SWITCH, keep=True) as host:
        for names in ([], ["a"]):
            result = host.run("wait", *names)
            assert result.returncode == 1
            assert "'journalctl -u cxlfmd' shows what is wrong with its store" in result.stderr


# Monitors


def changes_of(host: FakeHost, act: Callable[[], object], last: Callable[[Any], bool]) -> list[Any]:
    """A monitor's changes of claims, from here to the last awaited one."""
    monitor = start(host, "monitor")
    assert monitor.stdout is not None
    act()
    changes: list[Any] = []
    while not changes or not last(changes[-1]):
        change = json.loads(monitor.stdout.readline())
        if change["kind"] == "claim":
            changes.append(change)
    monitor.send_signal(signal.SIGINT)
    assert end(monitor)[0] == 0
    return changes


def test_a_monitor_is_told_of_claims_that_come_and_go(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:

        def act() -> None:
            assert host.run("add-memory", "256M", "--name", "a").returncode == 0
            assert host.run("wait", "a").returncode == 0
            assert host.run("forget", "a").returncode == 0

        changes = changes_of(host, act, lambda change: change["change"] == "removed")
        assert [(change["change"], change["name"]) for change in changes] == [
            ("added", "a"),
            ("removed", "a"),
        ]
        held = {c["condition"] for c in changes[0]["to"]["conditions"] if c["holds"]}
        assert held == {"Planned", "Carved", "Online"}
        assert changes[1]["from"]["size"] == 256 * MIB


def test_a_monitor_is_told_of_all_at_once(tmp_path: Path) -> None:
    """Of a start that gives many claims memory: more changes than may lie unread, for a monitor that reads.
    """
    count = 1000
    record = tmp_path / "record.json"
    record.write_bytes(subprocess.check_output([BUILD / "test/bench/make-host", "32", "32"]))
    with FakeHost(tmp_path, str(record), keep=True):
        pass
    with edited_store(tmp_path) as store:
        store.executemany(
            f"INSERT INTO entry (host, key, value, revision) VALUES ('{HOST_ID}', ?, ?, ?)",
            [(f"claim/{value['name']}", json.dumps(value), 1) for value in map(claim, range(count))],
        )
    (tmp_path / "kernel").unlink()
    host = FakeHost(tmp_path, str(record), keep=True, hang=3)
    starting = threading.Thread(target=lambda: host.start(timeout=60))
    starting.start()
    try:
        until(lambda: host.socket.exists() and host.run("version").returncode == 0)
        until(lambda: is_stopped(host.helper_pid))
        monitor = call(host, "Monitor", more=True)
        # A later call is answered later.
        assert host.run("version").returncode == 0
        os.kill(host.helper_pid, signal.SIGCONT)
        online: set[str] = set()
        with monitor, monitor.makefile("rb") as stream:
            data = stream.read1(1)
            # As if another program had the processor.
            time.sleep(0.3)
            while len(online) < count:
                data += stream.read1(65536) or pytest.fail("the monitor was dropped")
                *messages, data = data.split(b"\0")
                for message in messages:
                    change = json.loads(message)["parameters"]["change"]
                    if change.get("condition") == "Online" and change["holds"]:
                        online.add(change["name"])
    finally:
        starting.join(60)
        host.stop()
        host.close()


def test_a_monitor_is_told_how_claims_stand(tmp_path: Path) -> None:
    with HostWithoutItsRegion(tmp_path, "leave") as host:
        assert host.run("wait", "--for=Stalled", "--timeout=20").returncode == 0

        def is_online(change: Any) -> bool:
            return change.get("condition") == "Online" and change["holds"]

        changes = changes_of(host, lambda: host.run("apply", host.write("mend")), is_online)
        assert {change["change"] for change in changes} == {"changed"}
        assert changes[-1]["name"] == "a"
        assert changes[-1]["reason"] == "GoalReached"
        stalled = next(change for change in changes if change["condition"] == "Stalled")
        assert (stalled["holds"], stalled["reason"]) == (False, "Mending")
