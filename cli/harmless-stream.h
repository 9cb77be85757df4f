/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way out for everything that cxlfm prints, whatever its source: no character that commands
 * a terminal gets through. Only the progress line, whose control sequences are cxlfm's own, does
 * not go this way.
 */
#pragma once

#include <stdio.h>

/**
 * harmless_stream_new() - a stream to a descriptor, with "?" for every harmful character
 * @fd: stays open when the stream is closed
 * @buffering: of setvbuf(3): _IOLBF for lines that have to be seen at once; _IOFBF for a stream
 * that its writers flush, so that a listing takes a few system calls and not one a line
 *
 * Return: the stream, or NULL when there is no memory.
 */
FILE *harmless_stream_new(int fd, int buffering);
