// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's end of the test bed: starts programs for the host and carries their input and output.
 *
 * It owns the virtio-serial port that it is given and the processes that it starts, and knows
 * nothing of CXL. Frames go both ways: a header of four little-endian words (magic, process number,
 * kind, payload length) and the payload. The host chooses the numbers. test/vm/agent.py is the
 * other end.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAME_MAGIC	  0x46584c43u /* "CLXF" */
#define FRAME_PAYLOAD_MAX (1u << 20)
#define OUTPUT_CHUNK	  32768
#define PROCESS_COUNT_MAX 64

enum frame_kind {
	/* From the host. */
	FRAME_SPAWN = 1,      /* payload: a shell command */
	FRAME_SPAWN_TERMINAL, /* payload: rows, columns (two words), a shell command */
	FRAME_INPUT,	      /* payload: bytes for its standard input; none closes it */
	FRAME_SIGNAL,	      /* payload: one word, sent to its process group */
	/* From the guest. */
	FRAME_READY = 16,
	FRAME_OUTPUT,
	FRAME_ERROR_OUTPUT,
	FRAME_EXIT, /* payload: one word, the status as a shell shows it */
};

struct frame_header {
	uint32_t magic;
	uint32_t number;
	uint32_t kind;
	uint32_t length;
};

struct process {
	uint32_t number;
	pid_t pid;			 /* 0: this slot is free */
	int input, output, error_output; /* -1: closed */
	int exit_status;		 /* -1: still runs */
	char *pending;			 /* input that the process has not taken yet */
	size_t pending_size;
	int close_when_drained;
};

static struct process processes[PROCESS_COUNT_MAX];
static int port;

/* The port is all that the host sees of us; when it breaks there is nobody to tell. */
static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void port_write(const void *data, size_t size)
{
	const char *bytes = data;

	while (size > 0) {
		ssize_t count = write(port, bytes, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			die("write port");
		bytes += count;
		size -= (size_t)count;
	}
}

static void port_read(void *data, size_t size)
{
	char *bytes = data;

	while (size > 0) {
		ssize_t count = read(port, bytes, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			die("read port");
		if (count == 0) {
			/* No host at the other end yet: the port does not block then. */
			(void)usleep(10000);
			continue;
		}
		bytes += count;
		size -= (size_t)count;
	}
}

static void frame_send(uint32_t number, enum frame_kind kind, const void *payload, size_t length)
{
	struct frame_header header = {
		.magic = FRAME_MAGIC,
		.number = number,
		.kind = kind,
		.length = (uint32_t)length,
	};

	port_write(&header, sizeof(header));
	port_write(payload, length);
}

static struct process *process_find(uint32_t number)
{
	for (size_t i = 0; i < PROCESS_COUNT_MAX; i++)
		if (processes[i].pid != 0 && processes[i].number == number)
			return &processes[i];
	return NULL;
}

static struct process *process_slot(void)
{
	for (size_t i = 0; i < PROCESS_COUNT_MAX; i++)
		if (processes[i].pid == 0)
			return &processes[i];
	return NULL;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void refuse(uint32_t number, const char *why)
{
	uint32_t status = 126;

	frame_send(number, FRAME_ERROR_OUTPUT, why, strlen(why));
	frame_send(number, FRAME_EXIT, &status, sizeof(status));
}

static void exec_shell(const char *command)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void spawn_pipes(struct process *process, const char *command)
{
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		die("pipe2");
	process->pid = fork();
	if (process->pid < 0)
		die("fork");
	if (process->pid == 0) {
		(void)setsid();
		(void)dup2(in[0], STDIN_FILENO);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)dup2(err[1], STDERR_FILENO);
		exec_shell(command);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	(void)close(err[1]);
	process->input = in[1];
	process->output = out[0];
	process->error_output = err[0];
	(void)fcntl(process->input, F_SETFL, O_NONBLOCK);
}

static void spawn_terminal(struct process *process, const char *command, const uint32_t size[2])
{
	struct winsize window = {
		.ws_row = (unsigned short)size[0],
		.ws_col = (unsigned short)size[1],
	};
	int terminal = -1;

	process->pid = forkpty(&terminal, NULL, NULL, &window);
	if (process->pid < 0)
		die("forkpty");
	if (process->pid == 0)
		exec_shell(command);
	(void)fcntl(terminal, F_SETFD, FD_CLOEXEC);
	process->output = terminal;
	process->input = fcntl(terminal, F_DUPFD_CLOEXEC, 0);
	(void)fcntl(process->input, F_SETFL, O_NONBLOCK);
}

/* What is waiting goes out as far as the process takes it; the rest when it has room again. */
static void input_drain(struct process *process)
{
	while (process->pending_size > 0) {
		ssize_t count = write(process->input, process->pending, process->pending_size);

		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (count < 0) {
			/* The process takes no more input. */
			process->pending_size = 0;
			close_fd(&process->input);
			return;
		}
		process->pending_size -= (size_t)count;
		memmove(process->pending, process->pending + count, process->pending_size);
	}
	if (process->close_when_drained)
		close_fd(&process->input);
}

static void input_add(struct process *process, const char *data, size_t size)
{
	if (process->input < 0)
		return;
	if (size == 0) {
		process->close_when_drained = 1;
	} else {
		char *grown = realloc(process->pending, process->pending_size + size);

		if (!grown)
			die("realloc");
		memcpy(grown + process->pending_size, data, size);
		process->pending = grown;
		process->pending_size += size;
	}
	input_drain(process);
}

static void handle_spawn(const struct frame_header *header, const char *payload)
{
	struct process *process = process_slot();
	uint32_t size[2] = { 24, 80 };

	if (!process) {
		refuse(header->number, "guest-agent: too many processes\n");
		return;
	}
	*process = (struct process){
		.number = header->number,
		.input = -1,
		.output = -1,
		.error_output = -1,
		.exit_status = -1,
	};
	if (header->kind == FRAME_SPAWN) {
		spawn_pipes(process, payload);
	} else if (header->length >= sizeof(size)) {
		memcpy(size, payload, sizeof(size));
		spawn_terminal(process, payload + sizeof(size), size);
	}
}

static void handle_signal(const struct process *process, const char *payload, size_t length)
{
	uint32_t signal_number = SIGKILL;

	if (length >= sizeof(signal_number))
		memcpy(&signal_number, payload, sizeof(signal_number));
	if (process->exit_status >= 0)
		return;
	/* The process may be so young that it has not made its process group yet. */
	if (kill(-process->pid, (int)signal_number) < 0)
		(void)kill(process->pid, (int)signal_number);
}

static void handle_frame(void)
{
	static char payload[FRAME_PAYLOAD_MAX + 1];
	struct frame_header header;
	struct process *process;

	port_read(&header, sizeof(header));
	if (header.magic != FRAME_MAGIC || header.length > FRAME_PAYLOAD_MAX) {
		(void)fprintf(stderr, "guest-agent: not a frame\n");
		exit(1);
	}
	port_read(payload, header.length);
	payload[header.length] = '\0';
	if (header.kind == FRAME_SPAWN || header.kind == FRAME_SPAWN_TERMINAL) {
		handle_spawn(&header, payload);
		return;
	}
	process = process_find(header.number);
	if (!process)
		return; /* The process ended while the frame was on its way. */
	if (header.kind == FRAME_INPUT)
		input_add(process, payload, header.length);
	else if (header.kind == FRAME_SIGNAL)
		handle_signal(process, payload, header.length);
}

/*
 * Everything that a process wrote is sent before its end is. A background child that it left behind
 * may keep a pipe open for ever, so what counts is that the pipe is empty, not that it is closed.
 */
static int output_forward(struct process *process, int *fd, enum frame_kind kind)
{
	char chunk[OUTPUT_CHUNK];
	ssize_t count = read(*fd, chunk, sizeof(chunk));

	if (count > 0) {
		frame_send(process->number, kind, chunk, (size_t)count);
		return 1;
	}
	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	close_fd(fd);
	return 0;
}

static int readable(int fd)
{
	struct pollfd item = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&item, 1, 0) == 1;
}

static void process_finish(struct process *process)
{
	uint32_t status = (uint32_t)process->exit_status;

	while (readable(process->output) && output_forward(process, &process->output, FRAME_OUTPUT))
		;
	while (readable(process->error_output) &&
	       output_forward(process, &process->error_output, FRAME_ERROR_OUTPUT))
		;
	frame_send(process->number, FRAME_EXIT, &status, sizeof(status));
	close_fd(&process->input);
	close_fd(&process->output);
	close_fd(&process->error_output);
	free(process->pending);
	process->pending = NULL;
	process->pid = 0;
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < PROCESS_COUNT_MAX; i++) {
			struct process *process = &processes[i];

			if (process->pid != pid)
				continue;
			process->exit_status =
				WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			process_finish(process);
		}
	}
}

