/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/proc.h"
#include "linux/lent-ids.h"
#include "linux/userns-clone.h"

enum { MESSAGE_MAPPED = 1, MESSAGE_DONE, MESSAGE_CLONED };

static int become_root(const struct idmap *map, struct masu_error *err)
{
	if (!map->userns)
		return 0;
	/* Where setgroups is denied the caller's own groups stay, which is what the kernel wants. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return err_sys(err, errno, "drop supplementary groups");
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(err, errno, "become root of the user namespace");
	return 0;
}

/* In a pid namespace of its own a child sees no parent, but the end of the channel. */
static bool has_parent(pid_t parent, int channel)
{
	struct pollfd p = {.fd = channel};

	return getppid() == parent || poll(&p, 1, 0) == 0 || !(p.revents & POLLHUP);
}

static int run_child(const struct idmap *map, pid_t parent, int channel, userns_fn fn, void *arg,
		     struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r = channel_receive(channel, &m);

	if (r < 0 || m.type != MESSAGE_MAPPED)
		return err_set(err, ERR_INTERNAL, ECONNRESET, "the parent went away");
	r = become_root(map, err);
	if (r < 0)
		return r;
	/* After the ids have changed, since that clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(err, errno, "set the parent-death signal");
	/* The signal comes for a death from now on alone. */
	if (!has_parent(parent, channel))
		return err_set(err, ERR_INTERNAL, ECONNRESET, "the parent went away");
	return fn(arg, err);
}

_noreturn_ static void child_main(const struct idmap *map, pid_t parent, int channel, userns_fn fn,
				  void *arg)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = run_child(map, parent, channel, fn, arg, &err);

	/* The parent tells a failed send from the channel's end. */
	if (r < 0)
		(void)channel_send_err(channel, &err);
	else
		(void)channel_send(channel, MESSAGE_DONE, NULL, 0, -1);
	_exit(r < 0 ? 1 : 0);
}

/* The child waits for its id map. */
static int let_go(const struct idmap *map, const struct userns_child *child, struct masu_error *err)
{
	struct idmap_job job = IDMAP_JOB_INIT;

	if (map->userns && !map->lent) {
		int r = idmap_write_begin(map, child->pid, &job, err);
		if (r < 0)
			return r;
		r = idmap_write_finish(&job, err);
		if (r < 0)
			return r;
	}
	int r = channel_send(child->channel, MESSAGE_MAPPED, NULL, 0, -1);
	return r < 0 ? err_sys(err, r, "start a child in the user namespace") : 0;
}

struct spawn {
	const struct idmap *map;
	unsigned long flags;
	userns_fn fn;
	void *arg;
	struct userns_child *ret; /* as the child finds it */
	pid_t parent;
	int ours, theirs;
};

_noreturn_ static void spawned(struct spawn *s)
{
	fd_close(&s->ours);
	*s->ret = (struct userns_child){.channel = s->theirs};
	child_main(s->map, s->parent, s->theirs, s->fn, s->arg);
}

static pid_t spawn_here(struct spawn *s, struct masu_error *err)
{
	pid_t pid = userns_clone(s->flags | (s->map->userns ? CLONE_NEWUSER : 0), -1);

	if (pid == 0)
		spawned(s);
	return pid < 0 ? userns_explain(pid, err) : pid;
}

/* In a child of the parent, which enters the namespace with the lent ids, and clones and maps the other child from there. */
static int clone_below(struct spawn *s, const struct lent_ids *lent, int report,
		       struct masu_error *err)
{
	_cleanup_idmap_ struct idmap inside = {0};
	struct idmap_job job = IDMAP_JOB_INIT;
	int pidfd = -1, r = idmap_translate(s->map, &lent->held, &inside);

	if (r < 0)
		return err_sys(err, r, "create an id map");
	if (setns(lent->userns_fd, CLONE_NEWUSER) < 0)
		return err_sys(err, errno, "enter the user namespace with the lent ids");
	/* The exit signal is this process's. */
	pid_t pid = userns_clone_pidfd(s->flags | CLONE_NEWUSER | CLONE_PARENT, 0, -1, &pidfd);
	if (pid == 0) {
		fd_close(&report);
		spawned(s);
	}
	if (pid < 0)
		return userns_explain(pid, err);
	r = channel_send(report, MESSAGE_CLONED, &pid, sizeof(pid), -1);
	if (r < 0)
		return err_sys(err, r, "report a child in the user namespace");
	return idmap_write_begin(&inside, pid, &job, err);
}

