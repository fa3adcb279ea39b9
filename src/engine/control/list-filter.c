/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/control/list-filter.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/exposed.h"
#include "engine/container/restart.h"
#include "engine/image/image.h"
#include "net/network.h"
#include "storage/layers.h"

/* An image that containers may stand on. */
struct ancestor {
	const char *given;
	char *name;			/* canonical, or NULL */
	char id[DIGEST_HEX_LENGTH + 1]; /* "" if the store does not have it */
	char **layers;			/* bottom first; NULL if they are not unpacked */
};

void list_filter_done(struct list_filter *f)
{
	for (size_t i = 0; i < f->n_names; i++)
		regfree(&f->names[i]);
	for (size_t i = 0; i < f->n_ancestors; i++) {
		free(f->ancestors[i].name);
		strv_free(f->ancestors[i].layers);
	}
	free(f->names);
	free(f->ports);
	free(f->ancestors);
	*f = (struct list_filter){0};
}

static int compile_names(struct list_filter *f, struct masu_error *err)
{
	f->names = calloc(strv_length(f->o.names) + 1, sizeof(*f->names));
	if (!f->names)
		return err_oom(err);
	STRV_FOREACH(name, f->o.names) {
		char reason[128];
		int r = regcomp(&f->names[f->n_names], *name, REG_EXTENDED | REG_NOSUB);

		if (r == REG_ESPACE)
			return err_oom(err);
		if (r) {
			(void)regerror(r, &f->names[f->n_names], reason, sizeof(reason));
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid regular expression \"%s\": %s", *name, reason);
		}
		f->n_names++;
	}
	return 0;
}

/* An image that the store lacks, or that is damaged, is known by its name alone. */
static int find_ancestor(const struct masu_engine *e, const struct layout *store,
			 struct ancestor *ret, struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_err_ struct masu_error own = ERR_INIT;

	if (reference_parse(ret->given, &ref, NULL) == 0) {
		ret->name = reference_to_string(&ref);
		if (!ret->name)
			return err_oom(err);
	}
	int r = image_find(store, ret->given, NULL, &image, &own);
	if (r == -ENOMEM)
		return err_move(err, &own);
	if (r < 0)
		return 0;
	memcpy(ret->id, image.config.hex, sizeof(ret->id));
	return stack_read(&e->paths, ret->id, &ret->layers, NULL) == -ENOMEM ? err_oom(err) : 0;
}

