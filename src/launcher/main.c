/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The program masu: the command line, a client of libmasu (cli/), in a process that can itself do what libmasu lets
 * this program do (engine/launcher.h).
 */

#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/str.h"
#include "cli/cli.h"
#include "launcher/launcher.h"
#include "linux/self.h"

/* Does it start or enter a container? */
static bool is_exposed(const char *command)
{
	const struct command *c = cli_find_command(command);

	return c ? c->is_exposed : streq(command, "launch");
}

/* The root of a container must not be able to write the program that starts it. */
static int protect(char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	return self_protect(argv, &err) < 0 ? log_err(&err) : 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	int status;

	log_init("masu");
	self_keep();
	/* Files for other users than the caller have the modes that the code gives. */
	(void)umask(022);
	signal_survive_file_limit();
	fd_open_standard();
	status = is_exposed(command) ? protect(argv) : 0;
	if (status)
		return status;
	if (streq(command, "launch"))
		return launch_main(argv + 2);
	if (streq(command, "container-exited"))
		return container_exited_main(argv + 2);
	return cli_main(argc, argv);
}
