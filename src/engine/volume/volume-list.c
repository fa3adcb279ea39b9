/* SPDX-License-Identifier: Apache-2.0 */

/* One volume and a list of them, as masu.h describes them. */

#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/inspect.h"
#include "engine/name.h"
#include "engine/options.h"
#include "engine/volume/volume.h"

void volume_done(struct masu_volume *v)
{
	free(v->name);
	free(v->path);
	oci_map_done(&v->labels);
	oci_map_done(&v->options);
	*v = (struct masu_volume){0};
}

void masu_volume_free(masu_volume *v)
{
	if (v)
		volume_done(v);
	free(v);
}

const char *masu_volume_name(const masu_volume *v)
{
	return v->name;
}

const char *masu_volume_path(const masu_volume *v)
{
	return v->path;
}

const char *masu_volume_label(const masu_volume *v, const char *key)
{
	return oci_map_get(&v->labels, key);
}

int64_t masu_volume_created(const masu_volume *v)
{
	return v->created_ns;
}

bool masu_volume_is_anonymous(const masu_volume *v)
{
	return id_is_valid(v->name);
}

/* The document that podman and docker print, with their names. */
int masu_volume_inspect(const masu_volume *v, char **ret_json, masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, doc, "Name", v->name);
	build_text(&b, doc, "Driver", "local");
	build_text(&b, doc, "Mountpoint", v->path);
	inspect_put_time(&b, doc, "CreatedAt", v->created_ns);
	build_map(&b, doc, "Labels", &v->labels);
	build_map(&b, doc, "Options", &v->options);
	build_text(&b, doc, "Scope", "local");
	build_bool(&b, doc, "Anonymous", masu_volume_is_anonymous(v));
	return inspect_finish(&b, doc, ret_json, err);
}

bool volume_passes(const struct masu_volume_filter *f, const struct masu_volume *v,
		   char *const *used)
{
	bool named = !f->names || !*f->names;

	STRV_FOREACH(label, f->labels)
		if (!oci_map_has(&v->labels, *label))
			return false;
	STRV_FOREACH(label, f->not_labels)
		if (oci_map_has(&v->labels, *label))
			return false;
	STRV_FOREACH(name, f->names)
		named |= strstr(v->name, *name) != NULL;
	return named && choice_holds(f->anonymous, masu_volume_is_anonymous(v)) &&
	       (!f->created_before || v->created_ns < f->created_before) &&
	       choice_holds(f->unused, !strv_contains(used, v->name));
}

uint64_t masu_volume_list_reclaimed(const masu_volume_list *l)
{
	return l->reclaimed;
}

size_t masu_volume_list_count(const masu_volume_list *l)
{
	return l->n;
}

const masu_volume *masu_volume_list_get(const masu_volume_list *l, size_t index)
{
	return index < l->n ? &l->item[index] : NULL;
}

void masu_volume_list_free(masu_volume_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		volume_done(&l->item[i]);
	free(l->item);
	free(l);
}
