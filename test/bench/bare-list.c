// SPDX-License-Identifier: GPL-2.0-only
/*
 * The least that a listing can cost: the same bytes over the same kind of socket, with nobody who
 * looks at them.
 *
 * "bare-list ask SOCKET" sends the call that `cxlfm list` sends, and copies the reply to the
 * standard output, without the zero byte at the end of the reply.
 *
 * "bare-list answer SOCKET FILE" answers every call on SOCKET with what FILE held at the start,
 * until somebody ends the program.
 *
 * Called in the guest by the benchmark: `ask` at cxlfmd's socket makes the file for `answer`.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BYTES_MAX (1 << 20)

static const char CALL[] = "{\"method\":\"io.cxlfm.Host.List\",\"parameters\":{\"options\":{}}}";

static char bytes[BYTES_MAX];

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

/* Returns the number of bytes before the zero byte, or 0 if the peer has ended before it. */
static size_t receive(int fd)
{
	size_t length = 0;

	while (length < sizeof(bytes)) {
		ssize_t count = read(fd, bytes + length, sizeof(bytes) - length);

		if (count <= 0)
			return 0;
		length += (size_t)count;
		if (bytes[length - 1] == '\0')
			return length - 1;
	}
	return 0;
}

static bool send_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, text, length);

		if (count <= 0)
			return false;
		text += count;
		length -= (size_t)count;
	}
	return true;
}

static bool ask(const char *path)
{
	const struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t length;

	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    !send_all(fd, CALL, sizeof(CALL)))
		return false;
	length = receive(fd);
	return length > 0 && send_all(STDOUT_FILENO, bytes, length);
}

static bool answer(const char *path, const char *file_path)
{
	static char reply[BYTES_MAX];
	const struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int file = open(file_path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(file, reply, sizeof(reply) - 1);

	if (length <= 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 16) < 0)
		return false;
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer < 0)
			return false;
		/* With the zero byte at the end of a message. */
		if (receive(peer) > 0)
			(void)send_all(peer, reply, (size_t)length + 1);
		(void)close(peer);
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "ask") == 0)
		return ask(argv[2]) ? EXIT_SUCCESS : EXIT_FAILURE;
	if (argc == 4 && strcmp(argv[1], "answer") == 0)
		return answer(argv[2], argv[3]) ? EXIT_SUCCESS : EXIT_FAILURE;
	fprintf(stderr, "usage: bare-list ask SOCKET | bare-list answer SOCKET FILE\n");
	return 2;
}
