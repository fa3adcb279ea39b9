/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/notify.h"

#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"

static void filtered(const char *in, size_t size, size_t n_fds, const char *out, bool pass_fds)
{
	char text[NOTIFY_TEXT_MAX];
	bool pass = !pass_fds;

	memcpy(text, in, size);
	size_t n = notify_filter(text, size, n_fds, &pass);
	assert_int_equal(n, strlen(out));
	assert_memory_equal(text, out, n);
	assert_int_equal(pass, pass_fds);
}

static void filters(const char *in, size_t n_fds, const char *out, bool pass_fds)
{
	filtered(in, strlen(in), n_fds, out, pass_fds);
}

static void test_what_passes(void **state)
{
	filters("READY=1", 0, "READY=1", false);
	filters("READY=1\nSTATUS=up: 100%\n", 0, "READY=1\nSTATUS=up: 100%", false);
	filters("RELOADING=1\nMONOTONIC_USEC=77", 0, "RELOADING=1\nMONOTONIC_USEC=77", false);
	filters("STOPPING=1\nERRNO=5", 0, "STOPPING=1\nERRNO=5", false);
	filters("WATCHDOG=1", 0, "WATCHDOG=1", false);
	filters("WATCHDOG=trigger", 0, "WATCHDOG=trigger", false);
	filters("EXTEND_TIMEOUT_USEC=5000000", 0, "EXTEND_TIMEOUT_USEC=5000000", false);
	filters("FDSTOREREMOVE=1\nFDNAME=web", 0, "FDSTOREREMOVE=1\nFDNAME=web", false);
	filters("STATUS=", 0, "STATUS=", false);
	filters("STATUS=\xc3\xa9\xc2\xa0", 0, "STATUS=\xc3\xa9\xc2\xa0", false);
}

static void test_what_does_not(void **state)
{
	static const char nul[] = "READY=1\nSTATUS=a\0b";

	filters("", 0, "", false);
	filters("\n\n", 0, "", false);
	filters("MAINPID=1", 0, "", false);
	filters("MAINPID=1\nREADY=1\nMAINPIDFDID=2", 0, "READY=1", false);
	filters("READY=1\n\n\nNOTIFYACCESS=none\nWATCHDOG_USEC=0\nX_A=b", 0, "READY=1", false);
	filters("READY=0\nREADY=11\n READY=1\nready=1\nREADY=1 ", 0, "", false);
	filters("READY=1\rMAINPID=1", 0, "", false);
	filters("STATUS=\033[2J\nSTATUS=a\tb\nSTATUS=\177\nSTATUS=\xc2\x9b", 0, "", false);
	filters("EXTEND_TIMEOUT_USEC=-1\nEXTEND_TIMEOUT_USEC=\nERRNO=1e3", 0, "", false);
	filters("EXTEND_TIMEOUT_USEC=100000000000000000000", 0, "", false);
	filtered(nul, sizeof(nul) - 1, 0, "", false);
	filtered("READY=1", sizeof("READY=1"), 0, "READY=1", false); /* with its NUL */
}

static void test_descriptors(void **state)
{
	filters("FDSTORE=1\nFDNAME=web\nFDPOLL=0", 2, "FDSTORE=1\nFDNAME=web\nFDPOLL=0", true);
	filters("FDSTORE=1", 0, "", false);
	filters("READY=1", 1, "READY=1", false);
	filters("FDNAME=a:b\nFDNAME=\nFDNAME=a b\nFDSTORE=1", 1, "FDSTORE=1", true);
	filters("BARRIER=1", 1, "BARRIER=1", true);
	filters("BARRIER=1", 0, "", false);
	filters("BARRIER=1", 2, "", false);
	filters("BARRIER=1\nREADY=1", 1, "READY=1", false);
}

struct pair {
	int container, manager; /* the ends of others */
	struct notify notify;
};

static void make(struct pair *p)
{
	int from[2], to[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, from), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, to), 0);
	p->container = from[0];
	p->manager = to[1];
	notify_open(&p->notify, from[1], to[0]);
}

static void done(struct pair *p)
{
	fd_close(&p->container);
	fd_close(&p->manager);
	fd_close(&p->notify.from);
	fd_close(&p->notify.to);
}

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * NOTIFY_FDS_MAX)];
};

static void say(const struct pair *p, const char *text, const int *fds, size_t n_fds)
{
	union control control = {0};
	struct iovec io = {(char *)text, strlen(text)};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};

	if (n_fds > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		control.align = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int) * n_fds),
						 .cmsg_level = SOL_SOCKET,
						 .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * n_fds);
	}
	assert_int_equal(sendmsg(p->container, &m, 0), strlen(text));
}

