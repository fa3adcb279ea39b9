/* SPDX-License-Identifier: Apache-2.0 */

/* The mounts that a container takes over from others, with --volumes-from. */

#include "engine/create/draft.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container.h"

static char **spec_options(const struct oci_spec *spec, const char *destination)
{
	const struct oci_mount *m = oci_spec_find_mount(spec, destination);

	return m ? m->options : NULL;
}

/* A tmpfs is not shared, as with docker and podman. */
static int add_mount(struct draft *d, const masu_container *other, const struct record_mount *m,
		     const char *access, struct masu_error *err)
{
	const struct masu_mount mount = {
		.size = sizeof(mount),
		.type = m->volume ? MASU_MOUNT_VOLUME : MASU_MOUNT_BIND,
		.source = m->volume ? m->volume : m->source,
		.target = m->destination,
		.read_only = *access ? streq(access, "ro") : m->readonly,
		.no_copy = m->nocopy,
		.subpath = m->subpath,
		.chown = m->chown,
		.overlay = m->overlay,
		.upper_dir = m->upper,
		.work_dir = m->work,
		.options = spec_options(other->spec, m->destination),
	};

	if (!m->volume && !streq(m->type, "bind"))
		return 0;
	return mounts_add_inherited(&d->mounts, &mount, err);
}

static int read_spec(masu_container *c, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = container_read_spec(c, err);
	container_close(c);
	return r;
}

static int take_mounts(struct masu_engine *e, struct draft *d, const char *text,
		       struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *other = NULL;
	const char *colon = strchr(text, ':'), *access = colon ? colon + 1 : "";
	_cleanup_free_ char *name = strndup(text, strcspn(text, ":"));

	if (!name)
		return err_oom(err);
	if (colon && !streq(access, "ro") && !streq(access, "rw"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid option \"%s\" of --volumes-from: must be one of ro, rw",
			       access);
	int r = masu_container_find(e, name, &other, err);
	if (r < 0)
		return r;
	r = read_spec(other, err);
	for (size_t i = 0; r == 0 && i < other->record.n_mounts; i++)
		r = add_mount(d, other, &other->record.mounts[i], access, err);
	if (r < 0)
		return r;
	return strv_push(&d->record.volumes_from, text) < 0 ? err_oom(err) : 0;
}

int draft_volumes_from(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		       struct masu_error *err)
{
	STRV_FOREACH(text, o->volumes_from) {
		int r = take_mounts(e, d, *text, err);

		if (r < 0)
			return r;
	}
	return 0;
}
