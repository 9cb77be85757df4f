/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which host this is: whose claims and whose journal a store holds. Effect: reads /etc/machine-id.
 */
#pragma once

/* With the NUL. */
#define HOST_ID_SIZE 33

/**
 * host_id() - the ID of this host: 32 hexadecimal digits
 *
 * It is derived from the machine ID, which is not to be told to others (machine-id(5)). It stays as
 * long as the system stays installed; a copy of the system that is set up as another machine has
 * another one.
 *
 * Return: 0; negative errno when the machine has no ID, or none yet.
 */
int host_id(char id[static HOST_ID_SIZE]);

/** host_id_read() - the ID as an admin writes it; 0, or -EINVAL for a text that is none */
int host_id_read(const char *text, char id[static HOST_ID_SIZE]);
