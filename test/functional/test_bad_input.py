# SPDX-License-Identifier: GPL-2.0-only
"""Requests that are invalid or can't be met, and clients that break the protocol.

Each gets one clear error and a code of its own; the host is unchanged, and the daemon serves the next client.
Daemons that break the protocol are in test_cli.py.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_host import RECORDS, SANITIZED, FakeHost

HOST = "io.cxlfm.Host."
MIB = 1 << 20
USAGE, REFUSED, NO_CHANGE = 2, 3, 11
# The descriptors of a daemon without clients, and some more.
FDS_MAX = 28


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHost]:
    """Two host bridges with two memdevs each; windows for the first, the second, and for both."""
    with FakeHost(tmp_path_factory.mktemp("bridges"), "guest-two-bridges.json") as host:
        yield host


@pytest.fixture(scope="module")
def pmem(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHost]:
    """A pmem region on two memdevs."""
    with FakeHost(tmp_path_factory.mktemp("pmem"), "guest-pmem-region.json") as host:
        yield host


# Command lines

LINES: list[tuple[str, int, str]] = [
    ("add-memory 0", USAGE, "the size is 0"),
    ("add-memory -1G", USAGE, "is negative"),
    ("add-memory 99999999999999999999", USAGE, "is more than 8 EiB"),
    ("add-memory 16777216T", USAGE, "is more than 8 EiB"),
    ("add-memory 9223372036854775807", REFUSED, "not a multiple of 256M"),
    ("add-memory 8388607T", REFUSED, "decoder0.0"),
    ("add-memory 512M1", USAGE, "is not a size"),
    ("add-memory 1.5G", USAGE, "is not a size"),
    ("add-memory", USAGE, "SIZE is missing"),
    ("add-memory 100M", REFUSED, "100M (104857600 bytes) is not a multiple of 256M (ask for 256M)"),
    ("add-memory 104857600", REFUSED, "100M (104857600 bytes) is not a multiple of 256M (ask for 256M)"),
    ("add-memory 300000001", REFUSED, "300000001 bytes are not a multiple of 256M (ask for 256M or 512M)"),
    ("add-memory 512M --ways 4", REFUSED, "not a multiple of 1G"),
    ("add-memory 768M --ways 2", REFUSED, "not a multiple of 512M"),
    ("add-memory 512M --ways 3", REFUSED, "not a multiple of 768M"),
    ("add-memory 512M --ways 0", USAGE, "is not a number of ways"),
    ("add-memory 512M --ways -2", USAGE, "--ways"),
    ("add-memory 512M --ways 5", USAGE, "is not a number of ways"),
    ("add-memory 512M --ways 17", USAGE, "is not a number of ways"),
    ("add-memory 512M --granularity 100", USAGE, "is not an interleave granularity"),
    ("add-memory 512M --granularity 32768", USAGE, "is not an interleave granularity"),
    ("add-memory 256M --memdevs mem9", REFUSED, "there is no memdev mem9"),
    ("add-memory 256M --memdevs ../../etc", REFUSED, "there is no memdev ../../etc"),
    ("add-memory 512M --memdevs mem0,mem0", USAGE, "mem0 is named twice"),
    ("add-memory 512M --memdevs mem0,0", REFUSED, "twice"),
    ("add-memory 512M --memdevs mem0,{serial}", REFUSED, "twice"),
    ("add-memory 512M --memdevs mem0,{address}", REFUSED, "twice"),
    ("add-memory 256M --memdevs mem0 --decoder decoder0.1", REFUSED, "not below a host bridge"),
    ("add-memory 256M --memdevs mem2 --decoder decoder0.0", REFUSED, "not below a host bridge"),
    ("add-memory 256M --decoder decoder9.9", REFUSED, "decoder9.9 is not a window"),
    ("add-memory 256M --decoder 9.9", REFUSED, "decoder9.9 is not a window"),
    ("create-region -s 256M -b 7", REFUSED, "there is no CXL bus root7"),
    ("add-memory 256M --decoder decoder3.0", REFUSED, "decoder3.0 is not a window"),
    ("create-region -t ram -m mem0 --bus root7", REFUSED, "root7"),
    ("add-memory 256M --near-node -3", USAGE, "--near-node"),
    ("add-memory 256M --frobnicate", USAGE, "there is no option --frobnicate"),
    ("add-memory 256M -Z", USAGE, "there is no option -Z"),
    ("create-region -t nvme -m mem0", USAGE, "--type"),
    ("create-region -t ram -U 00000000-0000-0000-0000-000000000000 -m mem0", USAGE, "is not a UUID"),
    ("create-region -t pmem -m mem0", REFUSED, "pmem"),
    ("create-region -t ram -w 2 -m mem0", USAGE, "2 ways need 2 memdevs"),
    ("remove-memory region7", REFUSED, "no region or dax device has this name"),
    ("remove-memory 7", REFUSED, "region7: no region or dax device has this name"),
    ("remove-memory ../../etc", REFUSED, "there is no claim of this name"),
    ("remove-memory mem0", REFUSED, "no region or dax device has this name"),
    ("remove-memory", USAGE, "NAME"),
    ("remove-memory region0 --timeout 0", USAGE, "--timeout"),
    ("destroy-region region7 -f", REFUSED, "region7: no such region is listed"),
    ("disable-region region7", REFUSED, "region7: no such region is listed"),
    ("enable-region region7", REFUSED, "region7: no such region is listed"),
    ("destroy-region all -b nobus", REFUSED, "nobus: no such bus is listed"),
    ("destroy-region all -b nobus --dry-run", REFUSED, "nobus: no such bus is listed"),
    ("destroy-region region0 -f -b 7", REFUSED, "7: no such bus is listed"),
    ("disable-region all -b ACPI.CXL,root7", REFUSED, "root7: no such bus is listed"),
    ("disable-region all -b ,", USAGE, "names no bus"),
    ("enable-region all -d 9.9", REFUSED, "9.9: no such root decoder is listed"),
    ("enable-region all -d decoder3.0", REFUSED, "decoder3.0: no such root decoder is listed"),
    ("destroy-region all -b root0 -d switch", REFUSED, "switch: no such root decoder is listed below that bus"),
    ("online-memory dax7.0", REFUSED, "no region or dax device has this name"),
    ("offline-memory dax7.0", REFUSED, "no region or dax device has this name"),
    ("cancel", USAGE, "ID is missing"),
    ("cancel region0", NO_CHANGE, "this is not the id of a change"),
    ("wait --change 7h2k9qd-1", NO_CHANGE, "cxlfmd was started again since"),
    ("wait --change 7h2k9qd-1 web", USAGE, "--change"),
    ("changes all", USAGE, "one argument too many"),
    ("remove-memory region7 --request=a/b", USAGE, "1 to 64 letters, digits"),
    ("remove-memory region7 --no-wait --dry-run", USAGE, "--no-wait"),
    ("list -m", USAGE, "its value is missing"),
    ("frobnicate", USAGE, "there is no verb"),
    ("add-memroy 256M", USAGE, 'did you mean "add-memory"?'),
    ("help lits", USAGE, 'did you mean "list"?'),
    ("add-memory 256M --decodr decoder0.0", USAGE, "did you mean --decoder?"),
]


def check_line(host: FakeHost, line: str, code: int, text: str) -> None:
    before = host.json("record")
    result = host.run(*line.split())
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert text in result.stderr
    first, *_ = result.stderr.splitlines()
    assert first.startswith("cxlfm"), result.stderr
    assert not [other for other in result.stderr.splitlines()[1:] if other.startswith("cxlfm")]
    assert host.json("record") == before


@pytest.mark.parametrize(("line", "code", "text"), LINES, ids=[case[0] for case in LINES])
def test_bad_lines(bridges: FakeHost, line: str, code: int, text: str) -> None:
    memdev = bridges.json("list", "-m", "mem0")[0]
    line = line.format(serial=f"serial:{memdev['serial']}", address=memdev["host"])
    check_line(bridges, line, code, text)


FILTERS = ["", "-b root0", "-b 0", "-b ACPI.CXL", "-b all", "-b 0 -d 0.1", "-d decoder0.0,decoder0.1",
           "-d root", "-d all"]


@pytest.mark.parametrize("verb", ["destroy-region", "disable-region", "enable-region"])
def test_all_of_nothing(bridges: FakeHost, verb: str) -> None:
    """No error, as with cxl(1), whose tests clean up in this way; but the message tells that nothing was
    done.
    """
    for filters in FILTERS:
        for dry_run in ("", "--dry-run"):
            result = bridges.run(verb, "all", *filters.split(), *dry_run.split())
            assert result.returncode == 0, result.stderr
            assert f"{verb}: no region is listed" in result.stderr
            assert ("below that bus or decoder" in result.stderr) == bool(filters)


@pytest.mark.parametrize("line", ["destroy-region all", "disable-region all -b root0", "enable-region region0"])
def test_all_of_what_is_not_told(tmp_path: Path, line: str) -> None:
    """The message names the letter without which region0 is not listed, as the other verbs' messages do."""
    with FakeHost(tmp_path, "guest-one-switch-region.json", live=False) as host:
        cut = tmp_path / "cut.json"
        cut.write_text(json.dumps(host.json("list", "-BPEMDTi")))
    with FakeHost(tmp_path, str(cut), live=False) as host:
        check_line(host, line + " --dry-run", REFUSED, "is not listed: list it with -R")


