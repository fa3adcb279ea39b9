/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A command as root of a user namespace with the ids of containers. The command replaces this process, so its
 * exit status, signals and terminal need no go-between. A child that stays outside runs newuidmap and newgidmap for it.
 */

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/engine.h"
#include "linux/lent-ids.h"
#include "linux/userns-clone.h"

enum { UNSHARED = 1, MAPPED };

static int map_parent(const struct idmap *map, pid_t parent, int channel, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	struct idmap_job job = IDMAP_JOB_INIT;

	/* At the end of file the parent has reported its own error, or was killed. */
	if (channel_receive(channel, &m) < 0 || m.type != UNSHARED)
		return -ECONNRESET;
	int r = idmap_write_begin(map, parent, &job, err);
	int finished = idmap_write_finish(&job, r < 0 ? NULL : err);
	return r < 0 ? r : finished;
}

_noreturn_ static void mapper_main(const struct idmap *map, pid_t parent, int channel)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = map_parent(map, parent, channel, &err);

	if (r < 0)
		(void)channel_send_err(channel, &err); /* the parent sees the end of the channel */
	else
		r = channel_send(channel, MAPPED, NULL, 0, -1);
	_exit(r < 0);
}

static int enter(int channel, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return userns_explain(-errno, err);
	if (channel_send(channel, UNSHARED, NULL, 0, -1) < 0 || channel_receive(channel, &m) < 0)
		return err_set(err, ERR_INTERNAL, ECONNRESET,
			       "the process that maps the ids has died");
	return m.type == MAPPED ? 0 : channel_to_err(&m, err);
}

/* The namespace with the lent ids is entered first. There, this process may write the map itself. */
static int enter_lent(const struct idmap *map, struct idmap *ret, struct masu_error *err)
{
	_cleanup_lent_ids_ struct lent_ids lent = LENT_IDS_INIT;
	int r = lent_ids_take(NSRESOURCE_FOREIGN, &lent, err);

	if (r < 0)
		return r;
	r = idmap_translate(map, &lent.held, ret);
	if (r < 0)
		return err_sys(err, r, "create the id map");
	return setns(lent.userns_fd, CLONE_NEWUSER) < 0
		       ? err_sys(err, errno, "enter the user namespace with the lent ids")
		       : 0;
}

static int enter_mapped(const struct idmap *map, struct masu_error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	const pid_t self = getpid();
	int r = channel_pair(&ours, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	pid_t pid = fork();
	if (pid < 0)
		return err_sys(err, errno, "create the process that maps the ids");
	if (pid == 0) {
		fd_close(&ours);
		mapper_main(map, self, theirs);
	}
	fd_close(&theirs);
	r = enter(ours, err);
	fd_close(&ours);
	(void)proc_wait(pid); /* its message counts */
	if (r < 0)
		return r;
	/* The groups of the caller stay, with the files that they give access to. */
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(err, errno, "become root of the user namespace");
	return 0;
}

/* The caller's, with the directories of the engine: there, root's would be others. */
static int build_env(const struct masu_engine *e, char ***ret)
{
	int r = 0;

	STRV_FOREACH(variable, environ)
		if (r == 0 && !str_after(*variable, "MASU_DATA_DIR=") &&
		    !str_after(*variable, "MASU_RUN_DIR="))
			r = strv_push(ret, *variable);
	if (r == 0)
		r = strv_pushf(ret, "MASU_DATA_DIR=%s", e->paths.data);
	return r == 0 ? strv_pushf(ret, "MASU_RUN_DIR=%s", e->paths.run) : r;
}

int masu_unshare(masu_engine *e, char *const *command, masu_error *err)
{
	_cleanup_strv_ char **env = NULL;
	_cleanup_idmap_ struct idmap inside = {0};
	int r = engine_load_idmap(e, err);

	if (r < 0)
		return r;
	if (!command || !*command)
		return err_set(err, ERR_INVALID, EINVAL, "missing command");
	if (!e->idmap.userns)
		return err_set(
			err, ERR_UNSUPPORTED, EOPNOTSUPP,
			"root needs no user namespace: the ids of its containers are the host's");
	if (build_env(e, &env) < 0)
		return err_oom(err);
	r = e->idmap.lent ? enter_lent(&e->idmap, &inside, err) : 0;
	if (r == 0)
		r = enter_mapped(e->idmap.lent ? &inside : &e->idmap, err);
	if (r < 0)
		return r;
	(void)execvpe(*command, command, env);
	r = -errno;
	return err_set(err, r == -ENOENT ? ERR_NO_COMMAND : ERR_NOT_EXECUTABLE, -r,
		       "cannot execute \"%s\": %s", *command, strerror(-r));
}
