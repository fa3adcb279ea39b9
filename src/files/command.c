/* SPDX-License-Identifier: Apache-2.0 */
#include "files/command.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "files/changes.h"
#include "files/examine.h"
#include "files/pack.h"
#include "files/put.h"
#include "image/report.h"

struct request {
	struct place place;
	const char *path, *name;
	char **targets; /* of mounts */
	int fd;
	bool follow, contents, owners, overwrite, plain;
	const char *user, *command, *search, *cwd;
	uint32_t uid, gid;
	gid_t *groups;
	size_t n_groups;
	char **paths;
};

static void request_done(struct request *r)
{
	place_done(&r->place);
	strv_free(r->targets);
	free(r->groups);
	strv_free(r->paths);
}

static int take_fd(const char *value, int *ret)
{
	uint32_t fd;

	if (str_to_uint32(value, &fd) < 0 || fd > INT32_MAX || fd_set_cloexec((int)fd, true) < 0)
		return -EINVAL;
	*ret = (int)fd;
	return 0;
}

static int take_text(const char *value, char **ret)
{
	free(*ret);
	*ret = strdup(value);
	return *ret ? 0 : -ENOMEM;
}

static int take_place(struct place *p, const char *key, const char *value)
{
	if (streq(key, "pidfd")) {
		p->kind = PLACE_RUNNING;
		return take_fd(value, &p->pidfd);
	}
	if (streq(key, "root") || streq(key, "rootfs"))
		p->kind = PLACE_STOPPED;
	if (streq(key, "root"))
		return take_text(value, &p->root_dir);
	if (streq(key, "rootfs"))
		return take_text(value, &p->rootfs);
	if (streq(key, "layers"))
		return take_text(value, &p->overlay.layers_dir);
	if (streq(key, "lower"))
		return strv_push(&p->overlay.lowers, value);
	if (streq(key, "uids"))
		return take_text(value, &p->uid_map);
	if (streq(key, "gids"))
		return take_text(value, &p->gid_map);
	if (streq(key, "upper"))
		return take_text(value, &p->overlay.upper);
	if (streq(key, "work"))
		return take_text(value, &p->overlay.work);
	if (streq(key, "mount"))
		return strv_push(&p->mounts, value);
	return -ENOENT;
}

static int take_id(struct request *q, const char *key, const char *value)
{
	gid_t *group;

	if (streq(key, "uid"))
		return str_to_uint32(value, &q->uid);
	if (streq(key, "gid"))
		return str_to_uint32(value, &q->gid);
	if (!streq(key, "group"))
		return -ENOENT;
	group = array_add(&q->groups, &q->n_groups, sizeof(*group));
	return group ? str_to_uint32(value, group) : -ENOMEM;
}

static int take(struct request *q, const char *key, const char *value)
{
	const struct {
		const char *key;
		bool *field;
	} flags[] = {{"follow", &q->follow},
		     {"contents", &q->contents},
		     {"owners", &q->owners},
		     {"overwrite", &q->overwrite},
		     {"plain", &q->plain},
		     {"bare", &q->place.without_mounts},
		     {"volatile", &q->place.overlay.transient}};

	const struct {
		const char *key;
		const char **field;
	} texts[] = {{"name", &q->name},
		     {"user", &q->user},
		     {"command", &q->command},
		     {"search", &q->search},
		     {"cwd", &q->cwd}};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (streq(key, flags[i].key)) {
			*flags[i].field = true;
			return 0;
		}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (streq(key, texts[i].key)) {
			*texts[i].field = value;
			return 0;
		}
	if (streq(key, "path")) {
		q->path = value;
		return strv_push(&q->paths, value);
	}
	if (streq(key, "fd"))
		return take_fd(value, &q->fd);
	if (streq(key, "target"))
		return strv_push(&q->targets, value);
	int r = take_id(q, key, value);
	return r == -ENOENT ? take_place(&q->place, key, value) : r;
}

static int parse(const char *verb, char *const *words, struct request *q, struct masu_error *err)
{
	STRV_FOREACH(word, words) {
		const char *value = strchr(*word, '=');
		_cleanup_free_ char *key = value ? strndup(*word, (size_t)(value - *word)) : NULL;
		int r = key ? take(q, key, value + 1) : -EINVAL;

		if (r < 0)
			return err_set(err, ERR_INVALID, -r, "invalid argument: \"%s\"", *word);
	}
	if (streq(verb, "changes") || streq(verb, "layer")) {
		q->place.kind = PLACE_LAYERS;
		return 0;
	}
	if (streq(verb, "examine") && (!q->user || !q->command || !q->search || !q->cwd))
		return err_set(err, ERR_INVALID, EINVAL, "invalid arguments of files");
	if (streq(verb, "examine"))
		return 0;
	if (!q->path || *q->path != '/' || strv_length(q->place.mounts) % PLACE_MOUNT_TEXTS != 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid arguments of files");
	return 0;
}

/* The verbs that report, and write no archive. 1 for another verb. */
static int report(const char *verb, const struct request *q, int report_fd, struct masu_error *err)
{
	const struct pack pack = {.path = q->path,
				  .name = str_or_empty(q->name),
				  .follow_link = q->follow,
				  .report = report_fd};
	const struct examine examine = {.user = q->user,
					.command = q->command,
					.search = q->search,
					.cwd = q->cwd,
					.report = report_fd};
	const struct access_check check = {.uid = q->uid,
					   .gid = q->gid,
					   .groups = q->groups,
					   .n_groups = q->n_groups,
					   .without_capabilities = q->plain,
					   .paths = q->paths,
					   .report = report_fd};

	if (streq(verb, "stat"))
		return pack_stat(&q->place, &pack, err);
	if (streq(verb, "examine"))
		return examine_run(&q->place, &examine, err);
	if (streq(verb, "access"))
		return access_run(&q->place, &check, err);
	return 1;
}

static int run(const char *verb, const struct request *q, int report, struct masu_error *err)
{
	const struct pack pack = {.path = q->path,
				  .name = str_or_empty(q->name),
				  .follow_link = q->follow,
				  .output = q->fd,
				  .report = report};
	const struct put put = {.path = q->path,
				.name = q->name,
				.contents = q->contents,
				.owners = q->owners,
				.overwrite = q->overwrite,
				.input = q->fd,
				.report = report};
	const struct pack layer = {.path = "/" PLACE_UPPER,
				   .name = "",
				   .is_layer = true,
				   .mounts = q->targets,
				   .output = q->fd,
				   .report = report};
	const struct changes changes = {.mounts = q->targets, .output = q->fd, .report = report};
	int r;

	if (streq(verb, "pack"))
		r = pack_run(&q->place, &pack, err);
	else if (streq(verb, "layer"))
		r = pack_run(&q->place, &layer, err);
	else if (streq(verb, "changes"))
		r = changes_run(&q->place, &changes, err);
	else if (streq(verb, "put"))
		r = put_run(&q->place, &put, err);
	else
		return err_set(err, ERR_INVALID, EINVAL, "unknown verb \"%s\"", verb);
	if (r == 0)
		report_result(report, "");
	return r;
}

int files_command(char *const *words, int report_fd, struct masu_error *err)
{
	_cleanup_(request_done) struct request q = {.place = PLACE_INIT, .fd = -1};
	int r = parse(words[0], words + 1, &q, err);

	if (r == 0)
		r = report(words[0], &q, report_fd, err);
	return r > 0 ? run(words[0], &q, report_fd, err) : r;
}
