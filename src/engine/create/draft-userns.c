/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The user namespace of a container and its id map. The maps of users are submaps (linux/submap.h): by the default map
 * the owner is root inside. Layers are unpacked once for each map, because the owner of a file on the disk is an id of the
 * host, and an ordinary user cannot have the kernel translate it.
 */

#include "engine/create/draft.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/account.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-map.h"
#include "engine/container/container.h"
#include "engine/container/session.h"
#include "linux/sub-ids.h"
#include "linux/submap.h"

static int invalid(const char *mode, struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid user namespace \"%s\"", mode);
	return err_hint(
		err, "supported: host, keep-id[:OPTIONS], nomap, auto[:OPTIONS], container:NAME, "
		     "ns:PATH");
}

/* Lent ids are mapped in one way (linux/lent-ids.h). */
static int needs_own_ids(struct masu_error *err)
{
	_cleanup_free_ char *remedy = sub_ids_remedy();

	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "another id map than the default one needs sub-ids: yours are lent by "
		      "systemd-nsresourced");
	return remedy ? err_hint(err, "%s", remedy) : -EOPNOTSUPP;
}

static int set_maps(const struct masu_engine *e, struct draft *d, const struct idmap *submap,
		    struct masu_error *err)
{
	struct record *r = &d->record;
	int code = container_map_texts(e, submap, &r->uid_map, &r->gid_map);

	if (code < 0)
		return err_oom(err);
	if (r->uid_map && e->idmap.lent)
		return needs_own_ids(err);
	/* Root's containers have none by default. */
	d->spec->namespaces[OCI_NS_USER].wanted |= r->uid_map != NULL;
	return 0;
}

struct keep_id {
	uint32_t uid, gid, size;
};

static int parse_keep_id(const char *mode, const char *options, struct keep_id *k,
			 struct masu_error *err)
{
	const struct {
		const char *key;
		uint32_t *value;
	} keys[] = {{"uid=", &k->uid}, {"gid=", &k->gid}, {"size=", &k->size}};
	_cleanup_strv_ char **words = strv_split(options, ",");

	if (!words)
		return err_oom(err);
	STRV_FOREACH(word, words) {
		const char *value = NULL;
		uint32_t *place = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(keys) && !value; i++) {
			value = str_after(*word, keys[i].key);
			place = keys[i].value;
		}
		if (!value || str_to_uint32(value, place) < 0 || *place == UINT32_MAX ||
		    (place == &k->size && *place == 0))
			return invalid(mode, err);
	}
	return 0;
}

/* Fits into a line of passwd(5). */
static bool is_field(const char *text)
{
	return text && *text && !strchr(text, ':') && !str_has_control(text);
}

/* In a session the entry is the host's, without a password. Otherwise the user has a shell that each image has. */
static char *passwd_line(const struct draft *d, const struct keep_id *k, const char *name,
			 const char *home)
{
	const char *own = getenv("SHELL");
	bool session = d->record.session,
	     has_shell = session && own && *own == '/' && is_field(own);

	return str_printf("%s:%c:%" PRIu32 ":%" PRIu32 "::%s:%s", name, session ? '*' : 'x', k->uid,
			  k->gid, home, has_shell ? own : "/bin/sh");
}

/* The user has a name inside, and a home if the container mounts it. */
static int name_user(struct draft *d, const struct keep_id *k, const struct masu_create_options *o,
		     struct masu_error *err)
{
	_cleanup_free_ char *name = account_name(getuid());
	_cleanup_free_ char *home = d->record.session ? session_home() : account_home(getuid());
	bool has_home = d->record.session;

	for (size_t i = 0; home && i < d->mounts.n; i++)
		has_home |= streq(d->mounts.item[i].target, home);
	if (is_field(name)) {
		d->record.passwd = passwd_line(d, k, name, has_home && is_field(home) ? home : "/");
		d->record.group = str_printf("%s:x:%" PRIu32 ":", name, k->gid);
		if (!d->record.passwd || !d->record.group)
			return err_oom(err);
	}
	if (o->user && *o->user)
		return 0;
	d->record.user = str_printf("%" PRIu32 ":%" PRIu32, k->uid, k->gid);
	return d->record.user ? 0 : err_oom(err);
}

