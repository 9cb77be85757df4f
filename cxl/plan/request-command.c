// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests as commands. Pure. Called by region-plan.c and candidate.c.
 */
#include "cxl/plan/request-command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/size.h"

struct command {
	char *text;
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct command *command, const char *format,
						      ...)
{
	va_list arguments;

	if (command->used >= REQUEST_COMMAND_MAX)
		return;
	va_start(arguments, format);
	command->used += (size_t)vsnprintf(command->text + command->used,
					   REQUEST_COMMAND_MAX - command->used, format, arguments);
	va_end(arguments);
}

static void add_region_options(struct command *command, const struct region_request *request)
{
	if (request->bus)
		add(command, " -b %s", request->bus);
	if (request->type != TOPO_MODE_NONE)
		add(command, " -t %s", topo_mode_name(request->type));
	if (request->uuid)
		add(command, " -U %s", request->uuid);
	if (request->qos_enforced)
		add(command, " -Q");
}

static void add_memory_options(struct command *command, const struct region_request *request)
{
	if (request->near_node != TOPO_UNKNOWN_INT)
		add(command, " --near-node=%d", request->near_node);
	if (request->qos_class != TOPO_UNKNOWN_INT)
		add(command, " --qos-class=%d", request->qos_class);
	if (request->goal == PLAN_GOAL_DEVDAX)
		add(command, " --mode=devdax");
	else if (request->zone == TOPO_ZONE_KERNEL)
		add(command, " --zone=kernel");
}

void request_command(const struct region_request *request, const char *window, uint64_t size_bytes,
		     char text[static REQUEST_COMMAND_MAX])
{
	struct command command = { .text = text };
	char size[SIZE_TEXT_MAX];
	bool region = request->goal == PLAN_GOAL_REGION;

	(void)size_format(size_bytes, size);
	add(&command, "`cxlfm %s", region ? "create-region" : "add-memory");
	if (size_bytes)
		add(&command, region ? " -s %s" : " %s", size);
	add(&command, " -d %s", window);
	if (request->ways)
		add(&command, " -w %d", request->ways);
	if (request->granularity)
		add(&command, " -g %d", request->granularity);
	if (region)
		add_region_options(&command, request);
	else
		add_memory_options(&command, request);
	for (size_t i = 0; i < request->memdev_count; i++)
		add(&command, " %s", request->memdevs[i]);
	add(&command, "`");
}
