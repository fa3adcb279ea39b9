/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/init/init.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/proc.h"
#include "oci/annotations.h"
#include "runtime/clone.h"
#include "runtime/joiner.h"

/*
 * Theory of operation
 *
 * The launcher clones init with all new namespaces at once. From its first instruction init is in
 * the container's namespaces, with the host's root file system still in view and, until the map is
 * written, with no ids of its own. It is trusted code all the way to execve: nothing of the
 * container is executed or loaded before, no path of the container's is resolved but by
 * path_open_in(), and descriptors of the host are opened before the first mount of the container's.
 *
 * What overlaps: while init waits for its map, and then mounts, the launcher talks to newuidmap,
 * systemd and the network's helper. The one barrier is init_enter_cgroup(): a cgroup namespace has as its
 * root the group where its maker is at that moment, so init has to be moved first. Where it is born
 * in its group there is none, and its limits are written while it mounts.
 */

/* Some come when they come, whatever is waited for: what they bring is kept. */
static bool keep(struct init *init, struct channel_message *m)
{
	switch (m->type) {
	case INIT_CGROUP_READY:
		init->cgroup_ready = true;
		return true;
	case INIT_NETWORK:
		init->network_fd = TAKE_FD(m->fd);
		return true;
	case INIT_GO:
		init->may_go = true;
		return true;
	default:
		return false;
	}
}

int init_receive(struct init *init, enum init_message type, const char *what,
		 struct channel_message *m, struct err *err)
{
	while (channel_receive(init->channel, m) == 0) {
		bool kept = keep(init, m);

		if (m->type == (uint32_t)type)
			return 0;
		if (!kept)
			break;
	}
	return err_set(err, ERR_INTERNAL, ECONNRESET, "the launcher went away before %s", what);
}

int init_wait_for(struct init *init, enum init_message type, const char *what, struct err *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	return init_receive(init, type, what, &m, err);
}

/*
 * Close-on-exec would be too late: execve(2) resolves "#!/proc/self/fd/N/..." before it closes
 * anything, and a directory of the host's at N would be a way out. What a caller passes on is open
 * across masu's own exec, so what is close-on-exec within that range is masu's.
 */
int init_close_fds(const struct init *init, const int *keep, size_t n)
{
	int first = 3 + init->plan->n_preserve_fds;
	int all[8] = {init->channel};

	for (size_t i = 0; i < n; i++)
		all[1 + i] = keep[i];
	for (int fd = 3; fd < first; fd++) {
		bool kept = false;

		for (size_t i = 0; i <= n; i++)
			kept |= all[i] == fd;
		if (!kept && fcntl(fd, F_GETFD) > 0)
			(void)close(fd); /* opened for reading alone, if at all */
	}
	return fd_close_from(first, all, n + 1);
}

/* A long wait is ahead, and in a shared pid namespace others may look at what is open here. */
int init_close_others(struct init *init, struct err *err)
{
	const struct container_plan *plan = init->plan;
	const int keep[] = {plan->start_listener, init->exec ? init->exec->init_pidfd : -1,
			    plan->stdio[0], plan->stdio[1], plan->stdio[2]};
	int r = init_close_fds(init, keep, ARRAY_SIZE(keep));

	return r < 0 ? err_sys(err, r, "close descriptors of the host") : 0;
}

/* A user namespace that was there has its map. */
static int step_mapped(struct init *init, struct err *err)
{
	if (!oci_namespace_is_new(&init->spec->namespaces[OCI_NS_USER]))
		return 0;
	return init_wait_for(init, INIT_MAPPED, "the id map was written", err);
}

/*
 * In a pid namespace that is joined others can see init, and those of the same user namespace could
 * trace it: it closes itself at once. In one of its own it is alone until the exec, and stays open
 * to the host's helpers, which enter its namespaces by way of /proc/PID.
 */
int init_close_self(struct init *init, struct err *err)
{
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? err_sys(err, errno, "close init to tracing") : 0;
}

int init_become_root(struct init *init, struct err *err)
{
	if (init->spec->namespaces[OCI_NS_USER].wanted) {
		bool keep = oci_annotation_is_on(init->spec, OCI_ANNOTATION_KEEP_GROUPS);

		if (!keep && setgroups(0, NULL) < 0 && errno != EPERM)
			return err_sys(err, errno, "drop supplementary groups");
		if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
			return err_sys(err, errno, "become root of the user namespace");
	}
	init->caller_umask = umask(0); /* modes are given exactly */
	return 0;
}

/* Become root of the user namespace, with an IPC namespace that is root's, and leader of a session. */
static int step_become_root(struct init *init, struct err *err)
{
	const struct oci_namespace *all = init->spec->namespaces, *pid = &all[OCI_NS_PID];
	int r = init_become_root(init, err);

	if (r == 0 && oci_namespace_is_new(&all[OCI_NS_USER]) &&
	    oci_namespace_is_new(&all[OCI_NS_IPC]) && unshare(CLONE_NEWIPC) < 0)
		return err_sys(err, errno, "make an IPC namespace");
	(void)setsid(); /* fails only for who leads a process group, and then is led already */
	return r < 0 || oci_namespace_is_new(pid) ? r : init_close_self(init, err);
}

