/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/listen-fds.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"

#define LISTEN_FDS_MAX 1024

int listen_fds_given(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint32_t n, whose;

	if (!fds || str_to_uint32(fds, &n) < 0 || n > LISTEN_FDS_MAX)
		return 0;
	if (pid && (str_to_uint32(pid, &whose) < 0 || whose != (uint32_t)getpid()))
		return 0;
	for (int fd = 3; fd < 3 + (int)n; fd++)
		if (fcntl(fd, F_GETFD) != 0) /* closed, or close-on-exec: masu's own */
			return 0;
	return (int)n;
}
