/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The directories of images and of the log. Images direct criu, which has root's rights: which files it
 * opens, what it mounts, which privileges a process gets. None of that can be checked here. So these
 * checks make sure that only the caller can have written the images, and that neither images nor log
 * are links.
 */

#include "runtime/checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"

#define PARENT_LINK  "parent"
#define PARENTS_MAX  256
#define LOG_TAIL_MAX (64 << 10)

void checkpoint_dirs_done(struct checkpoint_dirs *f)
{
	fd_close(&f->images);
	fd_close(&f->work);
}

static bool is_ours_alone(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static int check_owner(int fd, const char *path, struct masu_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "examine '%s'", path);
	if (is_ours_alone(&st))
		return 0;
	int r = err_set(err, ERR_DENIED, EPERM, "others can write to the directory '%s'", path);
	(void)err_hint(err, "criu follows its contents with your rights: the directory must be "
			    "yours, and writable by you alone");
	return r;
}

static int check_entry(int dir, const char *path, const char *name, struct masu_error *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "examine '%s/%s'", path, name);
	if (S_ISLNK(st.st_mode) && streq(name, PARENT_LINK))
		return 0;
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, EINVAL,
			       "'%s/%s' is not a regular file: criu cannot use this directory",
			       path, name);
	if (!is_ours_alone(&st))
		return err_set(err, ERR_DENIED, EPERM, "others can write to the file '%s/%s'", path,
			       name);
	return 0;
}

static int check_entries(int fd, const char *path, struct masu_error *err)
{
	_cleanup_close_ int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	int r = 0;

	if (!dir)
		return err_sys(err, errno, "read the directory '%s'", path);
	own = -1;
	for (const struct dirent *e; r == 0 && (e = file_next_entry(dir));)
		r = check_entry(fd, path, e->d_name, err);
	if (r == 0 && errno)
		r = err_sys(err, errno, "read the directory '%s'", path);
	(void)closedir(dir);
	return r;
}

/* And the images of earlier dumps that they build on. */
int checkpoint_check_images(int fd, const char *path, struct masu_error *err)
{
	_cleanup_close_ int at = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	for (int i = 0; at >= 0 && i < PARENTS_MAX; i++) {
		int r = check_owner(at, path, err);

		if (r == 0)
			r = check_entries(at, path, err);
		if (r < 0)
			return r;
		int parent = openat(at, PARENT_LINK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (parent < 0 && errno == ENOENT)
			return 0;
		fd_close(&at);
		at = parent;
	}
	return err_sys(err, at < 0 ? errno : ELOOP, "open a parent of the images '%s'", path);
}

/* It may hold other files, too, but the files that criu writes must not be links. */
static int check_work(int fd, const char *path, struct masu_error *err)
{
	static const char *const names[] = {CHECKPOINT_DUMP_LOG, CHECKPOINT_RESTORE_LOG,
					    "stats-dump", "stats-restore"};
	int r = check_owner(fd, path, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++)
		if (faccessat(fd, names[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			r = check_entry(fd, path, names[i], err);
	return r;
}

int checkpoint_check_dirs(const struct checkpoint *c, const struct checkpoint_dirs *f,
			  struct masu_error *err)
{
	int r = checkpoint_check_images(f->images, c->images, err);

	return r == 0 ? check_work(f->work, c->work, err) : r;
}

static int make_dir(const char *path, mode_t mode, const char *what, int *ret,
		    struct masu_error *err)
{
	int r = path_mkdir_all(path, mode);

	if (r < 0)
		return err_sys(err, r, "create the directory of %s '%s'", what, path);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open the directory of %s '%s'", what, path);
	*ret = fd;
	return 0;
}

int checkpoint_make_dirs(const struct checkpoint *c, struct checkpoint_dirs *ret,
			 struct masu_error *err)
{
	_cleanup_checkpoint_dirs_ struct checkpoint_dirs f = CHECKPOINT_DIRS_INIT;
	/* During a restore criu opens some images after it has become the container's root. */
	bool mapped = oci_namespace_is_new(&c->spec->namespaces[OCI_NS_USER]);
	int r = make_dir(c->images, mapped ? 0711 : 0700, "images", &f.images, err);

	if (r == 0)
		r = make_dir(c->work, 0700, "criu's log", &f.work, err);
	if (r == 0)
		r = checkpoint_check_dirs(c, &f, err);
	if (r < 0)
		return r;
	*ret = TAKE(f, CHECKPOINT_DIRS_INIT);
	return 0;
}

/*
 * "(00.012) Error (criu/vdso.c:381): vdso: Unexpected ..." is an error, with or without the stamp and the
 * pid of a restored process ("   1: ") after it. The text after "): " is the error.
 */
static const char *error_of(const char *line)
{
	const char *stamp_end = *line == '(' ? strstr(line, ") ") : NULL;

	if (stamp_end)
		line = stamp_end + strspn(stamp_end, ") 0123456789:");
	const char *error = str_after(line, "Error (");
	const char *text = error ? strstr(error, "): ") : NULL;

	return text ? text + 3 : error;
}

char *checkpoint_log_errors(const char *log)
{
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT;

	for (const char *line = log; *line;) {
		size_t n = strcspn(line, "\n");
		_cleanup_free_ char *copy = strndup(line, n);
		const char *text = copy ? error_of(copy) : NULL;

		if (!copy || (text && strbuf_addf(&all, "%s%s", all.length ? "; " : "", text) < 0))
			return NULL;
		line += n + (line[n] == '\n');
	}
	return all.length ? strbuf_take(&all) : NULL;
}

/* The end of the log, where errors are. NULL without a log. */
static char *read_log(int work, const char *name)
{
	_cleanup_close_ int fd = openat(work, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	if (st.st_size > LOG_TAIL_MAX && lseek(fd, -LOG_TAIL_MAX, SEEK_END) < 0)
		return NULL;
	return fd_read_all(fd, LOG_TAIL_MAX, &text, NULL) < 0 ? NULL : TAKE_PTR(text);
}

int checkpoint_report_failure(const struct checkpoint *c, int work, const char *name,
			      struct masu_error *err)
{
	_cleanup_free_ char *log = read_log(work, name);
	_cleanup_free_ char *errors = log ? checkpoint_log_errors(log) : NULL;

	if (errors)
		(void)err_set(err, ERR_UNAVAILABLE, EIO, "criu failed: %s", errors);
	if (log)
		(void)err_hint(err, "its log is '%s/%s'", c->work, name);
	return -EIO;
}
