/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads and writes attributes below a sysfs root, without ever leaving the root: links of sysfs
 * itself may lead to the directory of an object, and an attribute must be a file in that directory.
 * For step-sysfs.c and its neighbours in the helper, which check names.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer than any attribute that steps read. */
#define SYSFS_VALUE_MAX 256

/**
 * sysfs_open() - the directory of an object
 * @root_fd: of the sysfs root
 * @format: path below the root, printf-like; its last component may be a link of sysfs's own
 *
 * Renames and mounts of other processes, anywhere on the host, have no influence.
 *
 * Return: a descriptor for use with the functions below; -ENOENT; -EXDEV when the link leads out of
 * the root; -ELOOP for a link in any other place; other negative errno.
 */
int sysfs_open(int root_fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * sysfs_resolve() - replaces the path of a link by the path to which the link leads
 * @path: below the root, before and after
 *
 * Links of sysfs are relative, and never lead to another link.
 *
 * Return: 0; -ENOENT; -EINVAL when @path is not a link; -EXDEV when the link leads out of the root;
 * other negative errno.
 */
int sysfs_resolve(int root_fd, char path[static PATH_MAX]);

/**
 * sysfs_read() - an attribute's text without the newline at its end
 *
 * Return: 0; -ENOENT when there is no such attribute; -EMSGSIZE; the kernel's errno.
 */
int sysfs_read(int directory, const char *attribute, char value[static SYSFS_VALUE_MAX]);

/** sysfs_read_number() - an attribute as a number in @base (0: by its form); -EPROTO for another
 * text */
int sysfs_read_number(int directory, const char *attribute, int base, uint64_t *ret_number);

/**
 * sysfs_write() - writes an attribute in one write()
 * @deadline_ms: CLOCK_MONOTONIC; at that time a write that blocks is interrupted; UINT64_MAX: never
 *
 * The write is repeated for a few seconds while the kernel answers EAGAIN, and until the deadline
 * while the kernel answers EINTR. At a signal the kernel gives up a write that can be interrupted
 * (offlining of memory can). Uses SIGALRM; only for processes with a single thread.
 *
 * Return: 0; -ETIMEDOUT; -ECANCELED when the peer does not wait for the write any more
 * (write-alarm.h); -ENOENT; the kernel's errno.
 */
int sysfs_write(int directory, const char *attribute, const char *text, uint64_t deadline_ms);

/**
 * sysfs_link_name() - the last component of the target of a link in @directory
 *
 * Return: 0; -ENOENT when there is no such link; -EMSGSIZE; other negative errno.
 */
int sysfs_link_name(int directory, const char *link, char value[static SYSFS_VALUE_MAX]);

/**
 * sysfs_exists() - is there a file, directory or link of that name?
 *
 * Return: 1; 0; negative errno when nobody can tell.
 */
int sysfs_exists(int directory, const char *name);
