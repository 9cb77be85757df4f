// SPDX-License-Identifier: GPL-2.0-only
/*
 * A performer at the end of a wire that a test answers at. Effect, on the daemon's loop.
 */
#include "test/functional/lamp/wire-performer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "change/reservations.h"
#include "change/step-list.h"
#include "test/lib/lamp.h"
#include "util/json.h"

#define LINE_MAX_SIZE 4096
#define STEPS_MAX     8

struct wire {
	struct performer performer; /* first */
	sd_event *event;
	sd_event_source *source; /* of the connection; NULL: there is none */
	int fd;
	char line[LINE_MAX_SIZE];
	size_t length;
	int given_up; /* the error of the step under way that was given up, or 0 */
	/* One of these functions waits for the answer to the order under way. */
	performer_step_fn on_step;
	performer_values_fn on_values;
	performer_record_fn on_record;
	performer_held_fn on_held;
	void *userdata;
};

static struct wire *own_of(struct performer *performer)
{
	return (struct wire *)performer;
}

static void hang_up(struct wire *wire)
{
	wire->source = sd_event_source_disable_unref(wire->source);
	cleanup_close(&wire->fd);
	wire->fd = -1;
	wire->length = 0;
}

/* ---- answers ---- */

static void tell_values(performer_values_fn on_values, void *userdata, int error,
			struct json_object *answer)
{
	const char *values[STEPS_MAX];
	struct json_object *array;

	if (error == 0 && (json_get_array(answer, "values", &array) < 0 ||
			   json_object_array_length(array) > STEPS_MAX))
		error = -EPROTO;
	for (size_t i = 0; error == 0 && i < json_object_array_length(array); i++)
		values[i] = json_object_get_string(json_object_array_get_idx(array, i));
	on_values(userdata, error, error ? NULL : values);
}

static void tell_step(performer_step_fn on_step, void *userdata, int error,
		      struct json_object *answer)
{
	struct step_answer told = { .error = error, .died = !answer, .wrote = !answer };

	if (answer) {
		(void)json_get_bool(answer, "wrote", &told.wrote);
		(void)json_get_string(answer, "seen", &told.seen);
	}
	on_step(userdata, &told);
}

/* Lamps are told by their names, "lamp0"; a memdev by its serial number, which is one more. */
static void tell_held(performer_held_fn on_held, void *userdata, int error,
		      struct json_object *answer)
{
	struct performer_held held[STEPS_MAX];
	char names[STEPS_MAX][RESERVATION_MAX];
	struct json_object *array = NULL;
	size_t count = 0;

	if (error == 0 && (json_get_array(answer, "held", &array) < 0 ||
			   json_object_array_length(array) > STEPS_MAX))
		error = -EPROTO;
	for (; error == 0 && count < json_object_array_length(array); count++) {
		const char *lamp = json_object_get_string(json_object_array_get_idx(array, count));
		char *name = names[count];

		(void)snprintf(name, RESERVATION_MAX, "memdev:serial:0x%d",
			       atoi(lamp + strlen("lamp")) + 1);
		held[count] = (struct performer_held){
			name, { &lamp_kind, lamp, name + strlen("memdev:"), "on", "off" }
		};
	}
	on_held(userdata, error, held, count);
}

/* @answer: NULL when the wire has broken */
static void tell(struct wire *wire, int error, struct json_object *answer)
{
	const struct wire asked = *wire;

	wire->on_step = NULL;
	wire->on_values = NULL;
	wire->on_record = NULL;
	wire->on_held = NULL;
	wire->given_up = 0;
	if (asked.on_step)
		tell_step(asked.on_step, asked.userdata, asked.given_up ?: error, answer);
	else if (asked.on_values)
		tell_values(asked.on_values, asked.userdata, error, answer);
	else if (asked.on_record)
		asked.on_record(asked.userdata, NULL);
	else if (asked.on_held)
		tell_held(asked.on_held, asked.userdata, error, answer);
}