static int find_ancestors(struct list_filter *f, const struct masu_engine *e,
			  struct masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;

	if (!f->o.ancestors)
		return 0;
	int r = image_store_open(e, &store, err);
	if (r < 0)
		return r;
	f->ancestors = calloc(strv_length(f->o.ancestors) + 1, sizeof(*f->ancestors));
	if (!f->ancestors)
		return err_oom(err);
	STRV_FOREACH(given, f->o.ancestors) {
		struct ancestor *ancestor = &f->ancestors[f->n_ancestors++];

		ancestor->given = *given;
		r = find_ancestor(e, &store, ancestor, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* 0 without a name. */
static int find_time(struct masu_engine *e, const char *name, int64_t *ret_ns,
		     struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	int r = name ? masu_container_find(e, name, &c, err) : 0;

	if (r == 0)
		*ret_ns = c ? c->record.created_ns : 0;
	return r;
}

/* Those of `exposed` first. */
static int parse_ports(struct list_filter *f, struct masu_error *err)
{
	char *const *const lists[] = {f->o.exposed, f->o.published};
	size_t n = 0;

	f->n_exposed = strv_length(f->o.exposed);
	f->n_ports = f->n_exposed + strv_length(f->o.published);
	f->ports = calloc(f->n_ports + 1, sizeof(*f->ports));
	if (!f->ports)
		return err_oom(err);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		STRV_FOREACH(text, lists[i]) {
			int r = port_mapping_parse_exposed(*text, &f->ports[n++], err);

			if (r < 0)
				return r;
		}
	return 0;
}

int list_filter_init(struct list_filter *f, struct masu_engine *e,
		     const struct masu_list_options *options, struct masu_error *err)
{
	*f = (struct list_filter){.o = *options};
	f->o.all |= options->statuses || options->n_exit_codes || options->last;
	int r = find_time(e, options->before, &f->before_ns, err);
	if (r == 0)
		r = find_time(e, options->since, &f->since_ns, err);
	if (r == 0)
		r = compile_names(f, err);
	if (r == 0)
		r = parse_ports(f, err);
	return r == 0 ? find_ancestors(f, e, err) : r;
}

static bool begins_with_one(const char *text, char *const *prefixes)
{
	STRV_FOREACH(prefix, prefixes)
		if (str_after(text, *prefix))
			return true;
	return false;
}

static bool is_named(const struct list_filter *f, const char *name)
{
	for (size_t i = 0; i < f->n_names; i++)
		if (regexec(&f->names[i], name, 0, NULL, 0) == 0)
			return true;
	return false;
}

static bool stands_on(char *const *layers, char *const *lower)
{
	if (!lower || !*lower)
		return false;
	for (; *lower; lower++, layers++)
		if (!layers || !*layers || !streq(*layers, *lower))
			return false;
	return true;
}

static bool descends_from(const struct record *r, const struct ancestor *a)
{
	const char *hex = str_after(a->given, DIGEST_PREFIX);
	const char *digits = hex ? hex : a->given;

	return streq(r->image, a->given) ||
	       (r->image_name && a->name && streq(r->image_name, a->name)) ||
	       (r->image_id &&
		(streq(r->image_id, a->id) || (*digits && str_after(r->image_id, digits)))) ||
	       stands_on(r->layers, a->layers);
}

static bool descends_from_one(const struct list_filter *f, const struct record *r)
{
	for (size_t i = 0; i < f->n_ancestors; i++)
		if (descends_from(r, &f->ancestors[i]))
			return true;
	return false;
}

static bool mounts_one(const struct record *r, char *const *volumes)
{
	for (size_t i = 0; i < r->n_mounts; i++) {
		const struct record_mount *m = &r->mounts[i];

		if ((m->volume && strv_contains(volumes, m->volume)) ||
		    (m->source && strv_contains(volumes, m->source)) ||
		    strv_contains(volumes, m->destination))
			return true;
	}
	return false;
}

/* The name of a network, without its options. */
static bool is_in_one(const struct record *r, char *const *networks)
{
	const char *own = r->network ? r->network : network_default();
	size_t n = strcspn(own, ":");

	STRV_FOREACH(network, networks)
		if (strncmp(*network, own, n) == 0 && !(*network)[n])
			return true;
	return false;
}

static bool is_image(const struct record *r, const char *image)
{
	return streq(image, r->image) || (r->image_name && streq(image, r->image_name)) ||
	       (r->image_id && streq(image, r->image_id));
}

static bool has_labels(const struct list_filter *f, const struct record *r)
{
	STRV_FOREACH(label, f->o.labels)
		if (!oci_map_has(&r->labels, *label))
			return false;
	STRV_FOREACH(label, f->o.not_labels)
		if (oci_map_has(&r->labels, *label))
			return false;
	return true;
}

static bool has_ports(const struct list_filter *f, const struct record *r)
{
	bool exposed = f->n_exposed == 0, published = f->n_ports == f->n_exposed;

	for (size_t i = 0; i < f->n_exposed; i++)
		exposed |= exposed_has(r, &f->ports[i]);
	for (size_t i = f->n_exposed; i < f->n_ports; i++)
		published |= exposed_publishes(r, &f->ports[i]);
	return exposed && published;
}

bool list_filter_takes_record(const struct list_filter *f, const struct record *r)
{
	const struct masu_list_options *o = &f->o;

	if ((f->before_ns && r->created_ns >= f->before_ns) ||
	    (f->since_ns && r->created_ns <= f->since_ns) ||
	    (o->created_before && r->created_ns >= o->created_before))
		return false;
	return (!o->image || is_image(r, o->image)) && has_labels(f, r) &&
	       (!o->ids || begins_with_one(r->id, o->ids)) && (!o->names || is_named(f, r->name)) &&
	       (!o->ancestors || descends_from_one(f, r)) &&
	       (!o->volumes || mounts_one(r, o->volumes)) &&
	       (!o->networks || is_in_one(r, o->networks)) && has_ports(f, r);
}

bool list_filter_takes_policy(const struct list_filter *f, const struct record *r,
			      int container_dir)
{
	const struct masu_list_options *o = &f->o;

	if (o->restart_policies && !(o->restart_policies & 1u << restart_policy(r)))
		return false;
	return o->start_on_boot == MASU_ANY ||
	       restart_is_due_at_boot(r, container_dir) == (o->start_on_boot == MASU_YES);
}

bool list_filter_takes_state(const struct list_filter *f, const struct state *s,
			     enum masu_health health)
{
	const struct masu_list_options *o = &f->o;
	bool found = !o->n_exit_codes;

	for (size_t i = 0; i < o->n_exit_codes; i++)
		found |= s->status == MASU_STATUS_EXITED && s->exit_code == o->exit_codes[i];
	return found &&
	       (o->all || state_is_alive(s) || s->status == MASU_STATUS_RESTARTING ||
		s->status == MASU_STATUS_ON_DEMAND) &&
	       (!o->statuses || o->statuses & 1u << s->status) &&
	       (!o->healths || o->healths & 1u << health);
}
