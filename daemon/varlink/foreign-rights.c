// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receives and closes sockets whose clients may have sent descriptors: see foreign-rights.h.
 *
 * A task that exits never lingers: inet_release() in net/ipv4/af_inet.c, and its like for other
 * families, look for PF_EXITING. So the last reference of a socket with descriptors in its queue is
 * given to a thread that has a table of descriptors of its own, with nothing else in it, and exits.
 * Should another kind of file hold up the thread's exit, the loop goes on all the same.
 */
#include "daemon/varlink/foreign-rights.h"

#include <errno.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* include/uapi/asm-generic/socket.h of Linux 6.16 */
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

/* As many bytes as a client may leave unread with no thread for them. */
#define LOOK_SIZE ((size_t)4096)

void foreign_rights_refuse(int fd)
{
	const int no = 0, yes = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof(no));
	/*
	 * Else a peek passes over a byte out of band, and recv() drops it, with the descriptors
	 * that came with it.
	 */
	(void)setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &yes, sizeof(yes));
}

/*
 * A peek without room for descriptors says that there are some (MSG_CTRUNC), and drops none. It
 * may also say so if they come right behind the bytes: unix_stream_read_generic() in
 * net/unix/af_unix.c.
 */
static ssize_t look(int fd, void *data, size_t size)
{
	struct iovec space = { .iov_base = data, .iov_len = size };
	struct msghdr message = { .msg_iov = &space, .msg_iovlen = 1 };
	ssize_t seen;

	do {
		seen = recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT);
	} while (seen < 0 && errno == EINTR);
	if (seen < 0)
		return -errno;
	return message.msg_flags & MSG_CTRUNC ? -EPERM : seen;
}

ssize_t foreign_rights_receive(int fd, void *data, size_t size)
{
	const ssize_t seen = look(fd, data, size);
	ssize_t received;

	if (seen <= 0)
		return seen;
	/* No more than was seen: descriptors may have come since. */
	do {
		received = recv(fd, data, (size_t)seen, MSG_DONTWAIT);
	} while (received < 0 && errno == EINTR);
	return received < 0 ? -errno : received;
}

/* ---- closing ---- */

struct parting {
	sem_t held, closed;
	int fd;
	bool alone; /* the thread's table has this descriptor only */
};

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0 && errno == EINTR)
		;
}

/* The exit of the thread drops the last reference. */
static void *hold_until_closed(void *userdata)
{
	struct parting *parting = userdata;
	const unsigned int fd = (unsigned int)parting->fd;

	parting->alone = close_range(fd + 1, ~0U, CLOSE_RANGE_UNSHARE) == 0 &&
			 (fd == 0 || close_range(0, fd - 1, 0) == 0);
	(void)sem_post(&parting->held);
	wait_for(&parting->closed);
	return NULL;
}

/* The thread blocks all signals: the loop handles them. */
static int start_thread(struct parting *parting, pthread_t *ret_thread)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(ret_thread, NULL, hold_until_closed, parting);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

/*
 * The loop waits for the thread's few calls. A thread that was joined has closed nothing yet: the
 * kernel says that a thread has ended before it takes the thread's table apart (do_exit() in
 * kernel/exit.c).
 */
static int close_aside(int fd)
{
	struct parting parting = { .fd = fd };
	pthread_t thread;
	bool alone;
	int rc;

	(void)sem_init(&parting.held, 0, 0);
	(void)sem_init(&parting.closed, 0, 0);
	rc = start_thread(&parting, &thread);
	if (rc == 0) {
		wait_for(&parting.held);
		alone = parting.alone;
		if (alone)
			(void)close(fd);
		(void)sem_post(&parting.closed);
		(void)pthread_join(thread, NULL);
		rc = alone ? 0 : -EAGAIN;
	}
	(void)sem_destroy(&parting.held);
	(void)sem_destroy(&parting.closed);
	return rc < 0 ? -EAGAIN : 0;
}

int foreign_rights_close(int fd)
{
	char bytes[LOOK_SIZE];
	ssize_t seen;

	/* Nothing comes after the look. */
	(void)shutdown(fd, SHUT_RD);
	seen = look(fd, bytes, sizeof(bytes));
	if (seen == -EPERM || seen == (ssize_t)sizeof(bytes))
		return close_aside(fd);
	(void)close(fd);
	return 0;
}

int foreign_rights_close_listener(int fd)
{
	return close_aside(fd);
}
