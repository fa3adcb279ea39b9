/* SPDX-License-Identifier: Apache-2.0 */
#include "net/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>

#include "base/fd.h"
#include "net/loopback.h"

static int open_current(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int net_namespace_own(void)
{
	_cleanup_close_ int own = open_current();

	if (own >= 0 && setns(own, CLONE_NEWNET) < 0)
		return -errno;
	return TAKE_FD(own);
}

static int explain(int code, struct err *err)
{
	(void)err_sys(err, code, "make a network namespace");
	return code == -ENOSPC || code == -EUSERS
		       ? err_hint(err, "too many; the limit is: sysctl user.max_net_namespaces")
		       : code;
}

int net_namespace_new(int own, struct err *err)
{
	if (unshare(CLONE_NEWNET) < 0)
		return explain(-errno, err);
	_cleanup_close_ int made = open_current();
	int r = made < 0 ? err_sys(err, made, "open the network namespace") : loopback_up(err);
	if (setns(own, CLONE_NEWNET) < 0)
		abort(); /* it was there a moment ago: what follows must not run in the container's */
	return r < 0 ? r : TAKE_FD(made);
}
