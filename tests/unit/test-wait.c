/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/container.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pidfd.h"
#include "base/time.h"
#include "engine-fixture.h"
#include "engine/container/home.h"
#include "engine/container/state.h"
#include "engine/run-dir.h"
#include "monitor/waiters.h"

#define EXIT_CODE 7

static void add_container(const struct fixture *f, struct home *home, char **name)
{
	assert_int_equal(home_make(f->engine, "x", home, name, NULL), 0);
	assert_int_equal(home_publish(f->engine, home, NULL), 0);
}

/* A process that stands for init. A parent that dies before the prctl(2) sends no signal. */
static pid_t fork_init(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			(void)pause();
		_exit(1);
	}
	return pid;
}

/* Holds the container and starts it; when told by the pipe it ends it, and removes it with `remove`. */
static void supervise(const struct fixture *f, struct home *home, int commands, int ready,
		      bool remove)
{
	struct container_state run = {.id = (char *)"x",
				      .bundle = (char *)"/x",
				      .pid = fork_init(),
				      .created_ns = time_now()};
	_cleanup_free_ char *run_dir = NULL;
	const struct ending ending = {.exit_code = EXIT_CODE, .finished_ns = time_now()};
	struct masu_engine e = *f->engine;
	char byte;

	if (run_dir_create(&e, home->id, &run_dir, NULL) < 0 || home_hold(home, &e, 0) < 0 ||
	    pid_start_time(run.pid, &run.start_time) < 0 ||
	    state_mark_started(home, run.created_ns, &(struct restarts){0}, NULL) < 0 ||
	    container_state_draft(home->fd, &run, NULL) < 0 ||
	    container_state_publish(home->fd, NULL) < 0 || write(ready, "", 1) != 1 ||
	    read(commands, &byte, 1) != 1)
		_exit(1);
	(void)kill(run.pid, SIGKILL);
	(void)waitpid(run.pid, NULL, 0);
	if (!remove)
		(void)ending_write(home->fd, &ending, NULL);
	waiters_notify(home->fd, EXIT_CODE);
	state_remove(&e, home);
	if (remove)
		(void)home_remove(&e, home, "x", NULL);
	_exit(0);
}

struct supervisor {
	pid_t pid;
	int commands; /* a byte ends the container */
};

static struct supervisor start(const struct fixture *f, struct home *home, bool remove)
{
	int commands[2], ready[2];
	char byte;

