/* SPDX-License-Identifier: Apache-2.0 */
#include "base/account.h"

#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "unit.h"

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

static char *config_path(const char *config, const char *home)
{
	if (config)
		assert_int_equal(setenv("XDG_CONFIG_HOME", config, 1), 0);
	else
		assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
	if (home)
		assert_int_equal(setenv("HOME", home, 1), 0);
	else
		assert_int_equal(unsetenv("HOME"), 0);
	return account_config_path("masu");
}

/* A relative path would depend on the working directory. */
static void test_config_path(void **state)
{
	_cleanup_free_ char *account = account_home(geteuid()), *own = NULL;
	const struct {
		const char *config, *home, *path;
	} cases[] = {
		{"/c", "/h", "/c/masu"},
		{"", "/h", "/h/.config/masu"},
		{"c", "/h", "/h/.config/masu"},
		{NULL, "/h", "/h/.config/masu"},
		{NULL, NULL, NULL},
		{NULL, "h", NULL},
	};

	assert_true(asprintf(&own, "%s/.config/masu", account ? account : "") > 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *path = config_path(cases[i].config, cases[i].home);

		assert_string_equal(path, cases[i].path ? cases[i].path : own);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_config_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
