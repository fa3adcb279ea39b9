/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/service/candidate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/container/container.h"
#include "engine/image/choose.h"
#include "engine/image/image.h"
#include "image/platform.h"

#define LABEL_POLICY   MASU_AUTO_UPDATE_LABEL
#define LABEL_AUTHFILE MASU_AUTO_UPDATE_LABEL ".authfile"
#define LABEL_UNIT     MASU_UNIT_LABEL

static void candidate_done(struct candidate *c)
{
	free(c->unit);
	free(c->container);
	free(c->id);
	free(c->image);
	free(c->reference);
	free(c->policy);
	free(c->old);
	free(c->authfile);
	free(c->newer);
	err_done(&c->err);
}

void candidates_done(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++)
		candidate_done(&c->item[i]);
	free(c->item);
	*c = (struct candidates){0};
}

struct candidate *candidates_add(struct candidates *c)
{
	struct candidate *more = reallocarray(c->item, c->n + 1, sizeof(*more));

	if (!more)
		return NULL;
	c->item = more;
	more[c->n] = (struct candidate){0};
	return &more[c->n++];
}

static bool is_place(const char *image)
{
	return str_after(image, "oci:") || str_after(image, "oci-archive:") ||
	       str_after(image, "docker-archive:");
}

static bool is_id(const struct record *record)
{
	const char *rest = str_after(record->image, DIGEST_PREFIX),
		   *hex = rest ? rest : record->image;

	return (record->image_id && str_after(record->image_id, hex)) ||
	       (record->image_digest && str_after(record->image_digest, hex));
}

/*
 * The canonical name by which the image was asked for. The record may have another name of the same image. *ret is NULL for
 * an id. -ENOMEM.
 */
static int find_reference(const struct layout *store, const struct record *record, char **ret)
{
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_free_ char *whole = NULL;

	*ret = NULL;
	if (record->rootfs || !record->image || is_id(record))
		return 0;
	if (is_place(record->image) || image_is_named(record->image, record->image_name) ||
	    image_find(store, record->image, &whole, &image, NULL) < 0 ||
	    (!whole && reference_parse(record->image, &ref, NULL) < 0))
		*ret = record->image_name ? strdup(record->image_name) : NULL;
	else
		*ret = whole ? TAKE_PTR(whole) : reference_to_string(&ref);
	return *ret || !record->image_name ? 0 : -ENOMEM;
}

/* An invalid label, or an image that cannot have a newer one: the reason is in `err`. */
static void check_labels(struct candidate *c)
{
	if (!streq(c->policy, "registry") && !streq(c->policy, "image") && !c->local) {
		(void)err_set(&c->err, ERR_INVALID, EINVAL, "invalid label %s=%s", LABEL_POLICY,
			      c->policy);
		(void)err_hint(&c->err, "it must be one of registry, local, disabled");
	} else if (!c->unit) {
		(void)err_set(&c->err, ERR_INVALID, EINVAL, "the label %s is missing", LABEL_UNIT);
		(void)err_hint(&c->err, "start the container by a quadlet file: masu-quadlet(5)");
	} else if (!c->old || !c->reference) {
		(void)err_set(&c->err, ERR_UNSUPPORTED, EOPNOTSUPP,
			      "\"%s\" is not a name of an image", c->image);
		(void)err_hint(&c->err, "create the container by the name of its image");
	} else if (!c->local && is_place(c->image)) {
		(void)err_set(&c->err, ERR_UNSUPPORTED, EOPNOTSUPP,
			      "\"%s\" is not an image of a registry", c->image);
		(void)err_hint(&c->err, "label the container %s=local", LABEL_POLICY);
	}
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* The record has an image unless the container stands on a plain directory. */
static int take(struct candidates *list, const struct layout *store,
		const masu_container *container, struct masu_error *err)
{
	const char *policy = masu_container_label(container, LABEL_POLICY);
	const struct record *record = &container->record;
	struct candidate *c = candidates_add(list);

	if (!c)
		return err_oom(err);
	const char *unit = masu_container_label(container, LABEL_UNIT);
	const char *authfile = masu_container_label(container, LABEL_AUTHFILE);
	c->unit = copy(unit && *unit ? unit : NULL);
	c->container = copy(record->name);
	c->id = copy(record->id);
	c->image = copy(str_or_empty(record->image));
	c->policy = copy(policy);
	c->old = copy(record->image_digest);
	c->authfile = copy(authfile);
	c->local = streq(policy, "local");
	if ((unit && *unit && !c->unit) || !c->container || !c->id || !c->image || !c->policy ||
	    find_reference(store, record, &c->reference) < 0 || (record->image_digest && !c->old) ||
	    (authfile && !c->authfile))
		return err_oom(err);
	check_labels(c);
	return 0;
}

/* Those without a unit come first. */
static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int by_unit = strcmp(str_or_empty(x->unit), str_or_empty(y->unit));

	return by_unit ? by_unit : strcmp(x->container, y->container);
}

