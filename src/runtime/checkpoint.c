/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation
 *
 * criu(8) freezes the container's processes, has each of them tell its own state by code that it puts
 * into it, and writes all of it as images into one folder. It is a program of the host's, found at
 * run time, and is spoken to by its command line; its exit status says whether it went well, and its
 * log why not.
 *
 * What criu can't know is what of the container is not its own: the sources of bind mounts, the null
 * device over masked files, and namespaces that were joined. These are told as external, under the
 * names that runc and crun give them, so that their images and ours are alike. All of it is derived
 * from the container's config.json. In the folder of images nothing is read, and nothing but regular
 * files may be there: it may have come from others.
 */

#include "runtime/checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"

#define PARENT_LINK	 "parent"
#define DESCRIPTORS_FILE "descriptors.json"
#define LOG_TAIL_MAX	 (64 << 10)

static int check_entry(int folder, const char *path, const char *name, struct err *err)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "look at '%s/%s'", path, name);
	if (S_ISREG(st.st_mode) || (S_ISLNK(st.st_mode) && streq(name, PARENT_LINK)))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       "'%s/%s' is no regular file: not a folder for images", path, name);
}

int checkpoint_check_folder(const char *path, struct err *err)
{
	DIR *dir = opendir(path);
	int r = 0;

	if (!dir)
		return err_sys(err, errno, "open the folder of images '%s'", path);
	for (struct dirent *e; r == 0 && (e = readdir(dir));)
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			r = check_entry(dirfd(dir), path, e->d_name, err);
	(void)closedir(dir);
	return r;
}

/* "(00.012) Error (criu/vdso.c:381): vdso: Unexpected ..." is an error; what follows "): " counts. */
static const char *error_of(const char *line)
{
	const char *error = str_after(line, "Error (");

	if (!error && *line == '(') {
		const char *stamp_end = strstr(line, ") ");

		error = stamp_end ? str_after(stamp_end + 2, "Error (") : NULL;
	}
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

/* The log's end, where an error stands. NULL when there is none. */
static char *read_log(const char *work)
{
	_cleanup_free_ char *path = path_join(work, CHECKPOINT_LOG), *text = NULL;
	_cleanup_close_ int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
				      : -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	if (st.st_size > LOG_TAIL_MAX && lseek(fd, -LOG_TAIL_MAX, SEEK_END) < 0)
		return NULL;
	return fd_read_all(fd, LOG_TAIL_MAX, &text, NULL) < 0 ? NULL : TAKE_PTR(text);
}

/* In place of "criu failed with status 1", what its log says. */
static int tell_failure(const struct checkpoint *c, struct err *err)
{
	_cleanup_free_ char *log = read_log(c->work);
	_cleanup_free_ char *errors = log ? checkpoint_log_errors(log) : NULL;

	if (errors)
		(void)err_set(err, ERR_UNAVAILABLE, EIO, "criu failed: %s", errors);
	return log ? err_hint(err, "its log is '%s/%s'", c->work, CHECKPOINT_LOG) : -EIO;
}

/* What the standard streams are, for a restore to put others in their place. */
static int write_descriptors(const struct checkpoint *c, int images)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (int i = 0; array && i < 3; i++) {
		char path[48], target[PATH_MAX];

		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->init, i);
		ssize_t n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = 0; /* one that is closed has no name */
		struct json_object *name = json_object_new_string(target);
		if (!name || json_object_array_add(array, name) < 0)
			return -ENOMEM;
	}
	const char *text = array ? json_text(array, false) : NULL;

	return text ? file_write_atomic(images, DESCRIPTORS_FILE, text, strlen(text), 0600, 0)
		    : -ENOMEM;
}

/* From the folder of the images, where criu makes a link to it. */
static int check_parent(const struct checkpoint *c, int images, struct err *err)
{
	struct stat st;

	if (!c->parent)
		return 0;
	if (*c->parent == '/')
		return err_set(err, ERR_INVALID, EINVAL,
			       "--parent-path '%s' must be relative to --image-path", c->parent);
	if (fstatat(images, c->parent, &st, 0) < 0)
		return err_sys(err, errno, "open --parent-path '%s' from '%s'", c->parent,
			       c->images);
	return S_ISDIR(st.st_mode) ? 0
				   : err_set(err, ERR_INVALID, ENOTDIR,
					     "--parent-path '%s' is no folder", c->parent);
}

static int prepare_folders(const struct checkpoint *c, struct err *err)
{
	int r = path_mkdir_all(c->images, 0700);

	if (r < 0)
		return err_sys(err, r, "make the folder of images '%s'", c->images);
	r = path_mkdir_all(c->work, 0700);
	if (r < 0)
		return err_sys(err, r, "make the folder '%s' of --work-path", c->work);
	return checkpoint_check_folder(c->images, err);
}

int checkpoint_dump(const struct checkpoint *c, struct err *err)
{
	_cleanup_strv_ char **argv = NULL;
	int r = checkpoint_arguments(c, &argv, err);

	if (r == 0)
		r = prepare_folders(c, err);
	if (r < 0)
		return r;
	_cleanup_close_ int images = open(c->images, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (images < 0)
		return err_sys(err, errno, "open the folder of images '%s'", c->images);
	r = check_parent(c, images, err);
	if (r < 0)
		return r;
	r = c->pre_dump ? 0 : write_descriptors(c, images);
	if (r < 0)
		return err_sys(err, r, "write '%s/%s'", c->images, DESCRIPTORS_FILE);
	const struct proc_spec criu = {.path = "criu", .argv = argv};
	r = proc_run(&criu, err);
	if (r == -ENOENT)
		return err_hint(err, "install the package 'criu'");
	return r == -EIO ? tell_failure(c, err) : r;
}
