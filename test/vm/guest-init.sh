#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# /init of a guest: brings the kernel's CXL side up and hands over to the agent, which serves the
# host over virtio-serial. "Ready" therefore means that the memory devices are there.

export PATH=/usr/bin HOME=/root LANG=C.UTF-8

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
hostname guest

while read -r module; do
	insmod "/usr/lib/modules/$module" || echo "init: $module failed" >/dev/kmsg
done </etc/guest/modules

# A disk keeps its files when the guest is reset or killed; without one they are lost.
if [ -b /dev/vda ]; then
	mkdir -p /var/lib/cxlfm
	mount -t ext4 /dev/vda /var/lib/cxlfm
	# As cxlfm.tmpfiles does.
	chown cxlfm:cxlfm /var/lib/cxlfm
fi

# The drivers probe in the background; an endpoint is the last thing that appears for a device.
read -r memdevs </etc/guest/memdevs
tries=400
while [ "$tries" -gt 0 ]; do
	set -- /sys/bus/cxl/devices/endpoint*
	[ ! -e "$1" ] && shift
	[ $# -ge "$memdevs" ] && break
	tries=$((tries - 1))
	usleep 25000
done
[ "$tries" -gt 0 ] || echo "init: $# of $memdevs memory devices" >/dev/kmsg

for port in /dev/vport*; do
	guest-agent "$port" </dev/console >/dev/console 2>&1
done
poweroff -f
