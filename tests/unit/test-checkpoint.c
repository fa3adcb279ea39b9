/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "runtime/protobuf.h"
#include "tmpdir.h"
#include "unit.h"

static struct oci_spec *new_spec(void)
{
	struct oci_spec *spec;

	assert_int_equal(oci_spec_default(false, &spec, NULL), 0);
	return spec;
}

static struct checkpoint_dirs dirs = {.images = 10, .work = 11};

/* Is there such a field of criu_opts? */
static bool has_number(const struct strbuf *b, unsigned int field, uint64_t value)
{
	struct protobuf m = {b->text, b->length};
	struct protobuf_field f;

	while (protobuf_next(&m, &f) == 1)
		if (f.number == field && f.value == value && f.in.left == 0)
			return true;
	return false;
}

static bool has_text(const struct strbuf *b, unsigned int field, const char *text)
{
	struct protobuf m = {b->text, b->length};
	struct protobuf_field f;

	while (protobuf_next(&m, &f) == 1)
		if (f.number == field && f.in.left == strlen(text) &&
		    memcmp(f.in.at, text, f.in.left) == 0)
			return true;
	return false;
}

static void test_dump_options(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = new_spec();
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char net[64];
	struct stat st;
	const struct checkpoint c = {
		.spec = spec,
		.init = getpid(),
		.parent = "../p",
		.page_server = "::1:99",
		.freezer = "/sys/fs/cgroup/x",
		.tcp_established = true,
		.leave_running = true,
	};

	assert_non_null(oci_spec_add_mount(spec, "/usr", "bind", "/srv", "rbind,ro"));
	assert_non_null(oci_spec_add_mount(spec, "/nowhere", "bind", "/srv", "rbind,ro"));
	assert_int_equal(oci_map_set(&spec->annotations, "org.criu.config", "/c"), 0);
	spec->namespaces[OCI_NS_NETWORK].wanted = true;
	spec->namespaces[OCI_NS_NETWORK].path = strdup("/proc/self/ns/net");
	assert_int_equal(checkpoint_check_spec(spec, NULL), 0);
	assert_int_equal(checkpoint_dump_options(&c, &dirs, &b, NULL), 0);
	assert_true(has_number(&b, 1, 10)); /* images_dir_fd */
	assert_true(has_number(&b, 2, (uint64_t)getpid()));
	assert_true(has_number(&b, 3, 1));  /* leave_running */
	assert_true(has_number(&b, 5, 1));  /* tcp_established */
	assert_false(has_number(&b, 7, 1)); /* shell_job */
	assert_true(has_text(&b, 10, "dump.log"));
	assert_true(has_text(&b, 11, "\n\003::1\020c")); /* address 1, port 2 */
	assert_true(has_text(&b, 14, "../p"));
	assert_true(has_number(&b, 15, 1));  /* track_mem */
	assert_true(has_number(&b, 17, 11)); /* work_dir_fd */
	assert_true(has_number(&b, 34, 3));  /* soft */
	assert_true(has_text(&b, 37, "mnt[/usr]:/usr"));
	assert_false(has_text(&b, 37, "mnt[/nowhere]:/nowhere"));
	/* Masked files are those that this machine has in its /proc. */
	if (access("/proc/kcore", F_OK) == 0)
		assert_true(has_text(&b, 37, "mnt[/proc/kcore]:/dev/null"));
	assert_true(has_text(&b, 44, "/sys/fs/cgroup/x"));
	assert_true(has_text(&b, 51, "/c"));
	assert_int_equal(stat("/proc/self/ns/net", &st), 0);
	(void)snprintf(net, sizeof(net), "net[%llu]:extRootNetNS", (unsigned long long)st.st_ino);
	assert_true(has_text(&b, 37, net));
	assert_false(has_number(&b, 38, CLONE_NEWNET)); /* empty_ns: it is another's */
}

static void test_restore_options(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = new_spec();
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	const struct container_plan plan = {.spec = spec, .bundle = "/b", .root_dir = "/b/root"};
	const struct checkpoint c = {.lsm_profile = "apparmor:p", .manage_cgroups = "ignore"};
	struct checkpoint_inherited inherited = {.streams = {NULL, (char *)"pipe:[7]", NULL}};

	for (int i = 0; i < OCI_NS_MAX; i++)
		inherited.namespaces[i] = -1;
	inherited.namespaces[OCI_NS_NETWORK] = 9;
	assert_non_null(oci_spec_add_mount(spec, "/data", "bind", "/srv", "rbind,ro"));
	assert_non_null(oci_spec_add_mount(spec, "/own", "bind", "own", "bind"));
	spec->namespaces[OCI_NS_NETWORK].wanted = true;
	const struct checkpoint_restore from = {&plan, &c, &dirs, &inherited, getpid()};
	assert_int_equal(checkpoint_restore_options(&from, &b, NULL), 0);
	assert_true(has_text(&b, 10, "restore.log"));
	assert_true(has_number(&b, 12, 1)); /* notify_scripts */
	assert_true(has_text(&b, 13, "/b/root"));
	assert_true(has_number(&b, 26, 1)); /* rst_sibling */
	assert_true(has_text(&b, 27, "\n\bpipe:[7]\020\001"));
	assert_true(has_text(&b, 27, "\n\014extRootNetNS\020\t"));
	assert_true(has_number(&b, 34, 0));
	assert_true(has_text(&b, 37, "mnt[/data]:/srv"));
	assert_true(has_text(&b, 37, "mnt[/own]:/b/own"));
	assert_true(has_text(&b, 37, "mnt[/dev/null]:/dev/null"));
	assert_true(has_number(&b, 38, CLONE_NEWNET));
	assert_true(has_text(&b, 53, "apparmor:p"));
	assert_false(has_number(&b, 15, 1));
}

