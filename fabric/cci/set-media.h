/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command sets 43h and 44h: poison and scans of a device's media, sanitize and media operations.
 * Pure.
 *
 * Source of the layouts: the kernel (drivers/cxl/cxlmem.h), libcxlmi, QEMU.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/list.h"

extern const struct cci_command_set cci_set_media;
extern const struct cci_command_set cci_set_sanitize;

/* The unit of lengths that are not in bytes. */
#define CCI_CACHE_LINE 64

/**
 * struct cci_media_range - 4300h and 4303h request
 * @start: address in the memory of the device, bytes, a multiple of CCI_CACHE_LINE
 * @lines: length in units of CCI_CACHE_LINE
 */
struct cci_media_range {
	uint64_t start;
	uint64_t lines;
};
CCI_CODEC(media_range);

enum cci_media_error_source {
	CCI_ERROR_UNKNOWN = 0,
	CCI_ERROR_EXTERNAL = 1,
	CCI_ERROR_INTERNAL = 2,
	CCI_ERROR_INJECTED = 3,
	CCI_ERROR_VENDOR = 7,
};

/**
 * struct cci_media_error - an element of the replies to 4300h and 4305h
 * @start: address in the memory of the device, bytes
 * @source: one of enum cci_media_error_source; three bits
 * @lines: length in units of CCI_CACHE_LINE
 */
struct cci_media_error {
	uint64_t start;
	uint8_t source;
	uint32_t lines;
};
CCI_CODEC(media_error);

enum cci_poison_flag {
	CCI_POISON_MORE = 1 << 0,
	CCI_POISON_OVERFLOW = 1 << 1,
	CCI_POISON_SCANNING = 1 << 2,
};

/**
 * struct cci_poison_reply - 4300h
 * @flags: bits of enum cci_poison_flag
 * @overflow_time: when the list had no room any more; nanoseconds since 1970
 * @errors: of struct cci_media_error
 */
struct cci_poison_reply {
	uint8_t flags;
	uint64_t overflow_time;
	struct cci_list errors;
};
CCI_CODEC(poison_reply);

/** struct cci_poison_place - 4301h; one cache line of the memory of the device */
struct cci_poison_place {
	uint64_t start;
};
CCI_CODEC(poison_place);

/** struct cci_clear_poison_request - 4302h; @data: what is written to the cache line */
struct cci_clear_poison_request {
	uint64_t start;
	uint8_t data[CCI_CACHE_LINE];
};
CCI_CODEC(clear_poison_request);

/** struct cci_scan_estimate_reply - 4303h */
struct cci_scan_estimate_reply {
	uint32_t milliseconds;
};
CCI_CODEC(scan_estimate_reply);

/** struct cci_scan_request - 4304h; @quiet: no events are logged of what is found */
struct cci_scan_request {
	struct cci_media_range range;
	bool quiet;
};
CCI_CODEC(scan_request);

enum cci_scan_flag { CCI_SCAN_MORE = 1 << 0, CCI_SCAN_STOPPED = 1 << 1 };

/**
 * struct cci_scan_reply - 4305h
 * @rest: where to begin again, after a scan that has stopped
 * @flags: bits of enum cci_scan_flag
 * @errors: of struct cci_media_error
 */
struct cci_scan_reply {
	struct cci_media_range rest;
	uint8_t flags;
	struct cci_list errors;
};
CCI_CODEC(scan_reply);

enum cci_media_operation_class {
	CCI_MEDIA_GENERAL = 0,
	CCI_MEDIA_SANITIZE = 1,
};

/** enum cci_media_operation - subclasses, by their class */
enum cci_media_operation {
	CCI_MEDIA_DISCOVERY = 0,
	CCI_MEDIA_SANITIZE_SANITIZE = 0,
	CCI_MEDIA_SANITIZE_ZERO = 1,
};

/** struct cci_media_operation_range - an element of the request 4402h, bytes */
struct cci_media_operation_range {
	uint64_t start;
	uint64_t length;
};
CCI_CODEC(media_operation_range);

/**
 * struct cci_media_operation_request - 4402h
 * @operation_class: one of enum cci_media_operation_class
 * @operation: one of enum cci_media_operation
 * @ranges: of struct cci_media_operation_range
 * @start: of a discovery: index of the first operation
 * @count: of a discovery: how many operations
 */
struct cci_media_operation_request {
	uint8_t operation_class;
	uint8_t operation;
	struct cci_list ranges;
	uint16_t start;
	uint16_t count;
};
CCI_CODEC(media_operation_request);

/** struct cci_media_operation_entry - an element of the reply to a discovery */
struct cci_media_operation_entry {
	uint8_t operation_class;
	uint8_t operation;
};
CCI_CODEC(media_operation_entry);

/**
 * struct cci_media_operation_reply - 4402h
 * @has_operations: true for a discovery, whose reply alone has a payload
 * @granularity: of ranges, bytes
 * @total: operations that the device has
 * @operations: of struct cci_media_operation_entry
 */
struct cci_media_operation_reply {
	bool has_operations;
	uint64_t granularity;
	uint16_t total;
	struct cci_list operations;
};
CCI_CODEC(media_operation_reply);
