/* SPDX-License-Identifier: Apache-2.0 */
#include "base/account.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"

#define PASSWD_SIZE_MAX (10 << 20)
#define LINE_SIZE_MAX	65536

/* The fields of a line, name:password:uid:gid:comment:home:shell. */
enum field { FIELD_NAME, FIELD_PASSWORD, FIELD_UID, FIELD_GID, FIELD_COMMENT, FIELD_HOME };

/* NULL if the line has fewer fields, or without memory. */
static char *field_of(const char *line, enum field field)
{
	for (int i = FIELD_NAME; i < (int)field; i++) {
		line += strcspn(line, ":\n");
		if (*line++ != ':')
			return NULL;
	}
	return strndup(line, strcspn(line, ":\n"));
}

static char *find_in(const char *text, uid_t uid, enum field field)
{
	while (*text) {
		_cleanup_free_ char *number = field_of(text, FIELD_UID);
		uint32_t n;

		if (number && str_to_uint32(number, &n) == 0 && n == uid) {
			char *value = field_of(text, field);

			if (value && *value)
				return value;
			free(value);
			return NULL;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}

/* The output of getent(1) is a line of passwd(5). */
static char *ask_getent(uid_t uid)
{
	char number[16];
	char *argv[] = {(char *)"getent", (char *)"passwd", number, NULL};

	(void)snprintf(number, sizeof(number), "%u", (unsigned int)uid);
	return proc_output("getent", argv, LINE_SIZE_MAX);
}

static char *look_up(uid_t uid, enum field field)
{
	_cleanup_free_ char *file = NULL, *answer = NULL;
	char *value = NULL;

	if (file_read(AT_FDCWD, "/etc/passwd", PASSWD_SIZE_MAX, &file, NULL) == 0)
		value = find_in(file, uid, field);
	if (value)
		return value;
	answer = ask_getent(uid);
	return answer ? find_in(answer, uid, field) : NULL;
}

char *account_name(uid_t uid)
{
	return look_up(uid, FIELD_NAME);
}

char *account_home(uid_t uid)
{
	return look_up(uid, FIELD_HOME);
}

char *account_config_path(const char *name)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	_cleanup_free_ char *account = NULL, *dir = NULL;

	if (config && *config == '/')
		return path_join(config, name);
	if (!home || *home != '/')
		home = account = account_home(getuid());
	dir = path_join(home ? home : "/", ".config");
	return dir ? path_join(dir, name) : NULL;
}
