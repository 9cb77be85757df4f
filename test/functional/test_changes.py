# SPDX-License-Identifier: GPL-2.0-only
"""Every failure at every step: the host is as before, and the answer tells the cause."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fake_host import BUILD, FakeHost, answer, call, is_stopped, step_count, until

ONE_SWITCH = "guest-one-switch.json"
# Kinds of a failing write: an error without or with the effect, or no answer without or with the effect. An
# error with the effect is no failure: the kernel's value afterwards counts.
KINDS = ["before", "after", "silent-before", "silent-after"]
EIO = 5
LEFTOVER = 5  # the exit code of cxlfm if not all steps could be taken back


def writes_of(tmp_path: Path, *arguments: str, region: bool = False) -> int:
    """The number of writes of an undisturbed run, which is the number of steps in its plan."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        if region:
            assert host.run("add-memory", "512M").returncode == 0
        result = host.run(*arguments, "--dry-run")
        assert result.returncode == 0, result.stderr
        return step_count(json.loads(result.stdout)["plan"])


def test_add_and_remove(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        before = host.state()
        outcome = host.json("add-memory", "512M")
        assert outcome["region"]["size"] == 512 << 20
        assert outcome["region"]["decode_state"] == "commit"
        assert outcome["node"] >= 0
        assert host.state() != before
        assert host.run("remove-memory", outcome["region"]["region"]).returncode == 0
        assert host.state() == before


def test_dry_run_changes_nothing(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        before = host.json("record")
        plan = host.json("add-memory", "512M", "--dry-run")["plan"]
        assert plan["size"] == 512 << 20
        assert [step["kind"] for step in plan["steps"]][0] == "region"
        assert host.json("record") == before


@pytest.mark.parametrize("deaths", [1, 2])
def test_the_proof_dies(tmp_path: Path, deaths: int) -> None:
    """The death of one worker does no harm; a change that can't be proved is taken back."""
    with FakeHost(tmp_path, ONE_SWITCH, die=f"region:{deaths}") as host:
        before = host.state()
        result = host.run("add-memory", "512M")
        if deaths == 2:
            assert result.returncode == 1
            assert "can't be looked at" in result.stderr
            assert host.state() == before
            assert host.json("list", "--claims") == []
            result = host.run("add-memory", "512M")
        assert result.returncode == 0, result.stderr
        assert [c["region"] for c in host.json("list", "--claims")] == ["region0"]
        assert "binding" in host.json("list", "--claims")[0]


def test_a_malformed_step_is_not_come_to(tmp_path: Path) -> None:
    """A kernel has a policy that cxlfm does not know: the helper would refuse to set it after the region was
    made. So nothing is made.
    """
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        record = host.json("record")
    assert record["memory"]["auto_online_blocks"] == "online"
    record["memory"]["auto_online_blocks"] = "online_some_day"
    (tmp_path / "record.json").write_text(json.dumps(record))
    with FakeHost(tmp_path, str(tmp_path / "record.json")) as host:
        before = host.state()
        for dry in ([], ["--dry-run"]):
            result = host.run("add-memory", "512M", *dry)
            assert result.returncode == 3
            assert "auto_online_blocks online_some_day -> online_movable" in result.stderr
        assert host.state() == before


def test_somebody_else_changes_the_host(tmp_path: Path) -> None:
    """A change waits for some time, and names the other program; no step is performed."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        before = host.state()
        host.held.touch()
        result = host.run("add-memory", "512M")
        assert result.returncode == 1
        assert "cxlfm-worker (pid 4711) is changing CXL memory" in result.stderr
        assert host.state() == before
        host.held.unlink()
        assert host.run("add-memory", "512M").returncode == 0


def test_undo_does_not_wait_for_a_diagnosis(tmp_path: Path) -> None:
    """The search for users of memory may take long: the undo does not wait for the search, and the answer
    comes without the users.
    """
    adding = writes_of(tmp_path, "add-memory", "512M")
    busy = f"{adding + 2}:16:before"
    with FakeHost(tmp_path, ONE_SWITCH, fail=busy, silent="holders:1") as host:
        assert host.run("add-memory", "512M").returncode == 0
        before = host.state()
        with subprocess.Popen(
            [BUILD / "cli/cxlfm", "remove-memory", "region0"],
            env={**os.environ, "CXLFM_SOCKET": str(host.socket)},
            stderr=subprocess.PIPE,
            text=True,
        ) as client:
            until(lambda: "Device or resource busy" in host.log)
            until(lambda: host.state() == before)
            assert client.poll() is None
            assert "were not found in time" not in host.log
            _, errors = client.communicate(timeout=20)
        assert client.returncode == 4, errors
        assert "the users of the memory were not found in time" in host.log


def test_dry_run_tells_what_becomes_of_claims(tmp_path: Path) -> None:
    """By every verb that changes something."""

    def told(*arguments: str) -> list[tuple[str, str, Any]]:
        changes = host.json(*arguments, "--dry-run")["changes"]
        return [(change["action"], change["name"], change.get("changes")) for change in changes]

    with FakeHost(tmp_path, ONE_SWITCH) as host:
        assert told("add-memory", "512M", "--name", "web") == [("make", "web", None)]
        assert told("create-region", "-t", "ram", "-d", "decoder0.0", "-w", "1") == [
            ("make", "memory-1", None)
        ]
        host.run("add-memory", "512M", "--name", "web")
        assert told("online-memory", "web") == []
        offline = {"zone": {"from": "movable", "to": "offline"}}
        assert told("offline-memory", "web") == [("change", "web", offline)]
        disabled = {"disabled": {"from": None, "to": True}}
        assert told("disable-region", "region0") == [("change", "web", disabled)]
        assert told("destroy-region", "region0", "--force") == [("remove", "web", None)]
        assert told("remove-memory", "web") == [("remove", "web", None)]
        assert told("forget", "web") == [("forget", "web", None)]
        human = host.run("remove-memory", "web", "--dry-run", "-u")
        assert human.stdout.endswith("\nClaims:\n  remove web\n"), human.stdout
        assert len(host.json("list", "--claims")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_add_memory_fails_at_every_write(tmp_path: Path, kind: str) -> None:
    count = writes_of(tmp_path, "add-memory", "512M")
    failed = 0
    for n in range(1, count + 1):
        with FakeHost(tmp_path, ONE_SWITCH, f"{n}:{EIO}:{kind}") as host:
            before = host.state()
            result = host.run("add-memory", "512M")
            if result.returncode == 0:
                # A step that was done already needs no write, so there are fewer writes than steps.
                continue
            failed += 1
            assert result.returncode == 1, f"write {n}: {result.stderr}"
            assert result.stdout == ""
            assert host.state() == before, f"write {n}"
            # The next command is not hindered.
            assert host.run("add-memory", "512M").returncode == 0, f"write {n}"
    assert kind == "after" or failed >= count * 2 // 3


@pytest.mark.parametrize("kind", KINDS)
def test_remove_memory_fails_at_every_write(tmp_path: Path, kind: str) -> None:
    adding = writes_done_by_add(tmp_path)
    count = writes_of(tmp_path, "remove-memory", "region0", region=True)
    failed = 0
    for n in range(1, count + 1):
        with FakeHost(tmp_path, ONE_SWITCH, f"{adding + n}:{EIO}:{kind}") as host:
            outcome = host.json("add-memory", "512M")
            region = outcome["region"]["region"]
            before = host.state()
            result = host.run("remove-memory", region)
            if result.returncode == 0:
                continue
            failed += 1
            assert result.returncode in (1, 4), f"write {n}: {result.stderr}"
            assert host.state() == before, f"write {n}"
            assert host.run("remove-memory", region).returncode == 0, f"write {n}"
    assert kind == "after" or failed >= count * 2 // 3


@pytest.mark.parametrize("restarted", [False, True])
def test_a_removal_can_not_be_stored(tmp_path: Path, restarted: bool) -> None:
    """The disk is full after the last step. The addresses are free, so the removal is not taken back: the
    claim stays, and this daemon or the next one makes its memory again when the disk has room.
    """
    (tmp_path / "other").mkdir()
    with FakeHost(tmp_path / "other", ONE_SWITCH) as host:
        steps = step_count(host.json("add-memory", "512M", "--dry-run")["plan"])
        host.json("add-memory", "512M")
        steps += step_count(host.json("remove-memory", "region0", "--dry-run")["plan"])
    with FakeHost(tmp_path, ONE_SWITCH, hang=steps, keep=restarted) as host:
        host.json("add-memory", "512M", "--name", "web")
        before = host.state()
        client = start(host, "remove-memory", "web")
        until(lambda: is_stopped(host.helper_pid))
        limit = (tmp_path / "store.db-wal").stat().st_size
        resource.prlimit(host.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        os.kill(host.helper_pid, signal.SIGCONT)
        _, told = client.communicate(timeout=30)
        assert client.returncode == LEFTOVER
        assert "the addresses of region0 were free already" in told
        assert "its claim web stays, and is given memory again" in told
        assert "the store can't be written" in told
        if restarted:
            assert host.stop() == 0
            assert host.start(), host.log
        else:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(host.pid, resource.RLIMIT_FSIZE, unlimited)
        assert host.run("wait", "web").returncode == 0
        assert host.state() == before
    with closing(sqlite3.connect(tmp_path / "store.db")) as store:
        assert [key for (key,) in store.execute("SELECT key FROM entry")] == ["claim/web"]


def test_a_removal_is_left_unfinished(tmp_path: Path) -> None:
    """The kernel twice refuses to delete a region that has given up all of its parts. The answer names the
    region, and the only thing to do.
    """
    adding = writes_done_by_add(tmp_path)
    unfinished = 0
    for n in range(1, writes_of(tmp_path, "remove-memory", "region0", region=True) + 1):
        with FakeHost(tmp_path, ONE_SWITCH, f"{adding + n}:{EIO}:before:1") as host:
            host.json("add-memory", "512M", "--name", "web")
            result = host.run("remove-memory", "web")
            if "the addresses of region0 were free already" not in result.stderr:
                continue
            assert result.returncode == LEFTOVER
            assert "left over: region0: region ram@decoder0.0 -> none" in result.stderr
            unfinished += 1
            assert "its claim web stays, and is given memory again" in result.stderr
            assert host.run("wait", "web").returncode == 0
            assert [region["size"] for region in host.json("list", "-R")].count(512 << 20) == 1
            assert host.run("destroy-region", "region0").returncode == 0
            assert len(host.json("list", "-R")) == 1
    assert unfinished == 1


def writes_done_by_add(tmp_path: Path) -> int:
    """The number of the last write of an add-memory: a failure of a later write does not matter."""
    for n in range(1, 100):
        with FakeHost(tmp_path, ONE_SWITCH, f"{n}:{EIO}:before") as host:
            if host.run("add-memory", "512M").returncode == 0:
                return n - 1
    raise AssertionError("add-memory never ends")


def test_two_clients_for_the_same_memdev(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        clients = [start(host, "add-memory", "256M", "--memdevs", "mem0") for _ in range(2)]
        told = {client: client.communicate(timeout=30)[1] for client in clients}
        lost = next(client for client in clients if client.returncode)
        assert sorted(client.returncode for client in clients) == [0, 3]
        assert "mem0 has 0 of ram free, 256M are needed" in told[lost]
        assert len(host.json("list", "-R")) == len(host.json("list", "--claims")) == 1


def test_two_clients_for_the_same_claim(tmp_path: Path) -> None:
    """One client makes the claim, the other hears that it exists; the first one's memory stays."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        clients = [
            start(host, "add-memory", "256M", "--name", "web", "--memdevs", memdev)
            for memdev in ("mem0", "mem1")
        ]
        codes = [client.wait(30) for client in clients]
        assert sorted(codes) == [0, 3]
        claims = host.json("list", "--claims")
        assert [claim["name"] for claim in claims] == ["web"]
        regions = host.json("list", "-R", "-T")
        assert [region["mappings"][0]["memdev"] for region in regions] == [f"mem{codes.index(0)}"]


def test_many_clients_for_what_is_there(tmp_path: Path) -> None:
    """Four memdevs, eight clients: four get one memdev each, four are refused."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        clients = [start(host, "add-memory", "256M", "--ways", "1") for _ in range(8)]
        codes = sorted(client.wait(60) for client in clients)
        assert codes == [0] * 4 + [3] * 4
        mappings = [region["mappings"] for region in host.json("list", "-R", "-T")]
        used = [mapping[0]["memdev"] for mapping in mappings]
        assert sorted(used) == ["mem0", "mem1", "mem2", "mem3"]


def start(host: FakeHost, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "CXLFM_SOCKET": str(host.socket)}
    build = Path(os.environ["CXLFM_BUILD"])
    return subprocess.Popen(
        [build / "cli/cxlfm", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_monitor_tells_changes(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        environment = {**os.environ, "CXLFM_SOCKET": str(host.socket)}
        build = Path(os.environ["CXLFM_BUILD"])
        monitor = subprocess.Popen(
            [build / "cli/cxlfm", "monitor"], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert monitor.stdout is not None
        wait_for_monitor(host)
        region = host.json("add-memory", "512M")["region"]["region"]
        changes: list[Any] = []
        while not any(is_new_region(change, region) for change in changes):
            changes.append(json.loads(monitor.stdout.readline()))
        monitor.send_signal(signal.SIGINT)
        assert monitor.wait(20) in (0, 130)


def wait_for_monitor(host: FakeHost) -> None:
    """Waits until the monitor has called: the daemon then has one more connection."""
    fds = Path(f"/proc/{host.pid}/fd")
    before = len(list(fds.iterdir()))
    for _ in range(400):
        if len(list(fds.iterdir())) > before:
            break
        host.run("version")


def is_new_region(change: Any, region: str) -> bool:
    return (change["change"], change["kind"], change["name"]) == ("added", "region", region)


def test_helper_dies(tmp_path: Path) -> None:
    """Without its helper the daemon ends with a failure, and the service manager starts it again."""
    host = FakeHost(tmp_path, ONE_SWITCH)
    host.__enter__()
    os.kill(host.helper_pid, signal.SIGKILL)
    assert host._daemon is not None
    assert host._daemon.wait(20) == 1
    assert "helper" in host.log


def test_step_hangs(tmp_path: Path) -> None:
    """The kernel does not return: the message says so, and other clients are served meanwhile."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        steps = step_count(host.json("add-memory", "512M", "--dry-run")["plan"])
    with FakeHost(tmp_path, ONE_SWITCH, hang=steps + 2) as host:
        region = host.json("add-memory", "512M")["region"]["region"]
        listed = host.json("list")
        client = subprocess.Popen(
            [BUILD / "cli/cxlfm", "remove-memory", region, "--timeout", "1", "--debug"],
            env={**os.environ, "CXLFM_SOCKET": str(host.socket)},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert client.stderr is not None
        # A second for the step and two of grace.
        while "still waiting for the kernel" not in client.stderr.readline():
            assert client.poll() is None
        assert "still waiting for the kernel" in host.log
        assert host.json("list") == listed
        assert host.run("version").returncode == 0
        os.kill(host.helper_pid, signal.SIGCONT)
        client.communicate(timeout=30)
        assert client.returncode == 0
        assert host.json("list", "-R") == []


def test_client_of_a_hanging_step_leaves(tmp_path: Path) -> None:
    """The change is taken back as soon as the kernel returns; the next change waits for that."""
    with FakeHost(tmp_path, ONE_SWITCH, hang=6) as host:
        before = host.state()
        first = start(host, "add-memory", "512M")
        until(lambda: is_stopped(host.helper_pid))
        second = start(host, "add-memory", "512M")
        third = start(host, "add-memory", "512M")
        first.kill()
        first.wait(20)
        assert host.run("version").returncode == 0
        third.kill()
        third.wait(20)
        os.kill(host.helper_pid, signal.SIGCONT)
        assert second.wait(20) == 0
        regions = host.json("list", "-R")
        assert len(regions) == 1
        assert host.run("remove-memory", regions[0]["region"]).returncode == 0
        assert host.state() == before


def test_client_of_the_last_step_leaves(tmp_path: Path) -> None:
    """Without its client, nobody would know the result."""
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        last = step_count(host.json("add-memory", "512M", "--dry-run")["plan"])
    with FakeHost(tmp_path, ONE_SWITCH, hang=last) as host:
        before = host.state()
        client = start(host, "add-memory", "512M")
        until(lambda: is_stopped(host.helper_pid))
        client.kill()
        client.wait(20)
        assert host.run("version").returncode == 0
        os.kill(host.helper_pid, signal.SIGCONT)
        # Changes come one after the other: the answer of this one shows the end of the earlier one.
        assert host.run("remove-memory", "region999").returncode == 3
        assert host.state() == before
        assert host.json("list", "--claims") == []


@pytest.mark.parametrize("what", ["taken", "blind"])
def test_what_is_not_made_anew_was_changed(tmp_path: Path, what: str) -> None:
    """Between the two stages somebody takes the free capacity, or the host can't be read any more: the answer
    never says that nothing was changed. The claim is as before, and gets its memory again.
    """
    state, order = tmp_path / "state.yaml", tmp_path / "order"
    state.write_text("claims: [{name: web, size: 256M}]\n")
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        steps = step_count(host.json("add-memory", "256M", "--dry-run")["plan"])
        host.json("add-memory", "256M")
        steps += step_count(host.json("remove-memory", "region0", "--dry-run")["plan"])
    environment = {f"CXLFM_FAKE_{what.upper()}": str(order)}
    with FakeHost(tmp_path, ONE_SWITCH, hang=steps, environment=environment) as host:
        assert host.run("apply", str(state)).returncode == 0
        state.write_text("claims: [{name: web, size: 512M}]\n")
        client = start(host, "apply", str(state))
        until(lambda: is_stopped(host.helper_pid))
        order.touch()
        os.kill(host.helper_pid, signal.SIGCONT)
        _, told = client.communicate(timeout=30)
        assert client.returncode == LEFTOVER, told
        assert "nothing was changed" not in told and "everything was put back" not in told
        assert "the claim web is as it was, and is given its memory again" in told
        order.unlink()
        assert host.run("wait", "web").returncode == 0
        assert [region["size"] for region in host.json("list", "-R")] == [256 << 20]


def test_a_dry_run_shows_both_halves(tmp_path: Path) -> None:
    with FakeHost(tmp_path, ONE_SWITCH) as host:
        host.json("add-memory", "256M", "--name", "web")
        wish = {"name": "web", "size": 512 << 20, "ways": 2}
        reply = answer(call(host, "ApplyClaim", claim=wish, anew=True, dry_run=True))
        outcome = reply["parameters"]["outcome"]
        assert "window" not in outcome["plan"] and step_count(outcome["plan"]) > 0
        then = outcome["then"]
        assert (then["window"], then["size"]) == ("decoder0.0", 512 << 20)
        assert len(then["members"]) == then["ways"] == 2 and step_count(then) > 0
        # A change without an old region has no second stage.
        db = {"name": "db", "size": 256 << 20}
        reply = answer(call(host, "ApplyClaim", claim=db, dry_run=True))
        assert "then" not in reply["parameters"]["outcome"]
        assert len(host.json("list", "--claims")) == 1
