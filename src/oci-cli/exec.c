/* SPDX-License-Identifier: Apache-2.0 */

#include "base/log.h"
#include "oci-cli/exec-options.h"
#include "runtime/terminal.h"

/* As runc and crun have it. */
#define STATUS_NOT_EXECUTED 255

static int execute(const struct oci_options *o, char **operands, struct masu_error *err)
{
	const struct handover handover = {.console_socket = o->console_socket,
					  .pidfd_socket = o->pidfd_socket,
					  .pid_file = o->pid_file,
					  .console_fd = -1,
					  .pidfd_fd = -1};
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	_cleanup_free_ gid_t *groups = NULL;
	struct exec_options options;
	int r = exec_options_read(o, operands + 1, &options, &groups, err);

	if (r < 0)
		return r;
	if (!o->console_socket)
		options.window = terminal_size();
	r = oci_find(o, operands[0], &c, err);
	return r < 0 ? r : exec_run(&c, &options, &handover, err);
}

static int exec_run_command(const void *values, char **operands, struct masu_error *err)
{
	int r = execute(values, operands, err);

	if (r >= 0)
		return r;
	(void)log_err(err);
	return err->kind == ERR_SIGNAL ? err_exit_status(err) : STATUS_NOT_EXECUTED;
}

static const struct option_row exec_rows[] = {
	OCI_ROW(OPTION_LIST, gids, 'g', "additional-gids", "GID", "Add the process to this group"),
	OCI_ROW(OPTION_STRING, apparmor, 0, "apparmor", "PROFILE", "AppArmor profile"),
	OCI_ROW(OPTION_LIST, caps, 'c', "cap", "NAME", "Add a capability"),
	OCI_ROW(OPTION_LIST, cgroups, 0, "cgroup", "PATH",
		"Run it in this cgroup below the container's"),
	OCI_ROW(OPTION_STRING, console_socket, 0, "console-socket", "PATH",
		"Send the terminal's master to this socket"),
	OCI_ROW(OPTION_STRING, cwd, 0, "cwd", "DIR", "Run in this directory"),
	OCI_ROW(OPTION_FLAG, detach, 'd', "detach", NULL, "Return when it runs"),
	OCI_ROW(OPTION_LIST, env, 'e', "env", "NAME=VALUE", "Set a variable"),
	OCI_ROW(OPTION_FLAG, ignore_paused, 0, "ignore-paused", NULL,
		"Accept a paused container: run when it is resumed"),
	OCI_ROW(OPTION_FLAG, no_new_privs, 0, "no-new-privs", NULL,
		"Gain no privileges from setuid programs"),
	OCI_ROW(OPTION_STRING, pid_file, 0, "pid-file", "FILE",
		"Write the pid of the process to this file"),
	OCI_ROW(OPTION_STRING, pidfd_socket, 0, "pidfd-socket", "PATH",
		"Send a pidfd of the process to this socket"),
	OPTION_ROW_PARSE(oci_parse_count, struct oci_options, n_preserve_fds, 0, "preserve-fds",
			 "NUMBER", "Pass this number of descriptors from 3 on"),
	OCI_ROW(OPTION_STRING, process, 'p', "process", "FILE",
		"Run this process, in the form of a config.json's"),
	OCI_ROW(OPTION_STRING, process_label, 0, "process-label", "LABEL", "SELinux label"),
	OCI_ROW(OPTION_FLAG, tty, 't', "tty", NULL, "Give it a terminal"),
	OCI_ROW(OPTION_STRING, user, 'u', "user", "UID[:GID]", "Run it as this user"),
	{0},
};

const struct command oci_command_exec = {
	.name = "exec",
	.operands = "ID [COMMAND [ARG...]]",
	.summary = "Run another process in a container",
	.options = exec_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.is_exposed = true,
	.run = exec_run_command,
};
