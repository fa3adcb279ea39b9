/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor-client SOCKET [winsize ROWS COLUMNS | stall MILLISECONDS | junk | times N]: an attach client. Sends its stdin, then
 * its end; shows stdout and stderr, "lost N" on stderr, and exits with the container's exit code.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "monitor/protocol.h"

/* EPIPE: the monitor has closed the connection; what it sent before is still to be read. */
static void send_message(int fd, enum monitor_msg type, const void *bytes, size_t size)
{
	char message[1 + MONITOR_PAYLOAD_MAX] = {(char)type};

	memcpy(message + 1, bytes, size);
	if (send(fd, message, 1 + size, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		err(1, "send");
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		errx(1, "%s: too long", path);
	memcpy(address.sun_path, path, strlen(path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "%s", path);
	return fd;
}

static void begin(int fd, char **argv)
{
	struct winsize window = {0};

	if (!argv[0])
		return;
	if (strcmp(argv[0], "winsize") == 0) {
		window.ws_row = (unsigned short)strtoul(argv[1], NULL, 10);
		window.ws_col = (unsigned short)strtoul(argv[2], NULL, 10);
		send_message(fd, MONITOR_MSG_WINSIZE, &window, sizeof(window));
	} else if (strcmp(argv[0], "stall") == 0) {
		(void)usleep((useconds_t)strtoul(argv[1], NULL, 10) * 1000);
	} else if (strcmp(argv[0], "junk") == 0) {
		send_message(fd, (enum monitor_msg)'?', "", 0);
	}
}

/* False at the end of stdin. */
static int pass_input(int fd)
{
	char bytes[MONITOR_PAYLOAD_MAX];
	ssize_t n = read(0, bytes, sizeof(bytes));

	if (n > 0)
		send_message(fd, MONITOR_MSG_STDIN, bytes, (size_t)n);
	else
		send_message(fd, MONITOR_MSG_STDIN_CLOSE, "", 0);
	return n > 0;
}

/* The exit code, or -1 to go on. */
static int show_output(int fd)
{
	char message[1 + MONITOR_PAYLOAD_MAX];
	ssize_t n = recv(fd, message, sizeof(message), 0);
	uint64_t lost;
	int32_t code;

	if (n < 0 && errno == ECONNRESET)
		return -1; /* comes once, before the last messages of a monitor that has left input unread */
	if (n <= 0)
		errx(99, "disconnected");
	switch (message[0]) {
	case MONITOR_MSG_STDOUT:
	case MONITOR_MSG_STDERR:
		if (write(message[0] - '0', message + 1, (size_t)n - 1) < 0)
			err(1, "write");
		return -1;
	case MONITOR_MSG_LOST:
		memcpy(&lost, message + 1, sizeof(lost));
		fprintf(stderr, "lost %llu\n", (unsigned long long)lost);
		return -1;
	case MONITOR_MSG_EXIT:
		memcpy(&code, message + 1, sizeof(code));
		return code;
	default:
		errx(98, "unknown message %d", message[0]);
	}
}

int main(int argc, char **argv)
{
	struct pollfd fds[] = {{.events = POLLIN}, {.fd = 0, .events = POLLIN}};

	if (argc < 2)
		errx(1, "usage: SOCKET [...]");
	if (argc == 4 && strcmp(argv[2], "times") == 0) {
		for (unsigned long n = strtoul(argv[3], NULL, 10); n > 0; n--)
			(void)close(connect_to(argv[1]));
		return 0;
	}
	fds[0].fd = connect_to(argv[1]);
	begin(fds[0].fd, argv + 2);
	for (;;) {
		int code = -1;

		if (poll(fds, 2, -1) < 0)
			err(1, "poll");
		if (fds[0].revents)
			code = show_output(fds[0].fd);
		if (code >= 0)
			return code;
		if (fds[1].fd >= 0 && fds[1].revents && !pass_input(fds[0].fd))
			fds[1].fd = -1;
	}
}
