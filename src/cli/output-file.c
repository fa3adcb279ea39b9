/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output-file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

struct output_file {
	int fd;
	char *path;  /* links resolved */
	bool hidden; /* it has no name yet */
	bool kept;   /* a device or a pipe, or finished */
};
#define OUTPUT_FILE_INIT ((struct output_file){.fd = -1})

static void output_file_done(struct output_file *f)
{
	if (f->fd >= 0 && !f->hidden && !f->kept)
		(void)unlink(f->path);
	fd_close(&f->fd);
	free(f->path);
	*f = OUTPUT_FILE_INIT;
}
#define _cleanup_output_file_ _cleanup_(output_file_done)

/* A file without a name, in the directory of the path. Any failure is one reason to write in its place. */
static int open_hidden(const char *path, mode_t mode)
{
	_cleanup_free_ char *dir = str_printf("%.*s.", (int)(path_last(path) - path), path);
	int fd = dir ? open(dir, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666) : -1;

	if (fd >= 0 && mode)
		(void)fchmod(fd, mode & 0777); /* of the file that it replaces */
	return fd;
}

static int output_file_open(const char *path, struct output_file *ret, struct masu_error *err)
{
	_cleanup_output_file_ struct output_file f = OUTPUT_FILE_INIT;
	struct stat st = {0};
	const bool exists = stat(path, &st) == 0;

	f.path = exists ? realpath(path, NULL) : strdup(path);
	if (!f.path)
		return err_sys(err, errno, "cannot create '%s'", path);
	f.kept = exists && !S_ISREG(st.st_mode);
	if (!f.kept)
		f.fd = open_hidden(f.path, st.st_mode);
	f.hidden = f.fd >= 0;
	if (f.fd < 0)
		f.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
	if (f.fd < 0)
		return err_sys(err, errno, "cannot create '%s'", path);
	*ret = TAKE(f, OUTPUT_FILE_INIT);
	return 0;
}

/* link(2) replaces nothing, rename(2) does. */
static int give_name(const char *from, const char *path)
{
	_cleanup_free_ char *beside = NULL;
	uint64_t random;

	if (linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	beside = str_printf("%.*s.masu-%016" PRIx64, (int)(path_last(path) - path), path, random);
	if (!beside)
		return -ENOMEM;
	if (linkat(AT_FDCWD, from, AT_FDCWD, beside, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	if (rename(beside, path) == 0)
		return 0;
	int r = -errno;
	(void)unlink(beside);
	return r;
}

/* When all is on the disk. */
static int output_file_finish(struct output_file *f, struct masu_error *err)
{
	char from[FD_PATH_MAX];
	int r = 0;

	if (f->kept)
		return 0;
	if (fdatasync(f->fd) < 0)
		r = -errno;
	if (r == 0 && f->hidden)
		r = give_name(fd_path(f->fd, from), f->path);
	f->kept = r == 0;
	return r < 0 ? err_sys(err, r, "cannot write '%s'", f->path) : 0;
}

int output_file_write(const char *path, int (*fn)(void *arg, int fd, struct masu_error *err),
		      void *arg, struct masu_error *err)
{
	_cleanup_output_file_ struct output_file f = OUTPUT_FILE_INIT;
	int r = output_file_open(path, &f, err);

	if (r < 0)
		return r;
	r = fn(arg, f.fd, err);
	return r < 0 ? r : output_file_finish(&f, err);
}
