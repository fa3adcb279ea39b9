/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The last steps before the exec: limits, ids, capabilities, no_new_privs, the filter.
 *
 * Order. Hard limits and the bounding set need root, so they come first. The filter is loaded last
 * of all where no_new_privs is on; without it loading needs CAP_SYS_ADMIN, so it comes before the
 * capabilities go, and must then allow what follows it here.
 */

#include "runtime/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/signals.h"
#include "linux/caps.h"
#include "linux/rlimit.h"

/* SIGXFSZ keeps its handler to the exec, which resets it: hooks may yet be started. */
int init_signals(struct init *init, struct err *err)
{
	(void)init;
	(void)err;
	signals_reset();
	proc_survive_file_limit();
	return 0;
}

int init_limits(struct init *init, struct err *err)
{
	const struct oci_process *process = init->spec->process;

	if (init->spec->has_personality && personality(init->spec->personality) < 0)
		return err_sys(err, errno, "set the personality");
	return rlimit_apply(0, process->rlimits, process->n_rlimits, err);
}

int init_close_all(struct init *init, struct err *err)
{
	int r = init_close_fds(init, init->hook_streams, ARRAY_SIZE(init->hook_streams));

	init->root_fd = init->console = init->stdio_null = -1;
	return r < 0 ? err_sys(err, r, "close descriptors") : 0;
}

static int open_root(void)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Enters the working directory, and looks whether it is inside the container. */
static int enter_cwd(const char *cwd, struct err *err)
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

/* After the ids have changed, which clears it. A launcher that died before leaves a closed channel. */
static int die_with_launcher(const struct init *init, struct err *err)
{
	struct pollfd p = {.fd = init->channel};

	if (!init->plan->die_with_launcher)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(err, errno, "set the parent-death signal");
	if (poll(&p, 1, 0) > 0 && p.revents & POLLHUP)
		return err_set(err, ERR_INTERNAL, ECONNRESET, "the launcher has died");
	return 0;
}

static int take_user(const struct init *init, const struct caps_sets *caps, struct err *err)
{
	int r = caps_apply_bounding(caps, err);

	if (r == 0)
		r = caps_apply_user(init->uid, init->gid, init->groups, init->n_groups,
				    init->may_set_groups, err);
	return r;
}

int init_privileges(struct init *init, struct err *err)
{
	const struct oci_process *process = init->spec->process;
	bool filter_early = !process->no_new_privileges;
	/* As root, as the peers: it may be closed to the user, or, on a network's file system, to root. */
	int entered = enter_cwd(process->cwd, err);
	int r = entered == -EACCES ? 0 : entered;

	if (r == 0)
		r = take_user(init, &process->capabilities, err);
	if (r == 0 && entered < 0)
		r = enter_cwd(process->cwd, err);
	if (r == 0)
		r = die_with_launcher(init, err);
	(void)umask(process->user.has_umask ? process->user.umask : init->caller_umask);
	if (r == 0 && filter_early)
		r = caps_raise(err);
	if (r == 0 && filter_early)
		r = init_load_filter(init, err);
	if (r == 0)
		r = caps_apply(&process->capabilities, err);
	if (r == 0 && process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = err_sys(err, errno, "set no_new_privs");
	if (r == 0 && !filter_early)
		r = init_load_filter(init, err);
	return r;
}
