# SPDX-License-Identifier: GPL-2.0-only
"""Emulated CXL hosts as values, and the QEMU arguments that make them.

A topology is what a hardware engineer would draw: host bridges, below them devices or switches, and
the address windows that the firmware offers. Nothing here starts anything; guest.py does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

# QEMU's type-3 device wants whole multiples of this, in each partition.
DEVICE_SIZE_UNIT = 256 * MIB

# The first bus number of the first host bridge, and the count of each. If they are too low or too few, the
# kernel finds no numbers for the ports behind.
BRIDGE_BUS_FIRST = 64
BRIDGE_BUS_COUNT = 64


@dataclass(frozen=True)
class Device:
    """A type-3 memory device. cxlfm knows it by its serial number."""

    serial: int
    volatile: int = 256 * MIB
    persistent: int = 0
    lsa: int = 1 * MIB


@dataclass(frozen=True)
class Empty:
    """A port without a device, for hot-plug."""


Endpoint = Device | Empty


@dataclass(frozen=True)
class Switch:
    """A switch with one upstream port. mailbox adds its CCI as a function on a root port of its own: as a
    second function of the upstream port it would merge the switch into one IOMMU group.
    """

    ports: tuple[Endpoint, ...]
    serial: int
    mailbox: bool = False


@dataclass(frozen=True)
class Bridge:
    """A host bridge with its root ports."""

    ports: tuple[Endpoint | Switch, ...]


@dataclass(frozen=True)
class Window:
    """A fixed memory window: host physical addresses that the firmware routes to these bridges, given by
    their number. More than one interleaves them.
    """

    bridges: tuple[int, ...]
    size: int = 4 * GIB
    granularity: int = 1 * KIB

    @property
    def ways(self) -> int:
        return len(self.bridges)


@dataclass(frozen=True)
class Node:
    """A NUMA node of the host's own memory; processors says whether it also has the processors."""

    size: int
    processors: bool = True


@dataclass(frozen=True)
class Topology:
    name: str
    bridges: tuple[Bridge, ...]
    windows: tuple[Window, ...]
    memory: int = 2 * GIB
    # With nodes given, the host gets an SRAT and an HMAT, and each bridge a generic port with its own
    # bandwidth and latency, from which the kernel takes the performance of CXL memory.
    nodes: tuple[Node, ...] = field(default=())

    def devices(self) -> list[Device]:
        """All memory devices, in the order of their position."""
        return [end for _, end in self._endpoints() if isinstance(end, Device)]

    def slots(self) -> list[str]:
        """QEMU's names of the empty ports: the bus argument of a device_add."""
        return [bus for bus, end in self._endpoints() if isinstance(end, Empty)]

    def arguments(self, folder: Path, processors: int) -> list[str]:
        """The arguments of QEMU, from the machine type to the last device. State that outlives a power cycle
        is kept in files of the folder.
        """
        return [
            *self._machine_arguments(),
            *self._node_arguments(processors),
            *self._bridge_arguments(folder),
            *self._generic_port_arguments(),
        ]

    def _endpoints(self) -> list[tuple[str, Endpoint]]:
        found: list[tuple[str, Endpoint]] = []
        for b, bridge in enumerate(self.bridges):
            for p, port in enumerate(bridge.ports):
                if isinstance(port, Switch):
                    found += [(f"dp{b}.{p}.{d}", end) for d, end in enumerate(port.ports)]
                else:
                    found.append((f"rp{b}.{p}", port))
        return found

    def _machine_arguments(self) -> list[str]:
        machine = ["q35", "cxl=on"]
        for w, window in enumerate(self.windows):
            machine += [f"cxl-fmw.{w}.targets.{t}=cxl.{b}" for t, b in enumerate(window.bridges)]
            machine.append(f"cxl-fmw.{w}.size={window.size}")
            machine.append(f"cxl-fmw.{w}.interleave-granularity={window.granularity}")
        if self.nodes:
            machine.append("hmat=on")
        return ["-M", ",".join(machine), "-m", f"{self.memory // MIB}M,maxmem=8G,slots=8"]

    def _bridge_arguments(self, folder: Path) -> list[str]:
        arguments: list[str] = []
        chassis = 1
        for b, bridge in enumerate(self.bridges):
            bus = BRIDGE_BUS_FIRST + b * BRIDGE_BUS_COUNT
            arguments += ["-device", f"pxb-cxl,bus_nr={bus},bus=pcie.0,id=cxl.{b}"]
            for p, port in enumerate(bridge.ports):
                arguments += _root_port(f"rp{b}.{p}", f"cxl.{b}", p, chassis)
                chassis += 1
                if isinstance(port, Switch):
                    arguments += _switch(f"{b}.{p}", port, chassis, folder)
                    chassis += len(port.ports)
                elif isinstance(port, Device):
                    arguments += device_arguments(port, f"rp{b}.{p}", folder)
            for p, port in enumerate(bridge.ports):
                if isinstance(port, Switch) and port.mailbox:
                    arguments += _mailbox(f"{b}.{p}", f"cxl.{b}", len(bridge.ports) + p, chassis)
                    chassis += 1
        return arguments

    def _node_arguments(self, count: int) -> list[str]:
        if not self.nodes:
            return []
        assert sum(node.size for node in self.nodes) == self.memory
        arguments: list[str] = []
        for n, node in enumerate(self.nodes):
            processors = f",cpus=0-{count - 1}" if node.processors else ""
            arguments += ["-object", f"memory-backend-ram,id=ram{n},size={node.size}"]
            arguments += ["-numa", f"node,nodeid={n},memdev=ram{n}{processors}"]
            latency_ns = 80 if node.processors else 140
            arguments += _hmat(target=n, latency_ns=latency_ns, bandwidth_mib=20480)
        for b in range(len(self.bridges)):
            arguments += ["-numa", f"node,nodeid={len(self.nodes) + b}"]
            arguments += _hmat(target=len(self.nodes) + b, latency_ns=200, bandwidth_mib=8192)
        return arguments

    def _generic_port_arguments(self) -> list[str]:
        if not self.nodes:
            return []
        arguments: list[str] = []
        for b in range(len(self.bridges)):
            port = f"acpi-generic-port,id=gp{b},pci-bus=cxl.{b},node={len(self.nodes) + b}"
            arguments += ["-object", port]
        return arguments


