#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""peer_tests.py CHECKOUT [TEST...]: the tests that ndctl has for cxl, with cxlfm in cxl's place.

CHECKOUT is a folder with ndctl's sources; all of its test/cxl-*.sh are run, or those named. They need
cxl_test, so the tailored kernel boots (scripts/tailored-kernel builds it, once). Each test is run with
cxl, with cxlfm in the place of the verbs that it has, and so once more while every `list` in it is
compared with cxl's at that moment. "windows" is a test of our own: both fill each window of cxl_test,
that of a restricted host among them, without being told with what. Ends with 0 when

- what passes with cxl passes with cxlfm,
- and takes at most 1.3 times as long, by a clock that counts instructions,
- and no listing lacks or changes anything of cxl's,
- and each window that cxl fills is filled alike.

    scripts/workshop test/vm/peer_tests.py ~/src/ndctl
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import topology
from guest import ROOT, CommandFailed, Guest
from test_list import differences, listing

WINDOWS = "windows"
RATIO_MAX = 1.3
TEST_TIMEOUT = 900
SKIPPED = 77

# busybox has the other programs.
PROGRAMS = ("bash", "jq", "cxl", "daxctl", "ndctl", "mktemp", "grep", "sed")

# In cxl's place. A listing is compared with cxl's right before or right after: the host may change between
# the two.
STAND_IN = """#!/bin/bash
case $1 in
list)
	[ -n "$COMPARED" ] || exec cxlfm "$@"
	n=$COMPARED/$(printf %s "$*" | sha256sum | cut -c1-12).$$
	cxl "$@" >$n.before 2>/dev/null
	cxlfm "$@" >$n.ours
	code=$?
	cxl "$@" >$n.after 2>/dev/null
	printf '%s\\n' "$*" >$n.command
	cat $n.ours
	exit $code
	;;
create-region | destroy-region | enable-region | disable-region | monitor | version | help)
	exec cxlfm "$@"
	;;
esac
exec cxl "$@"
"""

# The tests ask journald for the kernel's log of the last seconds: journalctl -r -k --since -Ns.
JOURNALCTL = """#!/bin/sh
for word; do case $word in -[0-9]*s) since=${word#-} since=${since%s} ;; esac; done
now=$(cut -d. -f1 /proc/uptime)
dmesg | awk -F'[][ ]+' -v from=$((now - since)) '$2 >= from'
"""

UUIDGEN = """#!/bin/sh
exec cat /proc/sys/kernel/random/uuid
"""

RUN = """
cd /ndctl/test
export CXL={cxl} NDCTL=ndctl DAXCTL=daxctl TEST_PATH=/ndctl/test COMPARED={compared}
mkdir -p /run/compared
begin=$(cut -d' ' -f1 /proc/uptime)
bash ./{test} >/run/log 2>&1
code=$?
echo "$begin $(cut -d' ' -f1 /proc/uptime) $code"
modprobe -r cxl_test >/dev/null 2>&1 || true
"""


# The properties of a region apart from its place.
SHAPE = ("type", "size", "interleave_ways", "interleave_granularity")


@dataclass
class Run:
    """One test, run in one way."""

    code: int
    seconds: float
    log: str

    @property
    def word(self) -> str:
        return {0: "passed", SKIPPED: "skipped"}.get(self.code, "failed")


@dataclass
class Verdict:
    test: str
    peer: Run
    ours: Run
    compared: int = 0
    differing: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return self.ours.seconds / self.peer.seconds

    def complaints(self) -> Iterator[str]:
        if self.peer.code == 0 and self.ours.code != 0:
            yield f"{self.test}: passes with cxl, {self.ours.word} with cxlfm\n{self.ours.log}"
        if self.peer.code == 0 and self.ours.code == 0 and self.ratio > RATIO_MAX:
            yield f"{self.test}: {self.ratio:.2f} times as long, at most {RATIO_MAX}"
        for text in self.differing:
            yield f"{self.test}: {text}"


def tailored_kernel() -> Path:
    result = subprocess.run([ROOT / "scripts/tailored-kernel"], stdout=subprocess.PIPE, text=True, check=True)
    return Path(result.stdout.strip())


def files_of(checkout: Path) -> dict[str, bytes]:
    """The tests, the files that they include, and stand-ins for programs that a guest lacks."""
    test = checkout / "test"
    names = ["common", *(path.name for path in test.glob("*.sh")), "cxl-security", "nfit-security"]
    found = {f"/ndctl/test/{name}": (test / name).read_bytes() for name in names if (test / name).exists()}
    stand_ins = {"cxl": STAND_IN, "programs/journalctl": JOURNALCTL, "programs/uuidgen": UUIDGEN}
    return {**found, **{f"/peer/{name}": text.encode() for name, text in stand_ins.items()}}


