/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/stream.h"
#include "unit.h"

#define MANY (1 << 20)

/* Two connections over loopback; the stream is between their inner ends. */
struct ends {
	int client, server;
	struct stream stream;
};

static void connect_pair(int *ret_outer, int *ret_inner)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	_cleanup_close_ int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	*ret_outer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(*ret_outer, (struct sockaddr *)&address, size), 0);
	*ret_inner = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(*ret_inner >= 0);
}

static void ends_init(struct ends *e)
{
	int first, second;

	connect_pair(&e->client, &first);
	connect_pair(&e->server, &second);
	assert_int_equal(stream_init(&e->stream, first, second), 0);
}

static void ends_done(struct ends *e)
{
	stream_done(&e->stream);
	fd_close(&e->client);
	fd_close(&e->server);
}

/* Waits for an event of the stream and handles it. False when it has ended. */
static bool step(struct stream *s)
{
	struct pollfd polls[2];

	for (int i = 0; i < 2; i++) {
		polls[i] = (struct pollfd){.fd = s->fd[i], .events = stream_events(s, i)};
		if (!polls[i].events)
			polls[i].fd = -1;
	}
	assert_true(poll(polls, 2, -1) > 0);
	return stream_step(s);
}

/* Steps until the descriptor outside has something to read. */
static void step_until_readable(struct stream *s, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (poll(&p, 1, 0) == 0)
		assert_true(step(s));
}

static void test_both_ways(void **state)
{
	struct ends e;
	char bytes[8] = "";

	ends_init(&e);
	assert_int_equal(send(e.client, "ask", 3, 0), 3);
	step_until_readable(&e.stream, e.server);
	assert_int_equal(recv(e.server, bytes, sizeof(bytes), 0), 3);
	assert_memory_equal(bytes, "ask", 3);
	assert_int_equal(send(e.server, "say", 3, 0), 3);
	step_until_readable(&e.stream, e.client);
	assert_int_equal(recv(e.client, bytes, sizeof(bytes), 0), 3);
	assert_memory_equal(bytes, "say", 3);
	ends_done(&e);
}

/* The end of one way does not end the other. */
static void test_half_close(void **state)
{
	struct ends e;
	char bytes[8];

	ends_init(&e);
	assert_int_equal(send(e.client, "ask", 3, 0), 3);
	assert_int_equal(shutdown(e.client, SHUT_WR), 0);
	step_until_readable(&e.stream, e.server);
	assert_int_equal(recv(e.server, bytes, sizeof(bytes), 0), 3);
	step_until_readable(&e.stream, e.server);
	assert_int_equal(recv(e.server, bytes, sizeof(bytes), 0), 0);
	assert_int_equal(send(e.server, "answer", 6, 0), 6);
	assert_int_equal(shutdown(e.server, SHUT_WR), 0);
	while (step(&e.stream))
		continue;
	assert_int_equal(recv(e.client, bytes, sizeof(bytes), MSG_WAITALL), 6);
	assert_memory_equal(bytes, "answer", 6);
	assert_int_equal(recv(e.client, bytes, sizeof(bytes), 0), 0);
	ends_done(&e);
}

/* More than all buffers hold: a slow reader holds the writer up, and no byte is lost. */
static void test_many_bytes(void **state)
{
	static char sent[MANY], received[MANY];
	size_t n_sent = 0, n_received = 0;
	struct ends e;

	for (size_t i = 0; i < MANY; i++)
		sent[i] = (char)(i * 7 + i / 251);
	ends_init(&e);
	assert_int_equal(fd_set_nonblock(e.client, true), 0);
	assert_int_equal(fd_set_nonblock(e.server, true), 0);
	while (n_received < MANY) {
		ssize_t n = n_sent < MANY ? send(e.client, sent + n_sent, MANY - n_sent, 0) : 0;

		n_sent += (size_t)MAX(n, 0);
		assert_true(stream_step(&e.stream));
		n = recv(e.server, received + n_received, 1000, 0);
		n_received += (size_t)MAX(n, 0);
	}
	assert_memory_equal(sent, received, MANY);
	ends_done(&e);
}

static void reset_of(bool client)
{
	struct ends e;
	char byte;

	ends_init(&e);
	stream_reset(client ? &e.client : &e.server);
	while (step(&e.stream))
		continue;
	assert_int_equal(recv(client ? e.server : e.client, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	ends_done(&e);
}

/* A server answers before it has read the request, and closes its socket: the client has the answer, and then the reset. */
static void answer_before_reset(void)
{
	struct ends e;
	char bytes[8];

	ends_init(&e);
	assert_int_equal(send(e.client, "ask", 3, 0), 3);
	step_until_readable(&e.stream, e.server);
	assert_int_equal(send(e.server, "answer", 6, 0), 6);
	fd_close(&e.server);
	assert_int_equal(send(e.client, "more", 4, 0), 4);
	struct pollfd reset = {.fd = e.stream.fd[1]}, more = {e.stream.fd[0], POLLIN, 0};
	assert_int_equal(poll(&reset, 1, -1), 1);
	assert_int_equal(poll(&more, 1, -1), 1);
	assert_false(stream_step(&e.stream));
	assert_int_equal(recv(e.client, bytes, sizeof(bytes), 0), 6);
	assert_memory_equal(bytes, "answer", 6);
	assert_int_equal(recv(e.client, bytes, sizeof(bytes), 0), -1);
	assert_int_equal(errno, ECONNRESET);
	ends_done(&e);
}

static void test_reset(void **state)
{
	reset_of(true);
	reset_of(false);
	answer_before_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_many_bytes),
		cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
