/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The last steps before the exec: limits, scheduling, ids, capabilities, no_new_privs, the filter.
 *
 * Hard limits and the bounding set need root, so they come first. With no_new_privs the filter is loaded last of
 * all. Without it, loading needs CAP_SYS_ADMIN, so the filter comes before the capabilities are dropped, and must
 * then allow the calls that follow it here.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/signals.h"
#include "linux/caps.h"
#include "linux/rlimit.h"
#include "linux/schedule.h"
#include "runtime/init/init.h"

/* SIGXFSZ keeps its handler up to the exec, which resets it: hooks may still be started. */
int init_reset_signals(struct init *init, struct masu_error *err)
{
	signals_reset();
	signal_survive_file_limit();
	return 0;
}

int init_set_limits(struct init *init, struct masu_error *err)
{
	const struct oci_process *process = init->spec->process;

	if (init->spec->has_personality && personality(init->spec->personality) < 0)
		return err_sys(err, errno, "set the personality");
	return rlimit_apply(process->rlimits, process->n_rlimits, err);
}

/* While init may still do more than the container's user. */
int init_schedule(struct init *init, struct masu_error *err)
{
	const struct oci_process *p = init->spec->process;
	int r = p->has_scheduler ? schedule_apply(&p->scheduler) : 0;

	if (r < 0)
		return err_sys(err, r, "process.scheduler: %s",
			       word_name(schedule_policies, p->scheduler.policy));
	r = p->has_io_priority ? schedule_apply_io(&p->io_priority) : 0;
	if (r < 0)
		return err_sys(err, r, "process.ioPriority: %s",
			       word_name(schedule_io_classes, p->io_priority.class));
	r = init->spec->has_memory_policy ? schedule_apply_memory(&init->spec->memory_policy) : 0;
	return r < 0 ? err_sys(err, r, "linux.memoryPolicy: %s",
			       word_name(schedule_memory_modes, init->spec->memory_policy.mode))
		     : 0;
}

static int set_affinity(const char *cpus, const char *which, struct masu_error *err)
{
	int r = cpus ? schedule_apply_affinity(cpus) : 0;

	return r < 0 ? err_sys(err, r, "process.execCPUAffinity.%s: '%s'", which, cpus) : 0;
}

int init_affinity_initial(struct init *init, struct masu_error *err)
{
	return set_affinity(init->spec->process->exec_cpus_initial, "initial", err);
}

int init_affinity_final(struct init *init, struct masu_error *err)
{
	return set_affinity(init->spec->process->exec_cpus_final, "final", err);
}

static int open_root(void)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Enters the working directory and verifies that it is inside the container. */
static int enter_cwd(const char *cwd, struct masu_error *err)
{
	_cleanup_close_ int root = open_root();
	_cleanup_close_ int fd = root < 0 ? root
					  : path_open_in(root, cwd, O_PATH | O_DIRECTORY, 0, 0);
	char inside[PATH_MAX];

	if (fd == -ELOOP)
		return err_set(
			err, ERR_DENIED, ELOOP,
			"the working directory '%s' leads through a descriptor of a process, or "
			"through links without end",
			cwd);
	if (fd < 0 || fchdir(fd) < 0)
		return err_sys(err, fd < 0 ? fd : errno, "enter the working directory '%s'", cwd);
	if (!getcwd(inside, sizeof(inside)) || *inside != '/')
		return err_set(err, ERR_DENIED, EPERM,
			       "the working directory '%s' is outside of the container", cwd);
	return 0;
}

/* After the change of ids, which clears it. If the launcher died before, the channel is closed. */
static int die_with_launcher(const struct init *init, struct masu_error *err)
{
	struct pollfd p = {.fd = init->launcher < 0 ? init->channel : init->launcher};

	if (!init->plan->die_with_launcher)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(err, errno, "set the parent-death signal");
	if (poll(&p, 1, 0) > 0 && p.revents & POLLHUP)
		return err_set(err, ERR_INTERNAL, ECONNRESET, "the launcher has died");
	return 0;
}

static int take_user(const struct init *init, struct masu_error *err)
{
	const struct init_process *process = &init->process;
	const struct caps_sets *caps = &init->spec->process->capabilities;
	const char *cwd = init->spec->process->cwd;
	/* As root, like runc: it may be closed to the user or, on a network file system, to root. */
	int entered = enter_cwd(cwd, err);

	if (entered < 0 && entered != -EACCES)
		return entered;
	int r = caps_apply_bounding(caps, err);
	if (r < 0)
		return r;
	r = caps_apply_user(process->uid, process->gid, process->groups, process->n_groups,
			    process->may_set_groups, err);
	if (r < 0)
		return r;
	return entered < 0 ? enter_cwd(cwd, err) : 0;
}

int init_drop_privileges(struct init *init, struct masu_error *err)
{
	const struct oci_process *process = init->spec->process;
	bool early = !process->no_new_privileges;
	int r = take_user(init, err);

	if (r < 0)
		return r;
	r = die_with_launcher(init, err);
	if (r < 0)
		return r;
	(void)umask(process->user.has_umask ? process->user.umask : init->process.caller_umask);
	if (early) {
		r = caps_raise(err);
		if (r < 0)
			return r;
		r = init_load_filter(init, err);
		if (r < 0)
			return r;
	}
	r = caps_apply(&process->capabilities, err);
	if (r < 0 || early)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "set no_new_privs");
	return init_load_filter(init, err);
}
