/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which processes a container has is asked of its cgroup. How they look is ps(1)'s business: it is
 * run with the caller's options, and of what it prints the lines are kept whose PID is among them.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cli/print.h"
#include "oci-cli/bundle.h"

#define OUTPUT_MAX (64u << 20)
#define SPACE	   " \t"

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

/* The word with this index in a line, or "". */
static const char *word_at(const char *line, size_t index, size_t *ret_length)
{
	line += strspn(line, SPACE);
	for (; index > 0 && *line; index--) {
		line += strcspn(line, SPACE);
		line += strspn(line, SPACE);
	}
	*ret_length = strcspn(line, SPACE);
	return line;
}

static int find_pid_column(const char *title, size_t *ret, struct err *err)
{
	size_t length = 1;

	for (size_t i = 0; length > 0; i++) {
		const char *word = word_at(title, i, &length);

		if (length == 3 && strncmp(word, "PID", 3) == 0) {
			*ret = i;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID, EINVAL, "ps: no column PID among '%s'", title);
}

static int print_lines(char *text, const pid_t *pids, size_t n, struct err *err)
{
	char *saved = NULL, *line = strtok_r(text, "\n", &saved);
	size_t column, length;
	int r = line ? find_pid_column(line, &column, err)
		     : err_set(err, ERR_UNAVAILABLE, EIO, "ps printed nothing");

	if (r < 0)
		return r;
	(void)puts(line);
	while ((line = strtok_r(NULL, "\n", &saved))) {
		const char *pid = word_at(line, column, &length);

		if (is_among(pids, n, pid, length))
			(void)puts(line);
	}
	return 0;
}

static int run_ps(char **options, char **ret, struct err *err)
{
	static char *const by_default[] = {(char *)"-ef", NULL};
	_cleanup_strv_ char **argv = NULL;
	_cleanup_close_ int reads = -1, writes = -1;
	int pair[2];
	pid_t pid;

	if (strv_push(&argv, "ps") < 0 || strv_extend(&argv, *options ? options : by_default) < 0)
		return err_sys(err, ENOMEM, "run ps");
	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_sys(err, errno, "run ps");
	reads = pair[0];
	writes = pair[1];
	const int stdio[] = {-1, writes, STDERR_FILENO};
	const struct proc_spec spec = {.path = "ps", .argv = argv, .stdio = stdio};
	int r = proc_spawn(&spec, &pid, NULL, err);
	if (r < 0)
		return r;
	fd_close(&writes);
	r = fd_read_all(reads, OUTPUT_MAX, ret, NULL);
	int status = proc_wait(pid);
	if (r < 0)
		return err_sys(err, r, "read what ps prints");
	return status == 0 ? 0 : err_set(err, ERR_UNAVAILABLE, EIO, "ps exited with %d", status);
}

/* Of one that has ended, what is left of it: in a pid namespace of others, processes live on. */
static int list_pids(const struct bundle *b, pid_t **ret, size_t *ret_n, struct err *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int r = bundle_cgroup(&b->state, &cg, err);

	if (r == -ENOENT && b->status == OCI_STATUS_STOPPED)
		return 0;
	return r < 0 ? r : cgroup_pids(cg, ret, ret_n, err);
}

static int print_ids(const pid_t *pids, size_t n, struct err *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	struct json_build b = {0};

	for (size_t i = 0; i < n; i++)
		build_int(&b, array, NULL, pids[i]);
	return print_json(b.failed ? NULL : array, false, err);
}

static int ps_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	bool json = o->format && streq(o->format, "json");
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;
	int r = 0;

	if (o->format && !json && !streq(o->format, "table"))
		return err_set(err, ERR_INVALID, EINVAL, "--format '%s' is neither table nor json",
			       o->format);
	r = bundle_find(o->globals, operands[0], &b, err);
	if (r == 0)
		r = list_pids(&b, &pids, &n, err);
	if (r < 0)
		return r;
	if (json)
		return print_ids(pids, n, err);
	r = run_ps(operands + 1, &text, err);
	return r == 0 ? print_lines(text, pids, n, err) : r;
}

static const struct option_row ps_rows[] = {
	OCI_ROW(OPTION_STRING, format, 'f', "format", "FORMAT",
		"table (default), or json: the process ids"),
	{0},
};

const struct command oci_command_ps = {
	.name = "ps",
	.operands = "ID [OPTION-OF-PS...]",
	.summary = "Show a container's processes, as ps does (default: ps -ef)",
	.options = ps_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.run = ps_run,
};
