/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The written form of an endpoint, the same everywhere:
 *
 *	mctp:NET,EID		AF_MCTP: the number of the network, the endpoint ID
 *	tcp:HOST:PORT		MCTP over TCP, our dialect
 *	cse:HOST:PORT		... cse's dialect
 *	opencis:HOST:PORT	... opencis' dialect: the switch connects to this address
 *	mailbox:BDF		the mailbox of a switch: 0000:e1:00.0
 *	memdev:mem0		a memdev of this host
 *
 * HOST is an IPv4 address, or an IPv6 address in brackets, and no name: the search for a name could
 * take longer than any command, and could give another machine tomorrow. Pure.
 */
#pragma once

#include <stdint.h>

enum endpoint_kind {
	ENDPOINT_MCTP,
	ENDPOINT_TCP,
	ENDPOINT_CSE,
	ENDPOINT_OPENCIS,
	ENDPOINT_MAILBOX,
	ENDPOINT_MEMDEV,
};

/* An IPv6 address in its longest form, the kernel's name of a memdev, a BDF */
#define ENDPOINT_PLACE_MAX 48

/**
 * struct endpoint_name - where an endpoint is
 * @net: of ENDPOINT_MCTP: 1 to 2147483647
 * @eid: of ENDPOINT_MCTP: 8 to 254
 * @port: of the kinds with HOST:PORT: 1 to 65535
 * @place: the address without brackets; the BDF in the kernel's form; the memdev
 */
struct endpoint_name {
	enum endpoint_kind kind;
	uint32_t net;
	uint8_t eid;
	uint16_t port;
	char place[ENDPOINT_PLACE_MAX];
};

/**
 * endpoint_name_parse() - reads the written form
 * @ret_problem: what is wrong with @text, a sentence without a full stop; set on failure only
 *
 * Return: 0 or -EINVAL.
 */
int endpoint_name_parse(const char *text, struct endpoint_name *ret_name, const char **ret_problem);
