/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/rlimit.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

static const char *const names[] = {
	[RLIMIT_AS] = "RLIMIT_AS",
	[RLIMIT_CORE] = "RLIMIT_CORE",
	[RLIMIT_CPU] = "RLIMIT_CPU",
	[RLIMIT_DATA] = "RLIMIT_DATA",
	[RLIMIT_FSIZE] = "RLIMIT_FSIZE",
	[RLIMIT_LOCKS] = "RLIMIT_LOCKS",
	[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
	[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
	[RLIMIT_NICE] = "RLIMIT_NICE",
	[RLIMIT_NOFILE] = "RLIMIT_NOFILE",
	[RLIMIT_NPROC] = "RLIMIT_NPROC",
	[RLIMIT_RSS] = "RLIMIT_RSS",
	[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
	[RLIMIT_RTTIME] = "RLIMIT_RTTIME",
	[RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
	[RLIMIT_STACK] = "RLIMIT_STACK",
};

const char *rlimit_name(int resource)
{
	return resource >= 0 && (size_t)resource < ARRAY_SIZE(names) ? names[resource] : NULL;
}

int rlimit_number(const char *name)
{
	if (strncmp(name, "RLIMIT_", 7) == 0)
		name += 7;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i] && strcasecmp(name, names[i] + 7) == 0)
			return (int)i;
	return -EINVAL;
}

int rlimit_apply(const struct rlimit_setting *limits, size_t n, struct masu_error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct rlimit limit = {.rlim_cur = limits[i].soft, .rlim_max = limits[i].hard};

		if (setrlimit((__rlimit_resource_t)limits[i].resource, &limit) == 0)
			continue;
		int code = errno;
		int r = err_sys(err, code, "set %s to %llu:%llu", rlimit_name(limits[i].resource),
				(unsigned long long)limits[i].soft,
				(unsigned long long)limits[i].hard);

		if (code == EPERM)
			(void)err_hint(err, "the hard limit is over that of the calling user; see "
					    "'ulimit -H -a'");
		return r;
	}
	return 0;
}
