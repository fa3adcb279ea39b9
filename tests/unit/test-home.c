/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/home.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strv.h"
#include "engine-fixture.h"

static void test_names(void **state)
{
	static const char *const good[] = {"a", "web", "Web-1.2_x", "0"};
	static const char *const bad[] = {"",	 ".",	 "..",	".x", "-x",  "_x",
					  "a/b", "a\nb", "a b", "ä",  "a:b", "../x"};
	char longest[NAME_LENGTH_MAX + 2];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(name_is_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(name_is_valid(bad[i]));
	memset(longest, 'a', sizeof(longest));
	longest[NAME_LENGTH_MAX + 1] = 0;
	assert_false(name_is_valid(longest));
	longest[NAME_LENGTH_MAX] = 0;
	assert_true(name_is_valid(longest));
}

static void test_ids(void **state)
{
	char a[ID_LENGTH + 1], b[ID_LENGTH + 1];

	assert_int_equal(id_new(a), 0);
	assert_int_equal(id_new(b), 0);
	assert_true(id_is_valid(a));
	assert_string_not_equal(a, b);
	a[3] = 'G';
	assert_false(id_is_valid(a));
	b[ID_LENGTH - 1] = 0;
	assert_false(id_is_valid(b));
}

static void make(const struct masu_engine *e, const char *name, struct home *ret)
{
	_cleanup_free_ char *made = NULL;

	assert_int_equal(home_make(e, name, ret, &made, NULL), 0);
	assert_int_equal(home_publish(e, ret, NULL), 0);
	if (name)
		assert_string_equal(made, name);
}

static void test_look_up(void **state)
{
	struct masu_engine *e = ((struct fixture *)*state)->engine;
	_cleanup_home_ struct home a = HOME_INIT, other = HOME_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *name = NULL;
	char id[ID_LENGTH + 1], prefix[ID_LENGTH + 1];

	make(e, "first", &a);
	assert_int_equal(home_find(e, "first", id, NULL), 0);
	assert_string_equal(id, a.id);
	assert_int_equal(home_find(e, a.id, id, NULL), 0);
	(void)snprintf(prefix, sizeof(prefix), "%.12s", a.id);
	assert_int_equal(home_find(e, prefix, id, NULL), 0);
	assert_string_equal(id, a.id);
	assert_int_equal(home_find(e, "nobody", id, &err), -ENOENT);
	assert_int_equal(home_find(e, "../names", id, &err), -ENOENT);
	assert_int_equal(home_find(e, "", id, &err), -ENOENT);

	assert_int_equal(home_make(e, "first", &other, &name, &err), -EEXIST);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_non_null(strstr(err.message, prefix));
	assert_int_equal(home_make(e, "..", &other, &name, &err), -EINVAL);
	assert_int_equal(home_remove(e, &a, "first", NULL), 0);
	assert_int_equal(home_find(e, "first", id, NULL), -ENOENT);
}

static void test_several_of_one_beginning(void **state)
{
	struct masu_engine *e = ((struct fixture *)*state)->engine;
	struct home homes[17];
	char id[ID_LENGTH + 1], digit[2];
	int seen[16] = {0}, conflict = 0;

	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		homes[i] = HOME_INIT;
		make(e, NULL, &homes[i]);
		(void)snprintf(digit, sizeof(digit), "%c", homes[i].id[0]);
		seen[strtol(digit, NULL, 16)]++;
	}
	for (int i = 0; i < 16; i++) { /* seventeen ids: some two begin alike */
		(void)snprintf(digit, sizeof(digit), "%x", (unsigned int)i);
		int r = home_find(e, digit, id, NULL);

		assert_int_equal(r, seen[i] == 0 ? -ENOENT : seen[i] == 1 ? 0 : -EEXIST);
		conflict += r == -EEXIST;
	}
	assert_true(conflict > 0);
	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		assert_int_equal(home_remove(e, &homes[i], "x", NULL), 0);
		home_done(&homes[i]);
	}
}

static void test_holding(void **state)
{
	struct masu_engine *e = ((struct fixture *)*state)->engine;
	_cleanup_home_ struct home a = HOME_INIT, b = HOME_INIT;
	char id[ID_LENGTH + 1];

	make(e, "held", &a);
	assert_int_equal(home_open(e, a.id, &b, NULL), 0);
	assert_true(home_is_held(&b));
	assert_int_equal(home_hold(&b, e, 0), -EWOULDBLOCK);
	memcpy(id, a.id, sizeof(id));
	home_done(&a);
	assert_false(home_is_held(&b));
	assert_int_equal(home_hold(&b, e, 0), 0);
	assert_int_equal(home_open(e, id, &a, NULL), 0);
	assert_int_equal(home_remove(e, &b, "held", NULL), 0);
	home_done(&b);
	assert_int_equal(home_hold(&a, e, 0), -ENOENT);
}

/* Leftovers of a kill: an incomplete directory, one partly removed, a dangling name. */
static void test_sweeping(void **state)
{
	struct masu_engine *e = ((struct fixture *)*state)->engine;
	_cleanup_home_ struct home dead = HOME_INIT, alive = HOME_INIT, next = HOME_INIT;
	_cleanup_free_ char *name = NULL, *path = NULL, *trash = NULL;
	struct stat st;

	assert_int_equal(home_make(e, "dead", &dead, &name, NULL), 0);
	free(name);
	assert_int_equal(home_make(e, "alive", &alive, &name, NULL), 0);
	path = paths_data(&e->paths, "containers/.new-%s", dead.id);
	trash = paths_data(&e->paths, "containers/.trash-%s", dead.id);
	assert_int_equal(mkdir(trash, 0700), 0);
	home_done(&dead); /* as a kill does */
	home_sweep(e);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(stat(trash, &st), -1);
	make(e, "dead", &next); /* the name is free again */
	assert_int_equal(home_publish(e, &alive, NULL), 0);
	assert_int_equal(home_remove(e, &alive, "alive", NULL), 0);
	assert_int_equal(home_remove(e, &next, "dead", NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	cmocka_unit_test(test_ids),
		cmocka_unit_test(test_look_up), cmocka_unit_test(test_several_of_one_beginning),
		cmocka_unit_test(test_holding), cmocka_unit_test(test_sweeping),
	};

	return cmocka_run_group_tests_name("home", tests, fixture_setup, fixture_teardown);
}
