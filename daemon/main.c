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
#include "cxl/topology/topology-text.h"
#include "daemon/manager.h"
#include "daemon/observe/host-id.h"
#include "daemon/process/trusted-folder.h"
#include "daemon/process/turn-meter.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/nearest.h"
#include "util/process-fds.h"

#define SOCKET_DEFAULT "/run/cxlfm/cxlfm.sock"
#define SOCKET_MODE    0660
#define STORE_DEFAULT  "/var/lib/cxlfm/store.db"
#define USER_DEFAULT   "cxlfm"
/* The overflow user: owns nothing. */
#define NOBODY		65534
#define RECORD_SIZE_MAX ((size_t)16 * 1024 * 1024)

struct arguments {
	const char *socket;
	const char *helper;
	const char *user;
	const char *store;
	const char *snapshot;
	char host[HOST_ID_SIZE]; /* "": this host's */
	int connection_fd;	 /* -1: listen */
	bool debug;
};

static const char usage[] = "usage: cxlfmd [--socket PATH] [--store PATH] [--host-id ID] [--helper "
			    "PATH] [--user NAME]\n"
			    "              [--debug]\n"
			    "       cxlfmd --snapshot FILE [--socket PATH | --connection-fd N]\n"
			    "       cxlfmd --version | --help\n";

/* Returns 0 to go on, 1 to end without an error, negative for a usage error. */
static void refuse_option(const struct log *log, const char *typed, const struct option *options)
{
	const char *name = typed + strspn(typed, "-");
	struct nearest nearest = nearest_to(name, strcspn(name, "="));

	for (; options->name; options++)
		nearest_consider(&nearest, options->name);
	/* The option is right, and its value is missing. */
	if (nearest.distance == 0)
		nearest.name = NULL;
	log_error(log, "%s: unknown option, or its value is missing%s%s", typed,
		  nearest.name ? ": did you mean --" : "", nearest.name ?: "");
}

static int parse_arguments(int argc, char **argv, const struct log *log,
			   struct arguments *arguments)
{
	enum {
		SOCKET = 256,
		STORE,
		HOST,
		HELPER,
		USER,
		SNAPSHOT,
		CONNECTION_FD,
		DEBUG,
		VERSION,
		HELP
	};
	static const struct option options[] = {
		{ "socket", required_argument, NULL, SOCKET },
		{ "store", required_argument, NULL, STORE },
		{ "host-id", required_argument, NULL, HOST },
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

	/* getopt_long() would print an invalid argument as it is, with its control characters. */
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case SOCKET:
			arguments->socket = optarg;
			break;
		case STORE:
			arguments->store = optarg;
			break;
		case HOST:
			if (host_id_read(optarg, arguments->host) < 0) {
				log_error(log, "--host-id=%s: not 32 hexadecimal digits", optarg);
				return -EINVAL;
			}
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
			if (end == optarg || *end || fd <= STDERR_FILENO || fd > INT_MAX)
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
			refuse_option(log, argv[optind - 1], options);
			return -EINVAL;
		}
	}
	/* A daemon with a helper serves all members of the group, and not one connection. */
	if (arguments->connection_fd >= 0 && !arguments->snapshot)
		return -EINVAL;
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

static int become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

/*
 * Root does not parse files of others. In a user namespace without this user, root has no rights
 * outside.
 */
static int become_nobody(const struct log *log)
{
	int rc = geteuid() == 0 ? become(NOBODY, NOBODY) : 0;

	if (rc == 0 || rc == -EINVAL)
		return 0;
	log_error(log, "cannot become nobody: %s", strerror(-rc));
	return rc;
}

