// SPDX-License-Identifier: GPL-2.0-only
/*
 * ask-switch ENDPOINT WORD...: a conversation with a switch of somebody else, by the machine of
 *requests and over TCP. What the switch has answered is told line by line, for a test to compare
 *with what the switch was told to be.
 *
 *	identify, switch	Identify, Identify Switch Device
 *	ports N			the states of the ports from 0 to N - 1
 *	ld-info PORT		Get LD Info of the device at a port
 *	unbind VPPB		of VCS 0, and read back
 *	bind VPPB PORT LD	to a vPPB of VCS 0, and read back
 *
 * Ends with 1 when a request ends otherwise than it should.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fabric/cci/set-information.h"
#include "fabric/cci/set-mld-component.h"
#include "fabric/cci/set-physical-switch.h"
#include "fabric/cci/set-virtual-switch.h"
#include "fabric/transport/requests.h"
#include "fabric/transport/tcp-provider.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define LINK_MS 10000

#define PORTS_MAX 255

struct peer {
	struct provider *provider;
	struct requests requests;
	struct support direct;
	struct support tunnelled;
};

static void fail(const char *what, int error)
{
	(void)fprintf(stderr, "ask-switch: %s: %s\n", what, strerror(-error));
	exit(1);
}

/* ---- the driver ---- */

static void wait_for(const struct peer *peer, uint64_t until_ms)
{
	struct pollfd state = { .fd = -1 };
	const uint64_t now_ms = clock_now_ms();
	const uint64_t left_ms = until_ms > now_ms ? until_ms - now_ms : 0;

	state.fd = peer->provider->ops->poll(peer->provider, &state.events);
	(void)poll(&state, 1, (int)(left_ms < LINK_MS ? left_ms : LINK_MS));
}

static void receive(struct peer *peer)
{
	struct wire_message message;
	int rc;

	while ((rc = peer->provider->ops->receive(peer->provider, &message)) == 1)
		(void)requests_received(&peer->requests, &message, clock_now_ms());
	if (rc < 0)
		fail("the connection is lost", rc);
}

static void link_to(struct peer *peer)
{
	const uint64_t until_ms = clock_now_ms() + LINK_MS;

	while (!peer->provider->ops->is_linked(peer->provider)) {
		if (clock_now_ms() >= until_ms)
			fail("nobody is there", -ETIMEDOUT);
		wait_for(peer, until_ms);
		receive(peer);
	}
	requests_linked(&peer->requests);
}

static void run(struct peer *peer, struct request *request)
{
	int rc = requests_add(&peer->requests, request);

	if (rc < 0)
		fail("the request is refused", rc);
	for (;;) {
		switch (requests_next(&peer->requests, clock_now_ms())) {
		case REQUESTS_SEND:
			rc = peer->provider->ops->send(peer->provider, &peer->requests.message);
			if (rc < 0)
				fail("the message is not sent", rc);
			requests_sent(&peer->requests, 0, clock_now_ms());
			break;
		case REQUESTS_WAIT:
			wait_for(peer, peer->requests.until_ms);
			receive(peer);
			break;
		case REQUESTS_END:
			return;
		}
	}
}

/* ---- the conversation ---- */

/* Runs a request that has to succeed, and decodes its reply. */
static void read_reply(struct peer *peer, struct request *request, const struct cci_codec *codec,
		       void *ret_value)
{
	run(peer, request);
	if (request->result != REQUEST_DONE) {
		(void)printf("%04x ended with %d, code %u\n", request->opcode, (int)request->result,
			     request->return_code);
		exit(1);
	}
	if (cci_decode(codec, request->reply.data, request->reply.size, ret_value) < 0)
		fail("the reply can't be decoded", -EBADMSG);
}

static void identify(struct peer *peer)
{
	struct request request = { .opcode = 0x0001 };
	struct cci_identify_reply reply;

	read_reply(peer, &request, &cci_identify_reply_codec, &reply);
	(void)printf("vid 0x%x\ndid 0x%x\nsvid 0x%x\nssid 0x%x\nsn 0x%" PRIx64 "\n",
		     reply.vendor_id, reply.device_id, reply.subsystem_vendor_id,
		     reply.subsystem_id, reply.serial);
	(void)printf("max_msg_size_n %u\n", reply.max_message_size);
}