def without_region(value: Any, name: str) -> Any:
    """A listing without one region."""
    if isinstance(value, list):
        return [without_region(item, name) for item in value if not is_region(item, name)]
    if not isinstance(value, dict):
        return value
    return {key: without_region(item, name) for key, item in value.items()}


def is_region(value: Any, name: str) -> bool:
    return isinstance(value, dict) and value.get("region") == name and "resource" in value and "decoder" not in value


@pytest.mark.parametrize("verb", ["destroy-region -f", "disable-region"])
def test_all_of_some(tmp_path: Path, verb: str) -> None:
    """A region that was cut out of the listing would stay, and nobody would notice."""
    with FakeHost(tmp_path, "guest-two-bridges.json") as host:
        for decoder in ("decoder0.0", "decoder0.1"):
            assert host.run("add-memory", "256M", "-d", decoder).returncode == 0
        whole, cut = tmp_path / "whole.json", tmp_path / "cut.json"
        listed = host.json("list", "-BPEMDRTXi")
        whole.write_text(json.dumps(listed))
        cut.write_text(json.dumps(without_region(listed, "region1")))
    with FakeHost(tmp_path, str(cut), live=False) as host:
        check_line(host, f"{verb} all --dry-run", REFUSED, "region1, for which")
    with FakeHost(tmp_path, str(whole), live=False) as host:
        result = host.run(*verb.split(), "all", "--dry-run")
        assert "the record may lack regions" not in result.stderr


