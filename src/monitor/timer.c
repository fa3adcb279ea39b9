/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/timer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/signals.h"
#include "base/time.h"
#include "monitor/descriptors.h"

#define STATUS_FAILED 125

static int64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* A time of 0 disarms it. */
static int arm(const struct timer *t)
{
	int64_t at = t->check_ns && t->end_ns ? MIN(t->check_ns, t->end_ns)
		     : t->check_ns	      ? t->check_ns
					      : t->end_ns;
	const struct itimerspec value = {
		.it_value = {.tv_sec = at / NS_PER_S, .tv_nsec = at % NS_PER_S}};

	return timerfd_settime(t->fd, TFD_TIMER_ABSTIME, &value, NULL) < 0 ? -errno : 0;
}

static void plan_check(struct timer *t, bool soon)
{
	t->check_ns = now_ns() + (soon ? t->plan.soon_ms : t->plan.interval_ms) * NS_PER_MS;
	(void)arm(t); /* cannot fail with these arguments */
}

int timer_start(struct timer *t, const struct timer_plan *plan)
{
	*t = TIMER_INIT;
	t->plan = *plan;
	if (!plan->interval_ms && !plan->timeout_s)
		return 0;
	t->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (t->fd < 0)
		return -errno;
	if (plan->timeout_s)
		t->end_ns = now_ns() + plan->timeout_s * NS_PER_S;
	if (plan->interval_ms)
		plan_check(t, plan->begins_soon);
	return arm(t);
}

/* The child. Its session is its own: keys typed at the supervisor's terminal are not for it. */
_noreturn_ static void run_check(const struct timer *t, pid_t parent)
{
	char *argv[] = {(char *)t->plan.program, (char *)TIMER_CHECK_COMMAND, (char *)t->plan.id,
			NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC); /* 0 to 2 are open */

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || getppid() != parent)
		_exit(STATUS_FAILED);
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	descriptors_close(3, ~0U); /* the container's lock and pipes among them */
	(void)setsid();
	signals_reset();
	(void)execve(argv[0], argv, environ);
	_exit(STATUS_FAILED);
}

static void start_check(struct timer *t)
{
	const pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == 0)
		run_check(t, parent);
	t->check_ns = 0;
	if (pid > 0)
		t->checker = pid;
	else
		plan_check(t, false); /* no memory or no more processes: the next time */
}

bool timer_expire(struct timer *t)
{
	uint64_t expired;

	if (t->fd < 0 || read(t->fd, &expired, sizeof(expired)) < 0)
		return false;
	bool over = t->end_ns && now_ns() >= t->end_ns;
	if (over)
		t->end_ns = 0;
	if (t->check_ns && now_ns() >= t->check_ns)
		start_check(t);
	(void)arm(t);
	return over;
}

bool timer_take(struct timer *t, pid_t pid, int status)
{
	if (!t->checker || pid != t->checker)
		return false;
	t->checker = 0;
	plan_check(t, WIFEXITED(status) && WEXITSTATUS(status) == TIMER_CHECK_SOON);
	return true;
}

void timer_reap(struct timer *t)
{
	int status;

	if (t->checker && waitpid(t->checker, &status, WNOHANG) == t->checker)
		(void)timer_take(t, t->checker, status);
}

void timer_stop(struct timer *t)
{
	if (t->checker) {
		(void)kill(t->checker, SIGKILL);
		while (waitpid(t->checker, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	closep(&t->fd);
	*t = TIMER_INIT;
}
