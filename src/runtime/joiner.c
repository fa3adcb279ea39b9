/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation
 *
 * The container is hostile: its processes may look at a process that enters its namespaces, and trace it,
 * and its files may have any content. So a child of the caller, the joiner, does all that needs the host
 * while the container cannot see it yet:
 *
 *	caller          knows the container, waits, is the parent of the process
 *	 |- joiner      born in the container's cgroup; closes itself to tracing, and every descriptor
 *	 |              that is not needed; enters all namespaces by one setns(2) on init's pidfd;
 *	 |              finds user and command, creates the terminal; closes the host's procfs
 *	 '- process     the joiner's clone and sibling, the first one in the pid namespace; has only the
 *	                channel, its streams and the descriptors that it is given; drops its privileges
 *	                by the steps of the container's init, and executes the command
 *
 * The host's procfs is used by a descriptor that was opened outside. Files of the container are found by
 * the one resolver. Nothing of the container is loaded or executed before the command. Both talk to the
 * caller on one channel, where end of file is success only after EXECING.
 *
 * The container can delay them: it may stop the process, freeze the group, or serve a FUSE file system to
 * which a path leads. So the caller looks for signals that end it while it waits for them
 * (base/termination.h), and then waits for neither.
 */

#include "runtime/joiner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/signals.h"
#include "base/str.h"
#include "base/termination.h"
#include "cgroup/join.h"
#include "cgroup/resctrl.h"
#include "linux/namespaces.h"
#include "linux/self.h"
#include "linux/userns-clone.h"
#include "runtime/clone.h"
#include "runtime/hooks.h"
#include "runtime/init/messages.h"
#include "runtime/listener.h"

void exec_process_done(struct exec_process *p)
{
	fd_close(&p->pidfd);
	fd_close(&p->console);
	*p = EXEC_PROCESS_INIT;
}

static int join(struct init *init, struct masu_error *err)
{
	int flags = 0;

	for (int i = 0; i < OCI_NS_MAX; i++)
		if (init->spec->namespaces[i].wanted)
			flags |= oci_namespace_flag(i);
	int r = namespaces_enter(init->exec->init_pidfd, flags);
	if (r == -ESRCH)
		return err_set(err, ERR_CONFLICT, ESRCH, "cannot exec in a stopped container");
	if (r < 0)
		return err_sys(err, r, "join the container's namespaces");
	init->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC); /* which setns(2) has moved */
	return init->root_fd < 0 ? err_sys(err, errno, "open the container's root") : 0;
}

/* The kernel requires the right to trace init for setns(2) by pidfd: so init closes itself only after it. */
static int enter_container(struct init *init, struct masu_error *err)
{
	const char *path = init->exec->start_socket;
	_cleanup_close_ int connection = -1;
	int r = path ? container_reach_created(path, &connection, err) : 0;

	if (r < 0)
		return r;
	r = join(init, err);
	if (r < 0)
		return r;
	return connection >= 0 ? container_close_created(connection, err) : 0;
}

static int forget_host(struct init *init, struct masu_error *err)
{
	const int *stdio = init->plan->stdio;
	const int keep[] = {
		init->root_fd, init->inside.console, init->inside.null_fd, stdio[0], stdio[1],
		stdio[2]};
	int r = init_close_fds(init, keep, ARRAY_SIZE(keep));

	init->host.proc_fd = init->host.null_fd = -1;
	return r < 0 ? err_sys(err, r, "close descriptors of the host") : 0;
}

static int join_resctrl(struct init *init, struct masu_error *err)
{
	const struct oci_intel_rdt *rdt = &init->spec->intel_rdt;

	if (!rdt->wanted)
		return 0;
	_cleanup_close_ int root = resctrl_open(err);
	return root < 0 ? root : resctrl_join(root, rdt, init->plan->id, getpid(), err);
}

/* The joiner on the host, with the caller's privileges. */
static int join_as_caller(struct init *init, struct masu_error *err)
{
	int r = init_affinity_initial(init, err);

	if (r < 0)
		return r;
	r = clone_set_oom_score(init->spec->process, getpid(), err);
	if (r < 0)
		return r;
	r = join_resctrl(init, err);
	if (r < 0)
		return r;
	r = init_close_self(init, err);
	if (r < 0)
		return r;
	r = init_close_others(init, err);
	if (r < 0)
		return r;
	r = init_open_kernel(init, err);
	if (r < 0)
		return r;
	r = init_open_labels(init, err);
	if (r < 0)
		return r;
	return enter_container(init, err);
}

/* The joiner in the container, as root of its user namespace, with the host's procfs still open. */
static int join_as_root(struct init *init, struct masu_error *err)
{
	int r = init_become_root(init, err);

	if (r < 0)
		return r;
	r = init_find_user(init, err);
	if (r < 0)
		return r;
	r = init_find_command(init, err);
	if (r < 0)
		return r;
	r = init_make_terminal(init, err);
	if (r < 0)
		return r;
	r = init_join_keyring(init, err);
	if (r < 0)
		return r;
	r = init_set_labels(init, err); /* its clone inherits them */
	if (r < 0)
		return r;
	return forget_host(init, err);
}

