/* SPDX-License-Identifier: Apache-2.0 */
#include "base/account.h"

#include <pwd.h>
#include <string.h>

#include "base/proc.h"

#define LINE_SIZE_MAX 65536

static char *member(const struct passwd *p, bool home)
{
	const char *s = home ? p->pw_dir : p->pw_name;

	return s && *s ? strdup(s) : NULL;
}

/* What getent(1) prints is a line of passwd(5). */
static char *ask_getent(uid_t uid)
{
	char number[16];
	char *argv[] = {(char *)"getent", (char *)"passwd", number, NULL};

	(void)snprintf(number, sizeof(number), "%u", (unsigned int)uid);
	return proc_output("getent", argv, LINE_SIZE_MAX);
}

static char *look_up(uid_t uid, bool home)
{
	_cleanup_fclose_ FILE *f = fopen("/etc/passwd", "re");
	_cleanup_free_ char *line = NULL;
	struct passwd *p;

	while (f && (p = fgetpwent(f)))
		if (p->pw_uid == uid)
			return member(p, home);
	line = ask_getent(uid);
	_cleanup_fclose_ FILE *answer = line && *line ? fmemopen(line, strlen(line), "r") : NULL;
	p = answer ? fgetpwent(answer) : NULL;
	return p && p->pw_uid == uid ? member(p, home) : NULL;
}

char *account_name(uid_t uid)
{
	return look_up(uid, false);
}

char *account_home(uid_t uid)
{
	return look_up(uid, true);
}
