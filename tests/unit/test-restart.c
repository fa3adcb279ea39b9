/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/restart.h"

#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine-fixture.h"
#include "engine/container/container.h"
#include "engine/container/state.h"

#define SECOND INT64_C(1000000000)

static void test_delay(void **state)
{
	static const int delays[] = {100,  200,	  400,	 800,	1600,  3200,
				     6400, 12800, 25600, 51200, 60000, 60000};
	int delay = 0;

	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		delay = restart_delay_ms(delay, SECOND);
		assert_int_equal(delay, delays[i]);
	}
	assert_int_equal(restart_delay_ms(60000, 10 * SECOND - 1), 60000);
	assert_int_equal(restart_delay_ms(60000, 10 * SECOND), 100);
	assert_int_equal(restart_delay_ms(INT32_MAX, 0), 60000);
	assert_int_equal(restart_delay_ms(-1, 0), 100);
	assert_int_equal(restart_delay_ms(200, -SECOND), 400); /* the clock was set back */
}

static void test_due(void **state)
{
	static const struct {
		const char *policy;
		int max, exit_code, restarts;
		bool due;
	} cases[] = {
		{NULL, 0, 1, 0, false},
		{"no", 0, 1, 0, false},
		{"nonsense", 0, 1, 0, false},
		{"always", 0, 0, 1000, true},
		{"unless-stopped", 0, 0, 1, true},
		{"on-failure", 0, 0, 0, false},
		{"on-failure", 0, 1, 100000, true},
		{"on-failure", 2, 1, 1, true},
		{"on-failure", 2, 1, 2, false},
		{"on-failure", 2, 0, 0, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct record record = {.restart = (char *)cases[i].policy,
					      .restart_max = cases[i].max};

		assert_int_equal(restart_is_due(&record, cases[i].exit_code, cases[i].restarts),
				 cases[i].due);
	}
}

static struct home add(struct fixture *f, const char *name, const char *policy)
{
	struct home home = HOME_INIT;
	_cleanup_record_ struct record record = {.image = strdup("busybox"),
						 .restart = policy ? strdup(policy) : NULL};

	assert_int_equal(home_make(f->engine, name, &home, &record.name, NULL), 0);
	record.id = strdup(home.id);
	assert_int_equal(record_write(home.fd, &record, false, NULL), 0);
	assert_int_equal(home_publish(f->engine, &home, NULL), 0);
	home_release(&home);
	return home;
}

static void test_boot(void **state)
{
	static const struct {
		const char *name, *policy;
		bool started, stopped, due;
	} cases[] = {
		{"b1", NULL, true, false, false},
		{"b2", "on-failure", true, false, false},
		{"b3", "always", false, false, false},
		{"b4", "always", true, false, true},
		{"b5", "always", true, true, true},
		{"b6", "unless-stopped", true, false, true},
		{"b7", "unless-stopped", true, true, false},
	};
	struct fixture *f = *state;
	const struct masu_list_options at_boot = {.size = sizeof(at_boot),
						  .all = true,
						  .names = (char *const[]){(char *)"^b", NULL},
						  .start_on_boot = MASU_YES};
	_cleanup_masu_container_list_ masu_container_list *list = NULL;
	size_t due = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_home_ struct home home = add(f, cases[i].name, cases[i].policy);
		const struct record record = {.restart = (char *)cases[i].policy};

		if (cases[i].started)
			assert_int_equal(state_mark_started(&home, 1, &(struct restarts){0}, NULL),
					 0);
		if (cases[i].stopped)
			assert_int_equal(restart_end(home.fd, -1), 0);
		assert_int_equal(restart_is_due_at_boot(&record, home.fd), cases[i].due);
		due += cases[i].due;
	}
	assert_int_equal(masu_container_list_read(f->engine, &at_boot, &list, NULL), 0);
	assert_int_equal(masu_container_list_count(list), due);
}

static size_t count_listed(struct fixture *f, const char *name)
{
	const struct masu_list_options by_name = {.size = sizeof(by_name),
						  .names = (char *const[]){(char *)name, NULL}};
	_cleanup_masu_container_list_ masu_container_list *list = NULL;

	assert_int_equal(masu_container_list_read(f->engine, &by_name, &list, NULL), 0);
	return masu_container_list_count(list);
}

/* A container that waits is listed without `all`; one whose waiting process was killed is not. */
static void test_waiting(void **state)
{
	struct fixture *f = *state;
	_cleanup_home_ struct home home = add(f, "w", "always");
	_cleanup_close_ int permission = file_lock(home.fd, RESTARTING_FILE, LOCK_EX);

	assert_int_equal(state_mark_started(&home, 1, &(struct restarts){0}, NULL), 0);
	assert_true(permission >= 0);
	assert_false(restart_is_waiting(home.fd)); /* no pid yet */
	assert_true(dprintf(permission, "%d", (int)getpid()) > 0);
	assert_true(restart_is_waiting(home.fd));
	assert_int_equal(count_listed(f, "^w$"), 1);
	fd_close(&permission);
	assert_false(restart_is_waiting(home.fd));
	assert_int_equal(count_listed(f, "^w$"), 0);
}

static void test_start_error(void **state)
{
	struct fixture *f = *state;
	_cleanup_home_ struct home home = add(f, "e", NULL);
	_cleanup_free_ char *none = state_read_error(&home);
	char large[5000];

	assert_null(none);
	memset(large, 'x', sizeof(large));
	large[sizeof(large) - 1] = 0;
	state_write_error(&home, large);
	_cleanup_free_ char *text = state_read_error(&home);
	assert_int_equal(strlen(text), 4096);
	state_write_error(&home, "no such file");
	_cleanup_free_ char *second = state_read_error(&home);
	assert_string_equal(second, "no such file");
	assert_int_equal(state_mark_started(&home, 1, &(struct restarts){0}, NULL), 0);
	_cleanup_free_ char *gone = state_read_error(&home);
	assert_null(gone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay),	    cmocka_unit_test(test_due),
		cmocka_unit_test(test_boot),	    cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_start_error),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