def test_all_is_planned_one_by_one(tmp_path: Path) -> None:
    """A dry run of a region below another one says that it is alone in not being possible."""
    with FakeHost(tmp_path, "guest-two-bridges.json") as host:
        for memdev in ("mem0", "mem3"):
            host.json("create-region", "-t", "ram", "-s", "256M", "-d", "decoder0.0", memdev, "--no-claim")
        check = host.run("destroy-region", "all", "-f", "--dry-run")
        assert check.returncode == REFUSED
        assert "each region is planned as if all others stayed" in check.stderr
        result = host.run("destroy-region", "all", "-f")
        assert (result.returncode, result.stderr) == (0, "destroyed 2 regions\n")


@pytest.mark.parametrize("verb", ["destroy-region -f", "disable-region", "enable-region"])
def test_strangers_are_no_regions(tmp_path: Path, verb: str) -> None:
    """What people paste beside the list of cxl, such as that of daxctl, is listed and is no region."""
    record = json.loads((RECORDS / "guest-one-switch-region.json").read_text())
    stranger = {"chardev": "dax0.0", "size": 1 << 30, "target_node": 1, "align": 1 << 21, "mode": "devdax"}
    (tmp_path / "pasted.json").write_text(f"{json.dumps(record)}\n# daxctl list\n{json.dumps([stranger])}\n")
    with FakeHost(tmp_path, str(tmp_path / "pasted.json"), live=False) as host:
        assert stranger in host.json("list", "-R")
        check_line(host, f"{verb} region7 --dry-run", REFUSED, "region7: no such region is listed")
        check_line(host, f"{verb} all --dry-run", REFUSED, "an object is neither bus, port")
        check_line(host, f"{verb} region0 --dry-run", REFUSED, "an object is neither bus, port")