/* Loads a record, or the output of `cxl list -vvv`, as the only snapshot. */
static int load_record(const struct arguments *arguments, const struct log *log,
		       struct snapshot **ret_snapshot)
{
	const char *path = arguments->snapshot;
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
	/* A daemon that listens at the default path needs its rights for that. */
	rc = arguments->connection_fd >= 0 ? become_nobody(log) : 0;
	if (rc < 0)
		return rc;
	rc = topology_from_text(text, length, &notices, &record, &topology);
	log_refusals(log, path, &notices);
	refusal_list_deinit(&notices);
	if (rc < 0)
		log_error(log, "%s: %s", path, strerror(-rc));
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

/* Finds the helper: beside this program in a build tree, the installed one otherwise. */
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

/* The user of the daemon, and the group of its clients. */
struct identity {
	bool stays; /* the process keeps its user: it is not root, or --user is root */
	const char *name;
	uid_t uid;
	gid_t gid, clients_gid;
};

/* Logs the error of a path, and passes the error on. */
static int complain(const struct log *log, const char *path, int rc, const char *culprit)
{
	if (rc == -EPERM && culprit)
		log_error(log,
			  "%s: others than root can change %s: use a folder that only root can "
			  "change",
			  path, culprit);
	else if (rc < 0)
		log_error(log, "%s: %s", path,
			  rc == -EADDRINUSE ? "another cxlfmd listens there" : strerror(-rc));
	return rc;
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/*
 * The folder stays root's, so that nobody can put another file in the place of the socket. The
 * folder is made with its group and mode, because root does nothing by name to it later.
 */
static int listen_safely(struct manager *manager, const char *path, const struct identity *identity,
			 char **ret_culprit)
{
	_cleanup_free_ char *folder = folder_of(path);
	const gid_t before = getegid();
	int rc;

	if (!folder)
		return -ENOMEM;
	rc = trusted_folder_make(folder, 0755, (uid_t)-1, (gid_t)-1, ret_culprit);
	if (rc == 0)
		rc = trusted_folder_check(folder, ret_culprit);
	if (rc == 0 && !identity->stays && setegid(identity->clients_gid) < 0)
		rc = -errno;
	if (rc == 0)
		rc = varlink_server_listen_path(manager->api.server, path, SOCKET_MODE);
	if (setegid(before) < 0)
		return -errno;
	return rc;
}

static int listen_on_path(struct manager *manager, const char *path,
			  const struct identity *identity)
{
	_cleanup_free_ char *culprit = NULL;
	int rc;

	if (geteuid() == 0 && path[0] == '@') {
		log_error(manager->log, "%s: an abstract socket is open to everybody: give a path",
			  path);
		return -EINVAL;
	}
	if (geteuid() == 0)
		rc = listen_safely(manager, path, identity, &culprit);
	else
		rc = varlink_server_listen_path(manager->api.server, path, SOCKET_MODE);
	return complain(manager->log, path, rc, culprit);
}

/* The folder belongs to the daemon, which makes and removes files beside its database. */
static int make_store_folder(const struct log *log, const char *path,
			     const struct identity *identity)
{
	_cleanup_free_ char *culprit = NULL, *folder = folder_of(path);
	const uid_t uid = identity->stays ? (uid_t)-1 : identity->uid;
	int rc;

	if (!folder)
		return -ENOMEM;
	if (geteuid() == 0)
		rc = trusted_folder_make(folder, 0700, uid, identity->gid, &culprit);
	else
		rc = mkdir(folder, 0700) < 0 && errno != EEXIST ? -errno : 0;
	/* A daemon that stays root would open files by name there. */
	if (rc == 0 && geteuid() == 0 && identity->stays)
		rc = trusted_folder_check(folder, &culprit);
	(void)complain(log, path, rc, culprit);
	/* For other errors, the code that opens the store logs the consequences. */
	return culprit && identity->stays ? rc : 0;
}

static int open_sockets(struct manager *manager, const struct arguments *arguments,
			const struct identity *identity)
{
	int count = sd_listen_fds(1), rc;

	if (arguments->connection_fd >= 0) {
		/* The only client has started this daemon, which ends with the client. */
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		rc = varlink_server_add_connection(manager->api.server, arguments->connection_fd);
		return complain(manager->log, "--connection-fd", rc, NULL);
	}
	if (count <= 0)
		return listen_on_path(manager, arguments->socket, identity);
	for (int i = 0; i < count; i++) {
		rc = varlink_server_listen_fd(manager->api.server, SD_LISTEN_FDS_START + i);
		if (rc < 0)
			return complain(manager->log, "a socket that was handed over", rc, NULL);
	}
	return 0;
}

static int drop_privileges(const struct log *log, const struct identity *identity)
{
	if (identity->stays || become(identity->uid, identity->gid) == 0)
		return 0;
	log_error(log, "cannot become user %s: %s", identity->name, strerror(errno));
	return -EPERM;
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
	/* A limit on the size of files acts like a full disk on the store. */
	(void)signal(SIGXFSZ, SIG_IGN);
	rc = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	return rc < 0 ? rc : sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
}

/* The daemon does not stay root if the user database does not answer. */
static int find_identity(const struct arguments *arguments, const struct log *log,
			 struct identity *identity)
{
	const struct passwd *user;
	const struct group *group;

	*identity = (struct identity){ .stays = true, .name = arguments->user };
	/* "root" needs no database: it is for hosts without one. */
	if (geteuid() != 0 || arguments->snapshot || strcmp(arguments->user, "root") == 0)
		return 0;
	errno = 0;
	user = getpwnam(arguments->user);
	if (!user) {
		log_error(log,
			  "there is no user %s%s%s: make it, as systemd-sysusers does, or say "
			  "--user root",
			  arguments->user, errno ? ": " : "", errno ? strerror(errno) : "");
		return -ENOENT;
	}
	identity->uid = user->pw_uid;
	identity->gid = user->pw_gid;
	identity->stays = user->pw_uid == 0;
	errno = 0;
	group = getgrnam(arguments->user);
	if (!group) {
		log_error(log,
			  "there is no group %s, whose members are the clients%s%s: make it, as "
			  "systemd-sysusers does",
			  arguments->user, errno ? ": " : "", errno ? strerror(errno) : "");
		return -ENOENT;
	}
	identity->clients_gid = group->gr_gid;
	return 0;
}

/*
 * Neither this daemon nor its helper keeps a descriptor of the program that started it, except for
 * those that were handed over. A daemon of a record keeps all: the record may be on one of them,
 * and the daemon has no helper and ends with its client.
 */
static int settle_descriptors(const struct arguments *arguments)
{
	const int count = sd_listen_fds(0);

	if (!arguments->snapshot)
		process_fds_keep_only(SD_LISTEN_FDS_START, count > 0 ? count : 0);
	return process_fds_leave_terminal();
}

static int run(sd_event *event, const struct arguments *arguments, const struct log *log)
{
	char helper[PATH_MAX];
	struct manager_options options = { 0 };
	struct manager *manager = NULL;
	struct identity identity;
	int rc;

	rc = find_identity(arguments, log, &identity);
	if (rc < 0)
		return rc;
	if (arguments->snapshot) {
		rc = load_record(arguments, log, &options.record);
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
	rc = open_sockets(manager, arguments, &identity);
	if (rc == 0 && !arguments->snapshot)
		rc = make_store_folder(log, arguments->store, &identity);
	if (rc == 0)
		rc = drop_privileges(log, &identity);
	if (rc == 0)
		rc = complain(log, arguments->store,
			      manager_open_store(manager,
						 arguments->snapshot ? NULL : arguments->store,
						 *arguments->host ? arguments->host : NULL),
			      NULL);
	if (rc == 0)
		rc = turn_meter_loop(event, log);
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

	/* New files are for this user only, unless their creator sets a mode. */
	(void)umask(0077);
	if (process_fds_open_standard() < 0)
		return EXIT_FAILURE;
	arguments.socket = getenv("CXLFM_SOCKET");
	if (!arguments.socket)
		arguments.socket = SOCKET_DEFAULT;
	rc = parse_arguments(argc, argv, &log, &arguments);
	if (rc < 0)
		fputs(usage, stderr);
	if (rc < 0)
		return 2;
	if (rc > 0)
		return process_fds_end_output() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (arguments.debug)
		log.level_max = LOG_LEVEL_DEBUG;
	rc = settle_descriptors(&arguments);
	if (rc >= 0)
		rc = sd_event_default(&event);
	if (rc >= 0)
		rc = add_signals(event);
	if (rc >= 0)
		rc = run(event, &arguments, &log);
	event = sd_event_unref(event);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
