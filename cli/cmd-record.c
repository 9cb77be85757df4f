// SPDX-License-Identifier: GPL-2.0-only
/*
 * `cxlfm record`: what the daemon knows of the host, into a file that --snapshot reads. The file is
 * there whole or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"
#include "util/json.h"

static int write_text(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t written = write(fd, text, left);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		left -= (size_t)written;
	}
	return 0;
}

/* A new file beside the old one takes its place; rename(2) is what makes it whole or absent. */
static int replace_file(const char *path, const char *text)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1;
	int rc;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = write_text(fd, text);
	if (rc == 0 && (fchmod(fd, 0644) < 0 || rename(temporary, path) < 0))
		rc = -errno;
	if (rc < 0)
		(void)unlink(temporary);
	return rc;
}

/* A device or a pipe must not be replaced. */
static int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	if (stat(path, &status) < 0 || S_ISREG(status.st_mode))
		return replace_file(path, text);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : write_text(fd, text);
}

static enum exit_code store(struct cli *cli, const struct usage *usage, const char *path,
			    struct json_object *record)
{
	_cleanup_free_ char *text = NULL;
	const char *json;
	int rc;

	if (strcmp(path, "-") == 0)
		return output_json(cli, usage->program, record);
	json = json_object_to_json_string_ext(record, JSON_C_TO_STRING_PRETTY);
	if (!json || asprintf(&text, "%s\n", json) < 0) {
		text = NULL;
		return session_no_memory(cli, usage->program);
	}
	rc = write_file(path, text);
	if (rc == 0)
		return EXIT_CODE_DONE;
	fprintf(cli->err, "%s: can't write %s: %s\n", usage->program, path, strerror(-rc));
	return EXIT_CODE_FAILED;
}

enum exit_code cmd_record(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	bool debug = false;
	const struct option options[] = {
		OPTION_FLAG(0, "debug", &debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	_cleanup_json_ struct json_object *reply = NULL;
	struct arguments arguments;
	struct json_object *record;
	enum exit_code code;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc == 0 && arguments.count > 1)
		rc = options_complain(usage, "\"%s\" is one file too many: give one",
				      arguments.items[1]);
	if (rc == 0 && arguments.count == 1 && !*arguments.items[0])
		rc = options_complain(usage,
				      "FILE is empty: name a file, or - for standard output");
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = debug;
	code = session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "Record",
						    .parameters = json_object_new_object() },
			    &reply);
	if (code != EXIT_CODE_DONE)
		return code;
	if (json_get_object(reply, "record", &record) < 0)
		return session_bad_reply(cli, usage->program);
	return store(cli, usage, arguments.count == 1 ? arguments.items[0] : "-", record);
}
