/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signal-name.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

static int realtime_signal(const char *name)
{
	uint64_t offset = 0;
	const char *rest;

	if ((rest = str_after(name, "RTMIN")) && (!*rest || *rest == '+')) {
		if (*rest && str_to_uint64(rest + 1, (uint64_t)(SIGRTMAX - SIGRTMIN), &offset) < 0)
			return -EINVAL;
		return SIGRTMIN + (int)offset;
	}
	if ((rest = str_after(name, "RTMAX")) && (!*rest || *rest == '-')) {
		if (*rest && str_to_uint64(rest + 1, (uint64_t)(SIGRTMAX - SIGRTMIN), &offset) < 0)
			return -EINVAL;
		return SIGRTMAX - (int)offset;
	}
	return -EINVAL;
}

int signal_from_string(const char *s)
{
	char name[16];
	uint64_t n;

	if (str_to_uint64(s, (uint64_t)SIGRTMAX, &n) == 0)
		return n > 0 ? (int)n : -EINVAL;
	if (strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	if (strlen(s) >= sizeof(name))
		return -EINVAL;
	for (size_t i = 0; i <= strlen(s); i++)
		name[i] = s[i] >= 'a' && s[i] <= 'z' ? (char)(s[i] - 'a' + 'A') : s[i];
	for (int i = 1; i < NSIG; i++) {
		const char *known = sigabbrev_np(i);

		if (known && streq(known, name))
			return i;
	}
	return realtime_signal(name);
}
