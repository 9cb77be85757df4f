/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command sets 05h, Features, and 06h, Maintenance: the structs of their payloads. Pure.
 *
 * Source of the layouts: the kernel (include/uapi/cxl/features.h, drivers/cxl/core/edac.c),
 * libcxlmi, QEMU.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/list.h"
#include "fabric/cci/uuid.h"

extern const struct cci_command_set cci_set_features;
extern const struct cci_command_set cci_set_maintenance;

/**
 * struct cci_features_request - 0500h
 * @size: bytes that the reply may have
 * @start: index of the first feature
 */
struct cci_features_request {
	uint32_t size;
	uint16_t start;
};
CCI_CODEC(features_request);

/**
 * struct cci_feature - an element of the reply to 0500h
 * @get_size: bytes of what 0501h reads
 * @set_size: bytes of what 0502h writes; 0 for a feature that can only be read
 * @attributes: flags of the specification
 * @effects: of 0502h, bits of enum cci_effect
 */
struct cci_feature {
	uint8_t id[CCI_UUID_SIZE];
	uint16_t index;
	uint16_t get_size;
	uint16_t set_size;
	uint32_t attributes;
	uint8_t get_version;
	uint8_t set_version;
	uint16_t effects;
};
CCI_CODEC(feature);

/**
 * struct cci_features_reply - 0500h
 * @total: number of features that the component has
 * @features: of struct cci_feature
 */
struct cci_features_reply {
	uint16_t total;
	struct cci_list features;
};
CCI_CODEC(features_reply);

enum cci_feature_selection {
	CCI_FEATURE_CURRENT = 0,
	CCI_FEATURE_DEFAULT = 1,
	CCI_FEATURE_SAVED = 2,
};

/**
 * struct cci_feature_request - 0501h
 * @offset: bytes
 * @count: bytes
 * @selection: one of enum cci_feature_selection
 */
struct cci_feature_request {
	uint8_t id[CCI_UUID_SIZE];
	uint16_t offset;
	uint16_t count;
	uint8_t selection;
};
CCI_CODEC(feature_request);

/**
 * struct cci_set_feature_request - 0502h
 * @flags: bits 2:0: whole, initiate, continue, finish, abort; bit 3: saved across resets
 * @offset: bytes
 * @version: of the layout of @data
 * @data: by the feature
 */
struct cci_set_feature_request {
	uint8_t id[CCI_UUID_SIZE];
	uint32_t flags;
	uint16_t offset;
	uint8_t version;
	struct cci_bytes data;
};
CCI_CODEC(set_feature_request);

/**
 * struct cci_maintenance_request - 0600h
 * @operation_class: 1 for PPR, 2 for sparing
 * @parameters: by class and subclass
 */
struct cci_maintenance_request {
	uint8_t operation_class;
	uint8_t operation_subclass;
	struct cci_bytes parameters;
};
CCI_CODEC(maintenance_request);
