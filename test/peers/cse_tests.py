#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""cse_tests.py FOLDER: the machine of requests and a switch that somebody else wrote, over TCP.

FOLDER has a build of cse (JackrabbitLabs' CXL switch emulator): the program `cse` and its `config.yaml`.
Without them the test is skipped (77). ask-switch reads the switch, unbinds an LD and binds another one;
between the two stands a wire that counts each message, and makes replies come twice or not at all. Ends
with 0 when

- all values are those of config.yaml,
- nothing leaves that the table of the dialect lacks, and nothing of type 08h, which ends cse,
- no unbind and no bind is sent twice, whatever happens to replies,
- and cse is alive at the end of each conversation.

    scripts/workshop test/peers/cse_tests.py ~/src/cse
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CXLFM_BUILD", ROOT / "build"))

SKIPPED = 77
PACKET = 68
PATIENCE = 10

FM_API = 0x07
TUNNEL, BIND, UNBIND = 0x5300, 0x5201, 0x5202
# What cse has handlers for; an opcode that cse lacks is never answered.
DIRECT = {0x0001, 0x0002, 0x0003, 0x0004, 0x5100, 0x5101, 0x5102, 0x5103, 0x5200, 0x5201, 0x5202, 0x5203}
TUNNELLED = set(range(0x5400, 0x540A))

# VCS 0 has LD 0 of port 4 at its vPPB 4.
WORDS = "identify switch ports 17 ld-info 1 ld-info 3 unbind 4 bind 4 4 1 identify".split()

# What ask-switch names as config.yaml does.
SWITCH_KEYS = (
    *("vid", "did", "svid", "ssid", "sn", "max_msg_size_n"),
    *("ingress_port", "num_ports", "num_vcss", "num_vppbs", "num_decoders"),
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def is_listening(port: int) -> bool:
    """Without a connection, of which cse takes one."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in lines)


@contextlib.contextmanager
def running_cse(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with tempfile.TemporaryDirectory() as temporary:
        port = free_port()
        config = Path(temporary) / "config.yaml"
        # The port of the file counts more than the port of the command line.
        text = re.sub(r"tcp-port: \d+", f"tcp-port: {port}", (folder / "config.yaml").read_text())
        config.write_text(re.sub(r'dir: "[^"]*"', f'dir: "{temporary}"', text))
        cse = subprocess.Popen(
            [folder / "cse", "-T", "127.0.0.1", "-c", config],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until = time.monotonic() + PATIENCE
            while not is_listening(port):
                assert cse.poll() is None and time.monotonic() < until, "cse does not start"
                time.sleep(0.01)
            yield cse, port
        finally:
            cse.kill()
            cse.wait()


@dataclass
class Wire:
    """Between the two: counts what goes to cse, and does something to one of its replies."""

    cse_port: int
    fault: str = ""
    # The opcode whose first reply meets the fault, or the number of a reply.
    at: int = -1
    opcode: int = -1
    sent: list[tuple[int, int, int]] = field(default_factory=list)
    replies: int = 0

    def __post_init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def carry(self) -> None:
        ours, _ = self.server.accept()
        with ours, socket.create_connection(("127.0.0.1", self.cse_port)) as theirs:
            back = threading.Thread(target=self.carry_back, args=(theirs, ours), daemon=True)
            back.start()
            # Whole packets only: cse does not outlive half a packet.
            while packet := read_packet(ours):
                self.count(packet)
                theirs.sendall(packet)
            theirs.shutdown(socket.SHUT_RDWR)
            back.join()

    def count(self, packet: bytes) -> None:
        if packet[3] & 0x80:
            opcode = int.from_bytes(packet[8:10], "little")
            # After header, type, CCI header, the four bytes of the tunnel, the type, three of the next.
            inner = int.from_bytes(packet[25:27], "little") if opcode == TUNNEL else 0
            self.sent.append((packet[4], opcode, inner))

    def carry_back(self, theirs: socket.socket, ours: socket.socket) -> None:
        message = b""
        with contextlib.suppress(OSError):
            while packet := read_packet(theirs):
                message += packet
                if packet[3] & 0x40:
                    ours.sendall(self.changed(message))
                    message = b""

    def changed(self, message: bytes) -> bytes:
        opcode = int.from_bytes(message[8:10], "little")
        meets = self.replies == self.at or opcode == self.opcode
        self.replies += 1
        if not meets or not self.fault:
            return message
        self.opcode = -1
        return {"twice": message * 2, "lost": b""}[self.fault]

    def problems(self) -> Iterator[str]:
        for kind, opcode, inner in self.sent:
            if kind != FM_API:
                yield f"a message of type {kind:02x} was sent"
            if opcode == TUNNEL and inner not in TUNNELLED:
                yield f"{inner:04x} was sent through a tunnel"
            if opcode != TUNNEL and opcode not in DIRECT:
                yield f"{opcode:04x} was sent"
        for opcode in (BIND, UNBIND):
            if sum(message[1] == opcode for message in self.sent) > 1:
                yield f"{opcode:04x} was sent more than once"

    def end(self) -> None:
        self.thread.join(PATIENCE)
        self.server.close()


def read_packet(connection: socket.socket) -> bytes:
    packet = b""
    while len(packet) < PACKET:
        part = connection.recv(PACKET - len(packet))
        if not part:
            assert not packet, "half a packet"
            return b""
        packet += part
    return packet


def expected(config: str) -> list[str]:
    """The lines that ask-switch prints of config.yaml, each as often as it says so."""
    switch = config[config.index("\nswitch:") :]
    lines = [
        f"{key} {re.search(rf'^  {key}: *(\S+)', switch, re.MULTILINE)[1]}"  # type: ignore[index]
        for key in SWITCH_KEYS
    ]
    for port, device in re.findall(r'^  (\d+):\n    device: "(mld_\S+)"', config, re.MULTILINE):
        if port not in ("1", "3"):
            continue
        block = config[config.index(f"\n  {device}:") :]
        size = re.search(r"memory_size: (0x\w+)", block)
        number = re.search(r"^      num: (\d+)", block, re.MULTILINE)
        assert size and number
        lines.append(f"port{port} memory_size {size[1].lower()} num {number[1]}")
    return lines


def converse(folder: Path, **fault: object) -> tuple[int, str, Wire, list[str]]:
    # About one connection in a hundred is never answered by cse: not even the first message.
    for _ in range(3):
        with running_cse(folder) as (cse, port):
            wire = Wire(port, **fault)  # type: ignore[arg-type]
            asked = subprocess.run(
                [BUILD / "test/peers/ask-switch", f"cse:127.0.0.1:{wire.port}", *WORDS],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            wire.end()
            problems = list(wire.problems())
            if cse.poll() is not None:
                problems.append(f"cse has ended with {cse.returncode}")
        if wire.replies:
            break
    return asked.returncode, asked.stdout + asked.stderr, wire, problems


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    if not folder or not (folder / "cse").is_file() or not (folder / "config.yaml").is_file():
        print("cse_tests.py: needs a folder with cse and its config.yaml", file=sys.stderr)
        return SKIPPED
    complaints: list[str] = []

    def look(name: str, good: bool, output: str, problems: list[str]) -> None:
        print(f"{name:28} {'passed' if good and not problems else 'failed'}", flush=True)
        if not good or problems:
            complaints.append(f"{name}: {problems}\n{output}")

    code, output, wire, problems = converse(folder)
    missing = [line for line in expected((folder / "config.yaml").read_text()) if line not in output]
    bound = "vppb4 binding 3 port 4 ld 1" in output
    look("values of config.yaml", code == 0 and not missing and bound, f"{missing}\n{output}", problems)

    replies = wire.replies
    for at in range(replies):
        code, output, _, problems = converse(folder, fault="twice", at=at)
        # The second of the last reply may come when nobody listens any more.
        late = "late 1 " in output or at == replies - 1
        look(f"reply {at} twice", code == 0 and late, output, problems)
    # A reading ends without its reply, and is told; a bind is read back.
    for opcode, good in ((0x0001, 1), (0x5101, 1), (TUNNEL, 1), (0x5200, 0), (UNBIND, 0), (BIND, 0)):
        code, output, _, problems = converse(folder, fault="lost", opcode=opcode)
        look(f"reply to {opcode:04x} lost", code == good, output, problems)
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
