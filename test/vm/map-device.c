// SPDX-License-Identifier: GPL-2.0-only
/*
 * map-device DEVICE: maps the first 2 MiB of a device, closes the device, says "ready", and stays
 * until it is killed. The usual way of libraries for persistent memory. Needs no library.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE_BYTES ((size_t)2 << 20) /* a dax device is mapped in pages of this size */

int main(int argc, char **argv)
{
	const int fd = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;

	if (fd < 0 || mmap(NULL, SIZE_BYTES, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED) {
		perror("map-device");
		return 1;
	}
	(void)close(fd);
	if (puts("ready") < 0 || fflush(stdout) != 0)
		return 1;
	for (;;)
		(void)pause();
}
