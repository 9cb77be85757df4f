// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that opens a store; it ends when the store is open.
 */
#include "daemon/store/store-opener.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>

#include "util/cleanup.h"

struct store_opener {
	pthread_t thread;
	int fd;
	char *path, *host;

	/* Written by the thread, and read after its end. */
	struct store *store;
	char *problem;
	int error;
};

static void *work(void *userdata)
{
	struct store_opener *opener = userdata;

	opener->error =
		store_sqlite_open(opener->path, opener->host, &opener->store, &opener->problem);
	(void)eventfd_write(opener->fd, 1);
	return NULL;
}

static void opener_free(struct store_opener *opener)
{
	cleanup_close(&opener->fd);
	free(opener->path);
	free(opener->host);
	free(opener);
}

/* The thread blocks all signals: the loop handles them. */
static int start_thread(struct store_opener *opener)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&opener->thread, NULL, work, opener);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

int store_opener_new(const char *path, const char *host, struct store_opener **ret_opener)
{
	struct store_opener *opener = calloc(1, sizeof(*opener));
	int rc = 0;

	if (!opener)
		return -ENOMEM;
	opener->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	opener->path = strdup(path);
	opener->host = strdup(host);
	if (opener->fd < 0)
		rc = -errno;
	else if (!opener->path || !opener->host)
		rc = -ENOMEM;
	else
		rc = start_thread(opener);
	if (rc < 0) {
		opener_free(opener);
		return rc;
	}
	*ret_opener = opener;
	return 0;
}

int store_opener_fd(const struct store_opener *opener)
{
	return opener->fd;
}

int store_opener_end(struct store_opener *opener, struct store **ret_store, char **problem)
{
	int error;

	(void)pthread_join(opener->thread, NULL);
	error = opener->error;
	*ret_store = opener->store;
	*problem = opener->problem;
	opener_free(opener);
	return error;
}
