// SPDX-License-Identifier: GPL-2.0-only
/*
 * The request loop of a worker. Blocks; runs in the helper only.
 */
#include "daemon/helper/helper-serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "change/step-perform.h"
#include "daemon/helper/helper-proto.h"
#include "util/fault.h"
#include "util/json.h"
#include "util/write-all.h"

/* Room for the holder of the lock, for the file of a failed look, and for the user of memory. */
#define CULPRIT_MAX TOPOLOGY_FILE_MAX
_Static_assert((int)CULPRIT_MAX >= (int)HOST_LOCK_HOLDER_MAX, "a culprit of each kind has room");
_Static_assert((int)CULPRIT_MAX >= (int)PMEM_USER_MAX, "a culprit of each kind has room");

/* SCM_MAX_FD: the most descriptors that one message can carry, and that may have to be closed. */
#define PASSED_FDS_MAX 253

static int memfd_of(struct json_object *value, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	const char *text;
	size_t length;
	int rc;

	text = json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN, &length);
	if (!text)
		return -ENOMEM;
	fd = memfd_create("cxlfm-reply", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, text, length);
	if (rc < 0)
		return rc;
	if (fcntl(fd, F_ADD_SEALS, HELPER_REPLY_SEALS) < 0)
		return -errno;
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
			void *context, struct step_result *result, char *culprit)
{
	int rc;

	fault_point_in_helper("step begins");
	rc = world->step(context, &request->step, request->timeout_ms, result, culprit);
	fault_point_in_helper("step is done");
	return rc;
}

/* Reads the region that proves a change. */
static int read_region(const struct helper_request *request, const struct helper_world *world,
		       void *context, char *culprit, struct json_object **ret_data)
{
	fault_point_in_helper("proof begins");
	return world->region(context, request->object, culprit, ret_data);
}

static int perform(const struct helper_request *request, const struct helper_world *world,
		   void *context, struct step_result *result, char *culprit,
		   struct json_object **ret_data)
{
	switch (request->verb) {
	case HELPER_SNAPSHOT:
		return world->snapshot(context, culprit, ret_data);
	case HELPER_REGION:
		return read_region(request, world, context, culprit, ret_data);
	case HELPER_MAILBOX:
		return world->mailbox(context, request->object, ret_data);
	case HELPER_STEP:
		return perform_step(request, world, context, result, culprit);
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
	char culprit[CULPRIT_MAX] = "";

	reply.error = helper_request_decode(text, length, arena, &request);
	if (reply.error == 0 && helper_verb_has_step(request.verb))
		reply.error = world->hold(context, request.timeout_ms, culprit);
	/* The program that held the lock for a moment has nothing to do with what comes now. */
	if (reply.error != -EUSERS)
		*culprit = '\0';
	if (reply.error == 0)
		reply.error = perform(&request, world, context, &result, culprit, &data);
	if (reply.error && *culprit)
		reply.culprit = culprit;
	if (data)
		reply.error = memfd_of(data, &passed_fd);
	reply.wrote = result.wrote;
	if (result.before_known)
		reply.before = result.before;
	if (result.after_known)
		reply.after = result.after;
	return send_reply(fd, &reply, passed_fd);
}

/* Refuses a datagram that was cut or came with descriptors, which the kernel has closed. */
static int refuse(int fd, int error)
{
	return send_reply(fd, &(struct helper_reply){ .error = error }, -1);
}

int helper_serve_one(int fd, const struct helper_world *world, void *context)
{
	_cleanup_free_ char *text = malloc(HELPER_DATAGRAM_MAX);
	struct iovec iov = { .iov_base = text, .iov_len = HELPER_DATAGRAM_MAX };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct arena arena = ARENA_NULL;
	ssize_t length;
	int rc;

	if (!text)
		return -ENOMEM;
	do
		length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (length < 0 && errno == EINTR);
	if (length <= 0)
		return length < 0 ? -errno : 0;
	if (message.msg_flags & MSG_TRUNC)
		rc = refuse(fd, -EMSGSIZE);
	else if (message.msg_flags & MSG_CTRUNC)
		rc = refuse(fd, -EINVAL);
	else
		rc = serve(fd, text, (size_t)length, &arena, world, context);
	arena_deinit(&arena);
	return rc < 0 ? rc : 1;
}

/* Takes the only descriptor of a message; of several descriptors, closes all. */
static int take_only_fd(struct msghdr *message)
{
	int fd = -1;
	size_t count = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		const int *fds = (const int *)(const void *)CMSG_DATA(header);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < (header->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
			if (count++ > 0)
				(void)close(fds[i]);
			else
				fd = fds[i];
		}
	}
	if (count == 1)
		return fd;
	cleanup_close(&fd);
	return -EBADMSG;
}

/* Tells whether the descriptor is one end of a socket pair as the daemon makes them. */
static bool is_worker_socket(int fd)
{
	int domain = 0, type = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int helper_receive_fd(int control_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(PASSED_FDS_MAX * sizeof(int))];
	} control;
	char bytes[2];
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	_cleanup_close_ int fd = -1;
	ssize_t length;

	do
		length = recvmsg(control_fd, &message, MSG_CMSG_CLOEXEC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	fd = take_only_fd(&message);
	if (length == 0)
		return -ENODATA;
	if (fd < 0 || length != 1 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    !is_worker_socket(fd))
		return -EBADMSG;
	return TAKE_FD(fd);
}