def test_uuid_that_exists(pmem: FakeHost) -> None:
    """The kernel takes a UUID once: cxl_region's uuid_store()."""
    uuid = "6fb1b62b-1d3a-4cf4-9a5c-4d0a7f9b7e11"
    assert pmem.run("destroy-region", "region0", "-f").returncode == 0
    assert pmem.run(*f"create-region -t pmem -m mem0 -U {uuid}".split()).returncode == 0
    for same in (uuid, uuid.upper()):
        check_line(pmem, f"create-region -t pmem -m mem1 -U {same}", REFUSED, "UUID")


# Requests past the command line


class Client:
    """A varlink connection that sends any bytes."""

    def __init__(self, host: FakeHost) -> None:
        self.stream = socket.socket(socket.AF_UNIX)
        self.stream.settimeout(20)
        self.stream.connect(str(host.socket))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def send(self, data: bytes) -> None:
        """Sends as much as the daemon takes before it ends the connection."""
        try:
            self.stream.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def receive(self) -> dict[str, Any] | None:
        """Returns one reply, or None after the end of the connection."""
        data = b""
        while not data.endswith(b"\0"):
            try:
                part = self.stream.recv(65536)
            except ConnectionResetError:
                part = b""
            if not part:
                assert data == b""
                return None
            data += part
        return json.loads(data[:-1])

    def call(self, method: str, parameters: Any) -> dict[str, Any]:
        text = json.dumps({"method": method, "parameters": parameters}).encode()
        self.send(text + b"\0")
        reply = self.receive()
        assert reply is not None
        return reply


def create(**request: Any) -> dict[str, Any]:
    return {"request": {"size": 512 * MIB, **request}, "goal": "system_ram", "dry_run": False}


INVALID = "org.varlink.service.InvalidParameter"
BAD, NO = HOST + "BadRequest", HOST + "Refused"

