// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that have devices open, or mapped: proc_pid_fd(5), proc_pid_maps(5),
 * proc_pid_map_files(5).
 */
#include "cxl/topology/device-programs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cxl/topology/plain-text.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/folder.h"

/* The time for the processes of one user but root: who has crowds of descriptors hides his own. */
#define USER_TIMEOUT_MS	    500
#define PROGRAMS_TIMEOUT_MS 5000
/* Longer than the time of a user: who says nothing for as long as this waits for a lock. */
#define SILENCE_MAX_MS	 (2 * USER_TIMEOUT_MS)
#define SILENCE_USUAL_MS (USER_TIMEOUT_MS / 5)

/* How often the mappings of a process are read that change meanwhile. */
#define MAPPINGS_ATTEMPTS 3

struct process {
	unsigned int uid;
	char id[PROCESS_ID_MAX];
};

typedef ARRAY(struct process) process_list;

/* ---- all processes, by user ---- */

/* The real user: the owner of the folder is root for a process that has said so. */
static unsigned int user_of(int proc_fd, const char *process)
{
	char path[64], line[128];
	_cleanup_fclose_ FILE *status = NULL;
	unsigned int uid;

	(void)snprintf(path, sizeof(path), "%.16s/status", process);
	if (plain_open(proc_fd, path, &status) < 0)
		return 0;
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "Uid: %u", &uid) == 1)
			return uid;
	return 0;
}

static void note_unseen(struct program_search *search, const struct process *process)
{
	if (!*search->unseen)
		(void)strcpy(search->unseen, process->id);
	if (!*search->suspect && search->may_open(search->context, process->uid))
		(void)strcpy(search->suspect, process->id);
}

static int compare_users(const void *a, const void *b)
{
	const unsigned int left = ((const struct process *)a)->uid;
	const unsigned int right = ((const struct process *)b)->uid;

	return (left > right) - (left < right);
}

static int list_processes(int proc_fd, process_list *processes)
{
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	int next = 0, rc = folder_open(proc_fd, ".", &folder);

	while (rc == 0 && (next = folder_next(folder, &name)) > 0) {
		struct process process;

		if (!isdigit((unsigned char)*name))
			continue;
		(void)snprintf(process.id, sizeof(process.id), "%.15s", name);
		process.uid = user_of(proc_fd, name);
		rc = ARRAY_APPEND(processes, process);
	}
	if (rc == 0 && processes->count > 0)
		qsort(processes->items, processes->count, sizeof(struct process), compare_users);
	return rc ? rc : next;
}

/*
 * Tells whether EACCES came from the server of a file, and not from /proc: FUSE tells others than
 * the owner of a mount nothing, and lets a question for nothing pass (fuse_getattr(),
 * fs/fuse/dir.c).
 */
static bool is_of_a_server(int folder, const char *path)
{
	struct statx status;

	return statx(folder, path, AT_STATX_DONT_SYNC, 0, &status) == 0;
}

/*
 * The kind and the number of a device behind a file; no server of a file system is asked for them.
 * Returns 1; 0 when the file is no device, as no file of a server is; negative errno.
 */
static int read_device(int folder, const char *path, bool *ret_is_block, dev_t *ret_device)
{
	struct statx status;

	if (statx(folder, path, AT_STATX_DONT_SYNC, STATX_TYPE, &status) < 0) {
		const int error = -errno;

		if (error == -ESTALE || (error == -EACCES && is_of_a_server(folder, path)))
			return 0;
		return error;
	}
	if (!S_ISBLK(status.stx_mode) && !S_ISCHR(status.stx_mode))
		return 0;
	*ret_is_block = S_ISBLK(status.stx_mode);
	*ret_device = makedev(status.stx_rdev_major, status.stx_rdev_minor);
	return 1;
}

/* ---- what the process that looks tells ---- */

enum word {
	WORD_LOOKS_AT,
	WORD_SEES,
	WORD_HAS_NOT_SEEN,
	WORD_IS_DONE,
};

/* A pipe passes it whole (PIPE_BUF). */
struct news {
	enum word word;
	size_t process; /* its place in the list */
	char how[8];
	bool is_block;
	dev_t device;
};

/* The look at one process. */
struct look {
	const char *process;
	size_t place;		    /* of the process in the list */
	uint64_t until_ms, told_ms; /* the end of the look; the last word */
	int proc_fd, news_fd;
};

static void tell(int fd, const struct news *news)
{
	if (write(fd, news, sizeof(*news)) != (ssize_t)sizeof(*news))
		_exit(EXIT_FAILURE);
}

static void tell_of(int fd, enum word word, size_t process)
{
	const struct news news = { .word = word, .process = process };

	tell(fd, &news);
}