static void identify_switch(struct peer *peer)
{
	struct request request = { .opcode = 0x5100 };
	struct cci_identify_switch_reply reply;

	read_reply(peer, &request, &cci_identify_switch_reply_codec, &reply);
	(void)printf("ingress_port %u\nnum_ports %u\nnum_vcss %u\nnum_vppbs %u\n",
		     reply.ingress_port, reply.ports, reply.virtual_switches, reply.vppbs);
	(void)printf("num_decoders %u\n", reply.hdm_decoders);
}

static void port_states(struct peer *peer, uint8_t count)
{
	uint8_t ids[PORTS_MAX], payload[PORTS_MAX + 1];
	const struct cci_port_states_request ports = { .ports = { count, { ids, count } } };
	struct request request = { .opcode = 0x5101, .payload = { payload, count + 1u } };
	struct cci_port_states_reply reply;
	struct cci_port_state port;

	for (unsigned int i = 0; i < count; i++)
		ids[i] = (uint8_t)i;
	(void)cci_port_states_request_encode(&ports, payload, sizeof(payload));
	read_reply(peer, &request, &cci_port_states_reply_codec, &reply);
	for (size_t i = 0; cci_list_get(&reply.ports, &cci_port_state_codec, i, &port) == 0; i++)
		(void)printf("port%u use %u device %u width %u lds %u\n", port.port, port.use,
			     port.device_type, port.width, port.lds);
}

static void ld_info(struct peer *peer, uint8_t port)
{
	struct request request = { .opcode = 0x5400,
				   .tunnel = { .hops = 1, .hop = { { .id = port } } },
				   .support = &peer->tunnelled };
	struct cci_ld_info_reply reply;

	read_reply(peer, &request, &cci_ld_info_reply_codec, &reply);
	(void)printf("port%u memory_size 0x%" PRIx64 " num %u\n", port, reply.memory_size,
		     reply.lds);
}

/* ---- a bind ---- */

static const struct cci_vcs_info_request of_vcs_0 = {
	.start_vppb = 0,
	.vppb_limit = 0xff,
	.vcss = { .count = 1, .elements = { (const uint8_t[]){ 0 }, 1 } },
};

/* What a vPPB of VCS 0 is to be. */
struct wish {
	uint8_t vppb;
	struct cci_vppb value;
};

static bool is_as_wished(const struct wish *wish, const struct cci_vppb *vppb)
{
	return vppb->binding == wish->value.binding &&
	       (vppb->binding == CCI_UNBOUND ||
		(vppb->port == wish->value.port && vppb->ld == wish->value.ld));
}

static enum request_proof judge(struct cci_bytes reply, void *userdata)
{
	const struct wish *wish = userdata;
	struct cci_vcs_info_reply info;
	struct cci_vcs_walker walker;
	struct cci_vcs_block block;
	struct cci_vppb vppb;

	if (cci_vcs_info_reply_decode(reply.data, reply.size, &info) < 0)
		return PROOF_NOT_SHOWN;
	walker = cci_vcs_walk(&of_vcs_0, &info);
	if (cci_vcs_next(&walker, &block) != 1 ||
	    cci_list_get(&block.list, &cci_vppb_codec, wish->vppb, &vppb) < 0)
		return PROOF_NOT_SHOWN;
	(void)printf("vppb%u binding %u port %u ld %u\n", wish->vppb, vppb.binding, vppb.port,
		     vppb.ld);
	if (vppb.binding == CCI_BINDING_IN_PROGRESS)
		return PROOF_PENDING;
	return is_as_wished(wish, &vppb) ? PROOF_SHOWN : PROOF_NOT_SHOWN;
}

