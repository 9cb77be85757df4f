/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way out for everything that cxlfm prints, whoever it comes from: nothing that a terminal
 * obeys gets through. What of it is our own (the progress line) goes past it.
 */
#pragma once

#include <stdio.h>

/**
 * harmless_stream_new() - a stream to a descriptor, with "?" for every harmful character
 * @fd: stays open when the stream is closed
 * @buffering: of setvbuf(3): _IOLBF where each line has to be seen at once, _IOFBF where whoever
 * writes flushes the stream, too: a listing takes a few system calls then, and not one a line
 *
 * Return: the stream, or NULL when there is no memory.
 */
FILE *harmless_stream_new(int fd, int buffering);