int init_enter_cgroup(struct init *init, struct err *err)
{
	if (init->in_cgroup)
		return 0;
	if (!init->cgroup_ready) {
		int r = init_wait_for(init, INIT_CGROUP_READY, "the cgroup was ready", err);
		if (r < 0)
			return r;
	}
	init->in_cgroup = true;
	const struct oci_namespace *ns = &init->spec->namespaces[OCI_NS_CGROUP];
	if (oci_namespace_is_new(ns) && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(err, errno, "make a cgroup namespace");
	return 0;
}

/*
 * Whoever connects next, and what they say: none is the last until one says go. Who comes into the
 * container before has init close itself first; who went away silently was killed on the way.
 */
static int hear_next(struct init *init, struct err *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_close_ int connection = accept4(init->plan->start_listener, NULL, NULL,
						 SOCK_CLOEXEC);
	int r = 0;

	if (connection < 0 && errno != EINTR && errno != ECONNABORTED)
		return err_sys(err, errno, "wait for the start");
	if (connection < 0 || channel_receive(connection, &m) < 0)
		return 0;
	if (m.type == INIT_CLOSE) {
		r = init_close_self(init, err);
		if (r == 0) /* who asked may have gone */
			(void)channel_send(connection, INIT_READY, NULL, 0, -1);
	}
	if (m.type == INIT_GO) {
		fd_close(&init->channel);
		init->channel = TAKE_FD(connection);
		init->may_go = true;
	}
	return r;
}

/*
 * Says that all is ready and waits for the word to go: from the launcher, or, when the container
 * was only created, from whoever connects to the listener. An error from here on goes to them.
 */
static int step_wait_for_go(struct init *init, struct err *err)
{
	int r = channel_send(init->channel, INIT_READY, NULL, 0, -1);

	if (r < 0)
		return err_sys(err, r, "report to the launcher");
	if (init->plan->start_listener < 0)
		return init->may_go ? 0 : init_wait_for(init, INIT_GO, "the start", err);
	r = init_wait_for(init, INIT_LEAVE, "the container was written down", err);
	while (r == 0 && !init->may_go)
		r = hear_next(init, err);
	return r;
}

static const struct init_step all_steps[] = {
	{"close the launcher's descriptors", "none", init_close_others},
	{"wait for the id map", "none", step_mapped},
	{"open what is needed of the kernel", "host", init_open_kernel},
	{"enter the time namespace", "host", init_time},
	{"become root", "host", step_become_root},
	{"open what is needed of the host", "root", init_open_host},
	{"open the security labels", "root", init_open_labels},
	{"mount the root", "root", init_mount_root},
	{"fill new volumes", "root", init_fill_volumes},
	{"mount", "root", init_mounts},
	{"make devices", "root", init_devices},
	{"find the user", "root", init_user},
	{"make the console", "root", init_console},
	{"enter the cgroup", "root", init_enter_cgroup},
	{"set the host name", "root", init_host_name},
	{"enter the network namespace", "root", init_enter_network},
	{"take network devices", "root", init_net_devices},
	{"set kernel parameters", "root", init_sysctl},
	{"run hooks", "root", init_create_hooks},
	{"mask paths", "root", init_mask_paths},
	{"find the command", "root", init_find_command},
	{"pivot into the root", "root", init_pivot},
	{"connect standard streams", "root, inside", init_stdio},
	{"wait for the start", "root, inside", step_wait_for_go},
	{"close itself to others", "root, inside", init_close_self},
	{"join the session keyring", "root, inside", init_keyring},
	{"set the security labels", "root, inside", init_set_labels},
	{"close all other descriptors", "root, inside", init_close_all},
	{"reset signals", "root, inside", init_signals},
	{"set limits", "root, inside", init_limits},
	{"set scheduling", "root, inside", init_schedule},
	{"take on the user and drop privileges", "the container's", init_privileges},
	{"run startContainer hooks", "the container's", init_start_hooks},
	{"execute the command", "the container's", init_exec},
};

int init_run_steps(struct init *init, const struct init_step *steps, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		int r = steps[i].run(init, err);

		if (r < 0) {
			if (!err->message)
				(void)err_sys(err, r, "%s", steps[i].name);
			return r;
		}
	}
	return 0;
}

void init_main(const struct container_plan *plan, int channel, const struct birth *birth)
{
	_cleanup_err_ struct err err = ERR_INIT;
	struct init init = INIT_NEW;
	sigset_t none;

	init.plan = plan;
	init.spec = plan->spec;
	init.channel = channel;
	init.birth = birth;
	init.cgroup_ready = birth->cgroup >= 0;
	init.in_network = birth->network;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* handlers went with CLONE_CLEAR_SIGHAND */
	proc_survive_file_limit();
	/* Returns only with an error. */
	(void)init_run_steps(&init, all_steps, ARRAY_SIZE(all_steps), &err);
	(void)channel_send_err(init.channel, &err); /* a launcher that has gone needs no answer */
	_exit(err_exit_status(&err));
}