def _root_port(name: str, bus: str, number: int, chassis: int) -> list[str]:
    return ["-device", f"cxl-rp,port={number},bus={bus},id={name},chassis={chassis},slot={number}"]


def _switch(name: str, switch: Switch, chassis: int, folder: Path) -> list[str]:
    arguments = ["-device", f"cxl-upstream,bus=rp{name},id=us{name},sn={switch.serial}"]
    for d, end in enumerate(switch.ports):
        place = f"port={d},bus=us{name},chassis={chassis + d},slot={d}"
        arguments += ["-device", f"cxl-downstream,id=dp{name}.{d},{place}"]
        if isinstance(end, Device):
            arguments += device_arguments(end, f"dp{name}.{d}", folder)
    return arguments


def _mailbox(name: str, bus: str, number: int, chassis: int) -> list[str]:
    return [
        *_root_port(f"rpm{name}", bus, number, chassis),
        *("-device", f"cxl-switch-mailbox-cci,bus=rpm{name},target=us{name}"),
    ]


def device_arguments(device: Device, bus: str, folder: Path) -> list[str]:
    """A device and its memory, as arguments."""
    arguments: list[str] = []
    for backend in device_backends(device, folder):
        arguments += ["-object", ",".join(_pairs(backend))]
    return [*arguments, "-device", ",".join(_pairs(device_properties(device, bus)))]


def device_backends(device: Device, folder: Path, tag: str = "") -> list[dict[str, object]]:
    """The memory behind a device, as the arguments of QMP's object-add. QEMU never lets go of the memory of
    an unplugged device, so one that is plugged in again needs another tag.
    """
    backends = [_volatile(f"v{device.serial}{tag}", device.volatile)] if device.volatile else []
    if device.persistent:
        persistent, labels = f"p{device.serial}", f"l{device.serial}"
        backends.append(_persistent(persistent + tag, device.persistent, folder / persistent))
        backends.append(_persistent(labels + tag, device.lsa, folder / labels))
    return backends


def _volatile(name: str, size: int) -> dict[str, object]:
    return {"qom-type": "memory-backend-ram", "id": name, "share": True, "size": size}


def _persistent(name: str, size: int, path: Path) -> dict[str, object]:
    backend: dict[str, object] = {"qom-type": "memory-backend-file", "id": name}
    return {**backend, "share": True, "size": size, "mem-path": str(path)}