static void tell_device(const struct look *look, const char *how, bool is_block, dev_t device)
{
	struct news news = {
		.word = WORD_SEES, .process = look->place, .is_block = is_block, .device = device
	};

	(void)snprintf(news.how, sizeof(news.how), "%s", how);
	tell(look->news_fd, &news);
}

/* Returns 0, or -ETIMEDOUT. Who has much to look at says now and then that he does not hang. */
static int go_on(struct look *look)
{
	const uint64_t now = clock_now_ms();

	if (now >= look->until_ms)
		return -ETIMEDOUT;
	if (now - look->told_ms >= SILENCE_USUAL_MS) {
		tell_of(look->news_fd, WORD_LOOKS_AT, look->place);
		look->told_ms = now;
	}
	return 0;
}

/* ---- open files ---- */

static int see_open_files(struct look *look, const char *thread)
{
	char path[64];
	_cleanup_folder_ DIR *folder = NULL;
	const char *fd;
	int next = 0, rc;

	(void)snprintf(path, sizeof(path), "%.16s/fd", thread);
	rc = folder_open(look->proc_fd, path, &folder);
	while (rc == 0 && (next = folder_next(folder, &fd)) > 0) {
		bool is_block;
		dev_t device;

		next = go_on(look);
		if (next == 0)
			next = read_device(dirfd(folder), fd, &is_block, &device);
		if (next > 0)
			tell_device(look, "open", is_block, device);
		/* A file that was closed meanwhile is used no more. */
		if (next < 0 && next != -ENOENT)
			return next;
	}
	return rc ? rc : next;
}

/* ---- mappings ---- */

/* Returns 0; -EAGAIN when a mapping has changed since the list of mappings was read. */
static int see_mapping(const struct look *look, const char *thread, unsigned long start,
		       unsigned long end)
{
	char path[96];
	bool is_block;
	dev_t device;
	int rc;

	(void)snprintf(path, sizeof(path), "%.16s/map_files/%lx-%lx", thread, start, end);
	rc = read_device(look->proc_fd, path, &is_block, &device);
	if (rc > 0)
		tell_device(look, "mapped", is_block, device);
	return rc == -ENOENT ? -EAGAIN : rc < 0 ? rc : 0;
}

/* "7f2a40000000-7f2a40200000 rw-s 00000000 00:06 523 /dev/dax0.0" */
static int see_mappings(struct look *look, const char *thread)
{
	char path[64], line[128];
	_cleanup_fclose_ FILE *maps = NULL;
	bool is_whole;
	int rc;

	(void)snprintf(path, sizeof(path), "%.16s/maps", thread);
	rc = plain_open(look->proc_fd, path, &maps);
	if (rc < 0)
		return rc;
	while ((rc = plain_line(maps, line, sizeof(line), &is_whole)) > 0) {
		unsigned long start, end, inode;
		char rights[5];

		rc = go_on(look);
		if (rc < 0)
			return rc;
		if (sscanf(line, "%lx-%lx %4s %*s %*s %lu", &start, &end, rights, &inode) != 4)
			return -EPROTO;
		rc = inode && rights[3] == 's' ? see_mapping(look, thread, start, end) : 0;
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int see_settled_mappings(struct look *look, const char *thread)
{
	int rc = -EAGAIN;

	for (int i = 0; i < MAPPINGS_ATTEMPTS && rc == -EAGAIN; i++)
		rc = see_mappings(look, thread);
	return rc;
}

/* ---- threads ---- */

/* A thread that has ended has nothing. */
static int none_if_ended(int error)
{
	return error == -ENOENT || error == -ESRCH ? 0 : error;
}

/*
 * /proc has a folder for each thread, which it does not list. Where mappings can't be read, files
 * can, and the other way round.
 */
static int see_thread(struct look *look, const char *thread)
{
	const int files = none_if_ended(see_open_files(look, thread));
	const int mappings = none_if_ended(see_settled_mappings(look, thread));

	return files ? files : mappings;
}

/* Tells whether two threads have all files and mappings in common; false: perhaps not. */
static bool are_alike(const char *one, const char *other)
{
	const long a = strtol(one, NULL, 10), b = strtol(other, NULL, 10);

	return syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0) == 0 &&
	       syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0) == 0;
}

/*
 * The first thread may have ended, and then shows nothing of what the others have; and each thread
 * may have descriptors of its own (CLONE_FILES, unshare(2)).
 */
