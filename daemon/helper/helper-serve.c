// SPDX-License-Identifier: GPL-2.0-only
/*
 * The request loop of a worker. Blocks; runs in the helper only.
 */
#include "daemon/helper/helper-serve.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "cxl/step/step-ops.h"
#include "daemon/helper/helper-proto.h"
#include "util/fault.h"
#include "util/json.h"
#include "util/write-all.h"

static int memfd_of(struct json_object *value, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	const char *text;
	size_t length;
	int rc;

	text = json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN, &length);
	if (!text)
		return -ENOMEM;
	fd = memfd_create("cxlfm-reply", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, text, length);
	if (rc < 0)
		return rc;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int send_reply(int fd, const struct helper_reply *reply, int passed_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	_cleanup_free_ char *text = NULL;
	struct iovec iov;
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	int rc;

	rc = helper_reply_encode(reply, &text);
	if (rc < 0)
		return rc;
	iov = (struct iovec){ .iov_base = text, .iov_len = strlen(text) };
	if (passed_fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(int)),
		};
		memcpy(CMSG_DATA(&control.header), &passed_fd, sizeof(int));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int perform_step(const struct helper_request *request, const struct helper_world *world,
			void *context, struct step_result *result)
{
	int rc;

	fault_point_in_helper("step begins");
	rc = world->step(context, &request->step, request->timeout_ms, result);
	fault_point_in_helper("step is done");
	return rc;
}

/* The proof of a change. */
static int read_region(const struct helper_request *request, const struct helper_world *world,
		       void *context, struct json_object **ret_data)
{
	fault_point_in_helper("proof begins");
	return world->region(context, request->object, ret_data);
}

static int perform(const struct helper_request *request, const struct helper_world *world,
		   void *context, struct step_result *result, struct json_object **ret_data)
{
	switch (request->verb) {
	case HELPER_SNAPSHOT:
		return world->snapshot(context, ret_data);
	case HELPER_REGION:
		return read_region(request, world, context, ret_data);
	case HELPER_MAILBOX:
		return world->mailbox(context, request->object, ret_data);
	case HELPER_STEP:
		return perform_step(request, world, context, result);
	case HELPER_READ:
		return world->read(context, &request->step, result);
	case HELPER_HOLDERS:
		return world->holders(context, request->object, ret_data);
	case HELPER_VERB_COUNT:
		break;
	}
	return -EINVAL;
}

static int serve(int fd, const char *text, size_t length, struct arena *arena,
		 const struct helper_world *world, void *context)
{
	_cleanup_json_ struct json_object *data = NULL;
	_cleanup_close_ int passed_fd = -1;
	struct step_result result = STEP_RESULT_NULL;
	struct helper_request request;
	struct helper_reply reply = { 0 };
	char holder[HOST_LOCK_HOLDER_MAX];

	reply.error = helper_request_decode(text, length, arena, &request);
	if (reply.error == 0 && helper_verb_has_step(request.verb))
		reply.error = world->hold(context, request.timeout_ms, holder);
	if (reply.error == -EUSERS)
		reply.holder = holder;
	if (reply.error == 0)
		reply.error = perform(&request, world, context, &result, &data);
	if (data)
		reply.error = memfd_of(data, &passed_fd);
	reply.wrote = result.wrote;
	if (result.before_known)
		reply.before = result.before;
	if (result.after_known)
		reply.after = result.after;
	return send_reply(fd, &reply, passed_fd);
}

int helper_serve_one(int fd, const struct helper_world *world, void *context)
{
	_cleanup_free_ char *text = malloc(HELPER_DATAGRAM_MAX);
	struct arena arena = ARENA_NULL;
	ssize_t length;
	int rc;

	if (!text)
		return -ENOMEM;
	do
		length = recv(fd, text, HELPER_DATAGRAM_MAX, 0);
	while (length < 0 && errno == EINTR);
	if (length <= 0)
		return length < 0 ? -errno : 0;
	rc = serve(fd, text, (size_t)length, &arena, world, context);
	arena_deinit(&arena);
	return rc < 0 ? rc : 1;
}

int helper_receive_fd(int control_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = sizeof(byte) };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	ssize_t length;
	int fd;

	do
		length = recvmsg(control_fd, &message, MSG_CMSG_CLOEXEC);
	while (length < 0 && errno == EINTR);
	if (length <= 0)
		return length < 0 ? -errno : -ENODATA;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(sizeof(int)))
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(header), sizeof(int));
	return fd;
}