REQUESTS: list[tuple[str, Any, str]] = [
    ("CreateRegion", {}, INVALID),
    ("CreateRegion", {**create(), "dry_run": 1}, INVALID),
    ("CreateRegion", {**create(), "goal": "everything"}, INVALID),
    ("CreateRegion", create(bogus=1), INVALID),
    ("CreateRegion", create(size="512M"), INVALID),
    ("CreateRegion", create(size=1.5), INVALID),
    ("CreateRegion", create(size=0), BAD),
    ("CreateRegion", create(size=-1), BAD),
    ("CreateRegion", create(size=2**63 - 1), NO),
    ("CreateRegion", create(ways=-1), BAD),
    ("CreateRegion", create(ways=5), NO),
    ("CreateRegion", create(ways=17), BAD),
    ("CreateRegion", create(ways=2**40), BAD),
    ("CreateRegion", create(granularity=100), BAD),
    ("CreateRegion", create(granularity=300), NO),
    ("CreateRegion", create(granularity=32768), BAD),
    ("CreateRegion", create(near_node=-5), BAD),
    ("CreateRegion", create(near_node=2**35), BAD),
    ("CreateRegion", create(qos_class=256), BAD),
    ("CreateRegion", create(memdevs=["mem0", "mem0"]), NO),
    ("CreateRegion", create(memdevs=[""]), NO),
    ("CreateRegion", create(memdevs=["mem0"] * 1000), NO),
    ("CreateRegion", create(memdevs=[None]), INVALID),
    ("CreateRegion", create(memdevs="mem0"), INVALID),
    ("CreateRegion", create(type="nvme"), INVALID),
    ("CreateRegion", create(uuid="x"), BAD),
    ("CreateRegion", create(decoder="\n"), NO),
    ("CreateRegion", {**create(), "claim": ""}, BAD),
    ("CreateRegion", {**create(), "claim": "../web"}, BAD),
    ("CreateRegion", {**create(), "claim": "x" * 64}, BAD),
    ("CreateRegion", {**create(), "claim": "region1"}, BAD),
    ("CreateRegion", {**create(), "claim": "db", "no_claim": True}, BAD),
    ("CreateRegion", {**create(), "claim": "Region1"}, BAD),
    ("CreateRegion", {**create(), "claim": "all"}, BAD),
    ("AdoptRegion", {"region": "region0", "claim": "0.0", "dry_run": False}, BAD),
    ("ApplyClaim", {"claim": {"name": "dax0.0", "size": 256 * MIB}, "dry_run": False}, BAD),
    ("DiffState", {"claims": [{"name": "mem0", "size": 256 * MIB}]}, BAD),
    ("RemoveRegion", {"keep_region": False, "force": True, "dry_run": False}, BAD),
    ("RemoveRegion", {"claim": "db", "region": "region0", "keep_region": False, "force": True,
                      "dry_run": False}, BAD),
    ("SetMemory", {"zone": "movable", "dry_run": False}, BAD),
    ("EnableRegion", {"claim": "a", "region": "b", "goal": "region", "dry_run": False}, BAD),
    ("EnableRegion", {"region": "region0", "goal": "region", "zone": "kernel", "dry_run": True}, BAD),
    ("CreateRegion", {**create(), "goal": "devdax", "zone": "movable"}, BAD),
    ("ApplyClaim", {"claim": {}, "dry_run": False}, BAD),
    ("ApplyClaim", {"claim": {"name": "a", "size": 0}, "dry_run": False}, BAD),
    ("ApplyClaim", {"claim": {"name": "a", "size": 256 * MIB, "bogus": 1}, "dry_run": False}, BAD),
    ("ApplyClaim", {"claim": {"name": "a", "size": 256 * MIB, "members": [{"serial": 99}]},
                    "dry_run": False}, NO),
    ("ApplyClaim", {"claim": {"name": "a", "size": 2**60}, "dry_run": False}, NO),
    ("DiffState", {"claims": [{"name": "a"}]}, BAD),
    ("DiffState", {"claims": [{"name": "a", "size": 1}] * 2}, BAD),
    ("RemoveRegion", {"region": "region0"}, INVALID),
    ("RemoveRegion", {"region": "", "keep_region": False, "force": True, "dry_run": False}, NO),
    ("RemoveRegion", {"region": "x" * 100000, "keep_region": False, "force": True,
                      "dry_run": False}, NO),
    ("RemoveRegion", {"region": "region0", "keep_region": False, "force": True, "dry_run": False,
                      "timeout_ms": 0}, BAD),
    ("SetMemory", {"region": "dax0.0", "zone": "twilight", "dry_run": False}, INVALID),
    ("List", {"options": {"show": ["everything"]}}, BAD),
    ("List", {"options": {"verbose": "very"}}, INVALID),
    ("CreateRegion", {**create(), "request_id": "a b"}, BAD),
    ("CreateRegion", {**create(), "request_id": "r" * 100000}, BAD),
    ("CreateRegion", {**create(), "request_id": 1}, INVALID),
    ("CreateRegion", {**create(), "no_wait": True, "dry_run": True}, BAD),
    ("WaitChange", {}, INVALID),
    ("WaitChange", {"id": ""}, HOST + "UnknownChange"),
    ("CancelChange", {"id": "x" * 100000}, HOST + "UnknownChange"),
    ("CancelChange", {"id": 1}, INVALID),
    ("Frobnicate", {}, "org.varlink.service.MethodNotFound"),
    ("Monitor", {}, "org.varlink.service.ExpectedMore"),
]


@pytest.mark.parametrize(("method", "parameters", "error"), REQUESTS,
                         ids=[f"{case[0]} {case[1]}"[:80] for case in REQUESTS])