/* The process, which the container can see. Returns only with an error. */
static int run_process(struct init *init, struct masu_error *err)
{
	int r = init_lead_session(init, err);

	if (r < 0)
		return r;
	r = init_affinity_final(init, err);
	if (r < 0)
		return r;
	r = init_connect_streams(init, err);
	if (r < 0)
		return r;
	r = init_close_all(init, err);
	if (r < 0)
		return r;
	r = init_reset_signals(init, err);
	if (r < 0)
		return r;
	r = init_set_limits(init, err);
	if (r < 0)
		return r;
	r = init_schedule(init, err);
	if (r < 0)
		return r;
	r = init_drop_privileges(init, err);
	if (r < 0)
		return r;
	return init_exec(init, err);
}

_noreturn_ static void fail(const struct init *init, const struct masu_error *err)
{
	(void)channel_send_err(init->channel, err); /* a caller that is gone needs no answer */
	_exit(err_exit_status(err));
}

/* The state of the container for the agent of a filter. */
static int state_for_agent(struct init *init, struct masu_error *err)
{
	const struct container_plan *plan = init->plan;

	if (!plan->seccomp || !seccomp_filter_notifies(plan->seccomp))
		return 0;
	const struct oci_state state = {.id = plan->id,
					.bundle = plan->bundle,
					.status = OCI_STATUS_RUNNING,
					.pid = init->exec->init};
	return hooks_state(init->spec, &state, &init->hooks.state, err);
}

_noreturn_ static void joiner_main(const struct exec_plan *plan, int channel, bool fetched)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct init init = INIT_NEW;
	sigset_t none;

	init.plan = &plan->base;
	init.spec = plan->base.spec;
	init.exec = plan;
	init.channel = channel;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	signal_survive_file_limit();
	if ((fetched && init_wait_for(&init, INIT_CGROUP_READY, "it was moved", &err) < 0) ||
	    state_for_agent(&init, &err) < 0 ||
	    (plan->cgroup && cgroup_join(plan->cgroup, plan->sub_cgroups, &err) < 0) ||
	    join_as_caller(&init, &err) < 0 || join_as_root(&init, &err) < 0)
		fail(&init, &err);
	int pidfd = -1;
	pid_t pid = clone_sibling(0, &pidfd);
	if (pid == 0) {
		(void)run_process(&init, &err);
		fail(&init, &err);
	}
	if (pid < 0) {
		(void)err_sys(&err, pid, "create a process in the container");
		fail(&init, &err);
	}
	if (channel_send(channel, INIT_CLONED, &pid, sizeof(pid), pidfd) < 0)
		clone_kill(pid, pidfd); /* the caller is gone */
	_exit(0);
}

/* The joiner, a child that waits, is moved into the container's group. After an error it is gone. */
static int fetch(const struct exec_plan *plan, pid_t joiner, int channel, struct masu_error *err)
{
	int r = cgroup_fetch(plan->cgroup, plan->sub_cgroups, plan->init, joiner, err);

	if (r == 0)
		r = channel_send(channel, INIT_CGROUP_READY, NULL, 0, -1);
	else
		(void)err_prefix(err, "exec in the container's cgroup '%s'", plan->cgroup->path);
	if (r < 0) {
		(void)kill(joiner, SIGKILL);
		(void)proc_wait(joiner);
	}
	return r < 0 && !err->code ? err_sys(err, r, "talk to the joiner") : r;
}

static pid_t clone_joiner(const struct exec_plan *plan, int ours, int channel,
			  struct masu_error *err)
{
	const struct cgroup *cg = plan->cgroup;
	_cleanup_close_ int group = -1, beside = -1;
	int r = cg ? cgroup_open_join(cg, plan->sub_cgroups, &group, err) : 0;

	if (r < 0)
		return r;
	pid_t pid = userns_clone(CLONE_CLEAR_SIGHAND, group);
	if (pid == -EBUSY && !plan->sub_cgroups) { /* the container has divided its group */
		r = cgroup_open_beside(cg, plan->init, &beside, err);
		if (r < 0)
			return r;
		pid = userns_clone(CLONE_CLEAR_SIGHAND, beside);
	}
	/* Out of the group of a login session only systemd moves a process. */
	bool far = pid == -EACCES && cg && !(cg->flags & CGROUP_OWN);
	if (far)
		pid = userns_clone(CLONE_CLEAR_SIGHAND, -1);
	if (pid == 0) {
		fd_close(&ours);
		joiner_main(plan, channel, far);
	}
	if (pid >= 0) {
		r = far ? fetch(plan, pid, ours, err) : 0;
		return r < 0 ? r : pid;
	}
	r = err_sys(err, pid, "create a process in the container's cgroup '%s%s%s'",
		    cg ? cg->path : "", plan->sub_cgroups ? "/" : "",
		    plan->sub_cgroups ? plan->sub_cgroups[0] : "");
	return r == -EACCES ? err_hint(err, "only from a cgroup of the same user manager; try: "
					    "systemd-run --user --scope ...")
			    : r;
}

