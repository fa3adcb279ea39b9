/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/env-args.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"

#define LINES_MAX	(1u << 20)
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* as editors of Windows put it first */

static int check_name(const char *arg, struct masu_error *err)
{
	size_t n = strcspn(arg, "=");

	if (n == 0)
		return err_set(err, ERR_INVALID, EINVAL, "variable '%s' has no name", arg);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)arg[i] <= ' ' || arg[i] == 0x7f)
			return err_set(err, ERR_INVALID, EINVAL,
				       "the name of variable '%s' has a space or control character",
				       arg);
	return 0;
}

int env_args_add(char ***env, const char *arg, struct masu_error *err)
{
	_cleanup_free_ char *assignment = NULL;
	int r = check_name(arg, err);

	if (r < 0)
		return r;
	if (!strchr(arg, '=')) {
		const char *own = getenv(arg);

		if (!own)
			return 0;
		if (asprintf(&assignment, "%s=%s", arg, own) < 0)
			return err_oom(err);
	}
	r = strv_env_set(env, assignment ? assignment : arg);
	return r < 0 ? err_sys(err, r, "set a variable") : 0;
}

static int add_variable(void *list, const char *line, struct masu_error *err)
{
	return env_args_add(list, line, err);
}

static int add_label(void *labels, const char *line, struct masu_error *err)
{
	return label_args_add(labels, line, err);
}

/* Calls `add` with each line that is neither empty nor a comment. */
static int add_lines(void *list, const char *text, const char *name,
		     int (*add)(void *list, const char *line, struct masu_error *err),
		     struct masu_error *err)
{
	const char *unmarked = str_after(text, BYTE_ORDER_MARK);

	text = unmarked ? unmarked : text;
	for (size_t number = 1; *text; number++) {
		size_t n = strcspn(text, "\n");
		_cleanup_free_ char *line = strndup(text, n);

		if (!line)
			return err_oom(err);
		if (n > 0 && line[n - 1] == '\r')
			line[n - 1] = 0;
		text += text[n] ? n + 1 : n;
		const char *start = line + strspn(line, " \t");
		if (!*start || *start == '#')
			continue;
		int r = add(list, start, err);
		if (r < 0)
			return err_prefix(err, "'%s', line %zu", name, number);
	}
	return 0;
}

static int read_lines(const char *what, const char *path, char **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = file_read(AT_FDCWD, path, LINES_MAX, &text, &size);

	if (r == -EFBIG)
		return err_set(err, ERR_INVALID, EFBIG, "%s file '%s' is over 1 MiB", what, path);
	if (r < 0)
		return err_sys(err, r, "read %s file '%s'", what, path);
	if (strlen(text) != size)
		return err_set(err, ERR_INVALID, EINVAL, "%s file '%s' has a NUL byte", what, path);
	*ret = TAKE_PTR(text);
	return 0;
}

int env_args_add_lines(char ***env, const char *text, const char *name, struct masu_error *err)
{
	return add_lines(env, text, name, add_variable, err);
}

int env_args_add_file(char ***env, const char *path, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = read_lines("environment", path, &text, err);

	return r < 0 ? r : env_args_add_lines(env, text, path, err);
}

int label_args_add_file(char ***labels, const char *path, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = read_lines("label", path, &text, err);

	return r < 0 ? r : add_lines(labels, text, path, add_label, err);
}

int label_args_add(char ***labels, const char *arg, struct masu_error *err)
{
	if (!*arg || *arg == '=')
		return err_set(err, ERR_INVALID, EINVAL, "label '%s' has no key", arg);
	return strv_pushf(labels, "%s%s", arg, strchr(arg, '=') ? "" : "=") < 0 ? err_oom(err) : 0;
}
