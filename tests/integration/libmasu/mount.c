/* SPDX-License-Identifier: Apache-2.0 */

/* Mounts the files of a container, writes TEXT to the file "added" there, unmounts them, and starts the container. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

int main(int argc, char **argv)
{
	char *path = NULL, *listed = NULL, cwd[4096], after[4096];
	masu_container *c = NULL;
	masu_engine *e = NULL;

	if (argc != 3 || masu_error_new(&error) < 0)
		return 2;
	CHECK(masu_engine_open(NULL, &e, error) == 0);
	CHECK(masu_container_find(e, argv[1], &c, error) == 0);
	CHECK(masu_container_mount_path(c, &listed, error) == 0 && !listed);
	REFUSES(masu_container_unmount(c, error), MASU_ERROR_CONFLICT);
	CHECK(masu_error_get_errno(error) == EINVAL);
	CHECK(getcwd(cwd, sizeof(cwd)));
	CHECK(masu_container_mount(c, &path, error) == 0);
	CHECK(getcwd(after, sizeof(after)) && strcmp(cwd, after) == 0);
	CHECK(masu_container_mount_path(c, &listed, error) == 0 && strcmp(path, listed) == 0);
	REFUSES(masu_container_start(c, error), MASU_ERROR_CONFLICT);
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int file = openat(dir, "added", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	CHECK(write(file, argv[2], strlen(argv[2])) == (ssize_t)strlen(argv[2]));
	CHECK(close(file) == 0 && close(dir) == 0);
	CHECK(masu_container_unmount(c, error) == 0);
	CHECK(masu_container_start(c, error) == 0);
	free(path);
	free(listed);
	masu_container_free(c);
	masu_engine_free(e);
	masu_error_free(error);
	return 0;
}