/* The number of descriptors that came with the text. */
static size_t hears(const struct pair *p, const char *text)
{
	char bytes[NOTIFY_TEXT_MAX + 1];
	union control control;
	struct iovec io = {bytes, sizeof(bytes)};
	struct msghdr m = {.msg_iov = &io,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(p->manager, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	size_t n = c ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

	assert_int_equal(size, strlen(text));
	assert_memory_equal(bytes, text, strlen(text));
	for (size_t i = 0; i < n; i++)
		(void)close(((int *)(void *)CMSG_DATA(c))[i]);
	return n;
}

static int lowest_free(void)
{
	int fd = dup(0);

	(void)close(fd);
	return fd;
}

static void test_relay(void **state)
{
	char big[NOTIFY_TEXT_MAX + 2];
	int fds[NOTIFY_FDS_MAX];
	struct pair p;

	make(&p);
	int before = lowest_free();
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = 0;
	say(&p, "READY=1\nMAINPID=1", fds, 3);
	notify_handle(&p.notify);
	assert_int_equal(hears(&p, "READY=1"), 0);
	say(&p, "FDSTORE=1\nFDNAME=x", fds, ARRAY_SIZE(fds));
	notify_handle(&p.notify);
	assert_int_equal(hears(&p, "FDSTORE=1\nFDNAME=x"), ARRAY_SIZE(fds));
	say(&p, "BARRIER=1", fds, 1);
	notify_handle(&p.notify);
	assert_int_equal(hears(&p, "BARRIER=1"), 1);
	/* Rubbish and too long messages do not arrive at all. */
	memset(big, 'a', sizeof(big) - 1);
	memcpy(big, "STATUS=", strlen("STATUS="));
	big[sizeof(big) - 1] = 0;
	say(&p, big, fds, 2);
	notify_handle(&p.notify);
	say(&p, "\x01\xff=", fds, 1);
	notify_handle(&p.notify);
	notify_handle(&p.notify); /* nothing is there */
	assert_true(recv(p.manager, big, 1, MSG_DONTWAIT) < 0);
	assert_int_equal(lowest_free(), before);
	done(&p);
}

/* While the manager does not read, no message is taken, and none is lost. */
static void test_flood(void **state)
{
	char text[32];
	struct pair p;
	int sent = 0, heard = 0;

	make(&p);
	while (!p.notify.waiting) {
		(void)snprintf(text, sizeof(text), "STATUS=%d", sent++);
		say(&p, text, (int[]){0}, 1);
		notify_handle(&p.notify);
		assert_true(sent < 100000);
	}
	assert_int_equal(notify_fd(&p.notify), p.notify.to);
	assert_int_equal(notify_events(&p.notify), POLLOUT);
	while (heard < sent) {
		(void)snprintf(text, sizeof(text), "STATUS=%d", heard++);
		assert_int_equal(hears(&p, text), 0);
		notify_handle(&p.notify);
	}
	assert_int_equal(notify_fd(&p.notify), p.notify.from);
	/* A manager that is gone ends nothing. */
	fd_close(&p.manager);
	say(&p, "READY=1", NULL, 0);
	notify_handle(&p.notify);
	assert_false(p.notify.waiting);
	done(&p);
}

/* A close of this socket waits for an hour: its peer does not read the data in it. */
static int lingering(int *ret_peer)
{
	static const char zeros[1 << 16];
	const struct linger hour = {.l_onoff = 1, .l_linger = 3600};
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	_cleanup_close_ int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
	    connect(fd, (struct sockaddr *)&address, size) < 0) {
		fd_close(&fd);
		return -1;
	}
	*ret_peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(*ret_peer >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hour, sizeof(hour)), 0);
	while (send(fd, zeros, sizeof(zeros), MSG_DONTWAIT) > 0)
		continue;
	return fd;
}

static void test_close_that_waits(void **state)
{
	struct sigaction action;
	sigset_t alarm, mask;
	struct pair p;
	int peer = -1, fd = lingering(&peer);

	if (fd < 0)
		skip(); /* this machine has no loopback interface */
	make(&p);
	say(&p, "READY=1", &fd, 1);
	(void)close(fd);
	/* As in the foreground: SIGALRM is for the container, and not to be lost. */
	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	(void)sigprocmask(SIG_BLOCK, &alarm, NULL);
	notify_handle(&p.notify);
	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	assert_true(sigismember(&mask, SIGALRM));
	(void)sigaction(SIGALRM, NULL, &action);
	assert_true(action.sa_handler == SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, &alarm,
			  NULL); /* none is pending, which would end the test */
	assert_int_equal(hears(&p, "READY=1"), 0);
	done(&p);
	fd_close(&peer);
}

/* The container has ended: all that it has sent arrives, also at a manager that was slow. */
static void test_finish(void **state)
{
	char text[32];
	struct pair p;

	make(&p);
	for (int i = 0; i < 5; i++) {
		(void)snprintf(text, sizeof(text), "STATUS=%d", i);
		say(&p, text, NULL, 0);
	}
	p.notify.waiting = true;
	p.notify.length = strlen("STOPPING=1");
	memcpy(p.notify.text, "STOPPING=1", p.notify.length);
	notify_finish(&p.notify);
	hears(&p, "STOPPING=1");
	for (int i = 0; i < 5; i++) {
		(void)snprintf(text, sizeof(text), "STATUS=%d", i);
		hears(&p, text);
	}
	done(&p);
	notify_open(&p.notify, -1, -1);
	notify_finish(&p.notify); /* without a socket */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_passes), cmocka_unit_test(test_what_does_not),
		cmocka_unit_test(test_descriptors), cmocka_unit_test(test_relay),
		cmocka_unit_test(test_flood),	    cmocka_unit_test(test_close_that_waits),
		cmocka_unit_test(test_finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
