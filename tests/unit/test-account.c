/* SPDX-License-Identifier: Apache-2.0 */
#include "base/account.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"

/* As the name service has it, which on a machine for tests knows what /etc/passwd knows. */
static void test_known(void **state)
{
	const uid_t ids[] = {0, 1, geteuid()};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct passwd *p = getpwuid(ids[i]);
		_cleanup_free_ char *name = account_name(ids[i]), *home = account_home(ids[i]);

		if (!p)
			continue;
		assert_string_equal(name, p->pw_name);
		assert_string_equal(home, p->pw_dir);
	}
}

static void test_unknown(void **state)
{
	assert_null(account_name(4000000001U));
	assert_null(account_home(4000000001U));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
