/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A temporary directory for each test: cmocka_unit_test_setup_teardown(f, tmpdir_setup, tmpdir_done). */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "unit.h"

struct tmpdir {
	char path[64];
	int fd;
};

static inline int tmpdir_setup(void **state)
{
	struct tmpdir *t = malloc(sizeof(*t));

	assert_non_null(t);
	strncpy(t->path, "/tmp/masu-test-XXXXXX", sizeof(t->path));
	assert_non_null(mkdtemp(t->path));
	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(t->fd >= 0);
	*state = t;
	return 0;
}

static inline int tmpdir_done(void **state)
{
	struct tmpdir *t = *state;
	int r = file_remove_tree(AT_FDCWD, t->path);

	(void)close(t->fd);
	free(t);
	return r;
}

static inline void tmpdir_write(const struct tmpdir *t, const char *name, const char *text)
{
	assert_int_equal(
		file_write_atomic(t->fd, name, text, strlen(text), 0644, (enum file_write_flags)0),
		0);
}

static inline void assert_file(const struct tmpdir *t, const char *name, const char *text)
{
	_cleanup_free_ char *found = NULL;

	assert_int_equal(file_read(t->fd, name, 1 << 20, &found, NULL), 0);
	assert_string_equal(found, text);
}

static inline bool tmpdir_has(const struct tmpdir *t, const char *name)
{
	struct stat st;

	return fstatat(t->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}
