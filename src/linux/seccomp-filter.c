/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/seccomp-filter.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux/seccomp-compat.h"

void seccomp_filter_done(struct seccomp_filter *f)
{
	free(f->instructions);
	*f = (struct seccomp_filter){0};
}

int seccomp_filter_install(const struct seccomp_filter *f)
{
	struct sock_fprog program = {.len = f->length, .filter = f->instructions};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &program) < 0)
		return -errno;
	return 0;
}
