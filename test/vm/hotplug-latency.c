// SPDX-License-Identifier: GPL-2.0-only
/*
 * hotplug-latency SOCKET SERIAL: waits for the kernel's uevent of a new memdev and measures how
 * long after it io.cxlfm.Host.List first shows a memdev with that serial number. Prints "ready"
 * when it listens, then one JSON object. Ends by itself after 60 s.
 */
#include <inttypes.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cxlfm/cxlfm.h"

#define GIVE_UP_SECONDS 60

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int listen_to_uevents(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return fd;
}

/* Whether a message says that a memdev has come. */
static bool is_new_memdev(const char *message, size_t length)
{
	return strncmp(message, "add@", 4) == 0 &&
	       memmem(message, length, "DEVTYPE=cxl_memdev", sizeof("DEVTYPE=cxl_memdev") - 1);
}

static void wait_for_memdev(int fd)
{
	char message[8192];
	ssize_t length;

	do
		length = recv(fd, message, sizeof(message) - 1, 0);
	while (length < 0 || !is_new_memdev(message, (size_t)length));
}

static bool is_listed(struct cxlfm_client *client, const char *wanted)
{
	char *reply = NULL;
	bool listed;

	if (cxlfm_client_call(client, "io.cxlfm.Host.List",
			      "{\"options\":{\"show\":[\"memdevs\"],\"idle\":true}}", &reply,
			      NULL) < 0)
		exit(EXIT_FAILURE);
	listed = strstr(reply, wanted) != NULL;
	free(reply);
	return listed;
}

int main(int argc, char **argv)
{
	struct cxlfm_client *client;
	double uevent_ms;
	char wanted[64];
	int fd;

	if (argc != 3)
		return 2;
	(void)alarm(GIVE_UP_SECONDS);
	(void)snprintf(wanted, sizeof(wanted), "\"serial\":%s,", argv[2]);
	fd = listen_to_uevents();
	if (fd < 0 || cxlfm_client_connect(argv[1], &client) < 0)
		return EXIT_FAILURE;
	printf("ready\n");
	(void)fflush(stdout);
	wait_for_memdev(fd);
	uevent_ms = now_ms();
	while (!is_listed(client, wanted))
		(void)poll(NULL, 0, 5);
	printf("{\"latency_ms\": %.1f}\n", now_ms() - uevent_ms);
	(void)cxlfm_client_free(client);
	return EXIT_SUCCESS;
}
