// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's policy for new memory, and a note of the former policy. Effect.
 *
 * The note exists from before the first write until after the last write. The note outlives a
 * worker that is killed; a reboot removes the note and resets the policy.
 */
#include "cxl/step/auto-online.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cxl/step/region-memory.h"
#include "cxl/step/sysfs-io.h"
#include "util/cleanup.h"

#define MEMORY	  "devices/system/memory"
#define ATTRIBUTE "auto_online_blocks"
#define NOTE	  "auto-online"
#define NOTE_NEW  "auto-online.new"

struct note {
	char before[STEP_VALUE_MAX];
	char held[STEP_VALUE_MAX];
};

static int read_note(int notes_fd, struct note *ret_note)
{
	_cleanup_close_ int fd =
		notes_fd < 0 ? -1 : openat(notes_fd, NOTE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[2 * STEP_VALUE_MAX];
	struct note note;
	ssize_t length;

	if (notes_fd < 0)
		return -ENOENT;
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	if (sscanf(text, "%63s %63s", note.before, note.held) != 2)
		return -EPROTO;
	*ret_note = note;
	return 0;
}

static int write_note(int notes_fd, const struct note *note)
{
	_cleanup_close_ int fd = -1;

	if (notes_fd < 0)
		return 0;
	fd = openat(notes_fd, NOTE_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%s %s\n", note->before, note->held) < 0)
		return -errno;
	return renameat(notes_fd, NOTE_NEW, notes_fd, NOTE) < 0 ? -errno : 0;
}

static int remove_note(int notes_fd)
{
	return notes_fd < 0 || unlinkat(notes_fd, NOTE, 0) == 0 || errno == ENOENT ? 0 : -errno;
}

static int write_policy(int root_fd, const char *policy, uint64_t deadline_ms)
{
	_cleanup_close_ int directory = sysfs_open(root_fd, MEMORY);

	return directory < 0 ? directory : sysfs_write(directory, ATTRIBUTE, policy, deadline_ms);
}

int auto_online_read(int root_fd, char value[static STEP_VALUE_MAX])
{
	_cleanup_close_ int directory = sysfs_open(root_fd, MEMORY);
	char text[SYSFS_VALUE_MAX];
	int rc = directory < 0 ? directory : sysfs_read(directory, ATTRIBUTE, text);

	if (rc == 0 && strlen(text) >= STEP_VALUE_MAX)
		rc = -EPROTO;
	if (rc == 0)
		(void)strcpy(value, text);
	return rc;
}

/* Reads the note of this worker or of a killed one; without a note, fills in the policy of now. */
static int get_note(int root_fd, int notes_fd, struct note *ret_note)
{
	int rc = read_note(notes_fd, ret_note);

	if (rc != -ENOENT)
		return rc;
	rc = region_awaits_memory(root_fd);
	if (rc <= 0)
		return rc < 0 ? rc : -EPERM;
	return auto_online_read(root_fd, ret_note->before);
}

int auto_online_write(int root_fd, int notes_fd, const char *policy, uint64_t deadline_ms)
{
	struct note note;
	int rc = get_note(root_fd, notes_fd, &note);

	if (rc < 0)
		return rc;
	(void)snprintf(note.held, sizeof(note.held), "%s", policy);
	rc = write_note(notes_fd, &note);
	if (rc == 0)
		rc = write_policy(root_fd, policy, deadline_ms);
	if (rc == 0 && strcmp(note.before, policy) == 0)
		rc = remove_note(notes_fd);
	return rc;
}

int auto_online_put_back(int root_fd, int notes_fd, uint64_t deadline_ms)
{
	char now[STEP_VALUE_MAX];
	struct note note;
	int rc = read_note(notes_fd, &note);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	rc = auto_online_read(root_fd, now);
	if (rc == 0 && strcmp(now, note.held) == 0)
		rc = write_policy(root_fd, note.before, deadline_ms);
	return rc < 0 ? rc : remove_note(notes_fd);
}
