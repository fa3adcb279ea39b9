/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/checkpoint.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/path.h"
#include "base/strv.h"
#include "tmpdir.h"

static struct oci_spec *new_spec(void)
{
	struct oci_spec *spec;

	assert_int_equal(oci_spec_default(false, &spec, NULL), 0);
	return spec;
}

static bool has_pair(char **argv, const char *name, const char *value)
{
	STRV_FOREACH(arg, argv)
		if (strcmp(*arg, name) == 0 && arg[1] && strcmp(arg[1], value) == 0)
			return true;
	return false;
}

static void test_arguments(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = new_spec();
	_cleanup_strv_ char **argv = NULL;
	char net[64];
	struct stat st;
	const struct checkpoint c = {
		.spec = spec,
		.init = getpid(),
		.images = "/i",
		.work = "/w",
		.parent = "../p",
		.page_server = "::1:99",
		.freezer = "/sys/fs/cgroup/x",
		.tcp_established = true,
	};

	assert_non_null(oci_spec_add_mount(spec, "/data", "bind", "/srv", "rbind,ro"));
	assert_int_equal(oci_map_set(&spec->annotations, "org.criu.config", "/c"), 0);
	spec->namespaces[OCI_NS_NETWORK].wanted = true;
	spec->namespaces[OCI_NS_NETWORK].path = strdup("/proc/self/ns/net");
	assert_int_equal(checkpoint_arguments(&c, &argv, NULL), 0);
	assert_string_equal(argv[0], "criu");
	assert_string_equal(argv[1], "dump");
	assert_true(has_pair(argv, "--images-dir", "/i"));
	assert_true(has_pair(argv, "--work-dir", "/w"));
	assert_true(has_pair(argv, "--config", "/c"));
	assert_true(has_pair(argv, "--prev-images-dir", "../p"));
	assert_true(has_pair(argv, "--freeze-cgroup", "/sys/fs/cgroup/x"));
	assert_true(has_pair(argv, "--address", "::1"));
	assert_true(has_pair(argv, "--port", "99"));
	assert_true(has_pair(argv, "--external", "mnt[/data]:/data"));
	/* Masked files are those that this machine has in its /proc. */
	if (access("/proc/kcore", F_OK) == 0)
		assert_true(has_pair(argv, "--external", "mnt[/proc/kcore]:/dev/null"));
	assert_int_equal(stat("/proc/self/ns/net", &st), 0);
	(void)snprintf(net, sizeof(net), "net[%llu]:extRootNetNS", (unsigned long long)st.st_ino);
	assert_true(has_pair(argv, "--external", net));
	assert_true(strv_contains(argv, "--tcp-established"));
	assert_true(strv_contains(argv, "--track-mem"));
	assert_true(strv_contains(argv, "--manage-cgroups=soft"));
	assert_false(strv_contains(argv, "--leave-running"));
}

static void test_bad_arguments(void **state)
{
	static const char *const servers[] = {"", ":1", "a", "a:", "a:0", "a:65536", "a:1x"};
	_cleanup_oci_spec_ struct oci_spec *spec = new_spec();
	struct checkpoint c = {.spec = spec, .init = getpid(), .images = "/i", .work = "/w"};
	char **argv = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		c.page_server = servers[i];
		assert_int_equal(checkpoint_arguments(&c, &argv, NULL), -EINVAL);
	}
	c.page_server = NULL;
	c.manage_cgroups = "hard";
	assert_int_equal(checkpoint_arguments(&c, &argv, NULL), -EINVAL);
	c.manage_cgroups = "ignore";
	spec->namespaces[OCI_NS_PID].path = strdup("/nowhere");
	assert_int_equal(checkpoint_arguments(&c, &argv, NULL), -ENOENT);
	assert_null(argv);
}

static void test_folder(void **state)
{
	const char *dir = ((struct tmpdir *)*state)->path;
	_cleanup_free_ char *image = path_join(dir, "core-1.img"), *link = path_join(dir, "parent"),
			    *bad = path_join(dir, "pages-1.img");

	assert_int_equal(checkpoint_check_folder(dir, NULL), 0);
	assert_int_equal(file_write_atomic(-100, image, "x", 1, 0600, 0), 0);
	assert_int_equal(symlink("../before", link), 0);
	assert_int_equal(checkpoint_check_folder(dir, NULL), 0);
	assert_int_equal(symlink("/etc/passwd", bad), 0);
	assert_int_equal(checkpoint_check_folder(dir, NULL), -EINVAL);
	assert_int_equal(unlink(bad), 0);
	assert_int_equal(mkfifo(bad, 0600), 0);
	assert_int_equal(checkpoint_check_folder(dir, NULL), -EINVAL);
	assert_int_equal(checkpoint_check_folder("/nowhere", NULL), -ENOENT);
}

static void test_log(void **state)
{
	_cleanup_free_ char *all = checkpoint_log_errors(
		"(00.000001) Version: 3.17.1\n"
		"(00.000100) Error (criu/vdso.c:381): vdso: Unexpected bounds\n"
		"(00.000101) No Error (here)\n"
		"Error (criu/crtools.c:260): Could not initialize");

	assert_string_equal(all, "vdso: Unexpected bounds; Could not initialize");
	assert_null(checkpoint_log_errors("(00.1) fine\n"));
	assert_null(checkpoint_log_errors(""));
	_cleanup_free_ char *odd = checkpoint_log_errors("(\nError (odd");
	assert_string_equal(odd, "odd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_bad_arguments),
		cmocka_unit_test_setup_teardown(test_folder, tmpdir_setup, tmpdir_done),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
