# SPDX-License-Identifier: GPL-2.0-only
"""A running guest: an emulated CXL host with a stock kernel and the programs under test.

    with Guest(topology.ONE_SWITCH) as guest:
        guest.run("cxl create-region -t ram -d decoder0.0 -w 1 -m mem0")

Always plain emulation: under KVM, code that runs from emulated CXL memory crashes the guest.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import initramfs
from agent import Agent, GuestGone, Process, Result
from qmp import Qmp
from topology import Device, Topology, device_backends, device_name, device_properties

__all__ = ["CommandFailed", "Guest", "GuestGone", "Process", "Result", "Unavailable"]

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("CXLFM_CACHE", "/var/cache/cxlfm"))
BUILD = Path(os.environ.get("CXLFM_BUILD", ROOT / "build"))

SOCKET = "/run/cxlfm/cxlfm.sock"

# Ten times the need of an idle machine of two cores: a limit is for hangs, not for slowness.
BOOT_TIMEOUT = 120
COMMAND_TIMEOUT = 60
CONSOLE_TAIL = 60

# The programs under test, below the build folder. Programs that are not built yet are left out.
PROGRAMS = (
    *("daemon/cxlfmd", "daemon/cxlfm-helper", "cli/cxlfm"),
    *("test/vm/guest-agent", "test/vm/hotplug-latency", "test/vm/node-memory", "test/vm/busy-host"),
)

# "quiet" halves the boot: the serial port is slow. panic=1 ends QEMU soon after a crash. The rest
# leaves out self-tests and mitigations that cost seconds in an emulated processor.
KERNEL_ARGUMENTS = (
    *("console=ttyS0", "quiet", "panic=1", "oops=panic", "tsc=reliable", "no_timer_check"),
    *("mitigations=off", "nokaslr", "cryptomgr.notests", "audit=0", "random.trust_cpu=on"),
)

# 2^2 ns for each instruction; while the guest is idle its clock is the machine's.
COUNTED = ("-accel", "tcg,thread=single", "-icount", "shift=2", "-smp", "1")

WARNING = re.compile(
    r"BUG:|WARNING:|Oops|list_del corruption|Call Trace|stuck online|general protection|KASAN"
)

# Read from sysfs: a cxl list and a daxctl list per test would be slower than many a test.
USED = """
cd /sys/bus
ls -d cxl/devices/region* dax/devices/dax* 2>/dev/null
grep -H . cxl/devices/decoder*/dpa_size 2>/dev/null | grep -Ev ':(0x)?0+$'
true
"""

# The slot that has the address of the memdev's PCI function.
SLOT_OFF = """
set -e
memdev=$(dirname $(grep -lsx {serial} /sys/bus/cxl/devices/mem*/serial))
function=$(basename $(dirname $(readlink -f $memdev)))
slot=$(dirname $(grep -lx ${{function%.*}} /sys/bus/pci/slots/*/address))
echo 0 >$slot/power
"""


class Unavailable(Exception):
    """QEMU or the kernel is missing here; the text says which."""


class CommandFailed(Exception):
    """A command of the guest ended with another code than zero."""


class Guest:
    """One QEMU. A context manager: QEMU has ended when the block is left, however it is left.

    kmem=False       leaves the driver out that turns dax devices into system memory
    memhp            what the kernel does with new memory: "offline", "online_movable", ... (None:
                     the kernel's own default, which on Debian brings it online as normal memory)
    kernel           the folder of another kernel (vmlinux, modules): none of its modules is loaded but
                     those of "modules"; all are there to be loaded
    kernel_arguments more words for the kernel's command line
    modules          more kernel modules, loaded last
    programs         more executables of this machine, copied with their libraries to /usr/bin
    files            more files: path -> content
    counted          one processor whose clock counts instructions (250 million a second): what is
                     measured by the guest's clock does not depend on the machine and its other work
    disk             a file that is made and formatted if absent and mounted on /var/lib/cxlfm; it
                     outlives resets and the guest itself
    installed        a folder (DESTDIR): systemd boots the guest, what was installed there is in it, and
                     its units are enabled; it has come up when multi-user.target is reached
    udev             systemd-udevd runs, with the rules that Debian has it start with, as on a real host
    qemu_arguments   more arguments for QEMU

    To be started from a thread that lives as long as the guest: QEMU is killed with the thread.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        build: Path = BUILD,
        kmem: bool = True,
        memhp: str | None = None,
        kernel: Path | None = None,
        kernel_arguments: Sequence[str] = (),
        modules: Sequence[str] = (),
        programs: Sequence[Path] = (),
        files: dict[str, bytes] | None = None,
        counted: bool = False,
        disk: Path | None = None,
        installed: Path | None = None,
        udev: bool = False,
        qemu_arguments: Sequence[str] = (),
    ) -> None:
        self.topology = topology
        self._kmem = kmem
        self._kernel_arguments = [*KERNEL_ARGUMENTS, *kernel_arguments]
        if memhp:
            self._kernel_arguments.append(f"memhp_default_state={memhp}")
        self._extra_modules = modules
        self._programs = [*_existing(build, PROGRAMS), *programs]
        self._client_library = sorted((build / "cli/libcxlfm").glob("libcxlfm.so.0"))
        self._files = files or {}
        self._counted = counted
        self._disk = disk
        self._installed = installed
        self._udev = udev
        if installed:
            self._kernel_arguments.append("systemd.unit=guest.target")
        self._qemu_arguments = qemu_arguments
        self._folder = Path()
        self._other_kernel = kernel
        self._kernel = Path()
        self._qemu: subprocess.Popen[bytes] | None = None
        self._agent: Agent | None = None
        self._qmp: Qmp | None = None
        self._plugged: dict[int, tuple[str, str]] = {}
        self._taken: set[str] = set()
        self._plug_count = 0

    # Life

    def __enter__(self) -> Guest:
        try:
            return self.start()
        except BaseException:
            self.print_console()
            self.stop()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self.print_console()
        self.stop()

    def start(self) -> Guest:
        """Boots; returns when the memory devices exist and commands can be run."""
        self._kernel = self._other_kernel or _kernel()
        self._folder = Path(tempfile.mkdtemp(prefix="cxlfm-guest-"))
        self._make_initramfs()
        try:
            self._boot()
        except GuestGone:
            # Seen once in many hundred boots, on a busy machine: an oops in the kernel's own clock
            # (update_rq_clock() of 7.3.4) before any of our programs has run.
            self.print_console()
            self.reset()
        return self

    def stop(self) -> None:
        """Ends QEMU, by its own process, and removes its files."""
        self.kill()
        if self._folder != Path():
            shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """Cuts the power: nothing is flushed or shut down. The console stays readable."""
        if self._qemu is not None:
            self._qemu.kill()
            self._qemu.wait(timeout=30)
        if self._agent is not None:
            self._agent.close()
        if self._qmp is not None:
            self._qmp.close()
        self._agent = self._qmp = None

    def reset(self) -> None:
        """Power off and on: a new QEMU. Persistent memory, labels and the disk stay; plugged devices do not.
        """
        self.kill()
        self._plugged.clear()
        self._taken.clear()
        self._boot()

    def press_reset(self) -> None:
        """Presses the reset button: the same QEMU, with the same devices, boots again."""
        assert self._agent is not None
        self._agent.expect_reset()
        # A guest that resets itself has crashed, and ends; but its firmware resets it once more.
        self.qmp("set-action", reboot="reset")
        self.qmp("system_reset")
        self._wait_ready()
        self.qmp("set-action", reboot="shutdown")

    @property
    def alive(self) -> bool:
        return self._qemu is not None and self._qemu.poll() is None

    # Commands

    def run(
        self,
        command: str,
        *,
        timeout: float = COMMAND_TIMEOUT,
        check: bool = True,
        stdin: bytes | str = b"",
    ) -> Result:
        """Runs a shell command to its end. check: another code than zero raises CommandFailed."""
        process = self.start_process(command)
        if stdin:
            process.write(stdin)
        process.close_stdin()
        result = process.wait(timeout)
        if check and result.returncode != 0:
            raise CommandFailed(str(result))
        return result

    def json(self, command: str, *, timeout: float = COMMAND_TIMEOUT) -> Any:
        """Returns the output of a command as JSON. cxl and daxctl print nothing for "none": []."""
        text = self.run(command, timeout=timeout).stdout
        return json.loads(text) if text.strip() else []

    def start_process(self, command: str, **options: Any) -> Process:
        """Starts a shell command in the background; its standard input stays open. The options are those of
        Agent.spawn.
        """
        if self._agent is None or not self.alive:
            raise GuestGone("the guest does not run")
        return self._agent.spawn(command, **options)

    def start_daemon(self, arguments: str = "", *, timeout: float = COMMAND_TIMEOUT) -> Process:
        """Starts cxlfmd and waits until it listens; its log is the process's stderr."""
        daemon = self.start_process(f"exec cxlfmd {arguments}")
        daemon.close_stdin()
        try:
            self.wait_until(f"[ -S {SOCKET} ]", timeout=timeout)
        except TimeoutError as error:
            raise CommandFailed(str(daemon.result())) from error
        return daemon

    def wait_until(
        self, command: str, *, timeout: float = COMMAND_TIMEOUT, interval: float = 0.1
    ) -> None:
        """Waits until a shell command succeeds; the guest itself tries again and again."""
        loop = f"until {command}; do usleep {int(interval * 1e6)}; done"
        self.run(loop, timeout=timeout)

    # Files

    def put(self, path: str, content: bytes | str, mode: int = 0o644) -> None:
        command = f"mkdir -p $(dirname {path}) && cat >{path} && chmod {mode:o} {path}"
        self.run(command, stdin=content)

    def get(self, path: str) -> bytes:
        process = self.start_process(f"cat {path}")
        result = process.wait()
        if result.returncode != 0:
            raise CommandFailed(str(result))
        return process.stdout_bytes

    # The hardware

    def qmp(self, command: str, arguments: dict[str, Any] | None = None, /, **more: Any) -> Any:
        """Sends a command to QEMU: guest.qmp("device_del", id="mem1"). Arguments with a dash in their name go
        into the dictionary.
        """
        assert self._qmp is not None
        return self._qmp.execute(command, {**(arguments or {}), **more})

    def wait_event(self, name: str, timeout: float = 30, **data: Any) -> dict[str, Any]:
        """Waits for an event of QEMU."""
        assert self._qmp is not None
        return self._qmp.wait_event(name, timeout, **data)

    def plug(self, device: Device, slot: str | None = None, timeout: float = 60) -> None:
        """Plugs a device into an empty slot and waits for its memdev. Without a given slot, prefers one that
        can be used again.
        """
        bus = slot or self._free_slots()[0]
        self._plug_count += 1
        tag = f"-{self._plug_count}"
        for backend in device_backends(device, self._folder, tag):
            self.qmp("object-add", backend)
        self.qmp("device_add", device_properties(device, bus, tag))
        self._plugged[device.serial] = (bus, device_name(device, tag))
        self._taken.add(bus)
        self.wait_until(_present(device), timeout=timeout)

    def unplug(self, device: Device, *, button: bool = False, timeout: float = 60) -> None:
        """Takes a plugged device out in an orderly way and waits until it is gone: the guest switches its
        slot off, or (5 s slower) somebody presses the eject button.
        """
        bus, name = self._plugged.pop(device.serial)
        if button:
            self.qmp("device_del", id=name)
        else:
            self.run(SLOT_OFF.format(serial=f"{device.serial:#x}"), timeout=timeout)
        self.wait_until(f"! {_present(device)}", timeout=timeout)
        # QEMU's downstream ports have no power controller, so the guest can't tell QEMU that it has finished:
        # the slot stays taken.
        if bus.startswith("rp"):
            self._wait_until_deleted(name, timeout)
            self._taken.discard(bus)

    def fail(self, device: Device, error: str) -> None:
        """Injects a PCIe error into a plugged device, by QEMU's name: DLP and MALF_TLP are fatal, and make
        the kernel reset the slot.
        """
        _, name = self._plugged[device.serial]
        told = self.qmp(
            "human-monitor-command", {"command-line": f"pcie_aer_inject_error {name} {error}"}
        )
        assert told.startswith("OK"), told

    # Watching

    @property
    def console(self) -> str:
        """The output of the serial console so far."""
        path = self._folder / "console"
        return path.read_text(errors="replace") if path.exists() else ""

    def print_console(self) -> None:
        """Prints the end of the console and QEMU's own messages, for the reader of a failed test."""
        log = self._folder / "qemu.log"
        words = log.read_text(errors="replace").splitlines() if log.exists() else []
        lines = [*self.console.splitlines()[-CONSOLE_TAIL:], *words]
        print(f"--- console of {self.topology.name} ---", *lines, "---", sep="\n", file=sys.stderr)

    def dmesg_warnings(self) -> list[str]:
        """Lines of the kernel's log that no healthy kernel writes."""
        try:
            text = self.run("dmesg").stdout
        except GuestGone:
            text = self.console
        return [line for line in text.splitlines() if WARNING.search(line)]

    def node_memory(self) -> dict[int, int]:
        """NUMA nodes that have memory: node -> bytes."""
        lines = self.run("grep MemTotal /sys/devices/system/node/node*/meminfo").stdout
        sizes = re.findall(r"Node (\d+) MemTotal: +(\d+) kB", lines)
        return {int(node): int(kib) << 10 for node, kib in sizes}

    def used(self) -> list[str]:
        """Objects in use on the host, one line each; a clean host has none."""
        return self.run(USED).stdout.splitlines()

    def problems(self) -> list[str]:
        """Problems that must not exist before or after a test."""
        return [*self.used(), *self.dmesg_warnings()]

    # Below

    def _boot(self) -> None:
        with _listener(self._folder / "agent") as listener:
            self._qemu = self._start_qemu()
            listener.settimeout(10)
            connection, _ = listener.accept()
        connection.settimeout(None)
        self._agent = Agent(connection)
        self._qmp = Qmp(str(self._folder / "qmp"))
        self._wait_ready()

    def _wait_ready(self) -> None:
        assert self._agent is not None
        if not self._agent.wait_ready(BOOT_TIMEOUT, lambda: self.alive):
            why = "did not come up" if self.alive else "ended while it booted"
            raise GuestGone(f"the guest {why}")

    def _free_slots(self) -> list[str]:
        free = [slot for slot in self.topology.slots() if slot not in self._taken]
        return sorted(free, key=lambda slot: not slot.startswith("rp"))

    def _wait_until_deleted(self, name: str, timeout: float) -> None:
        """Asks again and again: QEMU 10.0 sends no DEVICE_DELETED for a memory device."""
        deadline = time.monotonic() + timeout
        while self._has_device(name):
            if time.monotonic() > deadline:
                raise TimeoutError(f"QEMU still has {name}")
            time.sleep(0.1)

    def _has_device(self, name: str) -> bool:
        devices = self.qmp("qom-list", path="/machine/peripheral")
        return any(device["name"] == name for device in devices)

    def _make_initramfs(self) -> None:
        kernel = self._kernel
        if not any(program.name == "guest-agent" for program in self._programs):
            raise FileNotFoundError("no test/vm/guest-agent in the build folder; build first")
        names = self._module_names()
        modules = initramfs.modules_in_order(kernel, [*names, *self._extra_modules])
        in_base = initramfs.modules_in_order(kernel, names)
        files = [
            ("/etc/guest/modules", "".join(f"{module}\n" for module in modules).encode(), 0o644),
            ("/etc/guest/memdevs", f"{len(self.topology.devices())}\n".encode(), 0o644),
            *((path, content, 0o644) for path, content in self._files.items()),
        ]
        for name in modules:
            if name not in in_base:
                content = initramfs.module_content(kernel, name)
                files.append((f"/usr/lib/modules/{name}", content, 0o644))
        for library in self._client_library:
            files.append((f"/usr/lib/{library.name}", library.read_bytes(), 0o755))
        with (self._folder / "initramfs").open("wb") as image:
            base_kernel = None if self._other_kernel else kernel
            image.write(initramfs.base(base_kernel, CACHE).read_bytes())
            if self._other_kernel:
                image.write(initramfs.all_modules(kernel))
            image.write(initramfs.overlay(files, self._programs))
            if self._installed:
                image.write(initramfs.systemd(self._installed))
            if self._udev:
                image.write(initramfs.udev())

    def _module_names(self) -> list[str]:
        """Modules that the base has."""
        if self._other_kernel:
            return []
        names = [*initramfs.MODULES]
        if self._kmem:
            names.append(initramfs.KMEM_MODULE)
        if self._disk:
            names += initramfs.DISK_MODULES
        return names

    def _start_qemu(self) -> subprocess.Popen[bytes]:
        command = [
            # QEMU must not outlive a test that is killed.
            *("setpriv", "--pdeathsig", "KILL"),
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"),
            *(COUNTED if self._counted else ("-accel", "tcg,thread=multi", "-smp", "2")),
            # Without the hypervisor bit the kernel trusts itself to flush the caches, which a new
            # region needs.
            *("-cpu", "max,-hypervisor", "-action", "reboot=shutdown"),
            *self.topology.arguments(self._folder, 1 if self._counted else 2),
            *("-kernel", str(self._kernel / "vmlinux"), "-initrd", str(self._folder / "initramfs")),
            *("-append", " ".join(self._kernel_arguments)),
            # One text over all resets.
            *("-chardev", f"file,id=console,path={self._folder}/console,append=on"),
            *("-serial", "chardev:console"),
            *("-qmp", f"unix:{self._folder}/qmp,server=on,wait=off"),
            *("-chardev", f"socket,id=agent,path={self._folder}/agent"),
            *("-device", "virtio-serial-pci,bus=pcie.0", "-device", "virtserialport,chardev=agent"),
            *self._disk_arguments(),
            *self._qemu_arguments,
        ]
        with (self._folder / "qemu.log").open("wb") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _disk_arguments(self) -> Iterable[str]:
        if self._disk is None:
            return ()
        if not self._disk.exists():
            with self._disk.open("wb") as image:
                image.truncate(64 << 20)
            subprocess.run(["mke2fs", "-q", "-t", "ext4", self._disk], check=True)
        drive = f"if=none,id=disk,file={self._disk},format=raw"
        return ("-drive", drive, "-device", "virtio-blk-pci,bus=pcie.0,drive=disk")


def _present(device: Device) -> str:
    """A shell command that succeeds if the guest's kernel has the device."""
    return f"grep -qsx {device.serial:#x} /sys/bus/cxl/devices/mem*/serial"


def _existing(build: Path, names: Iterable[str]) -> list[Path]:
    return [build / name for name in names if (build / name).exists()]


def _listener(path: Path) -> socket.socket:
    """We listen and QEMU connects: the line exists before the guest can write."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(1)
    return listener


def _kernel() -> Path:
    if shutil.which("qemu-system-x86_64") is None:
        raise Unavailable("qemu-system-x86_64 is not installed")
    script = ROOT / "scripts" / "guest-kernel"
    result = subprocess.run([script], stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        raise Unavailable("no kernel for the guests")
    return Path(result.stdout.strip())
