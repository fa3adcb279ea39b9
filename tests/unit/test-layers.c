/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/layers-gc.h"
#include "storage/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/idmap.h"
#include "storage/paths.h"
#include "unit.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define I "1111111111111111111111111111111111111111111111111111111111111111"
#define J "2222222222222222222222222222222222222222222222222222222222222222"

static const struct idmap map; /* no user namespace: all files are the test's own */
static struct paths paths;

static int setup(void **state)
{
	char template[] = "/tmp/test-layers-XXXXXX";

	if (!mkdtemp(template))
		return -1;
	paths.data = strdup(template);
	return 0;
}

static int teardown(void **state)
{
	int r = file_remove_tree(AT_FDCWD, paths.data);

	free(TAKE_PTR(paths.data));
	return r;
}

static void publish(const char *hex)
{
	struct layers_staging s = LAYERS_STAGING_INIT;

	assert_int_equal(layers_stage(&paths, &s, NULL), 0);
	assert_int_equal(layers_publish(&s, hex, NULL), 0);
	layers_unstage(&s, &map);
	assert_true(layers_exist(&paths, hex));
}

static size_t count_entries(void)
{
	_cleanup_free_ char *path = paths_data(&paths, "layers");
	_cleanup_closedir_ DIR *d = opendir(path);
	size_t n = 0;

	for (struct dirent *e; (e = readdir(d));)
		n += !streq(e->d_name, ".") && !streq(e->d_name, "..");
	return n;
}

static void test_publish_once(void **state)
{
	struct layers_staging one = LAYERS_STAGING_INIT, two = LAYERS_STAGING_INIT;

	assert_int_equal(layers_stage(&paths, &one, NULL), 0);
	assert_int_equal(layers_stage(&paths, &two, NULL), 0);
	assert_int_equal(mkdirat(one.dirfd, one.name, 0700), -1);
	assert_int_equal(layers_publish(&one, A, NULL), 0);
	assert_int_equal(layers_publish(&two, A, NULL), 1);
	assert_int_equal(layers_publish(&two, "../x", NULL), -EINVAL);
	layers_unstage(&one, &map);
	layers_unstage(&two, &map);
	assert_int_equal(count_entries(), 1);
}

static void test_stacks(void **state)
{
	static char *both[] = {(char *)A, (char *)B, NULL}, *none[] = {NULL};
	_cleanup_strv_ char **read = NULL;

	publish(A);
	assert_int_equal(stack_write(&paths, I, both, NULL), -ENOENT);
	assert_int_equal(stack_read(&paths, I, &read, NULL), -ENOENT);
	publish(B);
	assert_int_equal(stack_write(&paths, I, both, NULL), 0);
	assert_int_equal(stack_read(&paths, I, &read, NULL), 0);
	assert_int_equal(strv_length(read), 2);
	assert_string_equal(read[0], A);
	assert_string_equal(read[1], B);
	strv_free(TAKE_PTR(read));
	_cleanup_free_ char *upper = paths_data(&paths, "layers/" B);
	assert_int_equal(setxattr(upper, "user.overlay.opaque", "y", 1, 0), 0);
	assert_int_equal(stack_write(&paths, I, both, NULL), 0);
	assert_int_equal(stack_read(&paths, I, &read, NULL), 0);
	assert_int_equal(strv_length(read), 1);
	assert_string_equal(read[0], B);
	strv_free(TAKE_PTR(read));
	assert_int_equal(removexattr(upper, "user.overlay.opaque"), 0);
	assert_int_equal(stack_write(&paths, I, both, NULL), 0);
	_cleanup_free_ char *lower = paths_data(&paths, "layers/" A);
	assert_int_equal(file_remove_tree(AT_FDCWD, lower), 0);
	assert_int_equal(stack_read(&paths, I, &read, NULL), -ENOENT);
	assert_int_equal(stack_write(&paths, J, none, NULL), 0); /* FROM scratch */
	assert_int_equal(stack_read(&paths, J, &read, NULL), 0);
	assert_int_equal(strv_length(read), 0);
	strv_free(TAKE_PTR(read));
	assert_int_equal(stack_read(&paths, "../x", &read, NULL), -EINVAL);
}

/* The staging directory of a living process stays; leftovers of a dead one are removed. */
static void test_sweep(void **state)
{
	struct layers_staging live = LAYERS_STAGING_INIT;

	assert_int_equal(layers_stage(&paths, &live, NULL), 0);
	static const char *const dirs[] = {".tmp-dead", ".tmp-half", ".trash-x", ".trash-x/in"};
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		assert_int_equal(mkdirat(live.dirfd, dirs[i], 0500), 0);
	static const char *const locks[] = {".tmp-dead.lock", ".tmp-only.lock"};
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
		_cleanup_close_ int fd = file_lock(live.dirfd, locks[i], LOCK_EX | LOCK_NB);

		assert_true(fd >= 0);
	}
	assert_int_equal(count_entries(), 7);
	assert_int_equal(layers_sweep(&paths, &map, NULL), 0);
	assert_int_equal(count_entries(), 2);
	assert_int_equal(layers_publish(&live, A, NULL), 0);
	layers_unstage(&live, &map);
	assert_int_equal(count_entries(), 1);
}

static void test_gc(void **state)
{
	static char *a[] = {(char *)A, NULL}, *b[] = {(char *)B, NULL};
	static char *live_configs[] = {(char *)I, NULL}, *live_chains[] = {(char *)C, NULL};
	static char *none[] = {NULL};
	_cleanup_strv_ char **read = NULL;

	publish(A);
	publish(B);
	publish(C);
	assert_int_equal(stack_write(&paths, I, a, NULL), 0);
	assert_int_equal(stack_write(&paths, J, b, NULL), 0);
	assert_int_equal(layers_gc(&paths, &map, live_configs, live_chains, NULL), 0);
	assert_true(layers_exist(&paths, A));
	assert_false(layers_exist(&paths, B));
	assert_true(layers_exist(&paths, C));
	assert_int_equal(stack_read(&paths, J, &read, NULL), -ENOENT);
	assert_int_equal(layers_gc(&paths, &map, none, none, NULL), 0);
	assert_int_equal(count_entries(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_publish_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stacks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sweep, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gc, setup, teardown),
	};

	return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