	assert_int_equal(pipe2(commands, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		supervise(f, home, commands[0], ready[1], remove);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	(void)close(commands[0]);
	home_done(home); /* the lock is shared with the child, which goes on holding it */
	return (struct supervisor){pid, commands[1]};
}

static void end(const struct supervisor *s)
{
	assert_int_equal(write(s->commands, "", 1), 1);
	(void)close(s->commands);
}

static int new_wait(const struct fixture *f, unsigned int conditions, masu_wait **ret,
		    struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	char id[ID_LENGTH + 1];
	int r = home_find(f->engine, "x", id, err);

	if (r < 0)
		return r;
	assert_int_equal(container_new(f->engine, id, &c, NULL), 0);
	return masu_wait_new(c, conditions, ret, err);
}

/* As a caller does; the test's own timeout bounds it. The supervisor is reaped once it has ended. */
static int await(masu_wait *w, const struct supervisor *s, int *ret_code, struct masu_error *err)
{
	int r;

	while ((r = masu_wait_step(w, ret_code, err)) == 0)
		assert_int_equal(poll(&(struct pollfd){masu_wait_fd(w), POLLIN, 0}, 1, 60000), 1);
	if (s)
		assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
	return r;
}

static void test_stopped(void **state)
{
	struct fixture *f = *state;
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_free_ char *name = NULL;
	_cleanup_(masu_wait_freep) masu_wait *first = NULL, *second = NULL, *late = NULL,
					     *wrong = NULL;
	struct masu_engine *e = f->engine;
	int code = 0;

	assert_int_equal(new_wait(f, MASU_WAIT_STOPPED, &wrong, NULL), -ENOENT);
	add_container(f, &home, &name);
	home_done(&home);
	assert_int_equal(new_wait(f, MASU_WAIT_STOPPED, &first, NULL), 0);
	assert_int_equal(masu_wait_step(first, &code, NULL), 0); /* created: it has not run */
	char id[ID_LENGTH + 1];
	assert_int_equal(home_find(e, "x", id, NULL), 0);
	assert_int_equal(home_open(e, id, &home, NULL), 0);
	const struct supervisor s = start(f, &home, false);
	assert_int_equal(new_wait(f, MASU_WAIT_STOPPED, &second, NULL), 0);
	assert_int_equal(masu_wait_step(second, &code, NULL), 0);
	assert_int_equal(masu_wait_step(first, &code, NULL), 0);
	end(&s);
	assert_int_equal(await(first, &s, &code, NULL), 1);
	assert_int_equal(code, EXIT_CODE);
	assert_int_equal(await(second, NULL, &code, NULL), 1);
	assert_int_equal(code, EXIT_CODE);
	/* Nobody holds it now: the next start need not wait. */
	assert_int_equal(home_open(e, id, &home, NULL), 0);
	assert_int_equal(home_hold(&home, e, 0), 0);
	home_done(&home);
	assert_int_equal(new_wait(f, MASU_WAIT_STOPPED, &late, NULL), 0);
	assert_int_equal(masu_wait_step(late, &code, NULL), 1);
	assert_int_equal(code, EXIT_CODE);
}

static void test_removed(void **state)
{
	struct fixture *f = *state;
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_free_ char *name = NULL;
	_cleanup_(masu_wait_freep) masu_wait *stopped = NULL, *gone = NULL;
	int code = 0;

	add_container(f, &home, &name);
	const struct supervisor s = start(f, &home, true);
	assert_int_equal(new_wait(f, MASU_WAIT_STOPPED, &stopped, NULL), 0);
	assert_int_equal(new_wait(f, MASU_WAIT_REMOVED, &gone, NULL), 0);
	assert_int_equal(masu_wait_step(stopped, &code, NULL), 0);
	assert_int_equal(masu_wait_step(gone, &code, NULL), 0);
	end(&s);
	assert_int_equal(await(stopped, &s, &code, NULL), 1);
	assert_int_equal(code, EXIT_CODE);
	assert_int_equal(await(gone, NULL, &code, NULL), 1);
	assert_int_equal(code, EXIT_CODE);
}

/* Then init is killed by the kernel, and nothing is recorded. */
static void test_killed_supervisor(void **state)
{
	struct fixture *f = *state;
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_free_ char *name = NULL;
	_cleanup_(masu_wait_freep) masu_wait *w = NULL;
	int code = 0;

	add_container(f, &home, &name);
	const struct supervisor s = start(f, &home, false);
	assert_int_equal(new_wait(f, MASU_WAIT_STOPPED, &w, NULL), 0);
	assert_int_equal(masu_wait_step(w, &code, NULL), 0);
	assert_int_equal(kill(s.pid, SIGKILL), 0);
	assert_int_equal(await(w, &s, &code, NULL), 1);
	assert_int_equal(code, 137);
	(void)close(s.commands);
}

static void test_conditions(void **state)
{
	struct fixture *f = *state;
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_free_ char *name = NULL;
	_cleanup_(masu_wait_freep) masu_wait *created = NULL, *running = NULL, *removed = NULL;
	_cleanup_(masu_wait_freep) masu_wait *stopped = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int code = 0;

	add_container(f, &home, &name);
	assert_int_equal(new_wait(f, MASU_WAIT_CREATED, &created, NULL), 0);
	assert_int_equal(masu_wait_step(created, &code, NULL), 1);
	assert_int_equal(code, -1);
	assert_int_equal(new_wait(f, MASU_WAIT_RUNNING, &running, NULL), 0);
	assert_int_equal(new_wait(f, MASU_WAIT_REMOVED, &removed, NULL), 0);
	assert_int_equal(new_wait(f, MASU_WAIT_STOPPED, &stopped, NULL), 0);
	assert_int_equal(masu_wait_step(running, &code, NULL), 0);
	assert_int_equal(masu_wait_step(removed, &code, NULL), 0);
	assert_int_equal(masu_wait_step(stopped, &code, NULL), 0);
	assert_int_equal(home_remove(f->engine, &home, "x", NULL), 0);
	assert_int_equal(await(removed, NULL, &code, NULL), 1);
	assert_int_equal(code, -1);
	assert_int_equal(await(stopped, NULL, &code, &err), -ENOENT);
	assert_int_equal(await(running, NULL, &code, &err), -ENOENT);
	home_done(&home);
	free(TAKE_PTR(name));
	add_container(f, &home, &name);
	masu_wait_free(TAKE_PTR(running));
	assert_int_equal(new_wait(f, MASU_WAIT_RUNNING, &running, NULL), 0);
	assert_int_equal(masu_wait_step(running, &code, NULL), 0);
	const struct supervisor s = start(f, &home, false);
	assert_int_equal(await(running, NULL, &code, NULL), 1);
	assert_int_equal(code, -1);
	end(&s);
	assert_int_equal(waitpid(s.pid, NULL, 0), s.pid);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_stopped),
		TEST(test_removed),
		TEST(test_killed_supervisor),
		TEST(test_conditions),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
