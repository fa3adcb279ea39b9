/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/sub-ids.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/account.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/lent-ids.h"

#define FILE_MAX (4U << 20)

static const char *const paths[] = {"/etc/subuid", "/etc/subgid"};

/* 1 for a range, 0 for a comment or an empty line, -EINVAL when malformed. */
static int parse_line(const char *line, char **ret_user, struct id_range *ret)
{
	_cleanup_strv_ char **fields = NULL;

	if (!*line || *line == '#')
		return 0;
	fields = strv_split(line, ":");
	if (!fields)
		return -ENOMEM;
	*ret_user = strdup(fields[0]);
	if (!*ret_user)
		return -ENOMEM;
	if (!fields[1] || !fields[2] || fields[3])
		return -EINVAL;
	return str_to_uint32(fields[1], &ret->outside) < 0 ||
			       str_to_uint32(fields[2], &ret->count) < 0
		       ? -EINVAL
		       : 1;
}

static bool is_user(const struct sub_ids_file *file, const char *text)
{
	uint32_t id;

	return (file->name && streq(text, file->name)) ||
	       (str_to_uint32(text, &id) == 0 && id == file->uid);
}

static bool is_there(const struct id_range *ranges, size_t n, const struct id_range *range)
{
	for (size_t i = 0; i < n; i++)
		if (ranges[i].outside == range->outside && ranges[i].count == range->count)
			return true;
	return false;
}

static int add_range(struct id_range **ranges, size_t *n, struct id_range range)
{
	if (range.count == 0 || is_there(*ranges, *n, &range))
		return 0;
	range.inside = 1;
	for (size_t i = 0; i < *n; i++)
		range.inside = MAX(range.inside, (*ranges)[i].inside + (*ranges)[i].count);
	return idmap_add(ranges, n, range);
}

int sub_ids_parse(const struct sub_ids_file *file, struct id_range **ranges, size_t *n,
		  size_t *ret_skipped, struct masu_error *err)
{
	_cleanup_strv_ char **lines = strv_split(file->text, "\n");
	size_t skipped = 0;

	if (!lines)
		return err_oom(err);
	for (size_t i = 0; lines[i]; i++) {
		_cleanup_free_ char *user = NULL;
		struct id_range range = {0};
		int r = parse_line(lines[i], &user, &range);
		bool theirs = user && !is_user(file, user);

		if (theirs) {
			if (r == -EINVAL && !skipped)
				skipped = i + 1;
			continue;
		}
		if (r > 0)
			r = add_range(ranges, n, range);
		if (r == -EINVAL)
			return err_set(
				err, ERR_INVALID, EINVAL,
				"%s:%zu: '%s' is malformed or overlaps another range of yours",
				file->path, i + 1, lines[i]);
		if (r < 0)
			return err_sys(err, r, "read %s", file->path);
	}
	*ret_skipped = skipped;
	return 0;
}

uint32_t sub_ids_first_free(const char *text)
{
	_cleanup_strv_ char **lines = strv_split(text, "\n");
	uint64_t first = SUB_IDS_FIRST;

	STRV_FOREACH(line, lines) {
		_cleanup_free_ char *user = NULL;
		struct id_range range;

		if (parse_line(*line, &user, &range) > 0)
			first = MAX(first, (uint64_t)range.outside + range.count);
	}
	return first + SUB_IDS_COUNT > UINT32_MAX ? 0 : (uint32_t)first;
}

