/* SPDX-License-Identifier: Apache-2.0 */

/* Secrets as masu.h describes them. secret-store.h says how they are stored. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/text.h"
#include "base/time.h"
#include "engine/container/inspect.h"
#include "engine/name.h"
#include "engine/options.h"
#include "engine/secret/secret-store.h"

#define _cleanup_secret_list_ _cleanup_(masu_secret_list_freep)

struct masu_secret_list {
	struct masu_secret *item;
	size_t n;
};

void masu_secret_free(masu_secret *s)
{
	if (s)
		secret_done(s);
	free(s);
}

const char *masu_secret_id(const masu_secret *s)
{
	return s->id;
}

const char *masu_secret_name(const masu_secret *s)
{
	return s->name;
}

const char *masu_secret_label(const masu_secret *s, const char *key)
{
	return oci_map_get(&s->labels, key);
}

int64_t masu_secret_created(const masu_secret *s)
{
	return s->created_ns;
}

int64_t masu_secret_updated(const masu_secret *s)
{
	return s->updated_ns;
}

const void *masu_secret_bytes(const masu_secret *s, size_t *ret_size)
{
	*ret_size = s->size;
	return s->bytes;
}

static int add_bytes(struct json_build *b, struct json_object *doc, const masu_secret *s,
		     struct masu_error *err)
{
	if (!s->bytes)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "a list does not have the bytes of secret '%s'", s->name);
	/* The file is terminated behind the bytes. */
	if (memchr(s->bytes, 0, s->size) || !utf8_is_valid(s->bytes)) {
		(void)err_set(err, ERR_UNSUPPORTED, EILSEQ,
			      "cannot show secret '%s': its bytes are not text", s->name);
		return err_hint(err, "masu run --rm --secret %s IMAGE cat /run/secrets/%s", s->name,
				s->name);
	}
	build_text(b, doc, "SecretData", s->bytes);
	return 0;
}

/* The document that podman and docker print, with their names. */
int masu_secret_inspect(const masu_secret *s, bool show, char **ret_json, masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, doc, "ID", s->id);
	inspect_put_time(&b, doc, "CreatedAt", s->created_ns);
	inspect_put_time(&b, doc, "UpdatedAt", s->updated_ns);
	struct json_object *spec = build_object(&b, doc, "Spec");
	build_text(&b, spec, "Name", s->name);
	struct json_object *driver = build_object(&b, spec, "Driver");
	build_text(&b, driver, "Name", "file");
	build_map(&b, spec, "Labels", &s->labels);
	int r = show ? add_bytes(&b, doc, s, err) : 0;
	return r < 0 ? r : inspect_finish(&b, doc, ret_json, err);
}

/* The name for a name, an id, or the beginning of exactly one id. */
static int resolve(int dirfd, const char *what, char **ret, struct masu_error *err)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *found = NULL;
	int r = secret_dir_list(dirfd, &names, err);

	if (r < 0)
		return r;
	if (strv_contains(names, what))
		return (*ret = strdup(what)) ? 0 : err_oom(err);
	STRV_FOREACH(name, names) {
		_cleanup_secret_ struct masu_secret s = {0};

		r = *what ? secret_read_in(dirfd, *name, &s, NULL) : -ENOENT;
		if (err_is_shortage(r))
			return err_sys(err, r, "cannot read secret '%s'", *name);
		if (r < 0 ||
		    !str_after(s.id, what)) /* a damaged one has no id; a removed one neither */
			continue;
		if (found)
			return err_set(err, ERR_CONFLICT, EEXIST,
				       "'%s' is the beginning of more than one secret's id", what);
		found = TAKE_PTR(s.name);
	}
	if (!found) {
		(void)secret_not_found(what, err);
		return -ENOENT;
	}
	*ret = TAKE_PTR(found);
	return 0;
}

