# SPDX-License-Identifier: GPL-2.0-only
"""Runs demo.sh on an emulated host, and then, for a person, a shell."""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import tty
from pathlib import Path

from guest import Guest, Process
from topology import ONE_SWITCH

GREETING = "\nThe host is yours: cxlfm help, cxl list, numactl -H. \"exit\" powers it off.\n"


def write_out(data: bytes) -> None:
    os.write(sys.stdout.fileno(), data)


def demonstrate(guest: Guest) -> int:
    daemon = guest.start_daemon()
    guest.put("/root/demo.sh", (Path(__file__).parent / "demo.sh").read_bytes(), 0o755)
    process = guest.start_process("/root/demo.sh 2>&1", on_output=write_out)
    process.close_stdin()
    status = process.wait(timeout=120).returncode
    if status != 0:
        print("\nWhat cxlfmd says of it:", daemon.stderr, sep="\n", file=sys.stderr)
    return status


def give_shell(guest: Guest) -> None:
    size = shutil.get_terminal_size()
    terminal = (size.lines, size.columns)
    command = "cd /root; PS1='# ' exec sh -i"
    shell = guest.start_process(command, terminal=terminal, on_output=write_out)
    saved = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        forward_keys(shell)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)


def forward_keys(shell: Process) -> None:
    """Forwards keys until the shell ends; the terminal is raw, so ^C and the like reach the shell, too."""
    while shell.returncode is None:
        ready, _, _ = select.select([sys.stdin], [], [], 0.1)
        if ready:
            keys = os.read(sys.stdin.fileno(), 4096)
            if not keys:
                return
            shell.write(keys)


def main() -> int:
    with Guest(ONE_SWITCH) as guest:
        status = demonstrate(guest)
        if sys.stdin.isatty():
            print(GREETING)
            give_shell(guest)
    return status


if __name__ == "__main__":
    sys.exit(main())
