/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/filter.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp/compat.h"

void seccomp_filter_done(struct seccomp_filter *f)
{
	free(f->instructions);
	*f = (struct seccomp_filter){0};
}

bool seccomp_filter_notifies(const struct seccomp_filter *f)
{
	return f->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

int seccomp_filter_install(const struct seccomp_filter *f)
{
	struct sock_fprog program = {.len = f->length, .filter = f->instructions};

	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &program);
	return r < 0 ? -errno : (int)r;
}

/* The kernel refuses an unknown flag before it reads the filter, which is NULL here. */
bool seccomp_flag_is_supported(uint32_t flag)
{
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 && errno == EFAULT;
}
