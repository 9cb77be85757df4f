/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and writing attributes below a sysfs root, without ever leaving it: an object's directory
 * may be reached through the links that sysfs itself makes, an attribute must be a file in it. For
 * step-sysfs.c and its neighbours in the helper; names are checked by them.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Long enough for every attribute that steps are about. */
#define SYSFS_VALUE_MAX 256

/**
 * sysfs_open() - the directory of an object
 * @root_fd: of the sysfs root
 * @format: path below the root, printf-like; its last component may be a link of sysfs's own
 *
 * What others rename or mount meanwhile, anywhere on the host, is no matter.
 *
 * Return: a descriptor for use with the functions below; -ENOENT; -EXDEV when it leads out of the
 * root; -ELOOP for a link in any other place; other negative errno.
 */
int sysfs_open(int root_fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * sysfs_resolve() - makes the path of a link the one that the link leads to
 * @path: below the root, before and after
 *
 * Links of sysfs are relative, and lead to what is none.
 *
 * Return: 0; -ENOENT; -EINVAL when it is no link; -EXDEV when it leads out of the root; other
 * negative errno.
 */
int sysfs_resolve(int root_fd, char path[static PATH_MAX]);

/**
 * sysfs_read() - an attribute's text without the newline at its end
 *
 * Return: 0; -ENOENT when there is no such attribute; -EMSGSIZE; the kernel's errno.
 */
int sysfs_read(int directory, const char *attribute, char value[static SYSFS_VALUE_MAX]);

/** sysfs_read_number() - the same as a number; -EPROTO when it is none in @base (0: by its form) */
int sysfs_read_number(int directory, const char *attribute, int base, uint64_t *ret_number);

/**
 * sysfs_write() - writes an attribute in one write()
 * @deadline_ms: CLOCK_MONOTONIC; a write that blocks is interrupted then, UINT64_MAX for never
 *
 * What the kernel wants to be tried again is, for a few seconds (EAGAIN) or until the deadline
 * (EINTR). The kernel gives up what it is doing when a signal comes, where it can at all (taking
 * memory offline does). Uses SIGALRM; only for processes with a single thread.
 *
 * Return: 0; -ETIMEDOUT; -ECANCELED when nobody waits for it any more (write-alarm.h); -ENOENT; the
 * kernel's errno.
 */
int sysfs_write(int directory, const char *attribute, const char *text, uint64_t deadline_ms);

/**
 * sysfs_link_name() - the last component of where a link in @directory leads to
 *
 * Return: 0; -ENOENT when there is no such link; -EMSGSIZE; other negative errno.
 */
int sysfs_link_name(int directory, const char *link, char value[static SYSFS_VALUE_MAX]);

/** sysfs_exists() - is there anything of that name? */
bool sysfs_exists(int directory, const char *name);
