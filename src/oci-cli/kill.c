/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "base/signal-name.h"
#include "base/str.h"
#include "oci-cli/oci-cli.h"
#include "runtime/instance.h"

static int kill_one(const struct oci_options *o, const char *id, void *signal,
		    struct masu_error *err)
{
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	int r = oci_find(o, id, &c, err);

	return r < 0 ? r : instance_kill(&c, *(const int *)signal, o->all, err);
}

/* Containers that do not run are left out. */
static int kill_matching(const struct oci_options *o, const char *id, void *signal,
			 struct masu_error *err)
{
	int r = kill_one(o, id, signal, err);

	return r == -ESRCH || r == -ENOENT ? 0 : r;
}

static int kill_run(const void *values, char **operands, struct masu_error *err)
{
	const struct oci_options *o = values;
	int signal = operands[1] ? signal_from_string(operands[1]) : SIGTERM;

	if (operands[1] && streq(operands[1], "0")) /* asks whether it exists */
		signal = 0;
	if (signal < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown signal '%s'", operands[1]);
	return o->regex ? oci_each(o, operands[0], kill_matching, &signal, err)
			: kill_one(o, operands[0], &signal, err);
}

static const struct option_row kill_rows[] = {
	OCI_ROW(OPTION_FLAG, all, 'a', "all", NULL, "Send it to all of its processes"),
	OCI_ROW(OPTION_FLAG, regex, 'r', "regex", NULL,
		"Send it to all containers whose ids match this regular expression"),
	{0},
};

const struct command oci_command_kill = {
	.name = "kill",
	.operands = "ID [SIGNAL]",
	.summary = "Send a signal to a container's init (default TERM)",
	.options = kill_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 2,
	.run = kill_run,
};