int candidates_read(struct masu_engine *e, struct candidates *ret, struct masu_error *err)
{
	static char *const labels[] = {(char *)LABEL_POLICY, NULL};
	const struct masu_list_options running = {.size = sizeof(running), .labels = labels};
	_cleanup_masu_container_list_ masu_container_list *list = NULL;
	_cleanup_candidates_ struct candidates all = {0};
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	int r = masu_container_list_read(e, &running, &list, err);

	if (r == 0)
		r = image_store_open(e, &store, err);
	for (size_t i = 0; r == 0 && i < list->n; i++) {
		const char *policy = masu_container_label(list->item[i], LABEL_POLICY);

		if (*policy && !streq(policy, "disabled"))
			r = take(&all, &store, list->item[i], err);
	}
	if (r < 0)
		return r;
	if (all.n)
		qsort(all.item, all.n, sizeof(*all.item), compare);
	*ret = TAKE(all, (struct candidates){0});
	return 0;
}

/*
 * The platform of the container's image, if this machine's is another one; else NULL. An image that the store no longer
 * has was for this machine.
 */
static int find_platform(const struct layout *store, const struct candidate *c, char **ret,
			 struct masu_error *err)
{
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_platform_ struct image_platform machine = {0};
	char digest[DIGEST_TEXT_MAX];
	struct digest old;
	int r = platform_parse(NULL, &machine, err);

	if (r < 0)
		return r;
	(void)snprintf(old.hex, sizeof(old.hex), "%s", c->old);
	*ret = NULL;
	if (layout_find(store, digest_text(&old, digest), &image, NULL) < 0 ||
	    platform_fits(&image.platform, &machine) || !image.platform.os || !image.platform.arch)
		return 0;
	const char *variant = image.platform.variant;
	*ret = str_printf("%s/%s%s%s", image.platform.os, image.platform.arch, variant ? "/" : "",
			  str_or_empty(variant));
	return *ret ? 0 : err_oom(err);
}

/* The query about a registry. The caller frees the platform. */
static int make_query(struct masu_engine *e, const struct masu_auto_update_options *o,
		      const struct candidate *c, struct image_query *ret, char **ret_platform,
		      struct masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	int r = image_store_open(e, &store, err);

	if (r == 0)
		r = find_platform(&store, c, ret_platform, err);
	if (r < 0)
		return r;
	*ret = (struct image_query){.ref = c->reference,
				    .platform = *ret_platform,
				    .authfile = c->authfile ? c->authfile : o->authfile,
				    .tls = o->tls,
				    .policy = MASU_PULL_ALWAYS};
	return 0;
}

/* The manifest that the store has by the name, "sha256:HEX"; -ENOENT. */
static int find_stored(struct masu_engine *e, const struct candidate *c, char ret[DIGEST_TEXT_MAX],
		       struct masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	_cleanup_layout_image_ struct masu_image image = {0};
	int r = image_store_open(e, &store, err);

	if (r == 0)
		r = layout_find(&store, c->reference, &image, err);
	if (r == 0)
		(void)digest_text(&image.manifest, ret);
	return r;
}

static int find_newer(struct masu_engine *e, const struct masu_auto_update_options *o,
		      struct candidate *c, struct masu_error *err)
{
	_cleanup_free_ char *platform = NULL, *found = NULL;
	char stored[DIGEST_TEXT_MAX] = "";
	struct image_query query;
	int r = find_stored(e, c, stored, c->local ? err : NULL);

	if (c->local && r == 0) {
		found = strdup(stored);
		r = found ? 0 : err_oom(err);
	} else if (!c->local) {
		r = make_query(e, o, c, &query, &platform, err);
		if (r == 0)
			r = image_resolve(e, &query, &found, err);
	}
	if (r < 0)
		return r;
	const char *hex = found ? str_after(found, DIGEST_PREFIX) : NULL;
	if (hex && streq(hex, c->old))
		return 0;
	c->in_place = found && streq(stored, found);
	c->newer = TAKE_PTR(found);
	return 0;
}

int candidate_check(struct masu_engine *e, const struct masu_auto_update_options *options,
		    struct candidate *c, struct masu_error *err)
{
	/* A name with a digest always means the same image. */
	if (c->err.code || strchr(c->reference, '@'))
		return 0;
	int r = find_newer(e, options, c, &c->err);
	return r < 0 && c->err.kind == ERR_SIGNAL ? err_move(err, &c->err) : 0;
}

int candidate_pull(struct masu_engine *e, const struct masu_auto_update_options *options,
		   const struct candidate *c, struct masu_error *err)
{
	_cleanup_free_ char *platform = NULL;
	struct image_query query;

	if (c->in_place)
		return 0;
	int r = make_query(e, options, c, &query, &platform, err);
	if (r < 0)
		return r;
	const struct masu_pull_options pull = {.size = sizeof(pull),
					       .policy = query.policy,
					       .platform = query.platform,
					       .authfile = query.authfile,
					       .tls = query.tls,
					       .progress = options->progress,
					       .userdata = options->userdata};
	return masu_image_pull(e, c->reference, &pull, NULL, err);
}
