/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/health.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/strv.h"
#include "engine/create/draft.h"
#include "unit.h"

#define S INT64_C(1000000000)

/* Results and the times of their ends, and the state after each. */
static void test_rules(void **state)
{
	static const struct record_health config = {
		.start_period_ns = 10 * S, .interval_ns = 30 * S, .retries = 2};
	static const struct {
		int64_t age_ns;
		bool passed;
		enum masu_health status;
		int64_t streak;
		bool early; /* the interval of the start period follows */
	} steps[] = {
		{1 * S, false, MASU_HEALTH_STARTING, 0, true},
		{9 * S, false, MASU_HEALTH_STARTING, 0, true},
		{10 * S, false, MASU_HEALTH_STARTING, 1, false}, /* the period is over */
		{40 * S, false, MASU_HEALTH_UNHEALTHY, 2, false},
		{70 * S, false, MASU_HEALTH_UNHEALTHY, 3, false},
		{99 * S, true, MASU_HEALTH_HEALTHY, 0, false},
		{129 * S, false, MASU_HEALTH_HEALTHY, 1, false}, /* one more is to come */
		{159 * S, true, MASU_HEALTH_HEALTHY, 0, false},
		{2 * S, false, MASU_HEALTH_HEALTHY, 1,
		 false}, /* in the period, but after a success */
		{3 * S, false, MASU_HEALTH_UNHEALTHY, 2, false},
	};
	struct health h = {.status = MASU_HEALTH_STARTING};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		health_count(&config, steps[i].age_ns, steps[i].passed, &h);
		assert_int_equal(h.status, steps[i].status);
		assert_int_equal(h.streak, steps[i].streak);
		assert_int_equal(health_is_early(&config, h.status, steps[i].age_ns),
				 steps[i].early);
	}
}

static void test_without_start_period(void **state)
{
	static const struct record_health config = {.retries = 1};
	struct health h = {.status = MASU_HEALTH_STARTING};

	assert_false(health_is_early(&config, h.status, 0));
	health_count(&config, 0, false, &h);
	assert_int_equal(h.status, MASU_HEALTH_UNHEALTHY);
	h.streak = INT64_MAX;
	health_count(&config, 0, false, &h);
	assert_int_equal(h.streak, INT64_MAX);
}

static int open_dir(char path[32])
{
	(void)snprintf(path, 32, "/tmp/masu-health-XXXXXX");
	assert_non_null(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void add(struct health *h, int64_t code, const char *output)
{
	struct health_result result = {1, 2, code, strdup(output)};

	health_add(h, &result);
	assert_null(result.output);
}

/* The file holds the largest outputs of bytes that JSON escapes. */
static void test_file(void **state)
{
	_cleanup_health_ struct health a = {.status = MASU_HEALTH_UNHEALTHY, .streak = 9}, b = {0};
	char path[32], output[HEALTH_OUTPUT_MAX + 1];
	_cleanup_close_ int fd = open_dir(path);

	assert_int_equal(health_read(fd, &b, NULL), 0);
	assert_int_equal(b.status, MASU_HEALTH_STARTING);
	assert_int_equal(b.n, 0);
	memset(output, 1, HEALTH_OUTPUT_MAX);
	output[HEALTH_OUTPUT_MAX] = '\0';
	for (int i = 0; i < HEALTH_LOG_MAX + 2; i++)
		add(&a, i, output);
	assert_int_equal(a.n, HEALTH_LOG_MAX);
	assert_int_equal(health_write(fd, &a, NULL), 0);
	assert_int_equal(health_read(fd, &b, NULL), 0);
	assert_int_equal(b.status, MASU_HEALTH_UNHEALTHY);
	assert_int_equal(b.streak, 9);
	assert_int_equal(b.n, HEALTH_LOG_MAX);
	assert_int_equal(b.log[0].exit_code, 2);
	assert_int_equal(b.log[HEALTH_LOG_MAX - 1].exit_code, HEALTH_LOG_MAX + 1);
	assert_string_equal(b.log[0].output, output);
	health_reset(fd);
	assert_int_equal(faccessat(fd, "health.json", F_OK, 0), -1);
	assert_int_equal(file_remove_tree(AT_FDCWD, path), 0);
}

static void test_damaged_file(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"status\":\"none\"}",
		"{\"status\":\"healthy\",\"log\":[1]}",
		"{\"status\":\"healthy\",\"failingStreak\":-1}",
		"{\"status\":\"healthy\",\"log\":[{\"output\":1}]}",
	};
	static char *test[] = {(char *)"CMD", (char *)"true", NULL};
	const struct record record = {.health = {.test = test}}, unchecked = {0};
	struct health h = {0};
	char path[32];
	_cleanup_close_ int fd = open_dir(path);

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(
			file_write_atomic(fd, "health.json", texts[i], strlen(texts[i]), 0600, 0),
			0);
		assert_int_equal(health_read(fd, &h, NULL), -EBADMSG);
		assert_int_equal(health_status(fd, &record), MASU_HEALTH_STARTING);
		assert_int_equal(health_status(fd, &unchecked), MASU_HEALTH_NONE);
	}
	assert_int_equal(file_remove_tree(AT_FDCWD, path), 0);
}

