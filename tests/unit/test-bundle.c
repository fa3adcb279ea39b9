/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/proc.h"

static void test_ids(void **state)
{
	static const char *const good[] = {"a", "A-1_b+c.d", "0123", "_x", "+x", "-x"};
	static const char *const bad[] = {"", "..", ".x", "a/b", "a\n", "a b", "../x", "ä"};
	char longest[300];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(bundle_check_id(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(bundle_check_id(bad[i], NULL), -EINVAL);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_int_equal(bundle_check_id(longest, NULL), -EINVAL);
}

/* The state has room for all annotations that config.json has. */
static void test_large_state(void **state)
{
	_cleanup_bundle_state_ struct bundle_state b = {0};
	struct bundle_state a = {
		.id = (char *)"x", .bundle = (char *)"/b", .version = (char *)"1", .pid = 1};
	_cleanup_free_ char *value = calloc(1, 2u << 20);
	char root[] = "/tmp/masu-bundle-XXXXXX";

	assert_non_null(mkdtemp(root));
	assert_non_null(value);
	memset(value, 'v', (2u << 20) - 1);
	assert_int_equal(oci_map_set(&a.annotations, "k", value), 0);
	_cleanup_close_ int dirfd = bundle_make(root, "x", NULL);
	assert_int_equal(bundle_draft(dirfd, &a, NULL), 0);
	assert_int_equal(bundle_publish(dirfd, NULL), 0);
	assert_int_equal(bundle_read(dirfd, &b, NULL), 0);
	oci_map_done(&a.annotations);
	assert_int_equal(file_remove_tree(AT_FDCWD, root), 0);
}

static void test_state(void **state)
{
	_cleanup_bundle_state_ struct bundle_state b = {0};
	struct bundle_state a = {.id = (char *)"x",
				 .bundle = (char *)"/b",
				 .version = (char *)"1.0.2",
				 .pid = getpid(),
				 .created_ns = 1795314856600000000,
				 .cgroup = (char *)"/g",
				 .cgroup_flags = 4};
	char root[] = "/tmp/masu-bundle-XXXXXX";
	_cleanup_close_ int dirfd = -1, pidfd = -1;
	_cleanup_err_ struct err err = ERR_INIT;

	assert_non_null(mkdtemp(root));
	assert_int_equal(proc_start_time(a.pid, &a.start_time), 0);
	assert_int_equal(oci_map_set(&a.annotations, "k", "v"), 0);
	assert_int_equal(bundle_open(root, "x", &err), -ENOENT);
	assert_non_null(strstr(err.message, "does not exist"));
	dirfd = bundle_make(root, "x", NULL);
	assert_true(dirfd >= 0);
	assert_int_equal(bundle_make(root, "x", &err), -EEXIST);
	assert_int_equal(bundle_read(dirfd, &b, NULL), -ENOENT);
	assert_int_equal(bundle_draft(dirfd, &a, NULL), 0);
	assert_int_equal(bundle_read(dirfd, &b, NULL), -ENOENT);
	assert_int_equal(bundle_publish(dirfd, NULL), 0);
	assert_int_equal(bundle_read(dirfd, &b, NULL), 0);
	assert_string_equal(b.version, "1.0.2");
	assert_string_equal(b.cgroup, "/g");
	assert_true(b.created_ns == a.created_ns);
	assert_string_equal(oci_map_get(&b.annotations, "k"), "v");
	assert_int_equal(bundle_status(dirfd, &b, &pidfd), OCI_STATUS_RUNNING);
	closep(&pidfd);
	assert_int_equal(file_write_atomic(dirfd, BUNDLE_SOCKET, "", 0, 0600, 0), 0);
	assert_int_equal(bundle_status(dirfd, &b, &pidfd), OCI_STATUS_RUNNING);
	closep(&pidfd);
	/* The socket is believed of who has executed nothing yet. */
	b.pid = fork();
	if (b.pid == 0)
		for (;;)
			(void)pause();
	assert_int_equal(proc_start_time(b.pid, &b.start_time), 0);
	assert_int_equal(bundle_status(dirfd, &b, &pidfd), OCI_STATUS_CREATED);
	assert_int_equal(kill(b.pid, SIGKILL), 0);
	assert_int_equal(proc_wait(b.pid), 128 + SIGKILL);
	closep(&pidfd);
	b.pid = a.pid;
	b.start_time = a.start_time + 1;
	assert_int_equal(bundle_status(dirfd, &b, &pidfd), OCI_STATUS_STOPPED);
	assert_int_equal(pidfd, -1);
	assert_int_equal(bundle_remove(root, "x", dirfd, NULL), 0);
	closep(&dirfd);
	dirfd = bundle_make(root, "x", NULL);
	assert_int_equal(file_write_atomic(dirfd, "of no known name", "", 0, 0600, 0), 0);
	assert_int_equal(bundle_remove(root, "x", dirfd, NULL), 0);
	assert_int_equal(bundle_open(root, "x", NULL), -ENOENT);
	assert_int_equal(file_remove_tree(AT_FDCWD, root), 0);
	oci_map_done(&a.annotations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_large_state),
	};

	return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