static int for_users(const char *mode, struct masu_error *err)
{
	(void)err_set(
		err, ERR_UNSUPPORTED, EOPNOTSUPP,
		"user namespace \"%s\" is for ordinary users: root keeps its id without a map",
		mode);
	return err_hint(err, "as root: --userns host, which is the default");
}

static int keep_id(const struct masu_engine *e, struct draft *d,
		   const struct masu_create_options *o, const char *options, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap submap = {0};
	struct keep_id k = {.uid = getuid(), .gid = getgid()};

	if (!e->idmap.userns)
		return for_users(o->userns, err);
	int r = options ? parse_keep_id(o->userns, options, &k, err) : 0;
	if (r < 0)
		return r;
	if (e->idmap.n_uids < 2)
		return draft_lacks_ids(e, o->userns, err);
	r = submap_keep_id(e->idmap.uids, e->idmap.n_uids, k.uid, k.size, &submap.uids,
			   &submap.n_uids);
	if (r == 0)
		r = submap_keep_id(e->idmap.gids, e->idmap.n_gids, k.gid, k.size, &submap.gids,
				   &submap.n_gids);
	if (r == -ERANGE)
		return draft_lacks_ids(e, o->userns, err);
	if (r < 0)
		return err_sys(err, r, "create the id map");
	r = set_maps(e, d, &submap, err);
	return r < 0 ? r : name_user(d, &k, o, err);
}

static int leave_owner_out(const struct masu_engine *e, struct draft *d, const char *mode,
			   struct masu_error *err)
{
	_cleanup_idmap_ struct idmap submap = {0};

	if (!e->idmap.userns)
		return for_users(mode, err);
	int r = submap_without_owner(e->idmap.uids, e->idmap.n_uids, &submap.uids, &submap.n_uids);
	if (r == 0)
		r = submap_without_owner(e->idmap.gids, e->idmap.n_gids, &submap.gids,
					 &submap.n_gids);
	if (r == -ERANGE)
		return draft_lacks_ids(e, mode, err);
	return r < 0 ? err_sys(err, r, "create the id map") : set_maps(e, d, &submap, err);
}