static int merge(struct draft *d, const char *image, struct masu_health_options o)
{
	const struct masu_create_options create = {.size = sizeof(create), .health = &o};

	draft_done(d);
	o.size = sizeof(o);
	return draft_health(d, &create, image, NULL);
}

static void test_image_and_options(void **state)
{
	static char *own[] = {(char *)"CMD-SHELL", (char *)"x", NULL},
		    *none[] = {(char *)"NONE", NULL};
	static const char image[] =
		"{\"Test\":[\"CMD\",\"a\"],\"Interval\":7000000000,\"Retries\":5}";
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	const struct record_health *h = &d.record.health;

	assert_int_equal(merge(&d, NULL, (struct masu_health_options){0}), 0);
	assert_null(h->test);
	assert_int_equal(merge(&d, image, (struct masu_health_options){0}), 0);
	assert_string_equal(h->test[1], "a");
	assert_int_equal(h->interval_ns, 7 * S);
	assert_int_equal(h->timeout_ns, 30 * S);
	assert_int_equal(h->start_period_ns, 0);
	assert_int_equal(h->start_interval_ns, 5 * S);
	assert_int_equal(h->retries, 5);
	assert_null(h->on_failure);
	assert_int_equal(merge(&d, image,
			       (struct masu_health_options){.test = own,
							    .interval = -1,
							    .on_failure = MASU_HEALTH_ACTION_STOP}),
			 0);
	assert_string_equal(h->test[1], "x");
	assert_int_equal(h->interval_ns, -1);
	assert_string_equal(h->on_failure, "stop");
	assert_int_equal(merge(&d, image, (struct masu_health_options){.test = none}), 0);
	assert_null(h->test);
	assert_int_equal(
		merge(&d, "{\"Test\":[\"NONE\"],\"Interval\":1}", (struct masu_health_options){0}),
		0);
	assert_null(h->test);
	assert_int_equal(h->interval_ns, 0);
}

static void test_image_that_is_in_a_hurry(void **state)
{
	static const char image[] = "{\"Test\":[\"CMD\",\"a\"],\"Interval\":1,\"StartInterval\":1}";
	_cleanup_draft_ struct draft d = DRAFT_INIT;

	assert_int_equal(merge(&d, image, (struct masu_health_options){0}), 0);
	assert_int_equal(d.record.health.interval_ns, S);
	assert_int_equal(d.record.health.start_interval_ns, S);
	assert_int_equal(merge(&d, image, (struct masu_health_options){.interval = S / 1000}), 0);
	assert_int_equal(d.record.health.interval_ns, S / 1000);
}

static void test_wrong_images(void **state)
{
	static const char *const texts[] = {
		"{\"Test\":\"true\"}",
		"{\"Test\":[\"CMD\"]}",
		"{\"Test\":[\"CMD-SHELL\"]}",
		"{\"Test\":[\"CMD-SHELL\",\"a\",\"b\"]}",
		"{\"Test\":[\"EXEC\",\"a\"]}",
		"{\"Test\":[\"CMD\",\"\"]}",
		"{\"Test\":[\"CMD\",\"a\"],\"Interval\":-1}",
		"{\"Retries\":\"3\"}",
		"{\"Timeout\":1e300}",
	};
	static char *none[] = {(char *)"NONE", NULL};
	_cleanup_draft_ struct draft d = DRAFT_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_true(merge(&d, texts[i], (struct masu_health_options){0}) < 0);
		assert_int_equal(merge(&d, texts[i], (struct masu_health_options){.test = none}),
				 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_without_start_period),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_damaged_file),
		cmocka_unit_test(test_image_and_options),
		cmocka_unit_test(test_wrong_images),
		cmocka_unit_test(test_image_that_is_in_a_hurry),
	};

	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
