/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/ps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"

#define OUTPUT_MAX (64u << 20)

static bool is_among(const pid_t *pids, size_t n, const char *text, size_t length)
{
	char number[16];

	for (size_t i = 0; i < n; i++) {
		int digits = snprintf(number, sizeof(number), "%d", (int)pids[i]);

		if ((size_t)digits == length && strncmp(number, text, length) == 0)
			return true;
	}
	return false;
}

static int find_pid_column(const char *title, size_t *ret, struct masu_error *err)
{
	size_t length = 1;

	for (size_t i = 0; length > 0; i++) {
		const char *word = str_word(title, i, &length);

		if (length == 3 && strncmp(word, "PID", 3) == 0) {
			*ret = i;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID, EINVAL, "ps: no column PID in '%s'", title);
}

static int keep_lines(char *text, const pid_t *pids, size_t n, char **ret, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf kept = STRBUF_INIT;
	char *saved = NULL, *line = strtok_r(text, "\n", &saved);
	size_t column, length;

	if (!line)
		return err_set(err, ERR_UNAVAILABLE, EIO, "ps printed nothing");
	int r = find_pid_column(line, &column, err);
	for (bool title = true; r == 0 && line; title = false) {
		const char *pid = str_word(line, column, &length);

		if (title || is_among(pids, n, pid, length))
			strbuf_addf(&kept, "%s\n", line);
		line = strtok_r(NULL, "\n", &saved);
	}
	if (r < 0)
		return r;
	*ret = strbuf_take(&kept);
	return *ret ? 0 : err_oom(err);
}

static int run_ps(char *const *options, int cancel_fd, char **ret, struct masu_error *err)
{
	static char *const by_default[] = {(char *)"-ef", NULL};
	_cleanup_strv_ char **argv = NULL;
	_cleanup_close_ int output = fd_memory("ps", NULL, 0); /* unlike a pipe it is never full */
	pid_t pid;

	if (strv_push(&argv, "ps") < 0 || strv_extend(&argv, *options ? options : by_default) < 0)
		return err_oom(err);
	if (output < 0)
		return err_sys(err, output, "run ps");
	const int stdio[] = {-1, output, output};
	const struct proc_spec spec = {.path = "ps", .argv = argv, .stdio = stdio};
	int r = proc_spawn(&spec, &pid, NULL, err);
	if (r < 0)
		return r;
	int status = proc_wait_or_cancel(pid, cancel_fd);
	if (status < 0)
		return err_sys(err, status, "run ps");
	r = lseek(output, 0, SEEK_SET) < 0 ? -errno : fd_read_all(output, OUTPUT_MAX, ret, NULL);
	if (r < 0)
		return err_sys(err, r, "read the output of ps");
	if (status == 0)
		return 0;
	/* The first line of its output is the reason. */
	return err_set(err, ERR_UNAVAILABLE, EIO, "ps exited with %d: %.*s", status,
		       (int)strcspn(*ret, "\n"), *ret);
}

int ps_table(char *const *options, const pid_t *pids, size_t n, int cancel_fd, char **ret,
	     struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = run_ps(options, cancel_fd, &text, err);

	return r < 0 ? r : keep_lines(text, pids, n, ret, err);
}
