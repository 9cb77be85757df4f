/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors that clients send (SCM_RIGHTS, unix(7)), and nobody has asked for. The task that
 * drops the last reference of a file waits for the end of the close: a socket with SO_LINGER and
 * unsent data takes as long as the client has said. The kernel drops descriptors in the queue of a
 * socket in the task that receives the message without room for descriptors, or that closes the
 * socket. The functions here receive and close without that wait, for the loop. Effect: sockets,
 * threads.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/**
 * foreign_rights_refuse() - has the kernel refuse descriptors (Linux 6.16)
 * @fd: a listening socket, whose later connections refuse descriptors as well, or a connection
 *
 * Descriptors that are in the queue already stay there, and older kernels refuse none.
 */
void foreign_rights_refuse(int fd);

/**
 * foreign_rights_receive() - recv() for data without descriptors
 * @fd: a connection, for which foreign_rights_refuse() was called
 * @data: receives the bytes
 * @size: the most bytes; at least 1
 *
 * Does not wait for data.
 *
 * Return: bytes; 0 at the end of the data; -EPERM if descriptors are in the queue, all of which is
 * still there; -EAGAIN or another negative errno of recv().
 */
ssize_t foreign_rights_receive(int fd, void *data, size_t size);

/**
 * foreign_rights_close() - closes a connection, and waits for nobody's descriptors
 * @fd: a connection, for which foreign_rights_refuse() was called
 *
 * For want of a thread, a socket with descriptors in its queue stays open for good.
 *
 * Return: 0, or -EAGAIN if the socket stays open.
 */
int foreign_rights_close(int fd);

/**
 * foreign_rights_close_listener() - closes a listening socket, with connections in its queue
 * @fd: the socket; other processes that have the socket, too, may go on to listen
 *
 * Return: as of foreign_rights_close().
 */
int foreign_rights_close_listener(int fd);
