/* SPDX-License-Identifier: Apache-2.0 */
#include "net/confine.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "linux/caps.h"

/* The parent-death signal goes last: a change of credentials clears it. */
int confine(pid_t parent, const int *keep, size_t n, struct masu_error *err)
{
	const struct caps_sets none = {0};
	int r = fd_close_from(0, keep, n);

	if (r < 0)
		return err_sys(err, r, "close descriptors");
	r = caps_apply(&none, err);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(err, errno, "confine a process in the container's network");
	return getppid() == parent ? 0 : err_sys(err, ESRCH, "confine a process");
}