static size_t poll_fill(struct pollfd *items, int signals)
{
	size_t count = 0;

	items[count++] = (struct pollfd){ .fd = port, .events = POLLIN };
	items[count++] = (struct pollfd){ .fd = signals, .events = POLLIN };
	for (size_t i = 0; i < PROCESS_COUNT_MAX; i++) {
		const struct process *process = &processes[i];
		int has_input = process->pid != 0 && process->pending_size > 0;

		items[count++] = (struct pollfd){
			.fd = process->pid ? process->output : -1,
			.events = POLLIN,
		};
		items[count++] = (struct pollfd){
			.fd = process->pid ? process->error_output : -1,
			.events = POLLIN,
		};
		items[count++] = (struct pollfd){
			.fd = has_input ? process->input : -1,
			.events = POLLOUT,
		};
	}
	return count;
}

static void processes_serve(const struct pollfd *items)
{
	for (size_t i = 0; i < PROCESS_COUNT_MAX; i++) {
		struct process *process = &processes[i];
		const struct pollfd *item = &items[i * 3];

		if (process->pid == 0)
			continue;
		if (item[0].revents && process->output >= 0)
			(void)output_forward(process, &process->output, FRAME_OUTPUT);
		if (item[1].revents && process->error_output >= 0)
			(void)output_forward(process, &process->error_output, FRAME_ERROR_OUTPUT);
		if (item[2].revents && process->input >= 0)
			input_drain(process);
	}
}

static int signals_open(void)
{
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
	struct pollfd items[2 + PROCESS_COUNT_MAX * 3];
	int signals;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: guest-agent PORT\n");
		return 2;
	}
	port = open(argv[1], O_RDWR | O_CLOEXEC);
	if (port < 0)
		die(argv[1]);
	signals = signals_open();
	if (signals < 0)
		die("signalfd");
	frame_send(0, FRAME_READY, "", 0);
	for (;;) {
		size_t count = poll_fill(items, signals);
		struct signalfd_siginfo info;

		if (poll(items, count, -1) < 0 && errno != EINTR)
			die("poll");
		/* Outputs first: a slot's meaning changes when a frame or an end is handled. */
		processes_serve(items + 2);
		if (items[1].revents) {
			while (read(signals, &info, sizeof(info)) > 0)
				;
			reap();
		}
		if (items[0].revents & POLLIN)
			handle_frame();
		else if (items[0].revents)
			(void)usleep(10000); /* POLLHUP while the host is away */
	}
}