static void test_bad_options(void **state)
{
	static const char *const servers[] = {"", ":1", "a", "a:", "a:0", "a:65536", "a:1x"};
	_cleanup_oci_spec_ struct oci_spec *spec = new_spec();
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct checkpoint c = {.spec = spec, .init = getpid()};

	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		c.page_server = servers[i];
		assert_int_equal(checkpoint_dump_options(&c, &dirs, &b, NULL), -EINVAL);
	}
	c.page_server = NULL;
	c.manage_cgroups = "hard";
	assert_int_equal(checkpoint_dump_options(&c, &dirs, &b, NULL), -EINVAL);
	c.manage_cgroups = "ignore";
	spec->namespaces[OCI_NS_PID].path = strdup("/nowhere");
	assert_int_equal(checkpoint_dump_options(&c, &dirs, &b, NULL), -ENOENT);
}

/* Settings that criu would lose silently. */
static void test_check_spec(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = new_spec();
	_cleanup_oci_spec_ struct oci_spec *mapped = new_spec();

	spec->namespaces[OCI_NS_IPC].path = strdup("/proc/self/ns/ipc");
	assert_int_equal(checkpoint_check_spec(spec, NULL), -EOPNOTSUPP);
	assert_int_equal(checkpoint_check_spec(mapped, NULL), 0);
	assert_non_null(oci_spec_add_mount(mapped, "/data", "bind", "/srv", "bind,idmap"));
	assert_int_equal(checkpoint_check_spec(mapped, NULL), -EOPNOTSUPP);
}

static void test_streams(void **state)
{
	static const char *const bad[] = {
		"{}", "[]", "[\"a\",\"b\"]", "[1,2,3]", "[\"a\",\"b\",\"c\",\"d\"]", "nonsense"};
	const char *dir = ((struct tmpdir *)*state)->path;
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct checkpoint c = {.images = dir, .init = getpid()};
	char *names[3] = {NULL};

	assert_int_equal(checkpoint_read_streams(&c, fd, names, NULL), -ENOENT);
	assert_int_equal(checkpoint_write_streams(&c, fd, NULL), 0);
	assert_int_equal(checkpoint_read_streams(&c, fd, names, NULL), 0);
	for (int i = 0; i < 3; i++)
		free(names[i]);
	const char *text = "[\"pipe:[1]\",\"/dev/null\",\"socket:[2]\"]";
	assert_int_equal(file_write_atomic(fd, "descriptors.json", text, strlen(text), 0600, 0), 0);
	assert_int_equal(checkpoint_read_streams(&c, fd, names, NULL), 0);
	assert_string_equal(names[0], "pipe:[1]");
	assert_null(names[1]);
	assert_string_equal(names[2], "socket:[2]");
	free(names[0]);
	free(names[2]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(
			file_write_atomic(fd, "descriptors.json", bad[i], strlen(bad[i]), 0600, 0),
			0);
		assert_true(checkpoint_read_streams(&c, fd, names, NULL) < 0);
	}
}

static int check_images(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return checkpoint_check_images(fd, path, NULL);
}

static void test_dir(void **state)
{
	const char *dir = ((struct tmpdir *)*state)->path;
	_cleanup_free_ char *first = path_join(dir, "1"), *second = path_join(dir, "2"),
			    *image = path_join(dir, "1/core-1.img"),
			    *link = path_join(dir, "2/parent"), *bad = path_join(dir, "1/bad.img");

	assert_int_equal(mkdir(first, 0700), 0);
	assert_int_equal(mkdir(second, 0700), 0);
	assert_int_equal(check_images(first), 0);
	assert_int_equal(file_write_atomic(-100, image, "x", 1, 0600, 0), 0);
	assert_int_equal(symlink("../1", link), 0);
	assert_int_equal(check_images(second), 0);
	assert_int_equal(symlink("/etc/passwd", bad), 0);
	assert_int_equal(check_images(first), -EINVAL);
	assert_int_equal(check_images(second), -EINVAL); /* which builds on it */
	assert_int_equal(unlink(bad), 0);
	assert_int_equal(mkfifo(bad, 0600), 0);
	assert_int_equal(check_images(first), -EINVAL);
	assert_int_equal(unlink(bad), 0);
	assert_int_equal(chmod(first, 0720), 0);
	assert_int_equal(check_images(first), -EPERM);
	assert_int_equal(check_images(second), -EPERM);
	assert_int_equal(chmod(first, 0700), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("../2", link), 0);
	assert_int_equal(check_images(second), -ELOOP);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("../3", link), 0);
	assert_int_equal(check_images(second), 0); /* a dangling one is criu's to tell */
}

static void test_log(void **state)
{
	_cleanup_free_ char *all = checkpoint_log_errors(
		"(00.000001) Version: 3.17.1\n"
		"(00.000100) Error (criu/vdso.c:381): vdso: Unexpected bounds\n"
		"(00.000101) No Error (here)\n"
		"(00.756747)      1: Error (criu/mount-v2.c:628): mnt-v2: Can't stat\n"
		"Error (criu/crtools.c:260): Could not initialize");

	assert_string_equal(all,
			    "vdso: Unexpected bounds; mnt-v2: Can't stat; Could not initialize");
	assert_null(checkpoint_log_errors("(00.1) fine\n"));
	assert_null(checkpoint_log_errors(""));
	_cleanup_free_ char *odd = checkpoint_log_errors("(\nError (odd");
	assert_string_equal(odd, "odd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump_options),
		cmocka_unit_test(test_restore_options),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_check_spec),
		cmocka_unit_test_setup_teardown(test_streams, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_dir, tmpdir_setup, tmpdir_done),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
