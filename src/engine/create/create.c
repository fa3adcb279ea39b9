/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/container.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-map.h"
#include "engine/container/event.h"
#include "engine/container/on-demand.h"
#include "engine/container/overlay-dir.h"
#include "engine/container/requires.h"
#include "engine/container/restart.h"
#include "engine/control/remove.h"
#include "engine/create/draft.h"
#include "engine/image/choose.h"
#include "engine/options.h"
#include "net/files.h"

#define CONFIG_FILE "config.json"

static int set_rootfs(struct draft *d, const char *path, struct masu_error *err)
{
	_cleanup_free_ char *absolute = path_absolute(path);
	struct stat st;

	if (!absolute)
		return err_sys(err, errno, "find '%s' from the working directory", path);
	d->record.rootfs = path_normalize(absolute);
	if (!d->record.rootfs)
		return err_oom(err);
	if (stat(d->record.rootfs, &st) < 0)
		return err_sys(err, errno, "root directory '%s'", d->record.rootfs);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INVALID, ENOTDIR, "root directory '%s' is not a directory",
			       d->record.rootfs);
	return 0;
}

static int set_image(struct draft *d, struct image_chosen *image, struct masu_error *err)
{
	struct record *r = &d->record;

	r->image_digest = strdup(image->info.manifest.hex);
	r->image_id = strdup(image->info.config.hex);
	r->image_name = image->info.name ? strdup(image->info.name) : NULL;
	if (!r->image_digest || !r->image_id || (image->info.name && !r->image_name))
		return err_oom(err);
	r->layers = TAKE_PTR(image->layers);
	return 0;
}

/* Sets the root file system. After that the draft lacks only the parts that depend on the container's id. */
static int choose_root(const struct masu_engine *e, const struct masu_create_options *o,
		       struct draft *d, struct image_chosen *image, struct masu_error *err)
{
	const char *rootfs = o->rootfs ? o->image : str_after(o->image, "rootfs:");
	const struct image_query query = draft_image_query(d, o, o->image);

	if (rootfs) {
		int r = set_rootfs(d, rootfs, err);

		if (r == 0)
			r = draft_apply_image(d, o, NULL, err);
		if (r == 0)
			r = draft_expose(e, d, o, NULL, err);
		return r < 0 ? r : draft_image_volumes(e, d, o, NULL, err);
	}
	int r = image_choose(e, &query, image, err);
	if (r < 0)
		return r;
	r = draft_apply_image(d, o, &image->config, err);
	if (r < 0)
		return r;
	r = draft_expose(e, d, o, &image->config, err);
	if (r < 0)
		return r;
	r = draft_image_volumes(e, d, o, &image->config, err);
	return r < 0 ? r : set_image(d, image, err);
}

static int set_text(char **place, char *owned)
{
	if (!owned)
		return -ENOMEM;
	free(*place); /* NOLINT(clang-analyzer-core.NullDereference): a draft has a spec */
	*place = owned;
	return 0;
}

/* The network of the host comes with its name, as with docker and podman. */
static char *default_hostname(const struct draft *d, const char *id)
{
	struct utsname host;

	bool shared = d->network.backend->shares_host || !d->spec->namespaces[OCI_NS_UTS].wanted;

	if (shared && uname(&host) == 0 && net_check_hostname(host.nodename, NULL) == 0)
		return strdup(host.nodename);
	return strndup(id, ID_SHORT_LENGTH);
}

/* The host, and another container, keep their name. */
static int set_hostname(const struct draft *d, const char *name)
{
	struct oci_spec *spec = d->spec;

	if (!d->record.uts_mode)
		return set_text(&spec->hostname, strdup(name));
	free(spec->hostname);
	spec->hostname = NULL;
	return 0;
}

/* Sets everything that depends on the id: host name, root, and the variable HOSTNAME. */
static int identify(const struct masu_engine *e, struct draft *d, masu_container *c,
		    struct masu_error *err)
{
	struct record *r = &d->record;

	c->dir = paths_data(&e->paths, "containers/%s", c->home.id);
	r->id = strdup(c->home.id);
	if (!r->hostname)
		r->hostname = default_hostname(d, c->home.id);
	_cleanup_free_ char *variable = str_printf("HOSTNAME=%s", str_or_empty(r->hostname));
	if (!c->dir || !r->id || !r->hostname || set_hostname(d, r->hostname) < 0 ||
	    set_text(&d->spec->root.path,
		     r->rootfs ? strdup(r->rootfs) : path_join(c->dir, "root")) < 0 ||
	    !variable)
		return err_oom(err);
	int code = draft_systemd_uuid(d, c->home.id, err);
	if (code < 0)
		return code;
	/* The name in a given namespace is not known. */
	if (r->uts_mode && str_after(r->uts_mode, "ns:"))
		return 0;
	if (!d->hostname_unset && !strv_env_get(d->spec->process->env, "HOSTNAME") &&
	    strv_push(&d->spec->process->env, variable) < 0)
		return err_oom(err);
	return 0;
}

