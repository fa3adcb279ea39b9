/* SPDX-License-Identifier: Apache-2.0 */
/* A container's message to the service manager: nothing passes that a service may not say about itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/notify.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool has_line(const char *text, const char *start)
{
	for (const char *p = text; (p = strstr(p, start)); p++)
		if (p == text || p[-1] == '\n')
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char text[NOTIFY_TEXT_MAX + 1];
	bool pass_fds;

	if (size < 1 || size - 1 > NOTIFY_TEXT_MAX)
		return 0;
	size_t n_fds = bytes[0] % 4;
	memcpy(text, bytes + 1, size - 1);
	size_t n = notify_filter(text, size - 1, n_fds, &pass_fds);
	if (n > size - 1 || (pass_fds && (n == 0 || n_fds == 0)))
		abort();
	text[n] = 0;
	if (strlen(text) != n || has_line(text, "MAINPID") || has_line(text, "NOTIFYACCESS") ||
	    has_line(text, "WATCHDOG_USEC") || (has_line(text, "BARRIER=1") && n_fds != 1))
		abort();
	return 0;
}
