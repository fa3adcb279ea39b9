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
#include "engine/remove.h"
#include "launcher/launch.h"
#include "linux/self.h"

/* Does it start or enter a container? */
static bool is_exposed(char *const *words)
{
	const struct command *c = cli_find_command(words);

	return c ? c->is_exposed : *words && streq(*words, "launch");
}

/* The root of a container must not be able to write the program that starts it. */
static int protect(char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	return self_protect(argv, &err) < 0 ? log_err(&err) : 0;
}

#define LOCK_TIMEOUT_MS 10000

/*
 * The last program of masu-monitor when its container has exited. If another process is faster in cleaning up, or has
 * removed the container, then there is nothing left to do.
 */
static int container_exited_main(char **argv)
{
	static const struct masu_engine_options options = {.size = sizeof(options),
							   .no_sweep = true};
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = masu_engine_open(&options, &e, &err);

	if (r < 0)
		return log_err(&err);
	if (!argv[0] || !id_is_valid(argv[0]))
		return 125;
	r = container_new(e, argv[0], &c, &err);
	if (r < 0)
		return log_err(&err);
	if (container_open(c, NULL) < 0)
		return 0;
	if (home_hold(&c->home, e, LOCK_TIMEOUT_MS) == 0)
		engine_settle(c, NULL);
	return 0;
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
	status = argc > 1 && is_exposed(argv + 1) ? protect(argv) : 0;
	if (status)
		return status;
	if (streq(command, "launch"))
		return launch_main(argv + 2);
	if (streq(command, "container-exited"))
		return container_exited_main(argv + 2);
	return cli_main(argc, argv);
}
