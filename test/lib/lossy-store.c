// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passes each request to the store below, or a harmless one in its place, and keeps the answer
 * until it may be delivered. Called by unit tests and by the daemon of functional tests.
 */
#include "test/lib/lossy-store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* The interval of checks whether answers may be delivered. */
#define HELD_NS 10000000

struct lossy_request;

struct lossy_store {
	struct store store; /* the first member */
	struct store *below;
	struct lossy_orders *orders;
	struct lossy_request *requests; /* the requests without an answer */
	int fd, timer_fd;
};

struct lossy_request {
	struct lossy_request *next;
	struct lossy_store *lossy;
	bool is_lost;
	store_commit_fn on_commit;
	store_list_fn on_list;
	void *userdata;
};

static struct lossy_request *request_new(struct store *store, store_commit_fn on_commit,
					 store_list_fn on_list, void *userdata)
{
	struct lossy_request *request = calloc(1, sizeof(*request));

	if (!request)
		abort();
	*request = (struct lossy_request){ .next = ((struct lossy_store *)store)->requests,
					   .lossy = (struct lossy_store *)store,
					   .on_commit = on_commit,
					   .on_list = on_list,
					   .userdata = userdata };
	request->lossy->requests = request;
	return request;
}

/* Ends a request that was answered or refused. */
static struct lossy_request request_end(struct lossy_request *request)
{
	struct lossy_request copy = *request, **at = &request->lossy->requests;

	while (*at != request)
		at = &(*at)->next;
	*at = request->next;
	free(request);
	return copy;
}

static void on_commit(void *userdata, int error, uint64_t revision)
{
	const struct lossy_request request = request_end(userdata);

	if (request.is_lost && error == 0)
		request.on_commit(request.userdata, STORE_UNKNOWN, 0);
	else
		request.on_commit(request.userdata, error, revision);
}

/* A list was made instead of the request, so that the answer comes in its turn. */
static void on_nothing(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	const struct lossy_request request = request_end(userdata);

	request.on_commit(request.userdata, error ? error : STORE_UNKNOWN, 0);
}

static void on_list(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	const struct lossy_request request = request_end(userdata);

	if (request.is_lost)
		request.on_list(request.userdata, -EIO, NULL, 0);
	else
		request.on_list(request.userdata, error, entries, count);
}

static enum loss loss_of_next(struct lossy_orders *orders)
{
	if (orders->nth != 1) {
		orders->nth -= orders->nth > 0;
		return LOSS_NONE;
	}
	orders->nth = orders->lasting;
	orders->has_struck = true;
	(void)fputs("lossy store: an answer is lost\n", stderr);
	return orders->loss;
}

static int lossy_commit(struct store *store, const struct store_change *changes, size_t count,
			enum store_durability durability, store_commit_fn callback, void *userdata)
{
	struct lossy_request *request = request_new(store, callback, NULL, userdata);
	struct store *below = request->lossy->below;
	const enum loss loss = loss_of_next(request->lossy->orders);
	int rc;

	request->is_lost = loss != LOSS_NONE;
	if (loss == LOSS_NOT_DONE)
		rc = below->ops->list(below, "", on_nothing, request);
	else
		rc = below->ops->commit(below, changes, count, durability, on_commit, request);
	if (rc < 0)
		(void)request_end(request);
	return rc;
}

static int lossy_list(struct store *store, const char *prefix, store_list_fn callback,
		      void *userdata)
{
	struct lossy_request *request = request_new(store, NULL, callback, userdata);
	struct lossy_store *lossy = request->lossy;
	int rc;

	if (lossy->orders->has_struck && lossy->orders->lists) {
		lossy->orders->lists--;
		request->is_lost = true;
	}
	rc = lossy->below->ops->list(lossy->below, prefix, on_list, request);
	if (rc < 0)
		(void)request_end(request);
	return rc;
}

static int lossy_fd(const struct store *store)
{
	return ((const struct lossy_store *)store)->fd;
}

static bool is_held(const struct lossy_store *lossy)
{
	return lossy->orders->held_path && access(lossy->orders->held_path, F_OK) == 0;
}

static void lossy_dispatch(struct store *store)
{
	struct lossy_store *lossy = (struct lossy_store *)store;
	uint64_t expirations;

	(void)!read(lossy->timer_fd, &expirations, sizeof(expirations));
	if (!is_held(lossy))
		lossy->below->ops->dispatch(lossy->below);
}

static void lossy_free(struct store *store)
{
	struct lossy_store *lossy = (struct lossy_store *)store;

	lossy->below->ops->free(lossy->below);
	while (lossy->requests)
		(void)request_end(lossy->requests);
	(void)close(lossy->timer_fd);
	(void)close(lossy->fd);
	free(lossy);
}

static void watch(const struct lossy_store *lossy, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (epoll_ctl(lossy->fd, EPOLL_CTL_ADD, fd, &event) < 0)
		abort();
}

struct store *lossy_store_new(struct store *below, struct lossy_orders *orders)
{
	static const struct store_ops ops = {
		.commit = lossy_commit,
		.list = lossy_list,
		.fd = lossy_fd,
		.dispatch = lossy_dispatch,
		.free = lossy_free,
	};
	const struct itimerspec often = { { 0, HELD_NS }, { 0, HELD_NS } };
	struct lossy_store *lossy = calloc(1, sizeof(*lossy));

	if (!lossy)
		abort();
	*lossy = (struct lossy_store){ .store.ops = &ops, .below = below, .orders = orders };
	lossy->fd = epoll_create1(EPOLL_CLOEXEC);
	lossy->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (orders->held_path) {
		/* Edge-triggered, so that held answers do not keep the loop awake. */
		(void)timerfd_settime(lossy->timer_fd, 0, &often, NULL);
		watch(lossy, lossy->timer_fd);
	} else {
		watch(lossy, below->ops->fd(below));
	}
	return &lossy->store;
}