/* A command that changes a vPPB, until the switch shows what is wished. */
static void change(struct peer *peer, uint16_t opcode, const uint8_t *payload, long size,
		   struct wish *wish)
{
	uint8_t question[8];
	const long question_size =
		cci_vcs_info_request_encode(&of_vcs_0, question, sizeof(question));
	struct request request = { .opcode = opcode,
				   .payload = { payload, (size_t)size },
				   .proof = { .opcode = 0x5200,
					      .payload = { question, (size_t)question_size },
					      .judge = judge,
					      .userdata = wish } };

	run(peer, &request);
	(void)printf("%04x result %d code %u\n", opcode, (int)request.result, request.return_code);
	if (request.result != REQUEST_DONE)
		exit(1);
}

static void unbind(struct peer *peer, uint8_t vppb)
{
	const struct cci_unbind_request unbinding = { .vppb = vppb, .how = CCI_UNBIND_MANAGED };
	struct wish wish = { .vppb = vppb, .value = { .binding = CCI_UNBOUND } };
	uint8_t payload[8];

	change(peer, 0x5202, payload,
	       cci_unbind_request_encode(&unbinding, payload, sizeof(payload)), &wish);
}

static void bind_ld(struct peer *peer, uint8_t vppb, uint8_t port, uint8_t ld)
{
	const struct cci_bind_request binding = { .vppb = vppb, .port = port, .ld = ld };
	struct wish wish = { .vppb = vppb, .value = { CCI_BOUND_LD, port, ld } };
	uint8_t payload[8];

	change(peer, 0x5201, payload, cci_bind_request_encode(&binding, payload, sizeof(payload)),
	       &wish);
}

/* ---- the words ---- */

static uint8_t number(const char *word)
{
	return (uint8_t)(word ? strtoul(word, NULL, 10) : 0);
}

/* Returns how many words were used. */
static int obey(struct peer *peer, char **words)
{
	if (strcmp(words[0], "identify") == 0)
		return identify(peer), 1;
	if (strcmp(words[0], "switch") == 0)
		return identify_switch(peer), 1;
	if (strcmp(words[0], "ports") == 0 && words[1])
		return port_states(peer, number(words[1])), 2;
	if (strcmp(words[0], "ld-info") == 0 && words[1])
		return ld_info(peer, number(words[1])), 2;
	if (strcmp(words[0], "unbind") == 0 && words[1])
		return unbind(peer, number(words[1])), 2;
	if (strcmp(words[0], "bind") == 0 && words[1] && words[2] && words[3])
		return bind_ld(peer, number(words[1]), number(words[2]), number(words[3])), 4;
	(void)fprintf(stderr, "ask-switch: what is %s?\n", words[0]);
	exit(2);
}

static const struct endpoint_row *row_of(const struct endpoint_name *name)
{
	return name->kind == ENDPOINT_CSE	? &endpoint_row_cse
	       : name->kind == ENDPOINT_OPENCIS ? &endpoint_row_opencis
						: &endpoint_row_ours;
}

int main(int argc, char **argv)
{
	struct peer peer = { .provider = NULL };
	struct endpoint_name name;
	const char *problem;
	int rc;

	if (argc < 2)
		return (void)fprintf(stderr, "usage: ask-switch ENDPOINT WORD...\n"), 2;
	if (endpoint_name_parse(argv[1], &name, &problem) < 0)
		return (void)fprintf(stderr, "ask-switch: %s: %s\n", argv[1], problem), 2;
	rc = endpoint_row_support(row_of(&name), &peer.direct, &peer.tunnelled);
	if (rc == 0)
		rc = tcp_provider_new(&name, &peer.provider);
	if (rc < 0)
		fail(argv[1], rc);
	requests_init(&peer.requests, row_of(&name), &peer.direct);
	link_to(&peer);
	for (int i = 2; i < argc;)
		i += obey(&peer, argv + i);
	(void)printf("late %" PRIu64 " damaged %" PRIu64 " events %" PRIu64 "\n",
		     peer.requests.counts.late, peer.requests.counts.damaged,
		     peer.requests.counts.events);
	requests_deinit(&peer.requests);
	support_deinit(&peer.direct);
	support_deinit(&peer.tunnelled);
	provider_free(peer.provider);
	return 0;
}
