// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hears the kernel's uevents.
 */
#include "daemon/observe/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "util/cleanup.h"

#define UEVENT_GROUP_KERNEL 1
#define UEVENT_MESSAGE_MAX  8192
/* A host that hot-adds a terabyte sends thousands of memory uevents in one go. */
#define UEVENT_BUFFER_BYTES (4 * 1024 * 1024)

int uevent_open(void)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = UEVENT_GROUP_KERNEL,
	};
	const int size = UEVENT_BUFFER_BYTES;
	_cleanup_close_ int fd = -1;

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -errno;
	/* Without privileges the default has to do: lost messages are noticed and made good. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* What a drain has found out so far, and whom it tells. */
struct drain {
	void (*on_added)(void *userdata, const char *path);
	void *userdata;
	struct uevent_heard heard;
};

static bool is_field(const char *field, size_t length, const char *wanted)
{
	return length == strlen(wanted) && memcmp(field, wanted, length) == 0;
}

/* A field of a message, and what it says about the whole of it. */
struct sign {
	const char *field;
	enum uevent_interest interest;
};

static const struct sign subsystems[] = {
	{ "SUBSYSTEM=cxl", UEVENT_DEVICE },
	{ "SUBSYSTEM=dax", UEVENT_MEMORY },
	{ "SUBSYSTEM=nd", UEVENT_MEMORY },
	{ "SUBSYSTEM=memory", UEVENT_MEMORY },
};

static const struct sign types[] = {
	{ "DEVTYPE=cxl_region", UEVENT_MEMORY },
	{ "DEVTYPE=cxl_dax_region", UEVENT_MEMORY },
	{ "DEVTYPE=cxl_pmem_region", UEVENT_MEMORY },
	/* The labels of a memdev: no snapshot shows anything of them. */
	{ "DEVTYPE=cxl_nvdimm", UEVENT_NONE },
	{ "DEVTYPE=cxl_nvdimm_bridge", UEVENT_NONE },
	{ "DEVTYPE=nvdimm", UEVENT_NONE },
};

static void read_signs(const char *field, size_t length, const struct sign *signs, size_t count,
		       enum uevent_interest *interest)
{
	for (size_t i = 0; i < count; i++)
		if (is_field(field, length, signs[i].field))
			*interest = signs[i].interest;
}

/* DEVTYPE comes after SUBSYSTEM: kobject_uevent_env(), dev_uevent() */
enum uevent_interest uevent_interest(const char *message, size_t length)
{
	enum uevent_interest interest = UEVENT_NONE;
	const char *end = message + length;

	while (message < end) {
		size_t field = strnlen(message, (size_t)(end - message));

		if (interest == UEVENT_NONE)
			read_signs(message, field, subsystems, ARRAY_SIZE(subsystems), &interest);
		else
			read_signs(message, field, types, ARRAY_SIZE(types), &interest);
		message += field + 1;
	}
	return interest;
}

const char *uevent_added(const char *message, size_t length)
{
	static const char add[] = "add@", devices[] = "/devices/";
	size_t header = strnlen(message, length);
	const char *end = message + length;
	const char *path = message + strlen(add);

	if (header == length || strncmp(message, add, strlen(add)) != 0 ||
	    strncmp(path, devices, strlen(devices)) != 0 || strstr(path, "/../"))
		return NULL;
	for (const char *field = message + header + 1; field < end;
	     field += strnlen(field, (size_t)(end - field)) + 1)
		if (is_field(field, strnlen(field, (size_t)(end - field)), "SUBSYSTEM=cxl"))
			return path;
	return NULL;
}

static bool begins_with(const char *field, size_t length, const char *start)
{
	return length > strlen(start) && memcmp(field, start, strlen(start)) == 0;
}

bool uevent_needs_driver(const char *message, size_t length)
{
	static const char *const buses[] = { "SUBSYSTEM=cxl", "SUBSYSTEM=pci", "SUBSYSTEM=platform",
					     "SUBSYSTEM=acpi" };
	const char *end = message + length;
	bool has_alias = false, on_bus = false;

	/* Most are read no further. */
	if (!begins_with(message, length, "add@") ||
	    uevent_interest(message, length) == UEVENT_MEMORY)
		return false;
	while (message < end) {
		size_t field = strnlen(message, (size_t)(end - message));

		if (begins_with(message, field, "SYNTH_UUID="))
			return false;
		has_alias |= begins_with(message, field, "MODALIAS=");
		for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
			on_bus |= is_field(message, field, buses[i]);
		message += field + 1;
	}
	return has_alias && on_bus;
}

static void take(struct drain *drain, const char *message, size_t length)
{
	enum uevent_interest interest = uevent_interest(message, length);
	const char *path = interest == UEVENT_NONE ? NULL : uevent_added(message, length);

	drain->heard.device |= interest == UEVENT_DEVICE;
	drain->heard.memory |= interest == UEVENT_MEMORY;
	drain->heard.needs_driver |= uevent_needs_driver(message, length);
	if (path)
		drain->on_added(drain->userdata, path);
}

/* One message; 0 when there was none. Messages of other senders than the kernel count as none seen.
 */
static ssize_t receive(int fd, struct drain *drain)
{
	char message[UEVENT_MESSAGE_MAX];
	struct sockaddr_nl sender = { 0 };
	struct iovec iov = { .iov_base = message, .iov_len = UEVENT_MESSAGE_MAX };
	struct msghdr header = {
		.msg_name = &sender, .msg_namelen = sizeof(sender), .msg_iov = &iov, .msg_iovlen = 1
	};
	ssize_t length = recvmsg(fd, &header, 0);

	if (length < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (sender.nl_pid == 0)
		take(drain, message, (size_t)length);
	return 1;
}

int uevent_drain(int fd, void (*on_added)(void *userdata, const char *path), void *userdata,
		 struct uevent_heard *ret_heard)
{
	struct drain drain = { .on_added = on_added, .userdata = userdata };
	bool lost = false;
	ssize_t rc;

	do {
		rc = receive(fd, &drain);
		/* The buffer has overflowed: anything may have happened. */
		if (rc == -ENOBUFS) {
			drain.heard.device = lost = true;
			rc = 1;
		}
		if (rc == -EINTR)
			rc = 1;
	} while (rc > 0);
	if (rc < 0)
		return (int)rc;
	*ret_heard = drain.heard;
	return lost;
}
