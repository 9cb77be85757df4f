/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command sets whose layouts no public source has. Pure.
 */
#pragma once

#include "fabric/cci/command.h"

extern const struct cci_command_set cci_set_pbr_component;
extern const struct cci_command_set cci_set_gfd;
extern const struct cci_command_set cci_set_pbr_switch;
extern const struct cci_command_set cci_set_gae;
extern const struct cci_command_set cci_set_vcs_gae;
