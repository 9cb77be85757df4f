// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receives the kernel's uevents.
 */
#include "daemon/observe/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "util/cleanup.h"

#define UEVENT_GROUP_KERNEL 1
#define UEVENT_MESSAGE_MAX  8192
/* A host that hot-adds a terabyte sends thousands of memory uevents at once. */
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
	/*
	 * Without privileges the default size has to do: lost messages are noticed, and a look
	 * follows.
	 */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* The findings of a drain so far, and its listener. */
struct drain {
	const struct uevent_listener *listener;
	struct uevent_heard heard;
};

static bool is_field(const char *field, size_t length, const char *wanted)
{
	return length == strlen(wanted) && memcmp(field, wanted, length) == 0;
}

/* A field of a message, and the kind of message that has it. */
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
	/* The labels of a memdev, which no snapshot shows. */
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

	/* Most messages need no further check. */
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

static bool has_field(const char *message, size_t length, const char *field)
{
	const char *end = message + length;

	while (message < end) {
		size_t size = strnlen(message, (size_t)(end - message));

		if (is_field(message, size, field))
			return true;
		message += size + 1;
	}
	return false;
}

/* pci_uevent_ers(), drivers/pci/pci-driver.c: sent at the begin and at each kind of end. */
static bool tells_of_error(const char *message, size_t length)
{
	static const char *const events[] = { "ERROR_EVENT=BEGIN_RECOVERY",
					      "ERROR_EVENT=SUCCESSFUL_RECOVERY",
					      "ERROR_EVENT=FAILED_RECOVERY" };

	if (!has_field(message, length, "SUBSYSTEM=pci"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (has_field(message, length, events[i]))
			return true;
	return false;
}

/* The path of the device above: that of a memdev's PCI function. */
static size_t length_above(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/')
		length--;
	return length > 0 ? length - 1 : 0;
}

/* An event that a program has asked for (`udevadm trigger`) did not happen now. */
static bool is_synthetic(const char *message, size_t length)
{
	const char *end = message + length;

	while (message < end) {
		size_t size = strnlen(message, (size_t)(end - message));

		if (begins_with(message, size, "SYNTH_UUID="))
			return true;
		message += size + 1;
	}
	return false;
}

static bool is_about_memdev(const char *message, size_t length)
{
	return has_field(message, length, "SUBSYSTEM=cxl") &&
	       has_field(message, length, "DEVTYPE=cxl_memdev") && !is_synthetic(message, length);
}

bool uevent_news(const char *message, size_t length, struct uevent_news *ret_news)
{
	static const char unbind[] = "unbind@", removal[] = "remove@", change[] = "change@";
	static const char devices[] = "/devices/";
	const size_t header = strnlen(message, length);
	const char *path;

	if (header == length || (path = memchr(message, '@', header)) == NULL ||
	    !begins_with(path + 1, header - (size_t)(path + 1 - message), devices))
		return false;
	ret_news->path = path + 1 + strlen(devices);
	ret_news->length = header - (size_t)(ret_news->path - message);
	if (begins_with(message, header, change)) {
		ret_news->kind = UEVENT_ERROR;
		return tells_of_error(message, length);
	}
	ret_news->kind = begins_with(message, header, unbind) ? UEVENT_UNBOUND : UEVENT_REMOVED;
	ret_news->length = length_above(ret_news->path, ret_news->length);
	return (ret_news->kind == UEVENT_UNBOUND || begins_with(message, header, removal)) &&
	       ret_news->length > 0 && is_about_memdev(message, length);
}

static void take(struct drain *drain, const char *message, size_t length)
{
	const struct uevent_listener *listener = drain->listener;
	struct uevent_news news;
	enum uevent_interest interest = uevent_interest(message, length);
	const char *path = interest == UEVENT_NONE ? NULL : uevent_added(message, length);

	drain->heard.device |= interest == UEVENT_DEVICE;
	drain->heard.memory |= interest == UEVENT_MEMORY;
	drain->heard.needs_driver |= uevent_needs_driver(message, length);
	if (path)
		listener->on_added(listener->userdata, path);
	if (uevent_news(message, length, &news))
		drain->heard.device |= listener->on_news(listener->userdata, &news);
}

/*
 * Receives one message; returns 0 if there was none. Messages of other senders than the kernel are
 * dropped.
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

int uevent_drain(int fd, const struct uevent_listener *listener, struct uevent_heard *ret_heard)
{
	struct drain drain = { .listener = listener };
	bool lost = false;
	ssize_t rc;

	do {
		rc = receive(fd, &drain);
		/* The buffer has overflowed: events of any kind may be lost. */
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
