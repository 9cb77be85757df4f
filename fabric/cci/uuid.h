/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UUIDs in payloads: sixteen bytes in the order in which a UUID is written (RFC 9562), not in that
 * of little endian numbers. Pure.
 */
#pragma once

#define CCI_UUID_SIZE 16
