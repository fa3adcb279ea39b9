/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/doctor/examined.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/files/file-place.h"
#include "engine/image/image-program.h"

#define STATUS_SIZE 8192

void examined_done(struct examined *e)
{
	strv_free(e->groups);
	free(e->no_user);
	free(e->command);
	free(e->kind);
	free(e->no_interpreter);
	free(e->no_program);
	*e = (struct examined){0};
}

static int take_text(const char *value, char **ret)
{
	free(*ret);
	*ret = strdup(value);
	return *ret ? 0 : -ENOMEM;
}

static int take(struct examined *e, const char *key, const char *value)
{
	const struct {
		const char *key;
		uint32_t *field;
	} numbers[] = {{"uid", &e->uid},
		       {"gid", &e->gid},
		       {"no-command", &e->no_command},
		       {"mode", &e->mode},
		       {"owner", &e->owner},
		       {"owning-group", &e->owning_group},
		       {"machine", &e->machine},
		       {"carriage-return", &e->carriage_return},
		       {"no-cwd", &e->no_cwd}};
	const struct {
		const char *key;
		char **field;
	} texts[] = {{"no-user", &e->no_user},
		     {"command", &e->command},
		     {"kind", &e->kind},
		     {"no-interpreter", &e->no_interpreter},
		     {"no-program", &e->no_program}};
	uint32_t group;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (streq(key, numbers[i].key))
			return str_to_uint32(value, numbers[i].field) < 0 ? -EBADMSG : 0;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (streq(key, texts[i].key))
			return take_text(value, texts[i].field);
	if (streq(key, "group") && str_to_uint32(value, &group) == 0)
		return strv_push(&e->groups, value);
	return -EBADMSG;
}

int examined_parse(const char *report, struct examined *ret)
{
	_cleanup_examined_ struct examined e = {0};
	_cleanup_strv_ char **lines = strv_split(report, "\n");

	if (!lines)
		return -ENOMEM;
	STRV_FOREACH(line, lines) {
		char *space = strchr(*line, ' ');

		if (!**line)
			continue;
		if (!space || str_has_control(*line))
			return -EBADMSG;
		*space = 0;
		int r = take(&e, *line, space + 1);
		if (r < 0)
			return r;
	}
	*ret = TAKE(e, (struct examined){0});
	return 0;
}

/* Runs "masu-image files" with the words and those of the place. */
static int run(const masu_container *c, const struct file_place *place, char ***words,
	       char **ret_report, struct masu_error *err)
{
	if (strv_extend(words, place->words) < 0)
		return err_oom(err);
	const struct image_program program = {
		.args = *words, .input = -1, .further = {-1, place->pidfd}};
	return image_program_run(c->engine, &program, ret_report, err);
}

static int malformed(struct masu_error *err)
{
	return err_set(err, ERR_INTERNAL, EBADMSG, "malformed result of masu-image");
}

int examined_read(masu_container *c, const char *command, struct examined *ret,
		  struct masu_error *err)
{
	const struct oci_process *p = c->spec->process;
	_cleanup_file_place_ struct file_place place = FILE_PLACE_INIT;
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *report = NULL;
	const char *search = strv_env_get(p->env, "PATH");
	int r = file_place_open(c, false, &place, err);

	if (r < 0)
		return r;
	if (strv_push(&words, "files") < 0 || strv_push(&words, "examine") < 0 ||
	    strv_pushf(&words, "user=%s", str_or_empty(c->record.user)) < 0 ||
	    strv_pushf(&words, "command=%s", command) < 0 ||
	    strv_pushf(&words, "search=%s", search ? search : SEARCH_PATH_DEFAULT) < 0 ||
	    strv_pushf(&words, "cwd=%s", p->cwd) < 0)
		return err_oom(err);
	r = run(c, &place, &words, &report, err);
	if (r < 0)
		return r;
	return examined_parse(str_or_empty(report), ret) < 0 ? malformed(err) : 0;
}

