/* SPDX-License-Identifier: Apache-2.0 */
#include "base/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "unit.h"

struct pair {
	int a, b;
};

static int make_pair(void **state)
{
	static struct pair pair;

	*state = &pair;
	return channel_pair(&pair.a, &pair.b);
}

static int close_pair(void **state)
{
	struct pair *pair = *state;

	fd_close(&pair->a);
	fd_close(&pair->b);
	return 0;
}

static void test_message(void **state)
{
	const struct pair *pair = *state;
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	assert_int_equal(channel_send(pair->a, 7, "text", 4, STDERR_FILENO), 0);
	assert_int_equal(channel_send(pair->a, 8, NULL, 0, -1), 0);
	assert_int_equal(channel_receive(pair->b, &m), 0);
	assert_int_equal(m.type, 7);
	assert_int_equal(m.size, 4);
	assert_string_equal(m.bytes, "text");
	assert_true(m.fd > STDERR_FILENO);
	assert_int_equal(channel_receive(pair->b, &m), 0);
	assert_int_equal(m.type, 8);
	assert_int_equal(m.fd, -1);
}

static void test_error(void **state)
{
	const struct pair *pair = *state;
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_err_ struct masu_error sent = ERR_INIT, got = ERR_INIT;

	(void)err_set(&sent, ERR_DENIED, EPERM, "no");
	(void)err_hint(&sent, "ask");
	assert_int_equal(channel_send_err(pair->a, &sent), 0);
	assert_int_equal(channel_receive(pair->b, &m), 0);
	assert_int_equal(channel_to_err(&m, &got), -EPERM);
	assert_int_equal(got.kind, ERR_DENIED);
	assert_string_equal(got.message, "no");
	assert_string_equal(got.hint, "ask");
}

static void test_end(void **state)
{
	struct pair *pair = *state;
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	fd_close(&pair->a);
	assert_int_equal(channel_receive(pair->b, &m), -ECONNRESET);
	assert_int_equal(channel_send(pair->b, 1, NULL, 0, -1), -EPIPE);
}

/* The peer failed before it read what it was sent: its error comes nevertheless. */
static void test_error_before_a_reset(void **state)
{
	struct pair *pair = *state;
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_err_ struct masu_error sent = ERR_INIT, received = ERR_INIT;

	(void)err_set(&sent, ERR_NOT_FOUND, ENOENT, "no root");
	assert_int_equal(channel_send(pair->a, 1, NULL, 0, -1), 0);
	assert_int_equal(channel_send_err(pair->b, &sent), 0);
	fd_close(&pair->b);
	assert_int_equal(channel_receive(pair->a, &m), 0);
	assert_int_equal(channel_to_err(&m, &received), -ENOENT);
	assert_string_equal(received.message, "no root");
	assert_int_equal(channel_receive(pair->a, &m), -ECONNRESET);
}

/* A message that no channel_send() sent, from an attacker that controls one of our processes. */
static void send_raw(int channel, const void *bytes, size_t size, size_t n_fds)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};
	const int fds[4] = {0, 1, 2, 0};

	control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS,
					  .cmsg_len = CMSG_LEN(n_fds * sizeof(int))};
	memcpy(CMSG_DATA(&control.header), fds, n_fds * sizeof(int));
	m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	assert_int_equal(sendmsg(channel, &m, 0), (ssize_t)size);
}

static int lowest_free(void)
{
	int fd = dup(STDERR_FILENO);

	assert_int_equal(close(fd), 0);
	return fd;
}

static void test_more_descriptors_than_one(void **state)
{
	const struct pair *pair = *state;
	const uint32_t type = 7;
	int before = lowest_free();

	for (size_t n = 2; n <= 4; n++) {
		_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

		send_raw(pair->a, &type, sizeof(type), n);
		assert_int_equal(channel_receive(pair->b, &m), -EBADMSG);
		assert_int_equal(m.fd, -1);
		assert_int_equal(lowest_free(), before);
	}
}

static void test_too_short_and_too_long(void **state)
{
	static char bytes[CHANNEL_MESSAGE_MAX + sizeof(uint32_t) + 1];
	const struct pair *pair = *state;
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	assert_int_equal(send(pair->a, bytes, 3, 0), 3);
	assert_int_equal(channel_receive(pair->b, &m), -EBADMSG);
	assert_int_equal(channel_send(pair->a, 1, bytes, CHANNEL_MESSAGE_MAX + 1, -1), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_message, make_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_error, make_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_end, make_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_error_before_a_reset, make_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_more_descriptors_than_one, make_pair,
						close_pair),
		cmocka_unit_test_setup_teardown(test_too_short_and_too_long, make_pair, close_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
