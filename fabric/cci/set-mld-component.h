/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 54h, MLD Component: the structs of its payloads. Pure. Behind a switch these commands
 * go through a tunnel to the port of the MLD (tunnel.h).
 *
 * Source of the layouts: libcxlmi, jack and cse; opencis for 5400h and 5401h.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/list.h"

extern const struct cci_command_set cci_set_mld_component;

/* An MLD has not more LDs. */
#define CCI_LDS_MAX 16

/** enum cci_qos_capability - bits of what an MLD can measure or may do. */
enum cci_qos_capability {
	CCI_QOS_EGRESS_CONGESTION = 1 << 0,
	CCI_QOS_TEMPORARY_REDUCTION = 1 << 1,
};

/**
 * struct cci_ld_info_reply - 5400h
 * @memory_size: bytes
 * @lds: number of LDs
 * @qos: bits of enum cci_qos_capability
 */
struct cci_ld_info_reply {
	uint64_t memory_size;
	uint16_t lds;
	uint8_t qos;
};
CCI_CODEC(ld_info_reply);

/** struct cci_ld_allocations_request - 5401h: at most @limit LDs from @start on */
struct cci_ld_allocations_request {
	uint8_t start;
	uint8_t limit;
};
CCI_CODEC(ld_allocations_request);

/**
 * struct cci_ld_allocation - an element of the lists of 5401h and 5402h
 * @range1: length of the LD's first range, in units of the granularity
 * @range2: of its second range
 */
struct cci_ld_allocation {
	uint64_t range1;
	uint64_t range2;
};
CCI_CODEC(ld_allocation);

/** enum cci_granularity - the unit of allocations. */
enum cci_granularity {
	CCI_GRANULARITY_256M = 0,
	CCI_GRANULARITY_512M = 1,
	CCI_GRANULARITY_1G = 2,
};

/**
 * struct cci_ld_allocations_reply - 5401h
 * @lds: number of LDs that the device has; of opencis, the number from @start on. 5400h knows
 * @granularity: one of enum cci_granularity
 * @start: id of the LD of the first element
 * @allocations: struct cci_ld_allocation
 */
struct cci_ld_allocations_reply {
	uint8_t lds;
	uint8_t granularity;
	uint8_t start;
	struct cci_list allocations;
};
CCI_CODEC(ld_allocations_reply);

/**
 * struct cci_set_ld_allocations - 5402h, request and reply
 * @start: id of the LD of the first element
 * @allocations: struct cci_ld_allocation; of the reply, what is in force
 */
struct cci_set_ld_allocations {
	uint8_t start;
	struct cci_list allocations;
};
CCI_CODEC(set_ld_allocations);

/**
 * struct cci_qos_control - 5403h reply, 5404h request and reply
 * @enabled: bits of enum cci_qos_capability
 * @moderate_percent: of the egress port that count as moderate congestion, 1 to 100
 * @severe_percent: of the egress port that count as severe congestion, 1 to 100
 * @sample_interval: units of 100 ns, 0 to 15; 0 for no measuring
 * @basis: of the requests that bandwidth limits are fractions of; 0 for no limits
 * @completion_interval: nanoseconds
 */
struct cci_qos_control {
	uint8_t enabled;
	uint8_t moderate_percent;
	uint8_t severe_percent;
	uint8_t sample_interval;
	uint16_t basis;
	uint8_t completion_interval;
};
CCI_CODEC(qos_control);

/** struct cci_qos_status_reply - 5405h: the average congestion of the egress port */
struct cci_qos_status_reply {
	uint8_t congestion_percent;
};
CCI_CODEC(qos_status_reply);

/**
 * struct cci_ld_range_request - 5406h, 5408h: @count LDs from @start on
 *
 * 5401h has these two in the other order. A range past the last LD is not to be asked for: cse
 * answers with its own memory.
 */
struct cci_ld_range_request {
	uint8_t count;
	uint8_t start;
};
CCI_CODEC(ld_range_request);

/**
 * struct cci_ld_fractions - 5406h and 5408h reply, 5407h and 5409h request and reply
 * @start: id of the LD of the first element
 * @fractions: of the bandwidth, in units of 1/256; one byte each
 */
struct cci_ld_fractions {
	uint8_t start;
	struct cci_list fractions;
};
CCI_CODEC(ld_fractions);
