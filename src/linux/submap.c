/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/submap.h"

#include <errno.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/sub-ids.h"

static int parse_own(const char *text, const struct id_range *own, size_t n_own, uint32_t *ret)
{
	uint32_t host;

	if (*text != '@')
		return str_to_uint32(text, ret);
	if (str_to_uint32(text + 1, &host) < 0)
		return -EINVAL;
	if (own)
		return idmap_to_inside(own, n_own, host, ret);
	*ret = host; /* root's own ids are those of the host */
	return 0;
}

static int parse_range(const char *text, const struct id_range *own, size_t n_own,
		       struct id_range *ret)
{
	_cleanup_strv_ char **fields = strv_split(text, ":");
	struct id_range range = {.count = 1};

	if (!fields)
		return -ENOMEM;
	size_t n = strv_length(fields);
	if (n < 2 || n > 3 || str_to_uint32(fields[0], &range.inside) < 0)
		return -EINVAL;
	int r = parse_own(fields[1], own, n_own, &range.outside);
	if (r < 0)
		return r;
	if (n == 3 && str_to_uint32(fields[2], &range.count) < 0)
		return -EINVAL;
	*ret = range;
	return 0;
}

int submap_parse(const char *text, const struct id_range *own, size_t n_own,
		 struct id_range **ranges, size_t *n, struct masu_error *err)
{
	_cleanup_strv_ char **parts = strv_split(text, ",");

	if (!parts)
		return err_oom(err);
	STRV_FOREACH(part, parts) {
		struct id_range range = {0};
		int r = parse_range(*part, own, n_own, &range);

		if (r == 0)
			r = idmap_add(ranges, n, range);
		if (r == -ENOMEM)
			return err_oom(err);
		if (r == -ENOENT)
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid id map \"%s\": you do not have that id of the host",
				       *part);
		if (r == -E2BIG)
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid id map: more than %d ranges", IDMAP_RANGES_MAX);
		if (r < 0) {
			(void)err_set(err, ERR_INVALID, EINVAL,
				      "invalid id map \"%s\": malformed, or it overlaps another "
				      "range",
				      *part);
			return err_hint(err, "the form is CONTAINER:HOST:COUNT, like 0:1:1000");
		}
	}
	return 0;
}

char *submap_text(const struct id_range *ranges, size_t n)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		(void)strbuf_addf(&b, "%s%" PRIu32 ":%" PRIu32 ":%" PRIu32, i ? "," : "",
				  ranges[i].inside, ranges[i].outside, ranges[i].count);
	return strbuf_take(&b);
}

static int add_some(struct id_range **ranges, size_t *n, struct id_range range)
{
	return range.count ? idmap_add(ranges, n, range) : 0;
}

int submap_keep_id(const struct id_range *own, size_t n_own, uint32_t id, uint32_t size,
		   struct id_range **ranges, size_t *n)
{
	uint64_t all = idmap_count(own, n_own);

	if (all == 0 || size > all || (size && id >= size))
		return -ERANGE;
	uint32_t subs = (uint32_t)((size ? size : all) - 1), below = MIN(id, subs);
	int r = add_some(ranges, n, (struct id_range){0, 1, below});
	if (r == 0)
		r = idmap_add(ranges, n, (struct id_range){id, 0, 1});
	return r < 0 ? r : add_some(ranges, n, (struct id_range){id + 1, 1 + below, subs - below});
}

int submap_without_owner(const struct id_range *own, size_t n_own, struct id_range **ranges,
			 size_t *n)
{
	uint64_t all = idmap_count(own, n_own);

	return all < 2 ? -ERANGE
		       : idmap_add(ranges, n, (struct id_range){0, 1, (uint32_t)(all - 1)});
}

/* The range of `own` that has the id of the host, or NULL. */
static const struct id_range *find_host(const struct id_range *own, size_t n_own, uint32_t id)
{
	for (size_t i = 0; i < n_own; i++)
		if (id >= own[i].outside && id - own[i].outside < own[i].count)
			return &own[i];
	return NULL;
}

