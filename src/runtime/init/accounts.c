/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The caller's entries in the container's /etc/passwd and /etc/group, if `--userns keep-id` or a box asks for them. The files
 * are those of the upper directory, since nothing is mounted yet: no file of the host is in reach.
 *
 * An entry is appended unless the file has its name or its number. In a box (plan->owns_user) it replaces such lines, because
 * many images have a user 1000 of their own. A line with both stays as it is: the user may have changed the shell in it.
 */

#include "runtime/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/id-file.h"
#include "base/path.h"
#include "base/str.h"

#define SHELL_DEFAULT "/bin/sh"

static int cannot_add(const char *path, int code, struct masu_error *err)
{
	return err_sys(err, code, "add a line to '%s' of the container", path);
}

/* In one write, so that a kill leaves no part of a line. */
static int append_line(const struct init *init, const char *path, const char *line, bool begun,
		       struct masu_error *err)
{
	_cleanup_close_ int path_fd = path_open_in(init->root_fd, path, O_PATH, 0, 0);
	_cleanup_close_ int fd = path_fd < 0 ? path_fd
					     : init_reopen(init, path_fd, O_WRONLY | O_APPEND);
	_cleanup_free_ char *text = str_printf("%s%s\n", begun ? "\n" : "", line);

	if (!text)
		return cannot_add(path, ENOMEM, err);
	ssize_t n = fd < 0 ? fd : write(fd, text, strlen(text));
	if (fd >= 0 && n < 0)
		n = -errno;
	return n < 0 ? cannot_add(path, (int)n, err) : 0;
}

/* The last field of a line of passwd(5) is a shell. One that the container does not have is replaced. */
static char *with_known_shell(const struct init *init, const char *line)
{
	const char *shell = strrchr(line, ':') + 1;

	if (path_check_executable(init->root_fd, shell) == 0)
		return strdup(line);
	return str_printf("%.*s%s", (int)(shell - line), line, SHELL_DEFAULT);
}

static int replace_lines(const struct init *init, const char *path, const char *text,
			 const char *line, struct masu_error *err)
{
	_cleanup_free_ char *replaced = NULL;
	size_t size;
	int r = id_file_replace(text, line, &replaced, &size);

	if (r <= 0)
		return r < 0 ? cannot_add(path, r, err) : 0;
	_cleanup_close_ int etc = path_open_in(init->root_fd, "/etc", O_PATH | O_DIRECTORY, 0, 0);
	if (etc >= 0)
		(void)file_remove_temporary(etc); /* of starts that were killed */
	r = etc < 0 ? etc : file_write_atomic(etc, path_last(path), replaced, size, 0644, 0);
	return r < 0 ? cannot_add(path, r, err) : 0;
}

static int add_entry(const struct init *init, const char *path, const char *line,
		     struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;

	/* Without such a file, or with a link to a FIFO in its place, the user has a number alone. */
	if (init_read_id_file(init, path, &text, NULL) < 0 || !*text)
		return 0;
	if (init->plan->owns_user)
		return replace_lines(init, path, text, line, err);
	bool begun = text[strlen(text) - 1] != '\n';
	return id_file_has(text, line) ? 0 : append_line(init, path, line, begun, err);
}

int init_add_user(struct init *init, struct masu_error *err)
{
	const struct container_plan *plan = init->plan;
	_cleanup_free_ char *passwd = NULL;

	if (!plan->overlay || !plan->passwd)
		return 0;
	passwd = with_known_shell(init, plan->passwd);
	if (!passwd)
		return cannot_add("/etc/passwd", ENOMEM, err);
	int r = add_entry(init, "/etc/passwd", passwd, err);
	return r < 0 || !plan->group ? r : add_entry(init, "/etc/group", plan->group, err);
}
