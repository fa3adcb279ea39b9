/* SPDX-License-Identifier: Apache-2.0 */
#include "net/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"

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

int net_loopback_up(struct masu_error *err)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo"};

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return err_sys(err, errno, "read the flags of the interface 'lo'");
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return err_sys(err, errno, "bring up the interface 'lo'");
	return 0;
}

static int explain(int code, struct masu_error *err)
{
	(void)err_sys(err, code, "create a network namespace");
	return code == -ENOSPC || code == -EUSERS
		       ? err_hint(err, "raise the limit: sysctl user.max_net_namespaces")
		       : code;
}

int net_namespace_new(int own, struct masu_error *err)
{
	if (unshare(CLONE_NEWNET) < 0)
		return explain(-errno, err);
	_cleanup_close_ int made = open_current();
	int r = made < 0 ? err_sys(err, made, "open the network namespace") : net_loopback_up(err);
	if (setns(own, CLONE_NEWNET) < 0)
		abort(); /* it existed a moment ago; the caller must not go on in the container's */
	return r < 0 ? r : TAKE_FD(made);
}
