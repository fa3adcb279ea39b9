/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/notices.h"

#include <string.h>

#include "tmpdir.h"

static void test_told_once_a_boot(void **state)
{
	struct tmpdir *t = *state;
	struct paths paths = {.run = t->path};
	_cleanup_free_ char *stale = NULL;

	assert_false(notices_told(&paths, "no sub-ids"));
	assert_true(notices_told(&paths, "no sub-ids"));
	assert_false(notices_told(&paths, "no sub")); /* another, though the first begins with it */
	assert_true(notices_told(&paths, "no sub"));

	/* Of another boot, and in a file that has grown over many. */
	tmpdir_write(t, "notices", "00000000-0000-0000-0000-000000000000 no sub-ids\n");
	assert_false(notices_told(&paths, "no sub-ids"));
	stale = malloc(100000);
	assert_non_null(stale);
	memset(stale, 'x', 99999);
	stale[99999] = 0;
	tmpdir_write(t, "notices", stale);
	assert_false(notices_told(&paths, "no sub-ids"));
	assert_true(notices_told(&paths, "no sub-ids"));
}

static void test_told_again_where_nothing_can_be_noted(void **state)
{
	struct paths paths = {.run = (char *)"/nonexistent"};

	assert_false(notices_told(&paths, "no sub-ids"));
	assert_false(notices_told(&paths, "no sub-ids"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_told_once_a_boot, tmpdir_setup, tmpdir_done),
		cmocka_unit_test(test_told_again_where_nothing_can_be_noted),
	};

	return cmocka_run_group_tests_name("notices", tests, NULL, NULL);
}
