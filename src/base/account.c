/* SPDX-License-Identifier: Apache-2.0 */
#include "base/account.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/id-file.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"

#define LINE_SIZE_MAX 65536

/* The fields of a line, name:password:uid:gid:comment:home:shell. */
enum field { FIELD_NAME, FIELD_PASSWORD, FIELD_UID, FIELD_GID, FIELD_COMMENT, FIELD_HOME };

struct search {
	uid_t uid;
	enum field field;
	char *found; /* NULL also for an empty field */
};

static int match(char **fields, void *arg)
{
	struct search *s = arg;
	uint32_t uid;

	if (id_file_number(fields[FIELD_UID], &uid) < 0 || uid != s->uid)
		return 0;
	s->found = *fields[s->field] ? strdup(fields[s->field]) : NULL;
	return 1;
}

static char *find_in(char *text, uid_t uid, enum field field)
{
	struct search s = {.uid = uid, .field = field};

	(void)id_file_find(text, FIELD_HOME + 1, match, &s); /* found or not */
	return s.found;
}

/* The output of getent(1) is a line of passwd(5) or group(5). */
static char *ask_getent(const char *database, uint32_t id)
{
	char number[16];
	char *argv[] = {(char *)"getent", (char *)database, number, NULL};

	(void)snprintf(number, sizeof(number), "%" PRIu32, id);
	return proc_output("getent", argv, LINE_SIZE_MAX);
}

static char *look_up(uid_t uid, enum field field)
{
	_cleanup_free_ char *file = NULL, *answer = NULL;
	char *value = NULL;

	if (file_read(AT_FDCWD, "/etc/passwd", ID_FILE_MAX, &file, NULL) == 0)
		value = find_in(file, uid, field);
	if (value)
		return value;
	answer = ask_getent("passwd", uid);
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

/* The fields of a line, name:password:gid:members. */
enum { GROUP_NAME, GROUP_PASSWORD, GROUP_GID, GROUP_MEMBERS };

struct group_search {
	gid_t gid;
	const char *user;
	char *name;
	bool member;
};

static int match_group(char **fields, void *arg)
{
	struct group_search *s = arg;
	uint32_t gid;

	if (id_file_number(fields[GROUP_GID], &gid) < 0 || gid != s->gid)
		return 0;
	s->name = *fields[GROUP_NAME] ? strdup(fields[GROUP_NAME]) : NULL;
	s->member = s->user && id_file_lists(fields[GROUP_MEMBERS], s->user);
	return 1;
}

char *account_group(gid_t gid, const char *user, bool *ret_member)
{
	struct group_search s = {.gid = gid, .user = user};
	_cleanup_free_ char *file = NULL, *answer = NULL;

	if (file_read(AT_FDCWD, "/etc/group", ID_FILE_MAX, &file, NULL) == 0)
		(void)id_file_find(file, GROUP_MEMBERS + 1, match_group, &s); /* found or not */
	answer = s.name ? NULL : ask_getent("group", gid);
	if (answer)
		(void)id_file_find(answer, GROUP_MEMBERS + 1, match_group, &s);
	*ret_member = s.member;
	return s.name;
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
