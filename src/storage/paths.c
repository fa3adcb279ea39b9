/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/account.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/idmap.h"

static const char *const data_dirs[] = {"images",     "layers",		  "stacks",
					"containers", "containers/names", "volumes"};
static const char *const run_dirs[] = {"containers", "oci", "seccomp", "sockets"};

void paths_done(struct paths *paths)
{
	free(paths->data);
	free(paths->layers);
	free(paths->run);
	*paths = (struct paths){0};
}

static const char *env_path(const char *name)
{
	const char *value = getenv(name);

	/* By the XDG specification, a relative path is ignored. */
	return value && *value == '/' ? value : NULL;
}

/* A relative path of masu's own variables is an error: ignored, it would move the containers elsewhere. */
static int check_own(const char *name, struct masu_error *err)
{
	const char *value = getenv(name);

	return !value || !*value || *value == '/'
		       ? 0
		       : err_set(err, ERR_INVALID, EINVAL, "%s '%s' is not an absolute path", name,
				 value);
}

static bool is_own_dir(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* The first directory that the unit of a service has in a variable, systemd.exec(5), or NULL. That of DynamicUser= is a link. */
static char *unit_dir(const char *variable)
{
	const char *list = env_path(variable);
	_cleanup_free_ char *first = list ? strndup(list, strcspn(list, ":")) : NULL;
	char *dir = first ? realpath(first, NULL) : NULL;

	if (dir && is_own_dir(dir))
		return dir;
	free(dir);
	return NULL;
}

static char *find_data(bool root, struct masu_error *err)
{
	const char *dir = env_path("MASU_DATA_DIR"), *home;
	_cleanup_free_ char *account = NULL;

	if (dir)
		return path_normalize(dir);
	if (root)
		return strdup("/var/lib/masu");
	dir = env_path("XDG_DATA_HOME");
	if (dir)
		return path_join(dir, "masu");
	home = env_path("HOME");
	if (!home)
		home = account = account_home(getuid());
	/* A user of DynamicUser= has none, or the root directory in its place. */
	_cleanup_free_ char *state = home && is_own_dir(home) ? NULL : unit_dir("STATE_DIRECTORY");
	if (state)
		return path_join(state, "masu");
	if (!home) {
		(void)err_set(err, ERR_INVALID, ENOENT, "HOME is not set");
		(void)err_hint(err, "set HOME or MASU_DATA_DIR");
		return NULL;
	}
	return path_join(home, ".local/share/masu");
}

/* The reason that a directory of the session cannot be used. */
static const char *run_dir_fault(const char *dir)
{
	struct stat st;

	if (!dir || !*dir)
		return "is not set";
	if (*dir != '/')
		return "is not an absolute path";
	if (lstat(dir, &st) < 0)
		return errno == ENOENT ? "does not exist" : strerror(errno);
	return S_ISDIR(st.st_mode) ? "belongs to another user" : "is not a directory";
}

/* Neither `dir`, which the environment names, nor `usual` can be used. */
static char *fall_back(const char *dir, const char *usual, char **ret_notice)
{
	bool set = dir && *dir;
	char *run = str_printf("/tmp/masu-%u", geteuid());

	if (run)
		*ret_notice = str_printf("XDG_RUNTIME_DIR%s%s%s %s, and %s %s: using %s",
					 set ? " '" : "", set ? dir : "", set ? "'" : "",
					 run_dir_fault(dir), usual, run_dir_fault(usual), run);
	return run;
}

static char *find_run(bool root, char **ret_notice)
{
	const char *dir = env_path("MASU_RUN_DIR");
	char path[64];

	if (dir)
		return path_normalize(dir);
	if (root)
		return strdup("/run/masu");
	dir = env_path("XDG_RUNTIME_DIR");
	if (dir && is_own_dir(dir))
		return path_join(dir, "masu");
	(void)snprintf(path, sizeof(path), "/run/user/%u", geteuid());
	if (is_own_dir(path))
		return path_join(path, "masu");
	_cleanup_free_ char *unit = unit_dir("RUNTIME_DIRECTORY");
	if (unit)
		return path_join(unit, "masu");
	return fall_back(getenv("XDG_RUNTIME_DIR"), path, ret_notice);
}

/* Creates it with mode 0700, and refuses one of another user and a link (planted in /tmp). */
static int ensure_own_dir(const char *path, struct masu_error *err)
{
	struct stat st;
	int r = path_mkdir_all(path, 0700);

	if (r < 0) {
		(void)err_sys(err, r, "create the directory '%s'", path);
		return err_hint(err, "make it writable, or set MASU_DATA_DIR or MASU_RUN_DIR to "
				     "another place");
	}
	if (lstat(path, &st) < 0)
		return err_sys(err, errno, "read the attributes of '%s'", path);
	if (S_ISLNK(st.st_mode)) {
		(void)err_set(err, ERR_DENIED, ELOOP, "'%s' is a link", path);
		return err_hint(err, "set MASU_DATA_DIR or MASU_RUN_DIR to the directory itself");
	}
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return err_set(err, ERR_DENIED, EPERM, "'%s' is not a directory of this user",
			       path);
	if (st.st_mode & 077 && chmod(path, 0700) < 0)
		return err_sys(err, errno, "close '%s' to others", path);
	return 0;
}

static int ensure_dirs(const char *top, const char *const *names, size_t n, struct masu_error *err)
{
	int r = ensure_own_dir(top, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		_cleanup_free_ char *path = path_join(top, names[i]);

		if (!path)
			return err_oom(err);
		/* Below an own 0700 directory only existence matters. */
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			r = err_sys(err, errno, "create the directory '%s'", path);
	}
	return r;
}

/* Root of a nested user namespace (a container, "unshare -r") has a home, but not the host's /var. */
int paths_init_run(struct paths *ret, char **ret_notice, struct masu_error *err)
{
	_cleanup_paths_ struct paths paths = {0};
	_cleanup_free_ char *notice = NULL;
	int r = check_own("MASU_RUN_DIR", err);

	if (r < 0)
		return r;
	paths.run = find_run(idmap_caller_is_host_root(), &notice);
	if (!paths.run)
		return err_oom(err);
	r = ensure_dirs(paths.run, run_dirs, ARRAY_SIZE(run_dirs), err);
	if (r < 0)
		return r;
	*ret = paths;
	paths = (struct paths){0};
	*ret_notice = TAKE_PTR(notice);
	return 0;
}

int paths_init(struct paths *ret, char **ret_notice, struct masu_error *err)
{
	_cleanup_free_ char *data = NULL;
	int r = check_own("MASU_DATA_DIR", err);

	if (r < 0)
		return r;
	data = find_data(idmap_caller_is_host_root(), err);
	if (!data)
		return err && err->code ? -err->code : err_oom(err);
	r = ensure_dirs(data, data_dirs, ARRAY_SIZE(data_dirs), err);
	if (r < 0)
		return r;
	r = paths_init_run(ret, ret_notice, err);
	if (r < 0)
		return r;
	ret->data = TAKE_PTR(data);
	return 0;
}

_printf_(2, 0) static char *join_format(const char *top, const char *format, va_list ap)
{
	_cleanup_free_ char *rest = NULL;

	if (vasprintf(&rest, format, ap) < 0) {
		rest = NULL;
		return NULL;
	}
	return path_join(top, rest);
}

char *paths_data(const struct paths *paths, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *path = join_format(paths->data, format, ap);
	va_end(ap);
	return path;
}

char *paths_run(const struct paths *paths, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *path = join_format(paths->run, format, ap);
	va_end(ap);
	return path;
}