/*
 * Accepted once, and only for a child of the caller: a process that may trace all others in the container could
 * have it name a process of the host, which masu would then wait for and kill.
 */
static int take_cloned(struct exec_process *p, struct channel_message *m, struct masu_error *err)
{
	siginfo_t info;
	pid_t pid = 0;

	if (m->type == INIT_CLONED && m->size == sizeof(pid))
		memcpy(&pid, m->bytes, sizeof(pid));
	if (p->pid > 0 || pid <= 0 ||
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed message of the joiner");
	p->pid = pid;
	p->pidfd = TAKE_FD(m->fd);
	return 0;
}

/* The next message, or -ECONNRESET at the end. -EINTR when told to end. */
static int receive(int channel, struct channel_message *m, struct masu_error *err)
{
	int r = termination_await(channel, err);

	return r < 0 ? r : channel_receive(channel, m);
}

/* The joiner may not yet have said which process this is. */
static int give_listener(int channel, const struct oci_spec *spec, struct exec_process *p,
			 const struct channel_message *m, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message cloned = CHANNEL_MESSAGE_INIT;
	const char *path = listener_path(spec);

	if (!path || !streq(m->bytes, path))
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed message of a listener");
	if (p->pid <= 0) {
		int r = receive(channel, &cloned, err);
		if (r == -EINTR)
			return r;
		if (r < 0)
			return err_set(err, ERR_INTERNAL, ECONNRESET, "the joiner went away");
		r = take_cloned(p, &cloned, err);
		if (r < 0)
			return r;
	}
	return listener_deliver(channel, m, p->pid, err);
}

/* Receives the messages of joiner and process, up to the end of both. 0 if the command was executed. */
static int hear(int channel, const struct oci_spec *spec, struct exec_process *p,
		struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	bool execing = false;
	int r, failed = 0; /* the error may come before INIT_CLONED */

	while ((r = receive(channel, &m, err)) == 0) {
		switch (m.type) {
		case CHANNEL_ERROR:
			failed = channel_to_err(&m, err);
			break;
		case INIT_CLONED:
			r = take_cloned(p, &m, err);
			if (r < 0)
				return r;
			break;
		case INIT_CONSOLE:
			fd_close(&p->console);
			p->console = TAKE_FD(m.fd);
			break;
		case INIT_LISTENER:
			r = give_listener(channel, spec, p, &m, err);
			if (r == -EINTR)
				return r;
			failed = MIN(failed, r);
			break;
		case INIT_EXECING:
			execing = true;
			break;
		default:
			return err_set(err, ERR_INTERNAL, EBADMSG, "the process said %u", m.type);
		}
	}
	if (r == -EINTR)
		return r;
	if (failed == 0 && (!execing || p->pid <= 0))
		return err_set(err, ERR_INTERNAL, ECONNRESET,
			       "the process died before it executed the command");
	return failed;
}

static int check(const struct oci_spec *spec, struct masu_error *err)
{
	int r = oci_spec_check_supported(spec, err);

	if (r < 0)
		return r;
	if (!spec->process || !spec->process->args || !spec->process->args[0])
		return err_set(err, ERR_INVALID, EINVAL, "process args cannot be empty");
	return 0;
}

int joiner_run(const struct exec_plan *plan, struct exec_process *ret, struct masu_error *err)
{
	_cleanup_exec_process_ struct exec_process p = EXEC_PROCESS_INIT;
	_cleanup_close_ int ours = -1, theirs = -1;
	int r = check(plan->base.spec, err);

	if (r == 0)
		r = listener_check(plan->base.spec, plan->base.seccomp, err);
	if (r < 0)
		return r;
	r = channel_pair(&ours, &theirs);
	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	pid_t joiner = clone_joiner(plan, ours, theirs, err);
	if (joiner < 0)
		return joiner;
	fd_close(&theirs);
	self_release(); /* while they work */
	r = hear(ours, plan->base.spec, &p, err);
	if (r < 0)
		(void)kill(joiner, SIGKILL);
	if (r < 0 && p.pid > 0)
		clone_kill(p.pid, p.pidfd);
	/* They die when they can; a process that is not known yet finds the channel closed. */
	if (r == -EINTR)
		return r;
	(void)proc_wait(joiner);
	if (r < 0 && p.pid > 0)
		(void)proc_wait(p.pid);
	if (r < 0)
		return r;
	*ret = TAKE(p, EXEC_PROCESS_INIT);
	return 0;
}
