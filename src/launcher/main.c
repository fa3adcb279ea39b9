/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The program masu: the command line, a client of libmasu (cli/), in a process that can itself do what libmasu lets
 * this program do (engine/launcher.h).
 */

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/str.h"
#include "cli/cli.h"
#include "engine/container/session.h"
#include "engine/control/remove.h"
#include "launcher/check.h"
#include "launcher/hold.h"
#include "launcher/host-command.h"
#include "launcher/launch.h"
#include "launcher/policy.h"
#include "launcher/proxy.h"
#include "linux/self.h"

/* Does it start or enter a container? */
static bool is_exposed(char *const *words)
{
	const struct command *c = cli_find_command(words);

	return c ? c->is_exposed
		 : *words && (streq(*words, "launch") || streq(*words, TIMER_CHECK_COMMAND));
}

/* The root of a container must not be able to write the program that starts it. */
static int protect(char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	return self_protect(argv, &err) < 0 ? log_err(&err) : 0;
}

/* The executed program, which finds the container cleaned up, needs the lock again. */
static int protect_locked(int lock, char **argv)
{
	if (fd_set_cloexec(lock, false) < 0)
		return 125;
	int status = protect(argv);
	(void)fd_set_cloexec(lock, true);
	return status;
}

/* The container with an id, and its engine, for a program that its supervisor executes. */
static int open_container(const char *id, masu_engine **ret_engine, masu_container **ret,
			  struct masu_error *err)
{
	static const struct masu_engine_options options = {.size = sizeof(options),
							   .no_sweep = true};
	int r = masu_engine_open(&options, ret_engine, err);

	return r < 0 ? r : container_new(*ret_engine, id, ret, err);
}

/*
 * The last program of masu-monitor when its container has exited: it cleans up and follows the restart policy. The
 * arguments are the id and the descriptor of the container's directory, which the monitor has locked.
 */
static int container_exited_main(char **argv)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	uint32_t lock;

	if (!argv[2] || !id_is_valid(argv[2]) || !argv[3] || str_to_uint32(argv[3], &lock) < 0 ||
	    fd_set_cloexec((int)lock, true) < 0)
		return 125;
	if (open_container(argv[2], &e, &c, &err) < 0)
		return log_err(&err);
	c->home.fd = (int)lock;
	if (home_hold(&c->home, e, 0) < 0) /* removed with its lock held, as by hand */
		return 0;
	engine_settle(c, NULL);
	if (!policy_demands_start(c))
		return 0;
	int status = protect_locked(c->home.fd, argv);
	if (status)
		return status;
	return policy_follow(c, &err) < 0 ? log_err(&err) : 0;
}

/* Executed by the supervisor of a container, with its id, when a health check is due: see monitor/timer.h. */
static int container_check_main(char **argv)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (!argv[2] || !id_is_valid(argv[2]))
		return 125;
	if (open_container(argv[2], &e, &c, &err) < 0)
		return log_err(&err);
	int r = check_for_supervisor(c, &err);
	return r < 0 ? log_err(&err) : r;
}

/* Is this process in a box, and its program the mounted one? A program of the box's own has another name. */
static bool is_client_of_box(void)
{
	char self[PATH_MAX];

	if (access(SESSION_CLIENT, F_OK) < 0)
		return false;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return false;
	self[n] = 0;
	return streq(self, SESSION_CLIENT);
}

/*
 * In a box, the store of the home would be seen with the ids, mounts and processes of the box: containers of the host that
 * run would look like leftovers.
 */
static int refuse_in_box(void)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	(void)err_set(&err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "this is a box, where masu executes commands of the host only");
	(void)err_hint(&err, "masu of the host: masu box host-exec masu ...");
	return log_err(&err);
}

static bool is_allowed_in_box(int argc, char **argv)
{
	if (argc < 2 || *argv[1] == '-' || streq(argv[1], "help") || streq(argv[1], "version"))
		return true;
	return streq(argv[1], "box") && argc > 2 && streq(argv[2], "host-exec");
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	int status;

	log_init("masu");
	self_keep();
	/* Files for other users than the caller have the modes that the code gives. Commands of the user keep the mask. */
	if (!streq(command, "unshare") && !streq(command, HOST_COMMAND))
		(void)umask(022);
	signal_survive_file_limit();
	fd_open_standard();
	if (is_client_of_box() && !is_allowed_in_box(argc, argv))
		return refuse_in_box();
	status = argc > 1 && is_exposed(argv + 1) ? protect(argv) : 0;
	if (status)
		return status;
	if (streq(command, "launch"))
		return launch_main(argv + 2);
	if (streq(command, "container-exited"))
		return container_exited_main(argv);
	if (streq(command, TIMER_CHECK_COMMAND))
		return container_check_main(argv);
	if (streq(command, PROXY_COMMAND))
		return proxy_main(argv + 2);
	if (streq(command, HOST_COMMAND))
		return host_command_main();
	if (streq(command, "__complete"))
		return complete_main(argv + 2);
	return cli_main(argc, argv);
}
