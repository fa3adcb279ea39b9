/* SPDX-License-Identifier: Apache-2.0 */

/* User namespaces with a range of ids that no other container has, and those with the ids of a name. */

#include "engine/create/draft.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/id-file.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/sub-ids.h"
#include "linux/submap.h"

#define POOL_NAME    "containers" /* in /etc/subuid, as with podman */
#define SIZE_DEFAULT 1024

int draft_lacks_ids(const struct masu_engine *e, const char *mode, struct masu_error *err)
{
	_cleanup_free_ char *remedy = sub_ids_remedy();

	if (e->idmap.n_uids > 1)
		return err_set(err, ERR_INVALID, EINVAL,
			       "user namespace \"%s\": size must be above uid and gid, and within "
			       "your sub-ids",
			       mode);
	(void)err_set(err, ERR_DENIED, EPERM,
		      "user namespace \"%s\": you have no sub-ids for root in the container", mode);
	return remedy ? err_hint(err, "%s", remedy) : -EPERM;
}

/* A user's own sub-ids, without the user; for root those of a name that no user has. */
static int make_pool(const struct masu_engine *e, const char *mode, struct idmap *ret,
		     struct masu_error *err)
{
	if (e->idmap.userns) {
		int r = submap_without_owner(e->idmap.uids, e->idmap.n_uids, &ret->uids,
					     &ret->n_uids);
		if (r == 0)
			r = submap_without_owner(e->idmap.gids, e->idmap.n_gids, &ret->gids,
						 &ret->n_gids);
		return r == -ERANGE ? draft_lacks_ids(e, mode, err)
		       : r < 0	    ? err_sys(err, r, "find your sub-ids")
				    : 0;
	}
	int r = sub_ids_of(POOL_NAME, POOL_NAME, ret, err);
	if (r != -ENOENT)
		return r;
	(void)err_prefix(err, "user namespace \"%s\"", mode);
	return err_hint(err, "give it ids that no user has: echo " POOL_NAME
			     ":2147483647:2147483648 | sudo tee -a /etc/subuid /etc/subgid");
}

struct auto_options {
	uint32_t size;	    /* 0: not given */
	struct idmap fixed; /* ranges that the map has besides */
};

/* 1 for an option that is known, 0 for another one. */
static int take_option(const struct masu_engine *e, const char *word, struct auto_options *o,
		       struct masu_error *err)
{
	const char *size = str_after(word, "size="), *uids = str_after(word, "uidmapping="),
		   *gids = str_after(word, "gidmapping=");
	int r = 0;

	if (size)
		return str_to_uint32(size, &o->size) == 0 && o->size > 0 && o->size < UINT32_MAX;
	if (uids)
		r = submap_parse(uids, e->idmap.uids, e->idmap.n_uids, &o->fixed.uids,
				 &o->fixed.n_uids, err);
	else if (gids)
		r = submap_parse(gids, e->idmap.gids, e->idmap.n_gids, &o->fixed.gids,
				 &o->fixed.n_gids, err);
	else
		return 0;
	return r < 0 ? r : 1;
}

static int parse(const struct masu_engine *e, const char *mode, const char *options,
		 struct auto_options *ret, struct masu_error *err)
{
	_cleanup_strv_ char **words = strv_split(options, ",");

	if (!words)
		return err_oom(err);
	STRV_FOREACH(word, words) {
		int r = take_option(e, *word, ret, err);

		if (r < 0)
			return r;
		if (r > 0)
			continue;
		(void)err_set(err, ERR_INVALID, EINVAL, "invalid user namespace \"%s\"", mode);
		return err_hint(err, "options of auto: size=N, uidmapping=CONTAINER:HOST:COUNT, "
				     "gidmapping=CONTAINER:HOST:COUNT");
	}
	return 0;
}

/* Numbers in --user are ids that the map must have. */
static void include_user(const char *user, struct id_request *request)
{
	_cleanup_free_ char *first = strndup(user, strcspn(user, ":"));
	const char *group = strchr(user, ':');
	uint32_t id;

	if (first && id_parse(first, &id) > 0)
		request->uids = MAX(request->uids, id + 1);
	if (group && id_parse(group + 1, &id) > 0)
		request->gids = MAX(request->gids, id + 1);
}

static int is_full(const char *mode, const struct id_request *request, struct masu_error *err)
{
	(void)err_set(err, ERR_CONFLICT, ENOSPC,
		      "user namespace \"%s\": no %" PRIu32
		      " ids in a row are free: other containers have them",
		      mode, MAX(request->uids, request->gids));
	return err_hint(err, "remove a container with an id map of its own ('masu ps -a'), or ask "
			     "for fewer: --userns auto:size=N");
}

int draft_auto_ids(const struct masu_engine *e, struct draft *d, const char *user,
		   const char *options, struct idmap *ret, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap pool = {0};
	struct auto_options o = {0};
	const char *mode = d->record.userns;
	int r = options ? parse(e, mode, options, &o, err) : 0;
	struct id_request request = {.pool = &pool,
				     .uids = o.size ? o.size : SIZE_DEFAULT,
				     .gids = o.size ? o.size : SIZE_DEFAULT};

	*ret = o.fixed;
	if (r == 0)
		r = make_pool(e, mode, &pool, err);
	if (r < 0)
		return r;
	if (user && !o.size)
		include_user(user, &request);
	r = id_ranges_reserve(e, &request, ret, &d->ids, err);
	return r == -ENOSPC ? is_full(mode, &request, err) : r;
}

static int not_yours(const char *file, const char *name, struct masu_error *err)
{
	return err_set(err, ERR_DENIED, EPERM,
		       "cannot use the ids of \"%s\" in %s: some of them are not yours", name,
		       file);
}

int draft_named_ids(const struct masu_engine *e, const char *uids_name, const char *gids_name,
		    struct idmap *ret, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap host = {0};
	const char *uids = uids_name && *uids_name ? uids_name : gids_name,
		   *gids = gids_name && *gids_name ? gids_name : uids_name;
	int r = sub_ids_of(uids, gids, &host, err);

	if (r < 0)
		return r;
	r = submap_of_host(host.uids, host.n_uids, e->idmap.uids, e->idmap.n_uids, &ret->uids,
			   &ret->n_uids);
	if (r == -ENOENT)
		return not_yours("/etc/subuid", uids, err);
	if (r == 0)
		r = submap_of_host(host.gids, host.n_gids, e->idmap.gids, e->idmap.n_gids,
				   &ret->gids, &ret->n_gids);
	if (r == -ENOENT)
		return not_yours("/etc/subgid", gids, err);
	return r < 0 ? err_sys(err, r, "create the id map") : 0;
}
