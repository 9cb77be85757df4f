/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server of org.example.test in the process of the test, and raw sockets to it. Owns the
 * handlers of the methods, the loop and what a client sends and reads, in a text that a test can
 * spell out: "|" stands for the NUL behind a message. Every function fails the test when it can't
 * do what it says. Nothing sleeps: the loop is run until what is waited for has happened.
 */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/varlink/varlink-server.h"

/* Of org.example.test.varlink. */
extern const struct varlink_interface_text test_interface_texts[];

#define ECHO(text) "{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"" text "\"}}"
#define LATER	   "{\"method\":\"org.example.test.Later\",\"parameters\":{\"text\":\"\"}}"
#define COUNT(number)                                                                              \
	"{\"method\":\"org.example.test.Count\",\"parameters\":{\"to\":" number "},\"more\":true}"
#define TEXT(text) "{\"parameters\":{\"text\":\"" text "\"}}|"

struct fixture {
	struct sd_event *event;
	struct varlink_server *server;
	struct varlink_call *held;   /* by Later */
	struct varlink_call *stream; /* by Count without an end */
	unsigned int handled, closed;
	int access; /* what the access check says */
};

/**
 * fixture_start_with() - starts the server
 * @options: the limits; vendor, version and the check of the replies are the fixture's
 */
void fixture_start_with(struct fixture *fixture, struct varlink_server_options options);

/** fixture_start() - fixture_start_with() limits by default */
void fixture_start(struct fixture *fixture);

/** fixture_stop() - frees the server and the calls that handlers hold; sockets are the test's */
void fixture_stop(struct fixture *fixture);

struct varlink_server_stats fixture_stats(const struct fixture *fixture);

/** fixture_run() - runs the loop until it has nothing to do */
void fixture_run(struct fixture *fixture);

/** connect_pair() - a client's end of a new connection, which the caller closes */
int connect_pair(struct fixture *fixture);

/** connect_path() - a client's socket, which the caller closes; or a negative errno of connect() */
int connect_path(const char *path);

/** write_messages() - sends one message, or several that are parted by "|", with their NULs */
void write_messages(int fd, const char *messages);

/**
 * read_messages() - runs the loop and reads all that there is
 *
 * Return: the messages with "|" for NUL, and "EOF" behind them at the end; to be freed.
 */
char *read_messages(struct fixture *fixture, int fd);

/** expect_messages() - fails the test when read_messages() is something else */
void expect_messages(struct fixture *fixture, int fd, const char *expected);

/** exchange() - write_messages() and expect_messages() */
void exchange(struct fixture *fixture, int fd, const char *messages, const char *expected);
