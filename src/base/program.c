/* SPDX-License-Identifier: Apache-2.0 */
#include "base/program.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/path.h"

static const char *env_directory(const char *name)
{
	const char *value = getenv(name);

	return value && *value == '/' ? value : NULL;
}

/* The directory of the running program, or of the program that it is a protected copy of (linux/self.h). */
static char *running_directory(void)
{
	const char *remembered = env_directory("MASU_PROGRAM_DIR");
	char self[PATH_MAX];
	ssize_t n;

	if (remembered)
		return strdup(remembered);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return NULL;
	self[n] = 0;
	*(char *)path_last(self) = 0;
	return strdup(self);
}

static char *not_found(const char *name, struct masu_error *err)
{
	(void)err_set(err, ERR_UNAVAILABLE, ENOENT, "program \"%s\" not found", name);
	(void)err_hint(err, "it is a part of masu: install it in %s", MASU_LIBEXECDIR);
	return NULL;
}

static char *no_memory(struct masu_error *err)
{
	(void)err_sys(err, ENOMEM, "find a program of masu");
	return NULL;
}

char *program_find(const char *name, struct masu_error *err)
{
	const char *libexec = env_directory("MASU_LIBEXEC_DIR");
	_cleanup_free_ char *dir = libexec ? strdup(libexec) : running_directory();
	_cleanup_free_ char *path = dir ? path_join(dir, name) : NULL;

	if (path && access(path, X_OK) == 0)
		return TAKE_PTR(path);
	if (libexec)
		return path ? not_found(name, err) : no_memory(err);
	free(path);
	path = path_join(MASU_LIBEXECDIR, name);
	if (!path)
		return no_memory(err);
	return access(path, X_OK) == 0 ? TAKE_PTR(path) : not_found(name, err);
}