/*
 * The root of the container has the attributes of the upper directory, so that gets those of the image's top layer.
 */
static int make_overlay_dirs(const struct masu_engine *e, const struct record *record, int fd,
			     struct masu_error *err)
{
	static const char *const names[] = {"upper", "work", "root"};
	size_t n = strv_length(record->layers);
	_cleanup_free_ char *layers = container_layers_path(e, record),
			    *top = n && layers ? path_join(layers, record->layers[n - 1]) : NULL;
	struct stat st = {.st_mode = 0755};

	if (record->rootfs)
		return 0;
	if (!layers || (n && !top))
		return err_oom(err);
	if (top && stat(top, &st) < 0)
		return err_sys(err, errno, "examine the image's top layer");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (mkdirat(fd, names[i], 0700) < 0)
			return err_sys(err, errno, "create the container's directories");
	if (fchmodat(fd, "upper", st.st_mode & 07777, 0) < 0)
		return err_sys(err, errno, "create the container's directories");
	return 0;
}

static int write_config(const struct oci_spec *spec, int fd, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = oci_spec_to_json(spec, &o, err);
	const char *text = r == 0 ? json_text(o, false) : NULL;

	if (r == 0)
		r = text ? file_write_new(fd, CONFIG_FILE, text, strlen(text), 0600) : -ENOMEM;
	return r < 0 ? err_sys(err, r, "write the container's %s", CONFIG_FILE) : 0;
}

static int fill(struct draft *d, const struct masu_create_options *o, masu_container *c,
		struct masu_error *err)
{
	const struct masu_engine *e = c->engine;
	int r = restart_check_unit(&d->record, err);

	if (r == 0)
		r = on_demand_check(&d->record, err);
	if (r == 0)
		r = identify(e, d, c, err);
	if (r < 0)
		return r;
	r = make_overlay_dirs(e, &d->record, c->home.fd, err);
	if (r < 0)
		return r;
	r = draft_mounts(e, d, o, c->dir, err);
	if (r < 0)
		return r;
	r = overlay_dirs_make(c->home.fd, &d->record, err);
	if (r < 0)
		return r;
	r = draft_write_files(c->home.fd, d, o, err);
	if (r < 0)
		return r;
	r = write_config(d->spec, c->home.fd, err);
	if (r < 0)
		return r;
	/* A container that is removed when it exits need not survive a power cut. */
	r = record_write(c->home.fd, &d->record, !d->record.auto_remove, err);
	if (r == 0)
		r = requires_mark(c, &d->record, err);
	return r < 0 ? r : home_publish(e, &c->home, err);
}

/* Checks everything that does not need the container's directory. */
static int prepare(struct masu_engine *e, const struct masu_create_options *o, struct draft *d,
		   struct image_chosen *image, struct masu_error *err)
{
	int r = engine_load_idmap(e, err);

	if (r < 0)
		return r;
	r = draft_begin(e, o, d, err);
	if (r < 0)
		return r;
	if (o->name && !o->replace) { /* before an image is pulled */
		r = home_check_name(e, o->name, err);
		if (r < 0)
			return r;
	}
	r = draft_fetch_images(e, d, o, err);
	if (r < 0)
		return r;
	r = choose_root(e, o, d, image, err);
	if (r == 0)
		r = draft_hold_images(e, d, err);
	return r == 0 && o->replace && o->name ? container_purge(e, o->name, err) : r;
}

/*
 * Everything is checked first, and the directory is published when it is complete. A kill at any point leaves either a
 * container or a .new- directory, which the next sweep removes.
 */
int masu_container_create(masu_engine *e, const struct masu_create_options *options,
			  masu_container **ret, masu_error *err)
{
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	_cleanup_image_chosen_ struct image_chosen image = IMAGE_CHOSEN_INIT;
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_conf_lists_ struct conf_lists lists = {0};
	struct masu_create_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.image)
		return err_set(err, ERR_INVALID, EINVAL, "missing option: image");
	r = engine_load_conf(e, err);
	if (r < 0)
		return r;
	r = conf_complete(&e->conf, &o, &lists, err);
	if (r < 0)
		return r;
	r = container_new(e, "", &c, err);
	if (r < 0)
		return r;
	r = prepare(e, &o, &d, &image, err);
	if (r < 0)
		return r;
	r = home_make(e, o.name, &c->home, &d.record.name, err);
	if (r < 0)
		return r;
	r = fill(&d, &o, c, err);
	c->record = TAKE(d.record, (struct record){0});
	c->spec = TAKE_PTR(d.spec);
	if (r < 0) {
		(void)engine_discard(c, true,
				     NULL); /* the first error counts; a sweep does the rest */
		return r;
	}
	container_close(c);
	event_container(c, &(struct masu_event){.action = "create"});
	c->fresh = true;
	*ret = TAKE_PTR(c);
	return 0;
}
