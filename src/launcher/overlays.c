/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/overlays.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-map.h"
#include "engine/launcher.h"
#include "linux/sub-ids.h"

void overlays_done(struct overlays *overlays)
{
	for (size_t i = 0; i < overlays->n; i++) {
		overlay_done(&overlays->list[i].overlay);
		free(overlays->list[i].target);
	}
	free(overlays->list);
	*overlays = (struct overlays){0};
}

static int make_dir(masu_container *c, const char *overlay, const char *name, char **ret,
		    struct masu_error *err)
{
	_cleanup_free_ char *path = str_printf("%s/%s", overlay, name);

	*ret = path ? path_join(c->dir, path) : NULL;
	if (!*ret)
		return err_oom(err);
	return mkdirat(c->home.fd, path, 0700) < 0
		       ? err_sys(err, errno, "create the directory '%s'", *ret)
		       : 0;
}

/* Their files may belong to sub-ids. The first start finds none. */
static int remove_changes(masu_container *c, const char *overlay, struct masu_error *err)
{
	static const char *const names[] = {"upper", "work"};
	_cleanup_strv_ char **trash = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = str_printf("%s/%s", overlay, names[i]);

		if (!path)
			return err_oom(err);
		if (faccessat(c->home.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
		    strv_pushf(&trash, "%s/%s", c->home.id, path) < 0)
			return err_oom(err);
	}
	return trash ? launcher_remove_trees(c->engine, "containers", trash, err) : 0;
}

static int set_changes(masu_container *c, const struct record_mount *m, struct overlay *o,
		       struct masu_error *err)
{
	if (m->upper) {
		o->upper = strdup(m->upper);
		o->work = strdup(str_or_empty(m->work));
		return o->upper && o->work ? 0 : err_oom(err);
	}
	int r = remove_changes(c, m->overlay, err);
	if (r == 0)
		r = make_dir(c, m->overlay, "upper", &o->upper, err);
	if (r == 0)
		r = make_dir(c, m->overlay, "work", &o->work, err);
	o->transient = true;
	return r;
}

/*
 * An image's layers; or the directory of the host as the single layer in itself. A single layer without an upper would be a
 * bind mount, which a container with CAP_SYS_ADMIN can make writable, and all containers have the same layers. With the
 * empty target below it, it is an overlay, which stays read-only.
 */
static int set_layers(const masu_container *c, const struct record_mount *m,
		      struct overlay_source *s, struct masu_error *err)
{
	static char *const itself[] = {(char *)".", NULL};
	struct overlay *o = &s->overlay;
	bool single = m->layers && m->readonly && strv_length(m->layers) == 1;
	int r = single ? strv_push(&o->lowers, s->target) : 0;

	if (r == 0)
		r = strv_extend(&o->lowers, m->layers ? m->layers : itself);
	o->layers_dir = m->layers ? container_layers_path(c->engine, &c->record)
				  : strdup(m->source);
	return r == 0 && o->layers_dir ? 0 : err_oom(err);
}

static int add(masu_container *c, const struct record_mount *m, struct overlays *list,
	       struct masu_error *err)
{
	struct overlay_source *s = array_add(&list->list, &list->n, sizeof(*s));

	if (!s)
		return err_oom(err);
	s->target = str_printf("%s/%s/root", c->dir, m->overlay);
	s->destination = m->destination;
	s->keeps_upper = m->upper;
	s->overlay.keeps_owner = true; /* init gives it that of the directory below */
	if (!s->target)
		return err_oom(err);
	int r = set_layers(c, m, s, err);
	return r < 0 || m->readonly ? r : set_changes(c, m, &s->overlay, err);
}

/* Only the root is translated between the ids of processes and files. */
static int refuse(const struct record_mount *m, struct masu_error *err)
{
	_cleanup_free_ char *remedy = sub_ids_remedy();

	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "the mount of an image or overlay at \"%s\" needs sub-ids: yours are lent by "
		      "systemd-nsresourced",
		      m->destination);
	return remedy ? err_hint(err, "%s", remedy) : -EOPNOTSUPP;
}

int overlays_plan(masu_container *c, struct overlays *ret, struct masu_error *err)
{
	for (size_t i = 0; i < c->record.n_mounts; i++) {
		const struct record_mount *m = &c->record.mounts[i];
		int r = !m->overlay		? 0
			: c->engine->idmap.lent ? refuse(m, err)
						: add(c, m, ret, err);

		if (r < 0)
			return r;
	}
	return 0;
}
