/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/launcher.h"
#include "launcher/launch.h"

static void send_notice(void *userdata, const char *text, bool repeated)
{
	if (!repeated)
		(void)channel_send(*(const int *)userdata, LAUNCH_NOTICE, text, strlen(text) + 1,
				   -1);
}

/* The flags of spawn.c's run. */
static int run_container(masu_container *c, const char *flags, int *ret_status,
			 struct masu_error *err)
{
	/* A signal of the caller is a cancellation. */
	const struct masu_run_options options = {.size = sizeof(options),
						 .interactive = strchr(flags, 'i'),
						 .keep_signals = true,
						 .no_stdout = strchr(flags, 'o'),
						 .no_stderr = strchr(flags, 'e')};

	return masu_container_run(c, &options, ret_status, err);
}

/* The arguments of spawn.c's exec: FLAGS USER WORKDIR [=KEYS] COUNT ENV... COMMAND... */
static int exec_in_container(masu_container *c, char **argv, int *ret_status,
			     struct masu_error *err)
{
	enum { FLAGS, USER, WORKDIR, KEYS, COUNT, ENV };
	_cleanup_strv_ char **env = NULL;
	size_t n = strv_length(argv);
	uint64_t count;

	if (n < ENV || str_to_uint64(argv[COUNT], n - ENV, &count) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid arguments of exec");
	for (size_t i = 0; i < count; i++)
		if (strv_push(&env, argv[ENV + i]) < 0)
			return err_oom(err);
	const struct masu_exec_options options = {
		.size = sizeof(options),
		.command = argv + ENV + count,
		.env = env,
		.user = *argv[USER] ? argv[USER] : NULL,
		.workdir = *argv[WORKDIR] ? argv[WORKDIR] : NULL,
		.tty = strchr(argv[FLAGS], 't'),
		.interactive = strchr(argv[FLAGS], 'i'),
		.detach = strchr(argv[FLAGS], 'd'),
		.privileged = strchr(argv[FLAGS], 'p'),
		.detach_keys = *argv[KEYS] ? argv[KEYS] + 1 : NULL,
	};
	return masu_container_exec(c, &options, ret_status, err);
}

/* [n] [=KEYS] */
static int attach_container(masu_container *c, char **argv, int *ret_status, struct masu_error *err)
{
	if (strv_length(argv) != 2)
		return err_set(err, ERR_INVALID, EINVAL, "invalid arguments of attach");
	const struct masu_attach_options options = {
		.size = sizeof(options),
		.no_stdin = *argv[0],
		.keep_signals = true,
		.detach_keys = *argv[1] ? argv[1] + 1 : NULL,
	};
	return masu_container_attach(c, &options, ret_status, err);
}

/* TIMEOUT SIGNAL */
static int restart_container(masu_container *c, char **argv, struct masu_error *err)
{
	int64_t seconds, signal;

	if (strv_length(argv) != 2 || str_to_int64(argv[0], &seconds) < 0 ||
	    str_to_int64(argv[1], &signal) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid arguments of restart");
	const struct masu_stop_options options = {
		.size = sizeof(options), .timeout_s = (int)seconds, .signal = (int)signal};
	return masu_container_restart(c, &options, err);
}

static int work(masu_engine *e, char **argv, int *ret_status, struct masu_error *err)
{
	__attribute__((cleanup(masu_container_freep))) masu_container *c = NULL;
	_cleanup_free_ char *path = NULL;
	const char *verb = argv[0];
	int r;

	if (!verb || !argv[1])
		return err_set(err, ERR_INVALID, EINVAL, "missing argument: VERB ARGUMENT");
	if (streq(verb, "remove"))
		return launcher_remove_trees(e, argv[1], argv + 2, err);
	if (streq(verb, "measure"))
		return launcher_measure_trees(e, argv + 1, STDOUT_FILENO, err);
	if (streq(verb, "probe-overlay"))
		return launcher_probe_overlay(e, argv[1], err);
	r = masu_container_find(e, argv[1], &c, err);
	if (r < 0)
		return r;
	if (streq(verb, "start"))
		return masu_container_start(c, err);
	if (streq(verb, "start-now"))
		return masu_container_start_now(c, err);
	if (streq(verb, "init"))
		return masu_container_init(c, err);
	if (streq(verb, "run"))
		return run_container(c, argv[2] ? argv[2] : "", ret_status, err);
	if (streq(verb, "mount"))
		return masu_container_mount(c, &path, err);
	if (streq(verb, "unmount"))
		return masu_container_unmount(c, err);
	if (streq(verb, "restart"))
		return restart_container(c, argv + 2, err);
	if (streq(verb, "exec"))
		return exec_in_container(c, argv + 2, ret_status, err);
	if (streq(verb, "check"))
		return masu_container_health_check(c, ret_status, err);
	if (streq(verb, "attach"))
		return attach_container(c, argv + 2, ret_status, err);
	return err_set(err, ERR_INVALID, EINVAL, "unknown verb \"%s\"", verb);
}

int launch_main(char **argv)
{
	__attribute__((cleanup(masu_engine_freep))) masu_engine *e = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	uint32_t channel;
	int status = 0;

	if (!argv[0] || str_to_uint32(argv[0], &channel) < 0 || channel > INT32_MAX)
		return 125;
	int fd = (int)channel;
	if (fd_set_cloexec(fd, true) < 0)
		return 125;
	const struct masu_engine_options options = {
		.size = sizeof(options), .notice = send_notice, .userdata = &fd, .no_sweep = true};
	int r = masu_engine_open(&options, &e, &err);
	if (r == 0)
		r = work(e, argv + 1, &status, &err);
	if (r < 0) {
		(void)channel_send_err(fd, &err); /* the caller may have gone */
		return err_exit_status(&err);
	}
	const int32_t sent = status;
	return channel_send(fd, LAUNCH_DONE, &sent, sizeof(sent), -1) < 0 ? 125 : 0;
}
