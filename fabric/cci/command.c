// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of command sets, and look-ups in the table: fabric/cci/command.h. Pure. One more set is
 * one more file and one more line here.
 */
#include "fabric/cci/command.h"

#include "fabric/cci/set-dcd-management.h"
#include "fabric/cci/set-dynamic-capacity.h"
#include "fabric/cci/set-events.h"
#include "fabric/cci/set-features.h"
#include "fabric/cci/set-firmware.h"
#include "fabric/cci/set-information.h"
#include "fabric/cci/set-logs.h"
#include "fabric/cci/set-media.h"
#include "fabric/cci/set-memory-device.h"
#include "fabric/cci/set-mld-component.h"
#include "fabric/cci/set-mld-port.h"
#include "fabric/cci/set-multi-headed.h"
#include "fabric/cci/set-physical-switch.h"
#include "fabric/cci/set-security.h"
#include "fabric/cci/set-timestamp.h"
#include "fabric/cci/set-unpublished.h"
#include "fabric/cci/set-virtual-switch.h"

static const struct cci_command_set *const sets[] = {
	&cci_set_information,
	&cci_set_events,
	&cci_set_firmware,
	&cci_set_timestamp,
	&cci_set_logs,
	&cci_set_features,
	&cci_set_maintenance,
	&cci_set_pbr_component,
	&cci_set_identify_memory_device,
	&cci_set_capacity_configuration,
	&cci_set_health,
	&cci_set_media,
	&cci_set_sanitize,
	&cci_set_persistent_security,
	&cci_set_security,
	&cci_set_sld_qos,
	&cci_set_dynamic_capacity,
	&cci_set_gfd,
	&cci_set_physical_switch,
	&cci_set_virtual_switch,
	&cci_set_mld_port,
	&cci_set_mld_component,
	&cci_set_multi_headed,
	&cci_set_dcd_management,
	&cci_set_pbr_switch,
	&cci_set_gae,
	&cci_set_vcs_gae,
};

const struct cci_command_set *cci_command_set_at(size_t index)
{
	return index < sizeof(sets) / sizeof(*sets) ? sets[index] : NULL;
}

const struct cci_command *cci_command_find(uint16_t opcode)
{
	const struct cci_command_set *set;

	for (size_t i = 0; (set = cci_command_set_at(i)); i++)
		if (set->set == opcode >> 8)
			for (size_t j = 0; j < set->count; j++)
				if (set->commands[j].opcode == opcode)
					return &set->commands[j];
	return NULL;
}
