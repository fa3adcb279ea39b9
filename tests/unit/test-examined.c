/* SPDX-License-Identifier: Apache-2.0 */
/* The reports of a worker that a container may have taken over. */
#include <errno.h>
#include <stdint.h>

#include "base/strv.h"
#include "engine/doctor/examined.h"
#include "unit.h"

static void test_report(void **state)
{
	_cleanup_examined_ struct examined e = {0};

	assert_int_equal(examined_parse("uid 1000\ngid 50\ngroup 7\ngroup 8\ncommand /bin/a b\n"
					"no-command 13\nkind elf\nmachine 62\n",
					&e),
			 0);
	assert_int_equal(e.uid, 1000);
	assert_int_equal(e.gid, 50);
	assert_int_equal(strv_length(e.groups), 2);
	assert_string_equal(e.command, "/bin/a b");
	assert_int_equal(e.no_command, EACCES);
	assert_string_equal(e.kind, "elf");
	assert_int_equal(e.machine, 62);
	assert_null(e.no_user);
}

static void test_malformed(void **state)
{
	static const char *const reports[] = {"uid",	     "uid -1\n",  "uid 99999999999\n",
					      "unknown 1\n", "group x\n", "command \033[2J\n",
					      " 1\n"};
	struct examined e;

	for (size_t i = 0; i < ARRAY_SIZE(reports); i++)
		assert_int_equal(examined_parse(reports[i], &e), -EBADMSG);
}

static void test_access(void **state)
{
	struct path_access a[2];

	assert_int_equal(examined_parse_access("13 0 0\n0 30 13\n", 2, a), 0);
	assert_int_equal(a[0].read, EACCES);
	assert_int_equal(a[1].write, EROFS);
	assert_int_equal(a[1].search, EACCES);
	assert_int_equal(examined_parse_access("13 0 0\n", 2, a), -EBADMSG);
	assert_int_equal(examined_parse_access("13 0 0\n0 0\n", 2, a), -EBADMSG);
	assert_int_equal(examined_parse_access("13 0 0\n0 0 -1\n", 2, a), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_access),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
