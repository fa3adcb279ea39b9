/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/cli.h"

static int unshare_run(const void *values, char **operands, struct masu_error *err)
{
	const char *shell = getenv("SHELL");
	char *const shells[] = {(char *)(shell && *shell ? shell : "/bin/sh"), NULL};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine(&e, err);

	return r < 0 ? r : masu_unshare(e, *operands ? operands : shells, err);
}

const struct command command_unshare = {
	.name = "unshare",
	.operands = "[COMMAND [ARG...]]",
	.summary = "Run a command that sees the owners of containers' files",
	.notes =
		"Without COMMAND it is the shell, as SHELL names it. It is root of a user namespace with the\n"
		"ids of containers. The exit status is the command's; 125 when masu fails, 126 when the\n"
		"command cannot be executed, 127 when it does not exist.",
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.run = unshare_run,
};
