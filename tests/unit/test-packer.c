/* SPDX-License-Identifier: Apache-2.0 */
/* Files are packed by files/packer.c, and put below another directory by files/putter.c, without their sandboxes. */
#include "files/packer.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "files/putter.h"
#include "tmpdir.h"

static int make_dir(const struct tmpdir *t, const char *name)
{
	assert_int_equal(mkdirat(t->fd, name, 0755), 0);
	int fd = openat(t->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* Copies all that is below from/ to to/. */
static void copy(int from, int to)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_close_ int archive = memfd_create("archive", MFD_CLOEXEC);
	const struct pack pack = {.path = "/", .name = "", .output = archive, .report = -1};
	const struct put put = {.path = "/", .input = archive, .report = -1};
	struct putter p = {.put = &put,
			   .buffer = malloc(PUTTER_BUFFER_SIZE),
			   .root = to,
			   .target = {.dir = to},
			   .parent = -1};

	if (packer_run(&pack, from, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(lseek(archive, 0, SEEK_SET), 0);
	assert_int_equal(inflate_new(LAYER_AUTO, archive, &p.inflate, &err), 0);
	if (putter_run(&p, &err) < 0)
		fail_msg("%s", err.message);
	inflate_free(p.inflate);
	fd_close(&p.parent);
	free(p.parent_path);
	free(p.dirs);
	free(p.buffer);
}

/* A PAX keyword ends at its first "=", so such a name would come out as another one with another value. */
static void test_xattr_name_with_equals_sign(void **state)
{
	struct tmpdir *t = *state;
	_cleanup_close_ int from = make_dir(t, "from"), to = make_dir(t, "to");
	char value[16];

	tmpdir_write(t, "from/file", "text");
	_cleanup_close_ int file = openat(from, "file", O_RDONLY | O_CLOEXEC);
	if (fsetxattr(file, "user.a=b", "v", 1, 0) < 0 || fsetxattr(file, "user.c", "w", 1, 0) < 0)
		skip(); /* the file system has no extended attributes of users */
	copy(from, to);
	assert_file(t, "to/file", "text");
	_cleanup_close_ int made = openat(to, "file", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(made, "user.c", value, sizeof(value)), 1);
	assert_int_equal(fgetxattr(made, "user.a", value, sizeof(value)), -1);
	assert_int_equal(errno, ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_xattr_name_with_equals_sign, tmpdir_setup,
						tmpdir_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
