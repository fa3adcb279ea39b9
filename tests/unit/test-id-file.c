/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id-file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define ENTRY "ada:*:1000:1000::/home/ada:/bin/sh"

static void replaces(const char *text, const char *expected)
{
	_cleanup_free_ char *found = NULL;
	size_t size = 0;

	assert_int_equal(id_file_replace(text, ENTRY, &found, &size), 1);
	assert_string_equal(found, expected);
	assert_int_equal(size, strlen(expected));
}

static void test_replace(void **state)
{
	replaces("", ENTRY "\n");
	replaces("root:x:0:0::/root:/bin/sh\n", "root:x:0:0::/root:/bin/sh\n" ENTRY "\n");
	/* A user with the id, one with the name, and a last line that has no newline */
	replaces("ubuntu:x:1000:1000:Ubuntu:/home/ubuntu:/bin/bash\nada:x:7:7\nroot:x:0:0",
		 "root:x:0:0\n" ENTRY "\n");
	/* Fields are compared whole, and in their place */
	replaces("ad:x:100:1000\nadam:x:10000:1000\n:::\nx\n1000:ada:ada:1\n",
		 "ad:x:100:1000\nadam:x:10000:1000\n:::\nx\n1000:ada:ada:1\n" ENTRY "\n");
}

static void test_keeps(void **state)
{
	char *found = NULL;
	size_t size = 0;

	assert_int_equal(
		id_file_replace("x:x:1000:1\nada:x:1000:5::/:/bin/zsh\n", ENTRY, &found, &size), 0);
	assert_null(found);
}

static void test_has(void **state)
{
	assert_int_equal(id_file_has("", ENTRY), 0);
	assert_int_equal(id_file_has("root:x:0\nada", ENTRY), 1);
	assert_int_equal(id_file_has("x:y:1000", ENTRY), 1);
	assert_int_equal(id_file_has("adam:x:0\nx:1000:1\nx:y:10000", ENTRY), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_keeps),
		cmocka_unit_test(test_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