def test_bad_requests(bridges: FakeHost, method: str, parameters: Any, error: str) -> None:
    before = bridges.json("record")
    with Client(bridges) as client:
        reply = client.call(HOST + method, parameters)
        assert reply.get("error") == error, reply
        if error in (BAD, NO):
            assert reply["parameters"]["refusals"]
        # The connection works as before.
        assert "error" not in client.call(HOST + "GetVersion", {})
    assert bridges.json("record") == before


# Bytes that are no request

NOISE: list[tuple[str, bytes]] = [
    ("http", b"GET / HTTP/1.1\r\nHost: cxlfm\r\n\r\n\0"),
    ("random", bytes(range(1, 256)) * 64 + b"\0"),
    ("empty", b"\0"),
    ("nothing but ends", b"\0" * 10000),
    ("array", b"[]\0"),
    ("no method", b"{}\0"),
    ("method is a number", b'{"method":1}\0'),
    ("parameters are an array", b'{"method":"io.cxlfm.Host.GetVersion","parameters":[]}\0'),
    ("beyond 64 bits", b'{"method":"x.y","parameters":{"a":99999999999999999999}}\0'),
    ("two values", b"{}{}\0"),
    ("bad UTF-8", b'{"method":"\xff\xfe"}\0'),
    ("deep", b'{"method":"x.y","parameters":' + b'{"a":' * 5000 + b"1" + b"}" * 5001 + b"\0"),
    ("long string", b'{"method":"' + b"x" * 200000 + b'"}\0'),
    ("huge", b'{"method":"' + b"x" * (64 * MIB) + b'"}\0'),
    ("huge without an end", b"x" * (64 * MIB)),
    ("many keys", json.dumps({"method": "x.y", "parameters": {str(i): i for i in range(20000)}})
     .encode() + b"\0"),
]


@pytest.mark.parametrize("data", [case[1] for case in NOISE], ids=[case[0] for case in NOISE])
def test_noise(bridges: FakeHost, data: bytes) -> None:
    before = bridges.json("record")
    resident = resident_kib(bridges)
    with Client(bridges) as client:
        client.send(data)
        reply = client.receive()
        assert reply is None or reply["error"].startswith("org.varlink.service."), reply
    assert bridges.json("record") == before
    assert resident_kib(bridges) < resident + 4096


def test_half_messages(bridges: FakeHost) -> None:
    """Clients that stop within a message; one that stays connected; answers that nobody reads."""
    call = b'{"method":"io.cxlfm.Host.List","parameters":{"options":{}}}\0'
    before = bridges.json("record")
    with Client(bridges) as idle:
        idle.send(call[:20])
        for length in range(1, len(call)):
            with Client(bridges) as client:
                client.send(call[:length])
        for _ in range(50):
            with Client(bridges) as client:
                client.send(call * 20)
        assert bridges.json("record") == before
        # A slow client is not an invalid one.
        idle.send(call[20:])
        reply = idle.receive()
        assert reply is not None and reply["parameters"]["list"]


def test_a_client_that_never_reads(bridges: FakeHost) -> None:
    """The client asks for more than any socket holds: the daemon stops serving that client, and serves
    others.
    """
    call = b'{"method":"io.cxlfm.Host.Record","parameters":{}}\0'
    resident = resident_kib(bridges)
    with Client(bridges) as client:
        client.stream.setblocking(False)
        try:
            for _ in range(20000):
                client.stream.send(call)
        except BlockingIOError:
            pass
        assert bridges.run("version").returncode == 0
        assert resident_kib(bridges) < resident + 16384


def test_a_record_is_not_changed(tmp_path: Path) -> None:
    """cxlfm sets --dry-run by itself; the daemon refuses changes by other clients."""
    with FakeHost(tmp_path, "guest-one-switch.json", live=False) as host, Client(host) as client:
        before = host.state()
        planned = client.call(HOST + "CreateRegion", {**create(), "dry_run": True})
        assert planned["parameters"]["outcome"]["plan"]["region"] == "region0"
        for _ in range(2):
            reply = client.call(HOST + "CreateRegion", create())
            assert reply == {"error": HOST + "NotLive", "parameters": {}}
        assert host.state() == before



