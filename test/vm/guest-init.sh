#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# /init of a guest: brings the kernel's CXL side up and hands over to the agent, which serves the
# host over virtio-serial. "Ready" therefore means that the memory devices are there.
#
# Where the guest has systemd, that is handed over to instead, and its units call this script for
# what is left: "modules" in the place of systemd-modules-load.service, "agent" at the end.

export PATH=/usr/bin HOME=/root LANG=C.UTF-8

mount_file_systems() {
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	mkdir -p /dev/pts /dev/shm
	mount -t devpts devpts /dev/pts
	mount -t tmpfs tmpfs /dev/shm
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs tmpfs /tmp
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing
	ln -s /proc/self/fd /dev/fd
}

# A number of 16 bits in a device's configuration space.
config_word() {
	hexdump -v -s "$2" -n 2 -e '1/2 "%u"' "$1/config"
}

# A reset of the machine ends the decoding of CXL memory (CXL r3.1 8.1.3.2, Mem_Enable); QEMU's leaves
# that bit as it was, and the kernel then takes the device for one that firmware has set up. So it is
# cleared here, in the DVSEC (0x23) of vendor 0x1e98 with the ID 0.
clear_memory_enable() {
	local capability=256 next
	while [ "$capability" -ge 256 ]; do
		next=$(($(config_word "$1" $((capability + 2))) >> 4))
		if [ "$(config_word "$1" "$capability")" -eq $((0x23)) ] &&
			[ "$(config_word "$1" $((capability + 4)))" -eq $((0x1e98)) ] &&
			[ "$(config_word "$1" $((capability + 8)))" -eq 0 ]; then
			printf '\000' | dd of="$1/config" bs=1 seek=$((capability + 12)) conv=notrunc 2>/dev/null
		fi
		capability=$next
	done
}

reset_memory_devices() {
	local device
	for device in /sys/bus/pci/devices/*; do
		# Memory devices of class CXL
		[ "$(cat "$device/class")" = 0x050210 ] && clear_memory_enable "$device"
	done
}

load_modules() {
	local module
	while read -r module; do
		insmod "/usr/lib/modules/$module" || echo "init: $module failed" >/dev/kmsg
	done </etc/guest/modules
}

# A disk keeps its files when the guest is reset or killed; without one they are lost.
mount_disk() {
	[ -b /dev/vda ] || return 0
	mkdir -p /var/lib/cxlfm
	mount -t ext4 /dev/vda /var/lib/cxlfm
	# As cxlfm.tmpfiles does.
	chown cxlfm:cxlfmd /var/lib/cxlfm
}

# Before the drivers, as on a real host. systemd starts its own.
start_udevd() {
	[ -x /usr/lib/systemd/systemd-udevd ] || return 0
	/usr/lib/systemd/systemd-udevd --daemon
	udevadm trigger --action=add
}

# The drivers probe in the background; an endpoint is the last thing that appears for a device.
wait_for_memdevs() {
	local memdevs tries=400
	read -r memdevs </etc/guest/memdevs
	while [ "$tries" -gt 0 ]; do
		set -- /sys/bus/cxl/devices/endpoint*
		[ ! -e "$1" ] && shift
		[ $# -ge "$memdevs" ] && break
		tries=$((tries - 1))
		usleep 25000
	done
	[ "$tries" -gt 0 ] || echo "init: $# of $memdevs memory devices" >/dev/kmsg
}

bring_up() {
	load_modules
	mount_disk
	wait_for_memdevs
}

serve() {
	local port
	for port in /dev/vport*; do
		guest-agent "$port" </dev/console >/dev/console 2>&1
	done
	poweroff -f
}

case $1 in
modules)
	bring_up
	;;
agent)
	serve
	;;
*)
	mount_file_systems
	hostname guest
	reset_memory_devices
	[ -e /usr/lib/systemd/systemd ] && exec /usr/lib/systemd/systemd
	start_udevd
	bring_up
	serve
	;;
esac
