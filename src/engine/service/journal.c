/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/service/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/image/image.h"
#include "oci/fields.h"

#define DIRECTORY	 "auto-update"
#define FILE_NAME	 "journal.json"
#define LOCK_NAME	 ".lock"
#define JOURNAL_SIZE_MAX (1u << 20) /* bytes */

#define ROW(key, member) FIELD_ROW(struct candidate, key, FIELD_STRING, member)
static const struct field fields[] = {
	ROW("unit", unit),
	ROW("container", container),
	ROW("id", id),
	ROW("image", image),
	ROW("reference", reference),
	ROW("policy", policy),
	ROW("formerManifest", old),
	{0},
};

void journal_done(struct journal *j)
{
	layout_done(&j->store);
	closep(&j->dirfd);
	closep(&j->lock);
}

/* With `hold` it creates the directory. Otherwise *ret is -1 if the directory, and so a journal, does not exist. */
static int open_dir(const struct masu_engine *e, bool hold, int *ret, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, DIRECTORY);

	if (!path)
		return err_oom(err);
	if (hold && mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(err, errno, "create \"%s\"", path);
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 && (hold || errno != ENOENT) ? err_sys(err, errno, "open \"%s\"", path) : 0;
}

int journal_open(const struct masu_engine *e, bool hold, struct journal *ret,
		 struct masu_error *err)
{
	int r = open_dir(e, hold, &ret->dirfd, err);

	if (r < 0)
		return r;
	r = image_store_open(e, &ret->store, err);
	if (r < 0 || !hold)
		return r;
	ret->lock = file_lock(ret->dirfd, LOCK_NAME, LOCK_EX | LOCK_NB);
	if (ret->lock == -EWOULDBLOCK)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "another process updates the services of this store");
	if (ret->lock < 0)
		return err_sys(err, ret->lock, "lock the updates of services");
	(void)file_remove_temporary(ret->dirfd); /* the next holder tries again */
	return 0;
}

static bool is_complete(const struct candidate *c)
{
	return c->unit && c->container && c->id && c->image && c->reference && c->policy &&
	       c->old && strlen(c->old) == DIGEST_HEX_LENGTH;
}

static int damaged(struct masu_error *err)
{
	(void)err_set(err, ERR_INTERNAL, EBADMSG, "the file of an interrupted update is damaged");
	(void)err_hint(err, "remove auto-update/journal.json in the data directory: masu info");
	return -EBADMSG;
}

int journal_read(const struct journal *j, struct candidates *ret, struct masu_error *err)
{
	_cleanup_candidates_ struct candidates all = {0};
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_object *list;
	int r = j->dirfd < 0 ? -ENOENT
			     : json_read_object(j->dirfd, FILE_NAME, JOURNAL_SIZE_MAX, &doc, err);

	if (r == -ENOENT) {
		err_done(err);
		return 0;
	}
	if (r < 0 || json_get_array(doc, "", "containers", &list, NULL) <= 0)
		return r < 0 && r != -EBADMSG ? r : damaged(err);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct candidate *c = candidates_add(&all);

		if (!c)
			return err_oom(err);
		if (!json_object_is_type(o, json_type_object) ||
		    fields_from_json(fields, o, c, NULL) < 0 || !is_complete(c) ||
		    !streq(c->unit, all.item[0].unit))
			return damaged(err);
	}
	if (!all.n)
		return damaged(err);
	*ret = TAKE(all, (struct candidates){0});
	return 1;
}

static int write_file(const struct journal *j, const struct unit_group *group,
		      struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};
	struct json_object *list = build_array(&b, doc, "containers");

	for (size_t i = 0; i < group->n; i++)
		if (group->item[i].newer)
			build_fields(&b, build_object(&b, list, NULL), fields, &group->item[i]);
	const char *text = b.failed ? NULL : json_text(doc, true);
	int r = text ? file_write_atomic(j->dirfd, FILE_NAME, text, strlen(text), 0600, FILE_SYNC)
		     : -ENOMEM;
	return r < 0 ? err_sys(err, r, "write the journal of the update") : 0;
}

static int pin(const struct journal *j, const struct candidate *c, struct masu_error *err)
{
	_cleanup_free_ char *digest = str_printf(DIGEST_PREFIX "%s", c->old),
			    *name = str_printf(JOURNAL_PINS "%s", c->old);

	if (!digest || !name)
		return err_oom(err);
	return layout_tag(&j->store, digest, name, err);
}

int journal_begin(const struct journal *j, const struct unit_group *group, const char **ret_missing,
		  struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = write_file(j, group, &own);

	*ret_missing = NULL;
	for (size_t i = 0; r == 0 && i < group->n; i++) {
		const struct candidate *c = &group->item[i];

		r = c->newer ? pin(j, c, &own) : 0;
		if (r == -ENOENT) {
			*ret_missing = c->container;
			err_done(&own);
			r = 0;
		}
	}
	if (r == 0)
		return 0;
	(void)journal_end(j, NULL); /* the first error is the reason */
	return err_move(err, &own);
}

int journal_restore(const struct journal *j, const struct candidate *c, struct masu_error *err)
{
	_cleanup_free_ char *digest = str_printf(DIGEST_PREFIX "%s", c->old);

	if (!digest)
		return err_oom(err);
	return layout_retag(&j->store, digest, c->reference, err);
}

int journal_end(const struct journal *j, struct masu_error *err)
{
	int r = unlinkat(j->dirfd, FILE_NAME, 0) < 0 && errno != ENOENT ? -errno : 0;

	if (r == 0 && fsync(j->dirfd) < 0)
		r = -errno;
	return r < 0 ? err_sys(err, r, "remove the journal of the update") : 0;
}

int journal_unpin(const struct journal *j, struct masu_error *err)
{
	_cleanup_layout_list_ struct masu_image_list list = {0};
	int r = layout_list(&j->store, &list, err);

	for (size_t i = 0; r == 0 && i < list.n; i++)
		if (list.images[i].name && str_after(list.images[i].name, JOURNAL_PINS))
			r = layout_untag(&j->store, list.images[i].name, NULL, err);
	return r;
}