static int take_ranges(char *const *texts, const struct id_range *own, size_t n_own,
		       struct id_range **ranges, size_t *n, struct masu_error *err)
{
	STRV_FOREACH(text, texts) {
		if (**text == '+' || **text == 'u' || **text == 'g') {
			(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				      "id map \"%s\": flags are not supported", *text);
			return err_hint(err, "name all ranges: --uidmap CONTAINER:HOST:COUNT");
		}
		int r = submap_parse(*text, own, n_own, ranges, n, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Init sets up the container as its root. */
static int check_roots(const struct idmap *submap, struct masu_error *err)
{
	uint32_t id;

	if (idmap_to_host(submap->uids, submap->n_uids, 0, &id) < 0 ||
	    idmap_to_host(submap->gids, submap->n_gids, 0, &id) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "the id map must map the id 0 inside");
	return 0;
}

/* One kind of map is that of the other unless both are given, as with podman. */
static int map_ids(const struct masu_engine *e, struct draft *d,
		   const struct masu_create_options *o, struct masu_error *err)
{
	char *const *uids = o->uid_maps && *o->uid_maps ? o->uid_maps : o->gid_maps;
	char *const *gids = o->gid_maps && *o->gid_maps ? o->gid_maps : o->uid_maps;
	_cleanup_idmap_ struct idmap submap = {0};

	int r = take_ranges(uids, e->idmap.uids, e->idmap.n_uids, &submap.uids, &submap.n_uids,
			    err);
	if (r == 0)
		r = take_ranges(gids, e->idmap.gids, e->idmap.n_gids, &submap.gids, &submap.n_gids,
				err);
	if (r == 0)
		r = check_roots(&submap, err);
	return r < 0 ? r : set_maps(e, d, &submap, err);
}

static int take_auto(const struct masu_engine *e, struct draft *d,
		     const struct masu_create_options *o, const char *options,
		     struct masu_error *err)
{
	_cleanup_idmap_ struct idmap submap = {0};
	int r = draft_auto_ids(e, d, o->user, options, &submap, err);

	if (r == 0)
		r = check_roots(&submap, err);
	return r < 0 ? r : set_maps(e, d, &submap, err);
}

static int take_names(const struct masu_engine *e, struct draft *d,
		      const struct masu_create_options *o, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap submap = {0};
	int r = draft_named_ids(e, o->subuid_name, o->subgid_name, &submap, err);

	return r < 0 ? r : set_maps(e, d, &submap, err);
}

/* Only one of them may be given. */
static int check_choice(const struct masu_create_options *o, struct masu_error *err)
{
	const struct {
		const char *option;
		bool given;
	} choices[] = {
		{"--userns", o->userns && *o->userns},
		{"--uidmap", (o->uid_maps && *o->uid_maps) || (o->gid_maps && *o->gid_maps)},
		{"--subuidname",
		 (o->subuid_name && *o->subuid_name) || (o->subgid_name && *o->subgid_name)},
	};
	const char *first = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		if (choices[i].given && first)
			return err_set(err, ERR_INVALID, EINVAL,
				       "\"%s\" and \"%s\" exclude each other", first,
				       choices[i].option);
		if (choices[i].given)
			first = choices[i].option;
	}
	return 0;
}

static int copy_text(char **place, const char *text)
{
	*place = text ? strdup(text) : NULL;
	return text && !*place ? -ENOMEM : 0;
}

/* The namespaces of both belong to one user namespace, whose map the files must have. */
static int take_map_of(struct draft *d, const masu_container *peer, struct masu_error *err)
{
	if (copy_text(&d->record.uid_map, peer->record.uid_map) < 0 ||
	    copy_text(&d->record.gid_map, peer->record.gid_map) < 0)
		return err_oom(err);
	d->spec->namespaces[OCI_NS_USER].wanted |= peer->record.uid_map != NULL;
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return streq(str_or_empty(a), str_or_empty(b));
}

int draft_join_map(struct draft *d, const masu_container *peer, enum oci_namespace_type type,
		   struct masu_error *err)
{
	const struct record *own = &d->record, *its = &peer->record;

	if (!d->spec->namespaces[OCI_NS_USER].wanted)
		return 0;
	if (!own->userns && !own->uid_map)
		return take_map_of(d, peer, err);
	if (same_text(own->uid_map, its->uid_map) && same_text(own->gid_map, its->gid_map))
		return 0;
	return err_set(
		err, ERR_INVALID, EINVAL,
		"the %s namespace of container \"%s\" cannot be joined with another id map than "
		"its own",
		oci_namespace_name(type), its->name);
}

static int join(struct masu_engine *e, struct draft *d, const char *name, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	int r = masu_container_find(e, name, &peer, err);

	if (r == 0)
		r = take_map_of(d, peer, err);
	if (r < 0)
		return r;
	d->record.userns = str_printf("container:%s", peer->home.id);
	return d->record.userns ? 0 : err_oom(err);
}

/* The start verifies that the namespace still has this map. */
static int join_path(const struct masu_engine *e, struct draft *d, const char *path,
		     struct masu_error *err)
{
	if (*path != '/' || str_has_control(path))
		return invalid(d->record.userns, err);
	int r = container_map_at(e, path, &d->record.uid_map, &d->record.gid_map, err);
	if (r == 0)
		d->spec->namespaces[OCI_NS_USER].wanted = true;
	return r;
}

int draft_userns(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		 struct masu_error *err)
{
	const char *mode = o->userns, *rest;
	int r = check_choice(o, err);

	if (r < 0)
		return r;
	if ((o->subuid_name && *o->subuid_name) || (o->subgid_name && *o->subgid_name))
		return take_names(e, d, o, err);
	if ((o->uid_maps && *o->uid_maps) || (o->gid_maps && *o->gid_maps))
		return map_ids(e, d, o, err);
	if (!mode || !*mode)
		return 0;
	if ((rest = str_after(mode, "container:")))
		return join(e, d, rest, err);
	d->record.userns = strdup(mode);
	if (!d->record.userns)
		return err_oom(err);
	if (streq(mode, "host"))
		return 0;
	if ((rest = str_after(mode, "ns:")))
		return join_path(e, d, rest, err);
	if (streq(mode, "nomap"))
		return leave_owner_out(e, d, mode, err);
	rest = str_after(mode, "auto");
	if (rest && (!*rest || *rest == ':'))
		return take_auto(e, d, o, *rest ? rest + 1 : NULL, err);
	rest = str_after(mode, "keep-id");
	if (!rest || (*rest && *rest != ':'))
		return invalid(mode, err);
	return keep_id(e, d, o, *rest ? rest + 1 : NULL, err);
}