def test_a_change_whose_client_leaves(tmp_path: Path) -> None:
    """The client leaves before, during and after the change: the change is done or taken back, never left in
    between.
    """
    call = json.dumps({"method": HOST + "CreateRegion", "parameters": create()})
    with FakeHost(tmp_path, "guest-one-switch.json") as host:
        before = host.state()
        for i in range(40):
            with Client(host) as client:
                client.send(call.encode() + b"\0")
                time.sleep(0.0005 * i)
            for region in settled(host):
                assert region["decode_state"] == "commit"
                assert host.run("remove-memory", region["region"]).returncode == 0
            assert host.state() == before
        # Many changes at once whose clients have gone.
        clients = [Client(host) for _ in range(20)]
        for client in clients:
            client.send(call.encode() + b"\0")
        close_all(host, clients)
        for region in settled(host)[::-1]:
            assert host.run("remove-memory", region["region"]).returncode == 0
        assert host.state() == before


def close_all(host: FakeHost, clients: list[Client]) -> None:
    """Closes connections, and returns when the daemon has noticed."""
    fds = Path(f"/proc/{host.pid}/fd")
    for client in clients:
        client.stream.close()
    deadline = time.monotonic() + 20
    while len(list(fds.iterdir())) > FDS_MAX:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def settled(host: FakeHost) -> Any:
    """The regions after all earlier changes: changes come one after the other."""
    assert host.run("remove-memory", "region999").returncode == REFUSED
    return host.json("list", "-R")


@pytest.mark.parametrize(
    "content, text",
    [(b"this was somebody's letter\n" * 400, "store.db"), (b"SQLite format 3\0" + bytes(4080), "store.db")],
)
def test_a_store_that_is_none(tmp_path: Path, content: bytes, text: str) -> None:
    """The host is listed, and plans are made; nothing is changed, least of all the file."""
    store = tmp_path / "store.db"
    store.write_bytes(content)
    with FakeHost(tmp_path, "guest-one-switch.json", keep=True) as host:
        before = host.state()
        assert host.run("add-memory", "512M", "--dry-run").returncode == 0
        result = host.run("add-memory", "512M")
        assert result.returncode == 1
        assert "nothing was changed" in result.stderr
        assert text in host.log and "nothing can be changed until" in host.log
        assert host.state() == before
    assert store.read_bytes() == content


# Idle connections


def resident_kib(host: FakeHost) -> int:
    """Resident memory; 0 for a build with a sanitizer."""
    return 0 if SANITIZED else int(status(host, "VmRSS").split()[0])


def status(host: FakeHost, name: str) -> str:
    lines = Path(f"/proc/{host.pid}/status").read_text().splitlines()
    return next(line.split(":")[1] for line in lines if line.startswith(name + ":"))


def at_rest(host: FakeHost) -> str:
    """The number of the daemon's sleeps, after it has noticed the end of its last client."""
    deadline = time.monotonic() + 10
    before, now = "", status(host, "voluntary_ctxt_switches")
    while now != before and time.monotonic() < deadline:
        time.sleep(0.1)
        before, now = now, status(host, "voluntary_ctxt_switches")
    return now


def test_idle_connections(tmp_path: Path) -> None:
    with FakeHost(tmp_path, "guest-one-switch.json") as host:
        assert host.run("list").returncode == 0
        resident = resident_kib(host)
        # The limit of a user: daemon/process/quota.c.
        clients = [Client(host) for _ in range(60)]
        for client in clients[::2]:
            assert "error" not in client.call(HOST + "GetVersion", {})
        assert host.json("add-memory", "512M")["node"] >= 0
        assert host.run("list").returncode == 0
        # 4 KiB each, and the cost of a list itself.
        assert resident_kib(host) < resident + 4 * len(clients) + 4096
        switches, ticks = at_rest(host), host.processor_ticks
        time.sleep(1)
        assert status(host, "voluntary_ctxt_switches") == switches
        assert host.processor_ticks == ticks
        close_all(host, clients)