int masu_secret_find(masu_engine *e, const char *what, masu_secret **ret, masu_error *err)
{
	_cleanup_(masu_secret_freep) masu_secret *s = calloc(1, sizeof(*s));
	_cleanup_close_ int dirfd = secret_dir_open(e, err);
	_cleanup_free_ char *name = NULL;

	if (!s)
		return err_oom(err);
	if (dirfd == -ENOENT)
		return secret_not_found(what, err);
	if (dirfd < 0)
		return dirfd;
	int r = resolve(dirfd, what, &name, err);
	if (r < 0)
		return r;
	r = secret_read_in(dirfd, name, s, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

static int check_size(const char *name, size_t size, struct masu_error *err)
{
	if (size >= 1 && size <= MASU_SECRET_SIZE_MAX)
		return 0;
	return err_set(err, ERR_INVALID, size ? EFBIG : EINVAL,
		       "cannot create secret '%s': it is %s, and must have 1 to %d bytes", name,
		       size ? "too large" : "empty", MASU_SECRET_SIZE_MAX);
}

static int in_use(const char *name, struct masu_error *err)
{
	int r = err_set(err, ERR_CONFLICT, EEXIST, "cannot create secret '%s': name already in use",
			name);

	(void)err_hint(err, "--replace replaces it");
	return r;
}

/* Takes id and time of creation from the secret that is replaced, or sets new ones. */
static int identify(struct masu_secret *s, const struct masu_secret *old, struct masu_error *err)
{
	char id[ID_LENGTH + 1];
	int r = old->id ? 0 : id_new(id);

	if (r < 0)
		return err_sys(err, r, "create a secret");
	s->id = strndup(old->id ? old->id : id, SECRET_ID_LENGTH);
	s->updated_ns = time_now();
	s->created_ns = old->id ? old->created_ns : s->updated_ns;
	return s->id ? 0 : err_oom(err);
}

static int create_held(const struct masu_engine *e, struct masu_secret *s,
		       const struct masu_secret_create_options *o, char **ret_id,
		       struct masu_error *err)
{
	_cleanup_secret_ struct masu_secret old = {0};
	_cleanup_close_ int lock = -1, dirfd = secret_dir_hold(e, &lock, err);

	if (dirfd < 0)
		return dirfd;
	int r = secret_read_in(dirfd, s->name, &old, NULL);
	if (r != -ENOENT && !o->replace && (r < 0 || !o->ignore))
		return in_use(s->name, err);
	if (r == 0 && !o->replace) {
		*ret_id = TAKE_PTR(old.id);
		return 0;
	}
	r = identify(s, &old, err); /* also in place of a damaged one */
	if (r < 0)
		return r;
	r = secret_write(dirfd, s, err);
	if (r < 0)
		return r;
	*ret_id = TAKE_PTR(s->id);
	return 0;
}

int masu_secret_create(masu_engine *e, const char *name,
		       const struct masu_secret_create_options *given, char **ret_id,
		       masu_error *err)
{
	_cleanup_secret_ struct masu_secret s = {0};
	struct masu_secret_create_options options;
	_cleanup_free_ char *id = NULL;
	int r = options_take(&options, sizeof(options), given, err);

	if (r < 0)
		return r;
	r = name_check(name, "secret", err);
	if (r < 0)
		return r;
	s.bytes = options.bytes; /* borrowed */
	s.size = options.bytes ? options.n_bytes : 0;
	r = check_size(name, s.size, err);
	if (r < 0)
		return r;
	r = oci_map_set_pairs(&s.labels, "label", options.labels, err);
	if (r < 0)
		return r;
	s.name = strdup(name);
	if (!s.name)
		return err_oom(err);
	r = create_held(e, &s, &options, &id, err);
	if (r < 0)
		return r;
	if (ret_id)
		*ret_id = TAKE_PTR(id);
	return 0;
}

static bool passes(const struct masu_secret_filter *f, const struct masu_secret *s)
{
	bool named = !f->names || !*f->names, known = !f->ids || !*f->ids;

	STRV_FOREACH(label, f->labels)
		if (!oci_map_has(&s->labels, *label))
			return false;
	STRV_FOREACH(name, f->names)
		named |= strstr(s->name, *name) != NULL;
	STRV_FOREACH(id, f->ids)
		known |= str_after(s->id, *id) != NULL;
	return named && known;
}

/* Adds a secret that passes, unless it was removed meanwhile. One that cannot be read does not hide the others. */
static int add(const struct masu_engine *e, masu_secret_list *list, int dirfd, const char *name,
	       const struct masu_secret_filter *filter, struct masu_error *err)
{
	_cleanup_secret_ struct masu_secret s = {0};
	_cleanup_err_ struct masu_error why = ERR_INIT;
	int r = secret_read_in(dirfd, name, &s, &why);

	if (err_is_shortage(r))
		return err_move(err, &why);
	if (r < 0 && r != -ENOENT)
		engine_notice(e, why.message);
	if (r < 0 || !passes(filter, &s))
		return 0;
	secret_forget(&s);
	struct masu_secret *own = array_add(&list->item, &list->n, sizeof(struct masu_secret));
	if (!own)
		return err_oom(err);
	*own = TAKE(s, (struct masu_secret){0});
	return 0;
}

int masu_secret_list_read(masu_engine *e, const struct masu_secret_filter *given,
			  masu_secret_list **ret, masu_error *err)
{
	_cleanup_secret_list_ masu_secret_list *list = calloc(1, sizeof(*list));
	_cleanup_strv_ char **names = NULL;
	struct masu_secret_filter filter;
	int r = options_take(&filter, sizeof(filter), given, err);

	if (r < 0)
		return r;
	if (!list)
		return err_oom(err);
	_cleanup_close_ int dirfd = secret_dir_open(e, err);
	r = dirfd == -ENOENT ? 0 : dirfd < 0 ? dirfd : secret_dir_list(dirfd, &names, err);
	STRV_FOREACH(name, names)
		if (r == 0)
			r = add(e, list, dirfd, *name, &filter, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(list);
	return 0;
}

size_t masu_secret_list_count(const masu_secret_list *l)
{
	return l->n;
}

const masu_secret *masu_secret_list_get(const masu_secret_list *l, size_t index)
{
	return index < l->n ? &l->item[index] : NULL;
}

void masu_secret_list_free(masu_secret_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		secret_done(&l->item[i]);
	free(l->item);
	free(l);
}

int masu_secret_remove(masu_engine *e, const char *what, masu_error *err)
{
	_cleanup_close_ int lock = -1, dirfd = secret_dir_hold(e, &lock, err);
	_cleanup_free_ char *name = NULL;

	if (dirfd < 0)
		return dirfd;
	int r = resolve(dirfd, what, &name, err);
	if (r < 0)
		return r;
	if (unlinkat(dirfd, name, 0) < 0 || fsync(dirfd) < 0)
		return err_sys(err, errno, "cannot remove secret '%s'", name);
	return 0;
}
