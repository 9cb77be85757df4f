# SPDX-License-Identifier: GPL-2.0-only
"""Our units under the real systemd: where in a boot things happen, and that nothing they are denied
is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from accidents import occupy_kernel_memory
from claims import view
from guest import BUILD, ROOT, Guest
from manager import Holder, auto_online
from topology import MIB, TOPOLOGIES

SOURCES = ROOT / "daemon/units"
# Where the guest has cxlfmd, which is installed elsewhere on a host.
PROGRAM = b"/usr/bin/cxlfmd"


def units() -> dict[str, bytes]:
    service = (BUILD / "daemon/units/cxlfmd.service").read_bytes()
    return {
        "cxlfmd.service": re.sub(rb"(?m)^ExecStart=\S+", b"ExecStart=" + PROGRAM, service),
        "cxlfmd.socket": (SOURCES / "cxlfmd.socket").read_bytes(),
        "cxlfm-auto-online.service": (SOURCES / "cxlfm-auto-online.service").read_bytes(),
    }


@contextmanager
def host(tmp_path: Path) -> Iterator[Guest]:
    tmpfiles = (SOURCES / "cxlfm.tmpfiles").read_bytes()
    with Guest(
        TOPOLOGIES["one_switch"],
        disk=tmp_path / "disk",
        files={"/usr/lib/tmpfiles.d/cxlfm.conf": tmpfiles},
        systemd=units(),
    ) as guest:
        yield guest


def time_of(guest: Guest, unit: str, event: str) -> int:
    """When something happened to a unit, in microseconds since the kernel's start."""
    shown = guest.run(f"systemctl show --value -p {event}TimestampMonotonic {unit}").stdout
    assert int(shown) > 0, f"{unit} {event}"
    return int(shown)


def test_claims_are_back_before_the_users(tmp_path: Path) -> None:
    with host(tmp_path) as guest:
        assert auto_online(guest) == "offline"
        guest.run("cxlfm add-memory 512M --name web --memdevs serial:4,serial:1")
        before = view(guest)
        assert [(r["members"], r["movable"]) for r in before] == [([4, 1], True)]
        guest.reset()
        # multi-user.target has just been reached: nothing is waited for.
        assert view(guest) == before
        assert auto_online(guest) == "offline"
        ready = time_of(guest, "cxlfmd.service", "ActiveEnter")
        assert ready < time_of(guest, "multi-user.target", "ActiveEnter")
        held = time_of(guest, "cxlfm-auto-online.service", "ActiveEnter")
        assert held < time_of(guest, "systemd-modules-load.service", "ExecMainStart")
        assert guest.dmesg_warnings() == []


def test_the_service_is_started_again(tmp_path: Path) -> None:
    """Whoever dies, daemon or helper: all is there, and the next command is served."""
    with host(tmp_path) as guest:
        guest.run("cxlfm add-memory 512M --name web --memdevs serial:4,serial:1")
        before = view(guest)
        for n, victim in enumerate(("cxlfmd", "cxlfm-helper"), start=1):
            guest.run(f"kill -KILL $(pidof {victim})")
            guest.wait_until(f"[ $(systemctl show --value -p NRestarts cxlfmd.service) -ge {n} ]")
            guest.run("cxlfm wait web")
            assert view(guest) == before
        guest.run("cxlfm remove-memory web")
        assert view(guest) == []
        guest.run("systemctl stop cxlfmd.socket cxlfmd.service cxlfm-auto-online.service")
        assert auto_online(guest) != "offline"


def test_what_is_denied_is_not_needed(tmp_path: Path) -> None:
    """Mailboxes, the kernel's page flags and other users' processes can be looked at."""
    with host(tmp_path) as guest:
        assert all("alert_config" in memdev for memdev in guest.json("cxlfm list -M -A"))
        node = guest.json("cxlfm add-memory 256M --zone kernel")["node"]
        holder = Holder(guest, node, 4 * MIB)
        occupy_kernel_memory(guest, node)
        busy = guest.run("cxlfm remove-memory region0 --timeout 5", check=False, timeout=180)
        assert busy.returncode == 4, str(busy)
        assert re.search(r"(?m)^  pages of memory\d+: \d+ ", busy.stderr), busy.stderr
        assert re.search(rf"(?m)^  most memory of node {node}:.* node-memory ", busy.stderr), busy.stderr
        assert holder.check().startswith("ok")