/* The text of a file; an empty one when it does not exist. */
static int read_file(const char *path, char **ret)
{
	int r = file_read(AT_FDCWD, path, FILE_MAX, ret, NULL);

	if (r != -ENOENT)
		return r;
	*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

char *sub_ids_remedy(void)
{
	_cleanup_free_ char *name = account_name(getuid());
	uint32_t first = SUB_IDS_FIRST;

	for (size_t i = 0; first && i < ARRAY_SIZE(paths); i++) {
		_cleanup_free_ char *text = NULL;
		uint32_t here = read_file(paths[i], &text) < 0 ? 0 : sub_ids_first_free(text);

		first = here ? MAX(first, here) : 0;
	}
	if (!first)
		return strdup("free 65536 ids in /etc/subuid and /etc/subgid");
	uint32_t last = first + SUB_IDS_COUNT - 1;
	return str_printf("sudo usermod --add-subuids %" PRIu32 "-%" PRIu32
			  " --add-subgids %" PRIu32 "-%" PRIu32 " %s",
			  first, last, first, last, name ? name : "USER");
}

static int add_sub_ids(const char *path, const char *name, struct id_range **ranges, size_t *n,
		       char **notice, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t skipped;
	int r = read_file(path, &text);

	if (r < 0)
		return err_sys(err, r, "read %s", path);
	const struct sub_ids_file file = {
		.path = path, .text = text, .name = name, .uid = getuid()};
	r = sub_ids_parse(&file, ranges, n, &skipped, err);
	if (r < 0 || !skipped || *notice)
		return r;
	*notice = str_printf("%s:%zu: skipped, since it is not of the form USER:FIRST:COUNT", path,
			     skipped);
	return *notice ? 0 : err_oom(err);
}

/* Added to the notice of a malformed line, which may be the reason. */
static int note_lack(const char *name, char **notice)
{
	_cleanup_free_ char *remedy = sub_ids_remedy(), *before = TAKE_PTR(*notice);

	if (!remedy)
		return -ENOMEM;
	*notice = str_printf(
		"%s%sno sub-ids for %s, so only root exists in the container; to get them: %s",
		before ? before : "", before ? "; " : "", name ? name : "this user", remedy);
	return *notice ? 0 : -ENOMEM;
}

/* Without sub-ids: the ids that systemd lends, or none. */
static int borrow(struct idmap *map, const char *name, char **notice, struct masu_error *err)
{
	_cleanup_err_ struct masu_error failure = ERR_INIT;
	_cleanup_free_ char *reason = NULL;

	map->n_uids = map->n_gids = 1;
	int r = lent_ids_map(map, &reason, &failure);
	if (r < 0) {
		_cleanup_free_ char *remedy = sub_ids_remedy();

		(void)err_set(err, ERR_UNAVAILABLE, failure.code,
			      "find out whether systemd-nsresourced lends ids: %s",
			      failure.message ? failure.message : "no memory");
		return remedy ? err_hint(err, "sub-ids of your own need no service: %s", remedy)
			      : r;
	}
	return r > 0 || note_lack(name, notice) == 0 ? 0 : err_oom(err);
}

int sub_ids_map(struct idmap *ret, char **ret_notice, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap map = {0};
	_cleanup_free_ char *name = NULL, *notice = NULL;

	if (idmap_caller_is_privileged()) {
		*ret = map;
		*ret_notice = NULL;
		return 0;
	}
	map.userns = true;
	name = account_name(getuid());
	if (idmap_add(&map.uids, &map.n_uids, (struct id_range){0, geteuid(), 1}) < 0 ||
	    idmap_add(&map.gids, &map.n_gids, (struct id_range){0, getegid(), 1}) < 0)
		return err_oom(err);
	int r = add_sub_ids(paths[0], name, &map.uids, &map.n_uids, &notice, err);
	if (r < 0)
		return r;
	r = add_sub_ids(paths[1], name, &map.gids, &map.n_gids, &notice, err);
	if (r < 0)
		return r;
	if (map.n_uids == 1 || map.n_gids == 1) {
		r = borrow(&map, name, &notice, err);
		if (r < 0)
			return r;
	}
	*ret = map;
	map = (struct idmap){0};
	*ret_notice = TAKE_PTR(notice);
	return 0;
}

static int read_of(const char *path, const char *name, struct id_range **ranges, size_t *n,
		   struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	uint32_t uid = UINT32_MAX; /* that of no user */
	size_t skipped;
	int r = read_file(path, &text);

	if (r < 0)
		return err_sys(err, r, "read %s", path);
	(void)str_to_uint32(name, &uid); /* a name may be a number */
	const struct sub_ids_file file = {.path = path, .text = text, .name = name, .uid = uid};
	r = sub_ids_parse(&file, ranges, n, &skipped, err);
	if (r < 0)
		return r;
	if (*n == 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "%s has no ids for \"%s\"", path, name);
	for (size_t i = 0; i < *n; i++)
		(*ranges)[i].inside--;
	return 0;
}

int sub_ids_of(const char *uids_name, const char *gids_name, struct idmap *ret,
	       struct masu_error *err)
{
	_cleanup_idmap_ struct idmap map = {.userns = true};
	int r = read_of(paths[0], uids_name, &map.uids, &map.n_uids, err);

	if (r == 0)
		r = read_of(paths[1], gids_name, &map.gids, &map.n_gids, err);
	if (r < 0)
		return r;
	*ret = TAKE(map, (struct idmap){0});
	return 0;
}
