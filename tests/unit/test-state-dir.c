/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container-state.h"
#include "runtime/state-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/strv.h"
#include "runtime/delete.h"
#include "unit.h"

static void test_ids(void **state)
{
	static const char *const good[] = {"a", "A-1_b+c.d", "0123", "_x", "+x", "-x"};
	static const char *const bad[] = {"", "..", ".x", "a/b", "a\n", "a b", "../x", "ä"};
	char longest[300];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(state_dir_check_id(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(state_dir_check_id(bad[i], NULL), -EINVAL);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_int_equal(state_dir_check_id(longest, NULL), -EINVAL);
}

/* The state has room for all annotations that config.json has. */
static void test_large_state(void **state)
{
	_cleanup_container_state_ struct container_state b = {0};
	struct container_state a = {
		.id = (char *)"x", .bundle = (char *)"/b", .version = (char *)"1", .pid = 1};
	_cleanup_free_ char *value = calloc(1, 2u << 20);
	char root[] = "/tmp/masu-state-dir-XXXXXX";

	assert_non_null(mkdtemp(root));
	assert_non_null(value);
	memset(value, 'v', (2u << 20) - 1);
	assert_int_equal(oci_map_set(&a.annotations, "k", value), 0);
	_cleanup_state_dir_ struct state_dir d = STATE_DIR_INIT;
	assert_int_equal(state_dir_create(root, "x", &d, NULL), 0);
	assert_int_equal(container_state_draft(d.fd, &a, NULL), 0);
	assert_int_equal(container_state_publish(d.fd, NULL), 0);
	assert_int_equal(container_state_read(d.fd, &b, NULL), 0);
	oci_map_done(&a.annotations);
	assert_int_equal(file_remove_tree(AT_FDCWD, root), 0);
}

static void assert_status(int dirfd, const struct container_state *s, enum oci_status expected,
			  int *ret_pidfd)
{
	enum oci_status status;

	assert_int_equal(container_status(dirfd, s, &status, ret_pidfd), 0);
	assert_int_equal(status, expected);
}

static void test_state(void **state)
{
	_cleanup_container_state_ struct container_state b = {0};
	struct container_state a = {.id = (char *)"x",
				    .bundle = (char *)"/b",
				    .version = (char *)"1.0.2",
				    .pid = getpid(),
				    .created_ns = 1795314856600000000,
				    .cgroup = (char *)"/g",
				    .cgroup_flags = 4};
	char root[] = "/tmp/masu-state-dir-XXXXXX";
	_cleanup_state_dir_ struct state_dir d = STATE_DIR_INIT, other = STATE_DIR_INIT;
	_cleanup_close_ int pidfd = -1;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_non_null(mkdtemp(root));
	assert_int_equal(pid_start_time(a.pid, &a.start_time), 0);
	assert_int_equal(oci_map_set(&a.annotations, "k", "v"), 0);
	assert_int_equal(state_dir_open(root, "x", &other, &err), -ENOENT);
	assert_non_null(strstr(err.message, "does not exist"));
	assert_int_equal(state_dir_create(root, "x", &d, NULL), 0);
	assert_int_equal(state_dir_create(root, "x", &other, &err), -EEXIST);
	assert_true(state_dir_is_locked(d.fd));
	assert_int_equal(container_state_read(d.fd, &b, NULL), -ENOENT);
	assert_int_equal(container_state_draft(d.fd, &a, NULL), 0);
	assert_int_equal(container_state_read(d.fd, &b, NULL), -ENOENT);
	assert_int_equal(container_state_publish(d.fd, NULL), 0);
	assert_int_equal(container_state_read(d.fd, &b, NULL), 0);
	assert_string_equal(b.version, "1.0.2");
	assert_string_equal(b.cgroup, "/g");
	assert_true(b.created_ns == a.created_ns);
	assert_string_equal(oci_map_get(&b.annotations, "k"), "v");
	assert_status(d.fd, &b, OCI_STATUS_RUNNING, &pidfd);
	closep(&pidfd);
	assert_int_equal(file_write_atomic(d.fd, START_SOCKET, "", 0, 0600, 0), 0);
	assert_status(d.fd, &b, OCI_STATUS_RUNNING, &pidfd);
	closep(&pidfd);
	/* The socket counts only for a process that has executed nothing yet. */
	b.pid = fork();
	if (b.pid == 0)
		for (;;)
			(void)pause();
	assert_int_equal(pid_start_time(b.pid, &b.start_time), 0);
	assert_status(d.fd, &b, OCI_STATUS_CREATED, &pidfd);
	assert_int_equal(kill(b.pid, SIGKILL), 0);
	assert_int_equal(proc_wait(b.pid), 128 + SIGKILL);
	closep(&pidfd);
	b.pid = a.pid;
	b.start_time = a.start_time + 1;
	assert_status(d.fd, &b, OCI_STATUS_STOPPED, &pidfd);
	assert_int_equal(pidfd, -1);
	assert_int_equal(state_dir_remove(&d, NULL), 0);
	state_dir_done(&d);
	assert_int_equal(state_dir_create(root, "x", &d, NULL), 0);
	assert_int_equal(file_write_atomic(d.fd, "of no known name", "", 0, 0600, 0), 0);
	assert_int_equal(state_dir_remove(&d, NULL), 0);
	assert_int_equal(state_dir_open(root, "x", &other, NULL), -ENOENT);
	assert_int_equal(file_remove_tree(AT_FDCWD, root), 0);
	oci_map_done(&a.annotations);
}

/* A link to a directory elsewhere is a container whose owner alone deletes it. */
static void test_managed(void **state)
{
	_cleanup_state_dir_ struct state_dir d = STATE_DIR_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	char root[] = "/tmp/masu-state-dir-XXXXXX", elsewhere[64], path[64];

	assert_non_null(mkdtemp(root));
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/.elsewhere", root);
	(void)snprintf(path, sizeof(path), "%s/x", root);
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	assert_int_equal(symlink(elsewhere, path), 0);
	assert_int_equal(state_dir_open(root, "x", &d, NULL), 0);
	assert_true(d.managed);
	assert_int_equal(state_dir_check_unmanaged(&d, "delete", &err), -EBUSY);
	assert_non_null(strstr(err.message, "managed by masu"));
	state_dir_done(&d);
	assert_int_equal(state_dir_create(root, "x", &d, NULL), -EEXIST);
	assert_int_equal(instance_delete(root, "x", true, NULL), -EBUSY);
	assert_int_equal(access(elsewhere, F_OK), 0);
	/* A link that leads nowhere, and a file. */
	assert_int_equal(rmdir(elsewhere), 0);
	assert_int_equal(state_dir_open(root, "x", &d, NULL), -ENOENT);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(file_write_atomic(AT_FDCWD, path, "", 0, 0600, 0), 0);
	assert_int_equal(state_dir_open(root, "x", &d, NULL), -ENOTDIR);
	assert_int_equal(state_dir_create(root, "x", &d, NULL), -EEXIST);
	assert_int_equal(file_remove_tree(AT_FDCWD, root), 0);
}

static void test_list(void **state)
{
	char root[] = "/tmp/masu-state-dir-XXXXXX";
	_cleanup_strv_ char **all = NULL, **some = NULL, **none = NULL;
	static const char *const ids[] = {"ab", "ac", "b"};

	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		_cleanup_state_dir_ struct state_dir d = STATE_DIR_INIT;

		assert_int_equal(state_dir_create(root, ids[i], &d, NULL), 0);
	}
	assert_int_equal(state_dir_list(root, NULL, &all, NULL), 0);
	assert_int_equal(strv_length(all), 3);
	assert_int_equal(state_dir_list(root, "^a", &some, NULL), 0);
	assert_int_equal(strv_length(some), 2);
	assert_int_equal(state_dir_list(root, "(", &none, NULL), -EINVAL);
	assert_int_equal(file_remove_tree(AT_FDCWD, root), 0);
	assert_int_equal(state_dir_list(root, NULL, &none, NULL), 0);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),	    cmocka_unit_test(test_state),
		cmocka_unit_test(test_large_state), cmocka_unit_test(test_managed),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests_name("state-dir", tests, NULL, NULL);
}