static void take_line(struct wire *wire, size_t length)
{
	_cleanup_json_ struct json_object *answer = NULL;
	int error = 0, rc = json_parse_text(wire->line, length, &answer);

	wire->length = 0;
	if (rc == 0)
		rc = json_get_int(answer, "error", &error);
	tell(wire, rc ? -EPROTO : -error, rc ? NULL : answer);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct wire *wire = userdata;
	ssize_t got = read(fd, wire->line + wire->length, sizeof(wire->line) - wire->length);
	const char *end;

	if (got <= 0) {
		hang_up(wire);
		tell(wire, -EHOSTUNREACH, NULL);
		return 0;
	}
	wire->length += (size_t)got;
	end = memchr(wire->line, '\n', wire->length);
	if (end)
		take_line(wire, (size_t)(end - wire->line));
	return 0;
}

/* ---- orders ---- */

static int call(struct wire *wire)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("CXLFM_TEST_WIRE");

	if (wire->source)
		return 0;
	if (!path || strlen(path) >= sizeof(address.sun_path))
		return -EHOSTUNREACH;
	(void)strcpy(address.sun_path, path);
	wire->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (wire->fd < 0)
		return -errno;
	if (connect(wire->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    sd_event_add_io(wire->event, &wire->source, wire->fd, EPOLLIN, on_readable, wire) < 0) {
		hang_up(wire);
		return -EHOSTUNREACH;
	}
	return 0;
}

static int send_order(struct wire *wire, const char *order, const char *key,
		      struct json_object *taken)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	const char *text;
	int rc = json_add_string(object, "order", order);

	if (rc == 0 && key)
		rc = json_add(object, key, taken);
	text = rc == 0 ? json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN) : NULL;
	if (!text)
		return -ENOMEM;
	rc = call(wire);
	if (rc == 0 && (dprintf(wire->fd, "%s\n", text) < 0))
		rc = -EHOSTUNREACH;
	return rc;
}

static int wire_perform(struct performer *performer, const struct step *step, uint64_t timeout_ms,
			performer_step_fn on_step, performer_late_fn on_late, void *userdata)
{
	struct wire *wire = own_of(performer);
	int rc = send_order(wire, "perform", "step", step_to_json(step));

	if (rc == 0) {
		wire->on_step = on_step;
		wire->userdata = userdata;
	}
	return rc;
}

static void wire_give_up(struct performer *performer, int error)
{
	struct wire *wire = own_of(performer);

	if (!wire->on_step)
		return;
	wire->given_up = error;
	(void)shutdown(wire->fd, SHUT_RDWR);
}

static int wire_read(struct performer *performer, const struct step_list *steps,
		     performer_values_fn callback, void *userdata)
{
	struct wire *wire = own_of(performer);
	int rc = send_order(wire, "read", "steps", step_list_to_json(steps, false));

	if (rc == 0) {
		wire->on_values = callback;
		wire->userdata = userdata;
	}
	return rc;
}

static int wire_prove(struct performer *performer, const char *object, performer_record_fn callback,
		      void *userdata)
{
	struct wire *wire = own_of(performer);
	int rc = send_order(wire, "prove", NULL, NULL);

	if (rc == 0) {
		wire->on_record = callback;
		wire->userdata = userdata;
	}
	return rc;
}

static int wire_list(struct performer *performer, performer_held_fn callback, void *userdata)
{
	struct wire *wire = own_of(performer);
	int rc = send_order(wire, "list", NULL, NULL);

	if (rc == 0) {
		wire->on_held = callback;
		wire->userdata = userdata;
	}
	return rc;
}

static int wire_diagnose(struct performer *performer, const struct step *step,
			 performer_record_fn callback, void *userdata)
{
	return -EOPNOTSUPP;
}

static void wire_release(struct performer *performer)
{
	struct wire *wire = own_of(performer);

	wire->on_step = NULL;
	wire->on_values = NULL;
	wire->on_record = NULL;
	wire->on_held = NULL;
	hang_up(wire);
}

static void wire_free(struct performer *performer)
{
	wire_release(performer);
	free(performer);
}

static const struct performer_ops wire_ops = {
	.perform = wire_perform,
	.give_up = wire_give_up,
	.read = wire_read,
	.prove = wire_prove,
	.diagnose = wire_diagnose,
	.list = wire_list,
	.release = wire_release,
	.free = wire_free,
};

int wire_performer_new(sd_event *event, struct performer **ret_performer)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (!wire)
		return -ENOMEM;
	*wire = (struct wire){ .performer = { &wire_ops }, .event = event, .fd = -1 };
	*ret_performer = &wire->performer;
	return 0;
}
