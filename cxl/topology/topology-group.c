// SPDX-License-Identifier: GPL-2.0-only
/*
 * The groups of cxl list. Pure; called by topology-parse.c, topology-list.c, topology-merge.c.
 */
#include "cxl/topology/topology-group.h"

#include <string.h>

#include "util/array.h"
#include "util/json.h"

static const struct group {
	const char *name;
	const struct kind_name *kind;
} groups[] = {
	[TOPO_GROUP_DISABLED_MEMDEVS] = { "anon memdevs", &kind_of_memdevs },
	[TOPO_GROUP_BUSES] = { "buses", &kind_of_buses },
	[TOPO_GROUP_PORTS] = { "ports", &kind_of_ports },
	[TOPO_GROUP_ENDPOINTS] = { "endpoints", &kind_of_endpoints },
	[TOPO_GROUP_MEMDEVS] = { "memdevs", &kind_of_memdevs },
	[TOPO_GROUP_ROOT_DECODERS] = { "root decoders", &kind_of_decoders },
	[TOPO_GROUP_PORT_DECODERS] = { "port decoders", &kind_of_decoders },
	[TOPO_GROUP_ENDPOINT_DECODERS] = { "endpoint decoders", &kind_of_decoders },
	[TOPO_GROUP_REGIONS] = { "regions", &kind_of_regions },
};

const char *topology_group_name(enum topo_group group)
{
	return groups[group].name;
}

const struct kind_name *topology_group_kind(enum topo_group group)
{
	return groups[group].kind;
}

enum topo_group topology_group_of_key(const char *key)
{
	enum topo_group group = 0;

	while (group < TOPO_GROUP_NONE && strcmp(groups[group].name, key) != 0)
		group++;
	return group;
}

/* Only windows and the decoders of ports have these keys. */
static enum topo_group group_of_decoder(struct json_object *decoder)
{
	if (json_object_object_get_ex(decoder, "max_available_extent", NULL) ||
	    json_object_object_get_ex(decoder, "volatile_capable", NULL) ||
	    json_object_object_get_ex(decoder, "pmem_capable", NULL))
		return TOPO_GROUP_ROOT_DECODERS;
	if (json_object_object_get_ex(decoder, "nr_targets", NULL))
		return TOPO_GROUP_PORT_DECODERS;
	return TOPO_GROUP_ENDPOINT_DECODERS;
}

static enum topo_group group_of_memdev(struct json_object *memdev)
{
	const char *state;

	return json_get_string(memdev, "state", &state) == 0 && strcmp(state, "disabled") == 0
		       ? TOPO_GROUP_DISABLED_MEMDEVS
		       : TOPO_GROUP_MEMDEVS;
}

enum topo_group topology_group_of_object(struct json_object *value)
{
	const struct kind_name *kind = value_kind(value);

	if (!kind)
		return TOPO_GROUP_NONE;
	if (kind == &kind_of_decoders)
		return group_of_decoder(value);
	if (kind == &kind_of_memdevs)
		return group_of_memdev(value);
	for (enum topo_group group = 0; group < TOPO_GROUP_NONE; group++)
		if (groups[group].kind == kind)
			return group;
	return TOPO_GROUP_NONE;
}