/* The id in the container for one of the host. */
static int to_inside(const struct oci_id_map *maps, size_t n, uint32_t id, uint32_t *ret)
{
	for (size_t i = 0; i < n; i++)
		if (id >= maps[i].host_id && id - maps[i].host_id < maps[i].size) {
			*ret = maps[i].container_id + (id - maps[i].host_id);
			return 0;
		}
	*ret = id;
	return n == 0 ? 0 : -ENOENT;
}

static const char *find_line(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : "";
}

/* Groups that are not mapped came from the caller: they cannot be taken again. */
static int take_groups(const masu_container *c, const char *line, struct examined *e)
{
	_cleanup_free_ char *text = strndup(line, strcspn(line, "\n"));
	uint32_t id;
	size_t length;

	for (size_t i = 0; text && *str_word(text, i, &length); i++)
		if (to_inside(c->spec->gid_mappings, c->spec->n_gid_mappings,
			      (uint32_t)str_word_number(text, i), &id) == 0 &&
		    strv_pushf(&e->groups, "%" PRIu32, id) < 0)
			return -ENOMEM;
	return text ? 0 : -ENOMEM;
}

int examined_running(const masu_container *c, struct examined *ret)
{
	_cleanup_examined_ struct examined e = {0};
	_cleanup_free_ char *status = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)c->state.run.pid);
	if (file_read(AT_FDCWD, path, STATUS_SIZE, &status, NULL) < 0 ||
	    to_inside(c->spec->uid_mappings, c->spec->n_uid_mappings,
		      (uint32_t)str_word_number(find_line(status, "\nUid:"), 1), &e.uid) < 0 ||
	    to_inside(c->spec->gid_mappings, c->spec->n_gid_mappings,
		      (uint32_t)str_word_number(find_line(status, "\nGid:"), 1), &e.gid) < 0)
		return -ESRCH;
	int r = take_groups(c, find_line(status, "\nGroups:"), &e);
	if (r == 0)
		*ret = TAKE(e, (struct examined){0});
	return r;
}

/* Root without it is a user like any other. */
static bool overrides_permissions(const struct oci_process *p)
{
	return p->has_capabilities && p->capabilities.bounding & CAPS_BIT(CAP_DAC_OVERRIDE);
}

/* "READ WRITE SEARCH" */
static int parse_access(const char *text, struct path_access *ret)
{
	_cleanup_strv_ char **words = strv_split(text, " ");
	uint32_t n[3];

	if (!words || strv_length(words) != ARRAY_SIZE(n))
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(n); i++)
		if (str_to_uint32(words[i], &n[i]) < 0 || n[i] > INT32_MAX)
			return -EBADMSG;
	*ret = (struct path_access){(int)n[0], (int)n[1], (int)n[2]};
	return 0;
}

int examined_parse_access(const char *report, size_t n, struct path_access *ret)
{
	_cleanup_strv_ char **lines = strv_split(report, "\n");

	if (!lines || strv_length(lines) != n + 1)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++)
		if (parse_access(lines[i], &ret[i]) < 0)
			return -EBADMSG;
	return 0;
}

int examined_access(masu_container *c, const struct examined *user, char *const *paths,
		    struct path_access *ret, struct masu_error *err)
{
	_cleanup_file_place_ struct file_place place = FILE_PLACE_INIT;
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *report = NULL;
	int r = file_place_open(c, false, &place, err);

	if (r < 0)
		return r;
	r = strv_push(&words, "files") < 0 || strv_push(&words, "access") < 0 ||
			    strv_pushf(&words, "uid=%" PRIu32, user->uid) < 0 ||
			    strv_pushf(&words, "gid=%" PRIu32, user->gid) < 0 ||
			    (!overrides_permissions(c->spec->process) &&
			     strv_push(&words, "plain=") < 0)
		    ? -ENOMEM
		    : 0;
	STRV_FOREACH(group, user->groups)
		if (r == 0)
			r = strv_pushf(&words, "group=%s", *group);
	STRV_FOREACH(path, paths)
		if (r == 0)
			r = strv_pushf(&words, "path=%s", *path);
	if (r < 0)
		return err_sys(err, r, "examine the container's files");
	r = run(c, &place, &words, &report, err);
	if (r < 0)
		return r;
	return examined_parse_access(str_or_empty(report), strv_length(paths), ret) < 0
		       ? malformed(err)
		       : 0;
}