def run_test(guest: Guest, test: str, cxl: str, compared: str = "") -> Run:
    """Runs with a daemon that knows nothing of earlier tests."""
    daemon = None
    if cxl != "cxl":
        guest.run("rm -rf /var/lib/cxlfm/store.db* /run/compared")
        daemon = guest.start_daemon()
    try:
        script = RUN.format(cxl=cxl, test=test, compared=compared)
        begin, end, code = guest.run(script, timeout=TEST_TIMEOUT).stdout.split()
        log = "\n".join(guest.run("tail -n 25 /run/log").stdout.splitlines())
        return Run(int(code), float(end) - float(begin), log)
    finally:
        if daemon is not None:
            daemon.signal()
            daemon.wait(60)


def without_running(before: Any, ours: Any, after: Any) -> Any:
    """cxlfm's listing; numbers that change by themselves, such as the rest of a firmware update, are replaced
    by the earlier ones if they lie between before and after.
    """
    said = (before, ours, after)
    if all(isinstance(value, dict) for value in said):
        return {key: without_running(before.get(key), ours[key], after.get(key)) for key in ours}
    if all(isinstance(value, list) for value in said) and len(before) == len(ours) == len(after):
        return [without_running(*values) for values in zip(*said, strict=True)]
    if all(type(value) is int for value in said) and sorted(said)[1] == ours:
        return before
    return ours


def comparisons(guest: Guest) -> tuple[int, list[str]]:
    """The number of compared listings, and the differences."""
    found = []
    commands = guest.run("ls /run/compared/*.command 2>/dev/null", check=False).stdout.split()
    for path in commands:
        stem = path.removesuffix(".command")
        before, ours, after = (listing_of(guest, f"{stem}.{end}") for end in ("before", "ours", "after"))
        wrong = list(differences(before, without_running(before, ours, after)))
        if wrong and list(differences(after, ours)):
            found.append(f"list {guest.run(f'cat {path}').stdout.strip()[5:]}: {'; '.join(wrong[:3])}")
    return len(commands), found


def listing_of(guest: Guest, path: str) -> object:
    return listing(guest.get(path).decode())


def judged(guest: Guest, test: str) -> Verdict:
    verdict = Verdict(test, run_test(guest, test, "cxl"), run_test(guest, test, "/peer/cxl"))
    if verdict.peer.code == 0:
        run_test(guest, test, "/peer/cxl", "/run/compared")
        verdict.compared, verdict.differing = comparisons(guest)
    return verdict


def made_in(guest: Guest, cxl: str, window: str) -> dict[str, Any]:
    """The region that fills a window of an empty host, if there is one, without the names that memdevs happen
    to have.
    """
    guest.run("modprobe -r cxl_test; modprobe cxl_test; udevadm settle")
    made = guest.run(f"{cxl} create-region -d {window}", check=False)
    region = json.loads(made.stdout) if made.returncode == 0 else {}
    if region:
        guest.run(f"{cxl} destroy-region -f {region['region']}")
    return {key: region[key] for key in SHAPE if key in region}


def windows(guest: Guest) -> list[str]:
    guest.run("modprobe cxl_test; udevadm settle")
    complaints = []
    for window in [decoder["decoder"] for decoder in guest.json("cxl list -D -d root")]:
        peer = made_in(guest, "cxl", window)
        daemon = guest.start_daemon()
        ours = made_in(guest, "cxlfm", window)
        daemon.signal()
        daemon.wait(60)
        print(f"{WINDOWS + ' ' + window:28} {made_word(peer):>8} {made_word(ours):>8}", flush=True)
        if peer and ours != peer:
            complaints.append(f"{window}: cxl makes {peer}, cxlfm {ours}")
    return complaints


def made_word(region: dict[str, Any]) -> str:
    return f"x{region['interleave_ways']}" if region else "none"


def start(checkout: Path) -> Guest:
    programs = [Path(shutil.which(name) or name) for name in PROGRAMS]
    guest = Guest(
        topology.MOCK,
        kernel=tailored_kernel(),
        modules=("virtio_console",),
        programs=programs,
        files=files_of(checkout),
        udev=True,
        counted=True,
    )
    return guest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("tests", nargs="*")
    words = parser.parse_args()
    scripts = sorted(path.name for path in (words.checkout / "test").glob("cxl-*.sh"))
    if not scripts:
        parser.error(f"{words.checkout} has no test/cxl-*.sh")
    tests = words.tests or [*scripts, WINDOWS]
    complaints: list[str] = []
    print(f"{'test':28} {'cxl':>8} {'cxlfm':>8} {'ratio':>6} {'lists':>6} differ", flush=True)
    with start(words.checkout) as guest:
        guest.run("chmod +x /peer/* /peer/programs/* /ndctl/test/*; mv /peer/programs/* /usr/bin/")
        for test in tests:
            if test == WINDOWS:
                complaints += windows(guest)
                continue
            verdict = judged(guest, test)
            complaints += verdict.complaints()
            print(
                f"{test:28} {verdict.peer.word:>8} {verdict.ours.word:>8} {verdict.ratio:6.2f} "
                f"{verdict.compared:6} {len(verdict.differing)}",
                flush=True,
            )
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CommandFailed as error:
        sys.exit(f"peer_tests.py: {error}")