_noreturn_ static void clone_below_main(struct spawn *s, const struct lent_ids *lent, int report)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = clone_below(s, lent, report, &err);

	if (r < 0)
		(void)channel_send_err(report, &err); /* the parent sees the end of the channel */
	else
		r = channel_send(report, MESSAGE_MAPPED, NULL, 0, -1);
	_exit(r < 0);
}

/* Returns when the child is mapped, or has been killed. */
static pid_t receive_child(int report, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	pid_t pid = 0;
	int r = channel_receive(report, &m);

	if (r == 0 && m.type == MESSAGE_CLONED && m.size == sizeof(pid)) {
		memcpy(&pid, m.bytes, sizeof(pid));
		r = channel_receive(report, &m);
	}
	if (r == 0 && m.type == MESSAGE_MAPPED && pid > 0)
		return pid;
	if (pid > 0) {
		(void)kill(pid, SIGKILL); /* a child, not reaped yet */
		(void)proc_wait(pid);
	}
	return r == 0 && m.type == CHANNEL_ERROR
		       ? channel_to_err(&m, err)
		       : err_set(err, ERR_INTERNAL, ECONNRESET,
				 "the process that maps the lent ids has died");
}

static pid_t spawn_below(struct spawn *s, struct masu_error *err)
{
	_cleanup_lent_ids_ struct lent_ids lent = LENT_IDS_INIT;
	_cleanup_close_ int report = -1, theirs = -1;
	int r = lent_ids_take(NSRESOURCE_FOREIGN, &lent, err);

	if (r < 0)
		return r;
	r = channel_pair(&report, &theirs);
	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	pid_t joiner = userns_clone(0, -1);
	if (joiner < 0)
		return err_sys(err, joiner, "fork");
	if (joiner == 0) {
		fd_close(&report);
		clone_below_main(s, &lent, theirs);
	}
	fd_close(&theirs);
	pid_t pid = receive_child(report, err);
	(void)proc_wait(joiner); /* its messages have been received */
	return pid;
}

int userns_spawn(const struct idmap *map, unsigned long flags, userns_fn fn, void *arg,
		 struct userns_child *ret, struct masu_error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	int r = channel_pair(&ours, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	struct spawn s = {.map = map,
			  .flags = flags,
			  .fn = fn,
			  .arg = arg,
			  .ret = ret,
			  .parent = getpid(),
			  .ours = ours,
			  .theirs = theirs};
	pid_t pid = map->lent ? spawn_below(&s, err) : spawn_here(&s, err);
	if (pid < 0)
		return pid;
	fd_close(&theirs);
	struct userns_child child = {.pid = pid, .channel = TAKE_FD(ours)};
	r = let_go(map, &child, err);
	if (r < 0) {
		userns_kill(&child);
		return r;
	}
	*ret = child;
	return 0;
}

int userns_wait(struct userns_child *child, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int said = channel_receive(child->channel, &m);
	int status = proc_wait(child->pid);

	fd_close(&child->channel);
	child->pid = 0;
	if (said == 0 && m.type == CHANNEL_ERROR)
		return channel_to_err(&m, err);
	if (said == 0 && m.type == MESSAGE_DONE && status == 0)
		return 0;
	return err_set(err, ERR_INTERNAL, ECHILD, "the child process ended with status %d", status);
}

void userns_kill(struct userns_child *child)
{
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL);
		(void)proc_wait(child->pid);
		child->pid = 0;
	}
	fd_close(&child->channel);
}

int userns_run(const struct idmap *map, unsigned long flags, userns_fn fn, void *arg,
	       struct masu_error *err)
{
	struct userns_child child = USERNS_CHILD_INIT;
	int r = userns_spawn(map, flags, fn, arg, &child, err);

	return r < 0 ? r : userns_wait(&child, err);
}

static int open_namespace(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int userns_new(const struct idmap *map, struct masu_error *err)
{
	struct idmap_job job = IDMAP_JOB_INIT;
	pid_t pid = userns_clone_idle(err);

	if (pid < 0)
		return pid;
	int r = idmap_write_begin(map, pid, &job, err);
	if (r == 0)
		r = idmap_write_finish(&job, err);
	int fd = r < 0 ? r : open_namespace(pid);
	(void)kill(pid, SIGKILL);
	(void)proc_wait(pid);
	return r < 0 || fd >= 0 ? fd : err_sys(err, fd, "open a user namespace");
}