static int see_process(struct look *look)
{
	char path[64], last[PROCESS_ID_MAX];
	_cleanup_folder_ DIR *folder = NULL;
	const char *thread;
	int next, rc, error = see_thread(look, look->process);

	(void)snprintf(last, sizeof(last), "%s", look->process);
	(void)snprintf(path, sizeof(path), "%.16s/task", look->process);
	next = none_if_ended(folder_open(look->proc_fd, path, &folder));
	while (next == 0 && folder && (next = folder_next(folder, &thread)) > 0) {
		next = go_on(look);
		if (next < 0 || strcmp(thread, look->process) == 0 || are_alike(last, thread))
			continue;
		(void)snprintf(last, sizeof(last), "%.15s", thread);
		rc = see_thread(look, last);
		error = error ? error : rc;
	}
	return error ? error : none_if_ended(next);
}

/* ---- the process that looks ---- */

/* Each user has time of his own; root has all that there is. */
static void look_at_all(const struct program_search *search, int fd, const process_list *processes,
			size_t first)
{
	const uint64_t all_ms = clock_sooner_ms(search->until_ms, PROGRAMS_TIMEOUT_MS);
	uint64_t until_ms = search->until_ms;

	for (size_t i = first; i < processes->count; i++) {
		const struct process *process = &processes->items[i];
		const bool is_first = i == first || process->uid != process[-1].uid;
		struct look look;

		if (is_first && process->uid != 0)
			until_ms = clock_sooner_ms(all_ms, USER_TIMEOUT_MS);
		look = (struct look){
			process->id, i, until_ms, clock_now_ms(), search->proc_fd, fd
		};
		tell_of(fd, WORD_LOOKS_AT, i);
		if (see_process(&look) < 0)
			tell_of(fd, WORD_HAS_NOT_SEEN, i);
	}
	tell_of(fd, WORD_IS_DONE, processes->count);
}

static _Noreturn void be_the_looker(const struct program_search *search,
				    const process_list *processes, size_t first, int fd,
				    pid_t parent)
{
	/* Whoever ends the parent ends this process, too. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	look_at_all(search, fd, processes, first);
	_exit(EXIT_SUCCESS);
}

/* ---- the process that hears ---- */

/* Returns 1; 0 when nothing more comes, or not in time. */
static int receive(int fd, uint64_t until_ms, struct news *news)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int rc;

	do {
		const uint64_t now = clock_now_ms();

		rc = poll(&poll_fd, 1, now < until_ms ? (int)(until_ms - now) : 0);
	} while (rc < 0 && errno == EINTR);
	return rc > 0 && read(fd, news, sizeof(*news)) == (ssize_t)sizeof(*news);
}

/* Hears what the looker has seen; returns whether the looker is done. */
static bool hear(struct program_search *search, const process_list *processes, int fd,
		 uint64_t until_ms, size_t *at)
{
	struct news news;

	while (receive(fd, clock_sooner_ms(until_ms, SILENCE_MAX_MS), &news)) {
		switch (news.word) {
		case WORD_LOOKS_AT:
			*at = news.process;
			break;
		case WORD_SEES:
			search->see(search->context, processes->items[news.process].id, news.how,
				    news.is_block, news.device);
			break;
		case WORD_HAS_NOT_SEEN:
			note_unseen(search, &processes->items[news.process]);
			break;
		case WORD_IS_DONE:
			return true;
		}
	}
	return false;
}

/* Has a process look at the processes from @first on; @at: receives the last one looked at. */
static int hear_from(struct program_search *search, const process_list *processes, size_t first,
		     uint64_t until_ms, size_t *at)
{
	const pid_t parent = getpid();
	int fds[2], rc;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	rc = child < 0 ? -errno : 0;
	if (child == 0)
		be_the_looker(search, processes, first, fds[1], parent);
	(void)close(fds[1]);
	if (child > 0) {
		rc = hear(search, processes, fds[0], until_ms, at);
		(void)kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	(void)close(fds[0]);
	return rc;
}

/* The first process of the next user: who keeps us from one of his processes hides all of his. */
static size_t next_user(const process_list *processes, size_t at)
{
	size_t i = at;

	while (i < processes->count && processes->items[i].uid == processes->items[at].uid)
		i++;
	return i;
}

int programs_find(struct program_search *search)
{
	const uint64_t until_ms = clock_sooner_ms(search->until_ms, PROGRAMS_TIMEOUT_MS);
	process_list processes = { NULL, 0 };
	int rc = list_processes(search->proc_fd, &processes);

	for (size_t first = 0; rc == 0 && first < processes.count;) {
		size_t at = processes.count;

		rc = hear_from(search, &processes, first, until_ms, &at);
		if (rc != 0)
			break;
		note_unseen(search, &processes.items[at < processes.count ? at : first]);
		first = next_user(&processes, at);
		if (clock_now_ms() >= until_ms)
			break;
	}
	ARRAY_FREE(&processes);
	return rc < 0 ? rc : 0;
}
