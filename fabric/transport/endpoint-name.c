// SPDX-License-Identifier: GPL-2.0-only
/*
 * The written form of an endpoint as a value. Pure.
 */
#include "fabric/transport/endpoint-name.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"

/* DSP0236: 0 is nobody, 1 to 7 are reserved, 255 is everybody. */
#define EID_FIRST 8
#define EID_LAST  254

/* Digits to the end of @text or to @end, without signs, spaces, and zeros in front. */
static bool read_number(const char *text, char end, uint64_t largest, uint64_t *ret_number,
			const char **ret_rest)
{
	uint64_t number = 0;
	const char *at = text;

	for (; isdigit((unsigned char)*at); at++) {
		number = number * 10 + (uint64_t)(*at - '0');
		if (number > largest)
			return false;
	}
	if (at == text || *at != end || (text[0] == '0' && at > text + 1))
		return false;
	*ret_number = number;
	*ret_rest = at;
	return true;
}

static const char *read_mctp(const char *text, struct endpoint_name *name)
{
	uint64_t net, eid;

	if (!strchr(text, ','))
		return "mctp: needs a network and an endpoint ID with a comma between them: "
		       "mctp:1,9";
	if (!read_number(text, ',', INT32_MAX, &net, &text) || net == 0)
		return "the network of mctp: has to be a number from 1 to 2147483647";
	if (!read_number(text + 1, '\0', EID_LAST, &eid, &text) || eid < EID_FIRST)
		return "the endpoint ID of mctp: has to be a number from 8 to 254";
	name->net = (uint32_t)net;
	name->eid = (uint8_t)eid;
	return NULL;
}

/* The address stands before the last colon, and an IPv6 address in brackets. */
static const char *read_address(const char *text, size_t length, struct endpoint_name *name)
{
	const bool in_brackets = length >= 2 && text[0] == '[' && text[length - 1] == ']';
	struct in6_addr address;

	if (in_brackets) {
		text++;
		length -= 2;
	}
	if (length >= sizeof(name->place))
		return "the host has to be an IPv4 address, or an IPv6 address in brackets";
	memcpy(name->place, text, length);
	name->place[length] = '\0';
	if (inet_pton(in_brackets ? AF_INET6 : AF_INET, name->place, &address) != 1)
		return "the host has to be an IPv4 address, or an IPv6 address in brackets";
	return NULL;
}

static const char *read_host(const char *text, struct endpoint_name *name)
{
	const char *colon = strrchr(text, ':');
	uint64_t port;

	if (!colon || text[strlen(text) - 1] == ']')
		return "the endpoint needs a host and a port with a colon between them: "
		       "192.0.2.1:2508";
	if (!read_number(colon + 1, '\0', UINT16_MAX, &port, &(const char *){ NULL }) || port == 0)
		return "the port has to be a number from 1 to 65535";
	name->port = (uint16_t)port;
	return read_address(text, (size_t)(colon - text), name);
}

/* The kernel's form is dddd:bb:dd.f, in lower case. */
static const char *read_bdf(const char *text, struct endpoint_name *name)
{
	static const char form[] = "xxxx:xx:xx.x";
	size_t i;

	if (strlen(text) != sizeof(form) - 1)
		return "mailbox: needs a PCI address: mailbox:0000:e1:00.0";
	for (i = 0; form[i]; i++)
		if (form[i] == 'x' ? !strchr("0123456789abcdef", text[i]) : text[i] != form[i])
			return "mailbox: needs a PCI address in lower case: mailbox:0000:e1:00.0";
	if (text[8] > '1' || text[11] > '7')
		return "a PCI address has devices up to 1f and functions up to 7";
	memcpy(name->place, text, sizeof(form));
	return NULL;
}

static const char *read_memdev(const char *text, struct endpoint_name *name)
{
	uint64_t number;

	if (strncmp(text, "mem", 3) != 0 ||
	    !read_number(text + 3, '\0', INT32_MAX, &number, &(const char *){ NULL }))
		return "memdev: needs the name of a memdev: memdev:mem0";
	(void)snprintf(name->place, sizeof(name->place), "%s", text);
	return NULL;
}

static const struct form {
	const char *prefix;
	enum endpoint_kind kind;
	const char *(*read)(const char *text, struct endpoint_name *name);
} forms[] = {
	{ "mctp:", ENDPOINT_MCTP, read_mctp },	    { "tcp:", ENDPOINT_TCP, read_host },
	{ "cse:", ENDPOINT_CSE, read_host },	    { "opencis:", ENDPOINT_OPENCIS, read_host },
	{ "mailbox:", ENDPOINT_MAILBOX, read_bdf }, { "memdev:", ENDPOINT_MEMDEV, read_memdev },
};

int endpoint_name_parse(const char *text, struct endpoint_name *ret_name, const char **ret_problem)
{
	const char *problem = "an endpoint begins with mctp:, tcp:, cse:, opencis:, mailbox: or "
			      "memdev:";

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const struct form *form = &forms[i];
		const size_t length = strlen(form->prefix);
		struct endpoint_name name = { .kind = form->kind };

		if (strncmp(text, form->prefix, length) != 0)
			continue;
		problem = form->read(text + length, &name);
		if (!problem) {
			*ret_name = name;
			return 0;
		}
	}
	*ret_problem = problem;
	return -EINVAL;
}
