// SPDX-License-Identifier: GPL-2.0-only
/*
 * cxlfmd: arguments, privileges, start and stop; nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "config.h"
#include "cxl/topology/topology-json.h"
#include "daemon/manager.h"
#include "util/cleanup.h"
#include "util/json.h"

#define SOCKET_DEFAULT	"/run/cxlfm/cxlfm.sock"
#define SOCKET_MODE	0660
#define STORE_DEFAULT	"/var/lib/cxlfm/store.db"
#define USER_DEFAULT	"cxlfm"
#define RECORD_SIZE_MAX ((size_t)64 * 1024 * 1024)

struct arguments {
	const char *socket;
	const char *helper;
	const char *user;
	const char *store;
	const char *snapshot;
	int connection_fd; /* -1: listen */
	bool debug;
};

static const char usage[] =
	"usage: cxlfmd [--socket PATH] [--store PATH] [--helper PATH] [--user NAME] [--debug]\n"
	"       cxlfmd --snapshot FILE [--socket PATH | --connection-fd N]\n"
	"       cxlfmd --version | --help\n";

/* 0 to go on, 1 when everything is said, negative for a usage error. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	enum { SOCKET = 256, STORE, HELPER, USER, SNAPSHOT, CONNECTION_FD, DEBUG, VERSION, HELP };
	static const struct option options[] = {
		{ "socket", required_argument, NULL, SOCKET },
		{ "store", required_argument, NULL, STORE },
		{ "helper", required_argument, NULL, HELPER },
		{ "user", required_argument, NULL, USER },
		{ "snapshot", required_argument, NULL, SNAPSHOT },
		{ "connection-fd", required_argument, NULL, CONNECTION_FD },
		{ "debug", no_argument, NULL, DEBUG },
		{ "version", no_argument, NULL, VERSION },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	char *end;
	long fd;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case SOCKET:
			arguments->socket = optarg;
			break;
		case STORE:
			arguments->store = optarg;
			break;
		case HELPER:
			arguments->helper = optarg;
			break;
		case USER:
			arguments->user = optarg;
			break;
		case SNAPSHOT:
			arguments->snapshot = optarg;
			break;
		case CONNECTION_FD:
			fd = strtol(optarg, &end, 10);
			if (end == optarg || *end || fd < 0 || fd > INT_MAX)
				return -EINVAL;
			arguments->connection_fd = (int)fd;
			break;
		case DEBUG:
			arguments->debug = true;
			break;
		case VERSION:
			printf("%s\n", CXLFM_VERSION);
			return 1;
		case HELP:
			fputs(usage, stdout);
			return 1;
		default:
			return -EINVAL;
		}
	}
	return optind == argc ? 0 : -EINVAL;
}

static int read_file(const char *path, char **ret_text, size_t *ret_length)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *text = NULL;
	size_t length;

	if (!file)
		return -errno;
	text = malloc(RECORD_SIZE_MAX + 1);
	if (!text)
		return -ENOMEM;
	length = fread(text, 1, RECORD_SIZE_MAX + 1, file);
	if (ferror(file))
		return -EIO;
	if (length > RECORD_SIZE_MAX)
		return -EFBIG;
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}

static void print_notices(const struct log *log, const char *path,
			  const struct refusal_list *notices)
{
	for (size_t i = 0; i < notices->list.count; i++) {
		const struct refusal *notice = &notices->list.items[i];

		log_warning(log, "%s: %s%s%s%s%s%s", path, notice->object ? notice->object : "",
			    notice->object ? ": " : "", notice->text, notice->hint ? " (" : "",
			    notice->hint ? notice->hint : "", notice->hint ? ")" : "");
	}
}

/* A record, or the output of `cxl list -vvv`, as the only snapshot there will be. */
static int load_record(const char *path, const struct log *log, struct snapshot **ret_snapshot)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *record = NULL;
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_free_ char *text = NULL;
	struct snapshot *snapshot;
	size_t length = 0;
	int rc;

	rc = read_file(path, &text, &length);
	if (rc < 0) {
		log_error(log, "%s: %s", path, strerror(-rc));
		return rc;
	}
	rc = json_parse_text(text, length, &record);
	if (rc < 0) {
		log_error(log, "%s: neither a record nor the output of `cxl list -vvv`", path);
		return rc;
	}
	rc = topology_from_json(record, &notices, &topology);
	print_notices(log, path, &notices);
	refusal_list_deinit(&notices);
	if (rc)
		return rc < 0 ? rc : -EINVAL;
	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot)
		return -ENOMEM;
	*snapshot = (struct snapshot){ .references = 1,
				       .topology = TAKE_PTR(topology),
				       .record = TAKE_PTR(record) };
	*ret_snapshot = snapshot;
	return 0;
}

/* The helper beside this program when it runs from a build tree, the installed one otherwise. */
static const char *find_helper(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size);
	char *slash;

	if (length > 0 && (size_t)length < size) {
		path[length] = '\0';
		slash = strrchr(path, '/');
		if (slash && (size_t)(slash - path) + sizeof("/cxlfm-helper") <= size) {
			(void)strcpy(slash, "/cxlfm-helper");
			if (access(path, X_OK) == 0)
				return path;
		}
	}
	return CXLFM_LIBEXEC_DIR "/cxlfm-helper";
}

