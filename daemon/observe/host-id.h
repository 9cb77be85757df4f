/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ID of this host, which a store keeps with its claims and its journal. Effect: reads
 * /etc/machine-id.
 */
#pragma once

/* With the NUL. */
#define HOST_ID_SIZE 33

/**
 * host_id() - the ID of this host: 32 hexadecimal digits
 *
 * The ID is derived from the machine ID, which must not be exposed (machine-id(5)). The ID stays
 * the same for as long as the system is installed; a copy of the system that is set up as another
 * machine has another ID.
 *
 * Return: 0; negative errno when the machine has no ID, or none yet.
 */
int host_id(char id[static HOST_ID_SIZE]);

/** host_id_read() - reads an ID that an admin has written; 0, or -EINVAL for an invalid one */
int host_id_read(const char *text, char id[static HOST_ID_SIZE]);
