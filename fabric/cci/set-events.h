/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 01h, Events: the structs of its payloads. Pure.
 *
 * Source of the layouts: the kernel (drivers/cxl/cxlmem.h, include/cxl/event.h), libcxlmi, QEMU.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/list.h"
#include "fabric/cci/uuid.h"

extern const struct cci_command_set cci_set_events;

/** enum cci_event_log - which log of a component; later revisions may know more. */
enum cci_event_log {
	CCI_EVENT_LOG_INFORMATIONAL = 0,
	CCI_EVENT_LOG_WARNING = 1,
	CCI_EVENT_LOG_FAILURE = 2,
	CCI_EVENT_LOG_FATAL = 3,
	CCI_EVENT_LOG_DYNAMIC_CAPACITY = 4,
};

/** struct cci_event_records_request - 0100h; @log: one of enum cci_event_log */
struct cci_event_records_request {
	uint8_t log;
};
CCI_CODEC(event_records_request);

#define CCI_EVENT_DATA_SIZE 80

/**
 * struct cci_event_record - an element of the reply to 0100h
 * @type: UUID that tells what @data is
 * @length: bytes of the record as its sender counts them
 * @flags: 24 bits
 * @handle: for 0101h
 * @related_handle: of another record about the same cause; 0 if there is none
 * @timestamp: nanoseconds since 1970, if the component was told the time (0301h)
 * @maintenance_class: of the maintenance that the event asks for; 0 if it asks for none
 * @maintenance_subclass: CXL 3.1; zero before
 * @ld: LD of an MLD, CXL 3.2; zero before
 * @head: of a multi-headed device, CXL 3.2; zero before
 * @data: by @type
 */
struct cci_event_record {
	uint8_t type[CCI_UUID_SIZE];
	uint8_t length;
	uint32_t flags;
	uint16_t handle;
	uint16_t related_handle;
	uint64_t timestamp;
	uint8_t maintenance_class;
	uint8_t maintenance_subclass;
	uint16_t ld;
	uint8_t head;
	uint8_t data[CCI_EVENT_DATA_SIZE];
};
CCI_CODEC(event_record);

enum cci_event_records_flag {
	CCI_EVENT_RECORDS_OVERFLOW = 1 << 0,
	CCI_EVENT_RECORDS_MORE = 1 << 1,
};

/**
 * struct cci_event_records_reply - 0100h
 * @flags: bits of enum cci_event_records_flag
 * @overflow_count: records that the log had no room for
 * @first_overflow: time of the first of these, as in a record
 * @last_overflow: time of the last of these
 * @records: of struct cci_event_record
 */
struct cci_event_records_reply {
	uint8_t flags;
	uint16_t overflow_count;
	uint64_t first_overflow;
	uint64_t last_overflow;
	struct cci_list records;
};
CCI_CODEC(event_records_reply);

/**
 * struct cci_event_handle - an element of the request 0101h
 */
struct cci_event_handle {
	uint16_t handle;
};
CCI_CODEC(event_handle);

/**
 * struct cci_clear_events_request - 0101h
 * @log: one of enum cci_event_log
 * @all: clear every record; @handles is empty then
 * @handles: of struct cci_event_handle; oldest record first, as the device gives them
 */
struct cci_clear_events_request {
	uint8_t log;
	bool all;
	struct cci_list handles;
};
CCI_CODEC(clear_events_request);

/**
 * struct cci_event_policy - 0102h reply, 0103h request: by which interrupt a log tells of a record
 * @has_dynamic_capacity: false for 4 bytes, as CXL 2.0 has it
 *
 * Bits 1:0 of each: none, MSI or MSI-X, firmware; bits 7:4: the vector, told by the device.
 */
struct cci_event_policy {
	uint8_t informational;
	uint8_t warning;
	uint8_t failure;
	uint8_t fatal;
	uint8_t dynamic_capacity;
	bool has_dynamic_capacity;
};
CCI_CODEC(event_policy);

/**
 * struct cci_mctp_events - 0104h reply, 0105h and 0106h request
 * @mask: bit n for the log n of enum cci_event_log; bit 15: a background operation
 */
struct cci_mctp_events {
	uint16_t mask;
};
CCI_CODEC(mctp_events);