/* Makes the folder of a path ours: the unprivileged daemon has to make and remove files in it. */
static int make_folder_of(const char *path, mode_t mode, const struct passwd *user)
{
	_cleanup_free_ char *directory = strdup(path);
	char *slash;

	if (!directory)
		return -ENOMEM;
	slash = strrchr(directory, '/');
	if (!slash || slash == directory)
		return 0;
	*slash = '\0';
	if (mkdir(directory, mode) < 0)
		return errno == EEXIST ? 0 : -errno;
	if (user && chown(directory, user->pw_uid, user->pw_gid) < 0)
		return -errno;
	return 0;
}

static int listen_on_path(struct manager *manager, const char *socket, const struct passwd *user)
{
	int rc;

	rc = make_folder_of(socket, 0755, user);
	if (rc == 0)
		rc = varlink_server_listen_path(manager->server, socket, SOCKET_MODE);
	if (rc < 0) {
		log_error(manager->log, "%s: %s", socket,
			  rc == -EADDRINUSE ? "another cxlfmd listens there" : strerror(-rc));
		return rc;
	}
	/* Who may use the socket is a matter of its group. */
	if (user && chown(socket, user->pw_uid, user->pw_gid) < 0)
		return -errno;
	return 0;
}

static int open_sockets(struct manager *manager, const struct arguments *arguments,
			const struct passwd *user)
{
	int count = sd_listen_fds(1), rc;

	if (arguments->connection_fd >= 0) {
		/* There is one client, who has started us: we go when it goes. */
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		return varlink_server_add_connection(manager->server, arguments->connection_fd);
	}
	if (count <= 0)
		return listen_on_path(manager, arguments->socket, user);
	for (int i = 0; i < count; i++) {
		rc = varlink_server_listen_fd(manager->server, SD_LISTEN_FDS_START + i);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int drop_privileges(const struct log *log, const struct passwd *user)
{
	if (setgroups(0, NULL) < 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0) {
		log_error(log, "cannot become user %s: %s", user->pw_name, strerror(errno));
		return -EPERM;
	}
	return 0;
}

static int add_signals(sd_event *event)
{
	sigset_t signals;
	int rc;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	(void)signal(SIGPIPE, SIG_IGN);
	/* To the store, a limit on the size of files is as a full disk. */
	(void)signal(SIGXFSZ, SIG_IGN);
	rc = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	return rc < 0 ? rc : sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
}

/* The user to become: NULL to stay who we are, when we are nobody special or there is no such user.
 */
static const struct passwd *find_user(const struct arguments *arguments, const struct log *log)
{
	const struct passwd *user;

	if (geteuid() != 0 || arguments->snapshot)
		return NULL;
	user = getpwnam(arguments->user);
	if (!user)
		log_warning(log, "there is no user %s: staying root", arguments->user);
	return user;
}

static int run(sd_event *event, const struct arguments *arguments, const struct log *log)
{
	char helper[PATH_MAX];
	const struct passwd *user = find_user(arguments, log);
	struct manager_options options = { 0 };
	struct manager *manager = NULL;
	int rc;

	if (arguments->snapshot) {
		rc = load_record(arguments->snapshot, log, &options.record);
		if (rc < 0)
			return rc;
	} else {
		options.helper_path = arguments->helper;
		if (!options.helper_path)
			options.helper_path = find_helper(helper, sizeof(helper));
	}
	rc = manager_new(event, log, &options, &manager);
	if (rc < 0) {
		log_error(log, "cannot start: %s", strerror(-rc));
		return rc;
	}
	rc = open_sockets(manager, arguments, user);
	if (rc == 0 && !arguments->snapshot)
		rc = make_folder_of(arguments->store, 0750, user);
	if (rc == 0 && user)
		rc = drop_privileges(log, user);
	if (rc == 0)
		manager_open_store(manager, arguments->snapshot ? NULL : arguments->store);
	if (rc == 0)
		rc = sd_event_loop(event);
	(void)sd_notify(0, "STOPPING=1");
	(void)manager_free(manager);
	return rc;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .connection_fd = -1,
				       .user = USER_DEFAULT,
				       .store = STORE_DEFAULT };
	struct log log = { .level_max = LOG_LEVEL_INFO, .program = "cxlfmd" };
	sd_event *event = NULL;
	int rc;

	arguments.socket = getenv("CXLFM_SOCKET");
	if (!arguments.socket)
		arguments.socket = SOCKET_DEFAULT;
	rc = parse_arguments(argc, argv, &arguments);
	if (rc < 0)
		fputs(usage, stderr);
	if (rc)
		return rc < 0 ? 2 : EXIT_SUCCESS;
	if (arguments.debug)
		log.level_max = LOG_LEVEL_DEBUG;
	rc = sd_event_default(&event);
	if (rc >= 0)
		rc = add_signals(event);
	if (rc >= 0)
		rc = run(event, &arguments, &log);
	event = sd_event_unref(event);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
