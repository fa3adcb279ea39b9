/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/adopted.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

#define STAT_MAX	 2048
#define EXIT_CODE_FIELD	 52 /* proc_pid_stat(5) */
#define AFTER_NAME_FIELD 3

/* linux/pidfd.h of Linux 6.15; Debian 12 has an older one. */
struct pidfd_info_v0 {
	uint64_t mask, cgroupid;
	uint32_t ids[11];
	int32_t exit_code;
};
#define INFO_EXIT (1u << 3)
#define GET_INFO  _IOWR(0xFF, 11, struct pidfd_info_v0)

static long send_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

void adopted_kill(int pidfd, int signal)
{
	(void)send_signal(pidfd, signal);
}

/* Of the text behind the name, which may have spaces and parentheses. */
static bool parse_stat(const char *text, int *ret)
{
	const char *p = strrchr(text, ')');
	int n = 0;

	if (!p || p[1] != ' ' || p[2] != 'Z')
		return false;
	p += 2;
	for (int field = AFTER_NAME_FIELD; field < EXIT_CODE_FIELD; field++) {
		p = strchr(p, ' ');
		if (!p)
			return false;
		p++;
	}
	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9' && n < 1 << 16; p++)
		n = n * 10 + (*p - '0');
	*ret = n;
	return true;
}

/*
 * The kernel prints the field as 0 to a reader that may not trace the process, as a user may not with lent ids. kcmp(2) has the
 * same condition. A kernel without it is taken to permit.
 */
static bool may_trace(pid_t pid)
{
	return syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0) >= 0 || errno != EPERM;
}

static bool read_zombie(pid_t init, int pidfd, int *ret)
{
	char path[64], stat[STAT_MAX];
	struct text t = text_into(path, sizeof(path));

	text_add(&t, "/proc/");
	text_add_uint(&t, (uint64_t)init);
	text_add(&t, "/stat");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, stat, sizeof(stat) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	stat[n] = 0;
	/* Not reaped after the read, so the number was still init's. */
	return parse_stat(stat, ret) && may_trace(init) && send_signal(pidfd, 0) == 0;
}

bool adopted_status(pid_t init, int pidfd, int *ret)
{
	struct pidfd_info_v0 info = {.mask = INFO_EXIT};

	if (read_zombie(init, pidfd, ret))
		return true;
	if (ioctl(pidfd, GET_INFO, &info) < 0 || !(info.mask & INFO_EXIT))
		return false;
	*ret = info.exit_code;
	return true;
}
