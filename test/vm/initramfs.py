# SPDX-License-Identifier: GPL-2.0-only
"""The guest's root file system, as cpio archives.

Two archives, one after the other, which is what the kernel expects an initramfs to be. The base
holds what comes from the distribution and is kept in the cache; the overlay holds the programs under
test and is made anew for each guest, in milliseconds.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent

TOOLS = ("cxl", "daxctl", "ndctl", "numactl", "jq")

# In this order, each after its dependencies. kmem is the driver that turns a dax device into system memory; a
# test that wants the devices themselves leaves it out.
MODULES = (
    *("cxl_acpi", "cxl_pmem", "cxl_mem", "cxl_pci"),
    *("device_dax", "dax_cxl", "dax_pmem", "nd_pmem"),
)
KMEM_MODULE = "kmem"
DISK_MODULES = ("virtio_blk", "ext4")

# The names under which kmod is called.
KMOD_NAMES = ("modprobe", "insmod", "rmmod", "lsmod")

# The distribution's files that a boot by systemd needs, without those that cost time.
SYSTEMD_PROGRAMS = (
    *("/usr/lib/systemd/systemd", "/usr/lib/systemd/systemd-executor"),
    *("/usr/bin/systemctl", "/usr/bin/systemd-tmpfiles"),
)
SYSTEMD_UNITS = (
    *("basic.target", "multi-user.target", "sysinit.target", "sockets.target", "local-fs.target"),
    *("paths.target", "slices.target", "swap.target", "timers.target", "shutdown.target"),
    *("umount.target", "systemd-tmpfiles-setup.service"),
)

# In the distribution's places: see guest-init.sh.
GUEST_UNITS = {
    "systemd-modules-load.service": b"""[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/init modules
""",
    "guest-agent.service": b"""[Unit]
After=multi-user.target
[Service]
ExecStart=/init agent
""",
    "guest.target": b"""[Unit]
Requires=multi-user.target
Wants=guest-agent.service
""",
}
SYSTEMD_WANTS = ("systemd-modules-load.service", "systemd-tmpfiles-setup.service")
SYSTEMD_CONF = b"[Manager]\nDefaultStandardOutput=kmsg\nLogTarget=kmsg\n"
UNITS = "/usr/lib/systemd/system"

# Both names are one program.
UDEV_PROGRAMS = ("/usr/bin/udevadm", "/usr/lib/systemd/systemd-udevd")
UDEV_FOLDER = "/usr/lib/udev"

# As in cxlfm.sysusers, and a user who may talk to cxlfmd.
PASSWD = """root:x:0:0:root:/root:/bin/sh
cxlfm:x:990:990:cxlfm:/var/lib/cxlfm:/bin/sh
client:x:1000:1000:client:/root:/bin/sh
"""
GROUP = "root:x:0:\ncxlfmd:x:990:\ncxlfm:x:989:client\nclient:x:1000:\n"


class Archive:
    """A cpio archive in the "newc" format, written front to back."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._seen: set[str] = set()

    def directory(self, path: str) -> None:
        """Adds the directory and those above it."""
        parts = path.strip("/").split("/")
        for count in range(1, len(parts) + 1):
            self._add("/".join(parts[:count]), stat.S_IFDIR | 0o755, b"")

    def file(self, path: str, data: bytes, mode: int = 0o644) -> None:
        self.directory(os.path.dirname(path))
        self._add(path.strip("/"), stat.S_IFREG | mode, data)

    def link(self, path: str, target: str) -> None:
        if os.path.dirname(path).strip("/"):
            self.directory(os.path.dirname(path))
        self._add(path.strip("/"), stat.S_IFLNK | 0o777, target.encode())

    def program(self, path: Path, target: str | None = None) -> None:
        """Adds an executable of the machine and the libraries that it is linked with."""
        self.file(target or f"/usr/bin/{path.name}", path.read_bytes(), 0o755)
        for library, place in libraries(path):
            self.file(place, library.read_bytes(), 0o755)

    def finish(self) -> bytes:
        self._add("TRAILER!!!", 0, b"")
        self._data += bytes(-len(self._data) % 512)
        return bytes(self._data)

    def _add(self, name: str, mode: int, data: bytes) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        encoded = name.encode() + b"\0"
        fields = (len(self._seen), mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        self._data += b"070701" + b"".join(b"%08X" % value for value in fields) + encoded
        self._data += bytes(-len(self._data) % 4) + data
        self._data += bytes(-len(self._data) % 4)


def libraries(program: Path) -> list[tuple[Path, str]]:
    """The libraries that the loader would load, each with its place in the guest."""
    result = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    found: list[tuple[Path, str]] = []
    for line in result.stdout.splitlines():
        words = line.split()
        path = next((word for word in words if word.startswith("/")), None)
        if path is None:
            continue
        # A library from the build tree moves to a place of the guest's loader; the others stay, in the merged
        # /usr.
        if path.startswith(("/lib", "/usr/lib")):
            found.append((Path(path), "/usr" + path.removeprefix("/usr")))
        else:
            found.append((Path(path), f"/usr/lib/{words[0].split('/')[-1]}"))
    return found


def base(kernel: Path | None, cache: Path) -> Path:
    """The archive of the distribution's files, made on the first call; with the modules of a kernel that are
    loaded by name.
    """
    sources = [*_tools(), Path(_which("busybox")), Path(__file__)]
    if kernel:
        sources.append(kernel / "modules.dep")
    key = hashlib.sha256()
    for source in sources:
        status = source.stat()
        key.update(f"{source} {status.st_size} {status.st_mtime_ns}\n".encode())
    path = cache / f"guest-base-{key.hexdigest()[:12]}.cpio"
    if not path.exists():
        # Several tests may come here at once; each makes its own file and the last rename wins.
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(_make_base(kernel))
        part.rename(path)
    return path


def systemd(installed: Path) -> bytes:
    """The additional archive of a guest whose first process is systemd. The guest boots into guest.target,
    with the files installed below a folder (DESTDIR) and their units enabled.
    """
    archive = Archive()
    for program in SYSTEMD_PROGRAMS:
        archive.program(Path(program), program)
    for unit in SYSTEMD_UNITS:
        archive.file(f"{UNITS}/{unit}", (Path(UNITS) / unit).read_bytes())
    for unit, content in GUEST_UNITS.items():
        archive.file(f"{UNITS}/{unit}", content)
    for unit in SYSTEMD_WANTS:
        archive.link(f"{UNITS}/sysinit.target.wants/{unit}", f"../{unit}")
    _enable_units(installed)
    _add_folder(archive, installed)
    # There is no journal: the lines of the log are on the console.
    archive.file("/etc/systemd/system.conf", SYSTEMD_CONF)
    return archive.finish()


def all_modules(kernel: Path) -> bytes:
    """The archive of all modules of a kernel, with the files to load them on demand, as on a real host."""
    archive = Archive()
    for path in sorted(kernel.rglob("*")):
        if path.suffix == ".ko" or path.name.startswith("modules."):
            archive.file(f"/usr/lib/modules/{kernel.name}/{path.relative_to(kernel)}", path.read_bytes())
    archive.program(Path(_which("kmod")))
    for name in KMOD_NAMES:
        archive.link(f"usr/bin/{name}", "kmod")
    return archive.finish()


def udev() -> bytes:
    """The additional archive of a guest with udevd: the program with all its rules, by which it renames and
    links files at every event.
    """
    archive = Archive()
    for program in UDEV_PROGRAMS:
        archive.program(Path(program), program)
    for helper in (path for path in Path(UDEV_FOLDER).iterdir() if os.access(path, os.X_OK)):
        if helper.is_file():
            archive.program(helper, str(helper))
    for rules in sorted((Path(UDEV_FOLDER) / "rules.d").iterdir()):
        archive.file(str(rules), rules.read_bytes())
    return archive.finish()


def _enable_units(root: Path) -> None:
    units = [path for path in root.rglob("system/*.*") if b"[Install]" in path.read_bytes()]
    names = [path.name for path in units]
    subprocess.run(["systemctl", "--quiet", f"--root={root}", "enable", *names], check=True)


def _add_folder(archive: Archive, root: Path) -> None:
    for path in sorted(root.rglob("*")):
        place = f"/{path.relative_to(root)}"
        if path.is_symlink():
            archive.link(place, os.readlink(path))
        elif path.is_file() and os.access(path, os.X_OK):
            archive.program(path, place)
        elif path.is_file():
            archive.file(place, path.read_bytes())


def overlay(files: Iterable[tuple[str, bytes, int]], programs: Iterable[Path]) -> bytes:
    """The archive of one guest: files as (path, content, mode), and programs for /usr/bin."""
    archive = Archive()
    archive.file("/init", (HERE / "guest-init.sh").read_bytes(), 0o755)
    for path, content, mode in files:
        archive.file(path, content, mode)
    for program in programs:
        archive.program(program)
    return archive.finish()


def modules_in_order(kernel: Path, names: Iterable[str]) -> list[str]:
    """The named modules after their dependencies, as paths below the kernel's folder."""
    needs = _dependencies(kernel)
    by_name = {Path(path).name.split(".")[0].replace("-", "_"): path for path in needs}
    order: list[str] = []
    for name in names:
        path = by_name[name.replace("-", "_")]
        # modules.dep names the nearest dependency first.
        for needed in (*reversed(needs[path]), path):
            if needed not in order:
                order.append(needed)
    return [path.removesuffix(".xz") for path in order]


def module_content(kernel: Path, path: str) -> bytes:
    """A module, unpacked here: the machine is quicker at it than the guest."""
    if (kernel / path).exists():
        return (kernel / path).read_bytes()
    return lzma.decompress((kernel / f"{path}.xz").read_bytes())


def _dependencies(kernel: Path) -> dict[str, list[str]]:
    lines = (kernel / "modules.dep").read_text().splitlines()
    split = (line.split(":", 1) for line in lines if line)
    return {path: rest.split() for path, rest in split}


def _make_base(kernel: Path | None) -> bytes:
    archive = Archive()
    for folder in ("/usr/bin", "/usr/lib", "/usr/lib64", "/proc", "/sys", "/dev", "/run", "/tmp"):
        archive.directory(folder)
    for folder in ("/root", "/etc/guest", "/var/lib", "/usr/libexec"):
        archive.directory(folder)
    for link, target in (("bin", "usr/bin"), ("sbin", "usr/bin"), ("usr/sbin", "bin")):
        archive.link(link, target)
    for link, target in (("lib", "usr/lib"), ("lib64", "usr/lib64"), ("var/run", "/run")):
        archive.link(link, target)
    archive.file("/etc/machine-id", b"0123456789abcdef0123456789abcdef\n")
    archive.file("/etc/passwd", PASSWD.encode())
    archive.file("/etc/group", GROUP.encode())
    for tool in _tools():
        archive.program(tool)
    busybox = Path(_which("busybox"))
    archive.program(busybox)
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True)
    for applet in applets.stdout.split():
        archive.link(f"usr/bin/{applet}", "busybox")
    for module in modules_in_order(kernel, (*MODULES, KMEM_MODULE, *DISK_MODULES)) if kernel else ():
        archive.file(f"/usr/lib/modules/{module}", module_content(kernel, module))
    return archive.finish()


def _tools() -> list[Path]:
    return [Path(_which(tool)) for tool in TOOLS]


def _which(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"{name} is not installed")
    return path
