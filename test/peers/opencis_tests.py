#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""opencis_tests.py FOLDER [PYTHON]: the machine of requests and the switch of opencis-core, over TCP.

FOLDER has the sources of opencis-core. PYTHON is an interpreter that has the packages they need (python3 by
default); without sources or packages the test is skipped (77). The switch connects to ask-switch, which
listens, reads it, unbinds an LD and binds it again, and is refused what it can't have. Ends with 0 when

- what is read is what the switch was started with,
- a bind that failed is told for failed: the reply says that it began, and the status that it ended,
- an answer of success is read back,
- events between the replies are counted and do no harm,
- and the switch, which ends by what it does not know, is alive at the end of each conversation.

    scripts/workshop test/peers/opencis_tests.py ~/src/opencis-core
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CXLFM_BUILD", ROOT / "build"))

SKIPPED = 77
PATIENCE = 20

# A switch with two MLDs, all LDs of which are bound to the vPPBs of one virtual switch.
CONFIG = "configs/1vcs_2mlds.yaml"
PACKAGES = "click, yaml, aiohttp, websockets, tqdm, humanfriendly, socketio, dill, sortedcontainers"

# Starts the switch, and its devices once it takes connections.
SWITCH = """
import asyncio, sys
from opencis.apps.cxl_switch import CxlSwitch
from opencis.apps.multi_logical_device import MultiLogicalDevice
from opencis.cxl.environment import parse_cxl_environment

environment = parse_cxl_environment(sys.argv[1])
config = environment.switch_config
config.host = config.mctp_host = "127.0.0.1"
config.port, config.mctp_port = int(sys.argv[2]), int(sys.argv[3])

async def main():
    tasks = [asyncio.create_task(CxlSwitch(config, environment.logical_device_configs).run())]
    while True:
        try:
            (await asyncio.open_connection(config.host, config.port))[1].close()
            break
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
    for device in environment.multi_logical_device_configs:
        mld = MultiLogicalDevice(device.port_index, device.memory_sizes, device.memory_files,
                                 device.serial_numbers, config.host, config.port)
        tasks.append(asyncio.create_task(mld.run()))
    await asyncio.gather(*tasks)

asyncio.run(main())
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def is_up(log: str, config: str) -> bool:
    """Both devices have connected, and the binds of the configuration have ended."""
    binds = re.search(r"vppb_counts: (\d+)", config)
    assert binds
    return log.count("Connected to switch") >= 2 and log.count("fully bound physical") >= int(binds[1])


@contextlib.contextmanager
def running_switch(folder: Path, python: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with tempfile.TemporaryDirectory() as temporary:
        log = Path(temporary) / "log"
        port = free_port()
        code = f"import sys; sys.path.insert(0, {str(folder)!r})\n{SWITCH}"
        with log.open("wb") as output:
            switch = subprocess.Popen(
                [python, "-c", code, folder / CONFIG, str(free_port()), str(port)],
                cwd=temporary,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            until = time.monotonic() + PATIENCE
            while not is_up(log.read_text(errors="replace"), (folder / CONFIG).read_text()):
                assert switch.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            yield switch, port
        finally:
            switch.kill()
            switch.wait()


def lds(config: str) -> dict[str, int]:
    """The number of LDs of each port with an MLD."""
    return {block.split()[0]: block.count("ld_id:") for block in config.split("- port_index:")[1:]}


def expected(config: str) -> list[str]:
    ports = re.findall(r"^  - type: (\wSP)", config, re.MULTILINE)
    vppbs = re.search(r"vppb_counts: (\d+)", config)
    assert vppbs
    lines = [f"num_ports {len(ports)}", "num_vcss 1", f"num_vppbs {vppbs[1]}"]
    for number, kind in enumerate(ports):
        # The specification's numbers of an upstream port, and of a downstream port with an MLD.
        lines.append(f"port{number} use {4 if kind == 'USP' else 3} device {0 if kind == 'USP' else 5}")
    for port, count in lds(config).items():
        # Its devices tell 256 MiB for each LD, whatever the configuration says.
        lines.append(f"port{port} memory_size {count << 28:#x} num {count}")
    return lines


CONVERSATIONS = {
    # words, how ask-switch ends, lines of its output; those of the configuration come to the first
    "values of the configuration": ("identify switch ports 3 ld-info 1 ld-info 2 identify", 0, ()),
    "unbind and bind": (
        "unbind 5 bind 5 2 1 identify",
        0,
        ("vppb5 binding 0", "5202 result 0", "vppb5 binding 3 port 2 ld 1", "5201 result 0"),
    ),
    # vPPB 0 has LD 0 of port 1: the reply says "begun", the status "100 %, invalid input".
    "a bind that fails": ("bind 0 2 0", 1, ("vppb0 binding 3 port 1 ld 0", "5201 result 1 code 2")),
    # What is there already is there.
    "a bind that was done before": ("bind 0 1 0 identify", 0, ("5201 result 0",)),
}


def main() -> int:
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) in (2, 3) else None
    python = sys.argv[2] if len(sys.argv) == 3 else "python3"
    if not folder or not (folder / CONFIG).is_file():
        print("opencis_tests.py: needs a folder with the sources of opencis-core", file=sys.stderr)
        return SKIPPED
    if subprocess.run([python, "-c", f"import {PACKAGES}"], capture_output=True, check=False).returncode:
        print(f"opencis_tests.py: {python} lacks one of {PACKAGES}", file=sys.stderr)
        return SKIPPED
    complaints: list[str] = []
    config = (folder / CONFIG).read_text()
    for name, (words, code, lines) in CONVERSATIONS.items():
        with running_switch(folder, python) as (switch, port):
            asked = subprocess.run(
                [BUILD / "test/peers/ask-switch", f"opencis:127.0.0.1:{port}", *words.split()],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            output = asked.stdout + asked.stderr
            missing = [line for line in lines or expected(config) if line not in output]
            if asked.returncode != code:
                missing.append(f"an end with {code}")
            if switch.poll() is not None:
                missing.append("the switch")
        print(f"{name:28} {'failed' if missing else 'passed'}", flush=True)
        if missing:
            complaints.append(f"{name}: missing {missing}\n{output}")
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