int submap_of_host(const struct id_range *host, size_t n_host, const struct id_range *own,
		   size_t n_own, struct id_range **ranges, size_t *n)
{
	for (size_t i = 0; i < n_host; i++) {
		struct id_range rest = host[i];

		while (rest.count > 0) {
			const struct id_range *o = own ? find_host(own, n_own, rest.outside)
						       : &rest;
			if (!o)
				return -ENOENT;
			uint32_t offset = rest.outside - o->outside,
				 count = MIN(rest.count, o->count - offset),
				 id = own ? o->inside + offset : rest.outside;
			int r = idmap_add(ranges, n, (struct id_range){rest.inside, id, count});
			if (r < 0)
				return r;
			rest.inside += count;
			rest.outside += count;
			rest.count -= count;
		}
	}
	return 0;
}

/* A malformed text has the owner: the start reports it. */
static bool has_owner(const char *text)
{
	_cleanup_free_ struct id_range *ranges = NULL;
	uint32_t inside;
	size_t n = 0;

	return submap_parse(text, NULL, 0, &ranges, &n, NULL) < 0 ||
	       idmap_to_inside(ranges, n, 0, &inside) == 0;
}

bool submap_has_owner(const char *uids, const char *gids)
{
	return !uids || !gids || (has_owner(uids) && has_owner(gids));
}

/* The range of `own` that has the id, or NULL. */
static const struct id_range *find(const struct id_range *own, size_t n_own, uint32_t id)
{
	for (size_t i = 0; i < n_own; i++)
		if (id >= own[i].inside && id - own[i].inside < own[i].count)
			return &own[i];
	return NULL;
}

/* A range may extend over several of the owner's. */
static int resolve_range(struct id_range range, const struct id_range *own, size_t n_own,
			 struct id_range **ranges, size_t *n, uint32_t *ret_missing)
{
	while (range.count > 0) {
		const struct id_range *o = find(own, n_own, range.outside);

		if (!o) {
			*ret_missing = range.outside;
			return -ENOENT;
		}
		uint32_t offset = range.outside - o->inside,
			 count = MIN(range.count, o->count - offset);
		int r = idmap_add(ranges, n,
				  (struct id_range){range.inside, o->outside + offset, count});
		if (r < 0)
			return r;
		range.inside += count;
		range.outside += count;
		range.count -= count;
	}
	return 0;
}

static int lacks_id(uint32_t id, struct masu_error *err)
{
	_cleanup_free_ char *remedy = sub_ids_remedy();

	(void)err_set(err, ERR_DENIED, EPERM,
		      "the id map needs the id %" PRIu32 " of yours, and you have fewer", id);
	return remedy ? err_hint(err, "%s", remedy) : -EPERM;
}

static int apply(const char *text, const struct id_range *own, size_t n_own, struct id_range **ret,
		 size_t *ret_n, struct masu_error *err)
{
	_cleanup_free_ struct id_range *ranges = NULL;
	uint32_t missing = 0;
	size_t n = 0;
	int r = submap_parse(text, NULL, 0, &ranges, &n, err);

	if (r < 0)
		return r;
	if (!own) { /* root's own ids are those of the host */
		*ret = TAKE_PTR(ranges);
		*ret_n = n;
		return 0;
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = resolve_range(ranges[i], own, n_own, ret, ret_n, &missing);
	return r == -ENOENT ? lacks_id(missing, err)
	       : r < 0	    ? err_sys(err, r, "create an id map")
			    : 0;
}

int submap_apply(const char *uids, const char *gids, const struct idmap *own, struct idmap *ret,
		 struct masu_error *err)
{
	_cleanup_idmap_ struct idmap map = {.userns = true};

	if (!uids != !gids)
		return err_set(err, ERR_INVALID, EINVAL, "an id map needs users and groups");
	if (!uids)
		return idmap_copy(own, ret) < 0 ? err_oom(err) : 0;
	int r = apply(uids, own->uids, own->n_uids, &map.uids, &map.n_uids, err);
	if (r == 0)
		r = apply(gids, own->gids, own->n_gids, &map.gids, &map.n_gids, err);
	if (r < 0)
		return r;
	*ret = TAKE(map, (struct idmap){0});
	return 0;
}
