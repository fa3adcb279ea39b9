/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service may say that it is ready, reloads or stops, lives (WATCHDOG=1), needs more time, or has failed. Its status
 * for people passes without control characters, as systemctl prints it to a terminal; descriptors that it wants back, and
 * the barrier. MAINPID= would make another process the main one, and NOTIFYACCESS= and WATCHDOG_USEC= would change the
 * unit's settings.
 */
#include "monitor/notify.h"

#include <string.h>

#include "base/cleanup.h"

#define NUMBER_MAX  20 /* digits of a uint64_t */
#define FD_NAME_MAX 255

enum kind { KIND_EXACT, KIND_NUMBER, KIND_TEXT, KIND_NAME, KIND_STORE };

static const struct {
	const char *start;
	enum kind kind;
} allowed[] = {
	{"READY=1", KIND_EXACT},	  {"RELOADING=1", KIND_EXACT},
	{"STOPPING=1", KIND_EXACT},	  {"WATCHDOG=1", KIND_EXACT},
	{"WATCHDOG=trigger", KIND_EXACT}, {"FDSTOREREMOVE=1", KIND_EXACT},
	{"FDPOLL=0", KIND_EXACT},	  {"FDSTORE=1", KIND_STORE},
	{"MONOTONIC_USEC=", KIND_NUMBER}, {"EXTEND_TIMEOUT_USEC=", KIND_NUMBER},
	{"ERRNO=", KIND_NUMBER},	  {"FDNAME=", KIND_NAME},
	{"STATUS=", KIND_TEXT},
};

static bool is_number(const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return length > 0 && length <= NUMBER_MAX;
}

/* As systemd takes it. */
static bool is_fd_name(const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (s[i] <= ' ' || s[i] >= 127 || s[i] == ':')
			return false;
	return length > 0 && length <= FD_NAME_MAX;
}

/* Also those of ISO 6429, U+0080 to U+009F in UTF-8. */
static bool has_control(const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned char next = i + 1 < length ? (unsigned char)s[i + 1] : 0;

		if (c < ' ' || c == 127 || (c == 0xc2 && next >= 0x80 && next < 0xa0))
			return true;
	}
	return false;
}

static bool fits(size_t row, const char *line, size_t length, size_t n_fds)
{
	size_t n = strlen(allowed[row].start);

	if (length < n || memcmp(line, allowed[row].start, n) != 0)
		return false;
	switch (allowed[row].kind) {
	case KIND_NUMBER:
		return is_number(line + n, length - n);
	case KIND_NAME:
		return is_fd_name(line + n, length - n);
	case KIND_TEXT:
		return !has_control(line + n, length - n);
	case KIND_STORE:
		return length == n && n_fds > 0;
	default:
		return length == n;
	}
}

static bool is_line(const char *line, size_t length, const char *text)
{
	return length == strlen(text) && memcmp(line, text, length) == 0;
}

static bool passes(const char *line, size_t length, size_t n_fds)
{
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (fits(i, line, length, n_fds))
			return true;
	return false;
}

size_t notify_filter(char *text, size_t length, size_t n_fds, bool *ret_pass_fds)
{
	size_t kept = 0, next;

	*ret_pass_fds = false;
	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == 0))
		length--;
	if (memchr(text, 0, length))
		return 0;
	/* The manager takes it alone, and with one descriptor. */
	if (is_line(text, length, "BARRIER=1")) {
		*ret_pass_fds = n_fds == 1;
		return n_fds == 1 ? length : 0;
	}
	for (size_t at = 0; at < length; at = next + 1) {
		const char *line = text + at, *end = memchr(line, '\n', length - at);
		size_t n = end ? (size_t)(end - line) : length - at;

		next = at + n;
		if (!passes(line, n, n_fds))
			continue;
		*ret_pass_fds |= is_line(line, n, "FDSTORE=1");
		if (kept > 0)
			text[kept++] = '\n';
		memmove(text + kept, line, n);
		kept += n;
	}
	return kept;
}
