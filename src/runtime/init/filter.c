/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The system call filter, and its listener.
 *
 * A filter with SCMP_ACT_NOTIFY stops the process in a system call until an agent has answered. The kernel
 * gives the agent's descriptor to the process that loads the filter, but from then on each call that could
 * pass it on may itself wait for the agent. So init first clones a helper, which shares the table of
 * descriptors but not the filter: it polls shared memory for the number (a wake-up would be a system call
 * too), sends the descriptor to the sender of GO, who hands it over, and exits with the result. Waiting for the
 * helper is a call of the filtered process, but by then the agent is there to answer it.
 */

#include "linux/userns-clone.h"
#include "runtime/init/messages.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/channel.h"
#include "base/proc.h"
#include "runtime/listener.h"
#include "seccomp/filter.h"

#define NOT_LOADED (-1)
#define FAILED	   (-2)

static int refused(const struct init *init, int code, struct masu_error *err)
{
	int r = err_sys(err, code, "load the system call filter");

	return code == -EINVAL && init->spec->seccomp && init->spec->seccomp->flags
		       ? err_hint(err, "this kernel may lack one of linux.seccomp.flags")
		       : r;
}

_noreturn_ static void helper_main(const struct init *init, _Atomic int *loaded,
				   const char *message, size_t size)
{
	_cleanup_channel_message_ struct channel_message answer = CHANNEL_MESSAGE_INIT;
	const struct timespec pause = {.tv_nsec = 200000};
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((fd = atomic_load(loaded)) == NOT_LOADED)
		(void)nanosleep(&pause, NULL); /* cut short, it looks again sooner */
	if (fd < 0 || channel_send(init->channel, INIT_LISTENER, message, size, fd) < 0 ||
	    channel_receive(init->channel, &answer) < 0)
		_exit(1);
	_exit(answer.type == INIT_TAKEN ? 0 : 1);
}

static int load_with_helper(struct init *init, const char *message, size_t size,
			    struct masu_error *err)
{
	_Atomic int *loaded = mmap(NULL, sizeof(*loaded), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (loaded == MAP_FAILED)
		return err_sys(err, errno, "load the system call filter");
	atomic_store(loaded, NOT_LOADED);
	pid_t pid = userns_clone(CLONE_FILES, -1);
	if (pid == 0)
		helper_main(init, loaded, message, size);
	if (pid < 0)
		return err_sys(err, pid, "load the system call filter");
	int fd = seccomp_filter_install(init->plan->seccomp);
	atomic_store(loaded, fd < 0 ? FAILED : fd);
	int status = proc_wait(pid);
	if (fd < 0)
		return refused(init, fd, err);
	/* The descriptor is close-on-exec; without an agent the filter's calls would fail. */
	return status == 0 ? 0
			   : err_set(err, ERR_UNAVAILABLE, ECONNREFUSED,
				     "linux.seccomp.listenerPath: no agent took the filter");
}

int init_load_filter(struct init *init, struct masu_error *err)
{
	const struct seccomp_filter *filter = init->plan->seccomp;
	_cleanup_free_ char *message = NULL;
	size_t size;

	if (!filter)
		return 0;
	if (!seccomp_filter_notifies(filter)) {
		int r = seccomp_filter_install(filter);
		return r < 0 ? refused(init, r, err) : 0;
	}
	int r = listener_message(init->spec, init->hooks.state, &message, &size, err);
	return r < 0 ? r : load_with_helper(init, message, size, err);
}