def device_properties(device: Device, bus: str, tag: str = "") -> dict[str, object]:
    """A device, as the arguments of QMP's device_add."""
    properties: dict[str, object] = {
        "driver": "cxl-type3",
        "bus": bus,
        "id": device_name(device, tag),
        "sn": device.serial,
    }
    if device.volatile:
        properties["volatile-memdev"] = f"v{device.serial}{tag}"
    if device.persistent:
        properties["persistent-memdev"] = f"p{device.serial}{tag}"
        properties["lsa"] = f"l{device.serial}{tag}"
    return properties


def device_name(device: Device, tag: str = "") -> str:
    """QEMU's name of a device, made of the serial number."""
    return f"mem{device.serial}{tag}"


def _pairs(properties: dict[str, object]) -> list[str]:
    """QMP's arguments in the form of the command line: the type first, without a key."""
    first, *rest = properties.items()
    return [str(first[1]), *(f"{key}={'on' if v is True else v}" for key, v in rest)]


def _hmat(target: int, latency_ns: int, bandwidth_mib: int) -> list[str]:
    common = f"hmat-lb,initiator=0,target={target},hierarchy=memory"
    return [
        *("-numa", f"{common},data-type=access-latency,latency={latency_ns}"),
        *("-numa", f"{common},data-type=access-bandwidth,bandwidth={bandwidth_mib}M"),
    ]


def _devices(first: int, count: int) -> tuple[Device, ...]:
    return tuple(Device(serial) for serial in range(first, first + count))


ONE_DEVICE = Topology("one_device", (Bridge((Device(1),)),), (Window((0,)),))

# Two empty slots: one behind the switch, and one that can be used again after an unplug.
ONE_SWITCH = Topology(
    "one_switch",
    (Bridge((Switch((*_devices(1, 4), Empty()), serial=100, mailbox=True), Empty())),),
    (Window((0,)),),
)

TWO_BRIDGES = Topology(
    "two_bridges",
    (Bridge(_devices(1, 2)), Bridge(_devices(3, 2))),
    (Window((0,)), Window((1,)), Window((0, 1)), Window((1, 0))),
)

# Three devices can't all be in one interleave set of two bridges.
UNEVEN = Topology(
    "uneven",
    (Bridge(_devices(1, 2)), Bridge(_devices(3, 1))),
    (Window((0, 1)), Window((0,)), Window((1,))),
)

TWO_SWITCHES = Topology(
    "two_switches",
    (
        Bridge((Switch(_devices(1, 2), serial=100),)),
        Bridge((Switch(_devices(3, 2), serial=101),)),
    ),
    (Window((0,)), Window((1,)), Window((0, 1))),
)

PMEM = Topology(
    "pmem",
    (Bridge(tuple(Device(serial, volatile=0, persistent=256 * MIB) for serial in (1, 2))),),
    (Window((0,)),),
)

MIXED = Topology(
    "mixed",
    (Bridge((Device(1, persistent=256 * MIB), Device(2))),),
    (Window((0,)),),
)

# For benchmarks: as many devices as a large host has, as small as QEMU makes them.
SIXTEEN = Topology(
    "sixteen",
    (
        Bridge((Switch(_devices(1, 8), serial=100),)),
        Bridge((Switch(_devices(9, 8), serial=101),)),
    ),
    (Window((0,)), Window((1,)), Window((0, 1))),
)

# Bandwidth and latency as firmware reports them, and two NUMA nodes of the host's own.
HMAT = Topology(
    "hmat",
    (Bridge(_devices(1, 2)),),
    (Window((0,)),),
    nodes=(Node(1 * GIB), Node(1 * GIB, processors=False)),
)

# No CXL hardware: for the kernel's own mock of it, which needs a second node for its allocations.
MOCK = Topology("mock", (), (), nodes=(Node(2 * GIB), Node(1 * GIB, processors=False)), memory=3 * GIB)

TOPOLOGIES = {
    topology.name: topology
    for topology in (
        ONE_DEVICE,
        ONE_SWITCH,
        TWO_BRIDGES,
        UNEVEN,
        TWO_SWITCHES,
        PMEM,
        MIXED,
        SIXTEEN,
        HMAT,
        MOCK,
    )
}
