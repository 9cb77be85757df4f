# SPDX-License-Identifier: GPL-2.0-only
"""The result of `meson install` under the real systemd: the order of events in a boot, and that no program
needs a right that the units deny.
"""

from __future__ import annotations

import re
from pathlib import Path

from accidents import occupy_kernel_memory
from claims import view
from guest import Guest
from installed import host
from manager import Holder, auto_online
from topology import MIB


def time_of(guest: Guest, unit: str, event: str) -> int:
    """The time of a unit's event, in microseconds since the kernel's start."""
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
        # multi-user.target has just been reached: there is nothing to wait for.
        assert view(guest) == before
        assert auto_online(guest) == "offline"
        ready = time_of(guest, "cxlfmd.service", "ActiveEnter")
        assert ready < time_of(guest, "multi-user.target", "ActiveEnter")
        held = time_of(guest, "cxlfm-auto-online.service", "ActiveEnter")
        assert held < time_of(guest, "systemd-modules-load.service", "ExecMainStart")
        assert guest.dmesg_warnings() == []


def test_the_service_is_started_again(tmp_path: Path) -> None:
    """After the death of daemon or helper, all claims exist, and the next command is served."""
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
    """Mailboxes, traces, the kernel's page flags and other users' processes can be read."""
    with host(tmp_path) as guest:
        guest.qmp("cxl-inject-poison", path="/machine/peripheral/mem1", start=0, length=128)
        assert any("media_errors" in memdev for memdev in guest.json("cxlfm list -M -L"))
        shown = guest.run("stat -c %U:%G:%a /run/cxlfm /run/cxlfm/cxlfm.sock /var/lib/cxlfm").stdout
        assert shown.split() == ["root:root:755", "root:cxlfm:660", "cxlfm:cxlfmd:700"]
        assert guest.json("su client -c 'cxlfm list -M'")
        assert guest.run("su client -c 'ls /var/lib/cxlfm'", check=False).returncode != 0
        assert all("alert_config" in memdev for memdev in guest.json("cxlfm list -M -A"))
        node = guest.json("cxlfm add-memory 256M --zone kernel")["node"]
        holder = Holder(guest, node, 4 * MIB)
        occupy_kernel_memory(guest, node)
        busy = guest.run("cxlfm remove-memory region0 --timeout 5", check=False, timeout=180)
        assert busy.returncode == 4, str(busy)
        assert re.search(r"(?m)^  pages of memory\d+: \d+ ", busy.stderr), busy.stderr
        assert re.search(rf"(?m)^  most memory of node {node}:.* node-memory ", busy.stderr), busy.stderr
        assert holder.check().startswith("ok")
