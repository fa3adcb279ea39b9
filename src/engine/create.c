/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create.h"

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
#include "engine/draft.h"
#include "engine/files.h"
#include "engine/image.h"
#include "engine/remove.h"
#include "net/files.h"
#include "oci/image.h"

#define CONFIG_FILE "config.json"

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "make the container");
}

void made_done(struct made *m)
{
	home_done(&m->home);
	free(m->dir);
	record_done(&m->record);
	oci_spec_free(m->spec);
	*m = MADE_INIT;
}

static int set_rootfs(struct draft *d, const char *path, struct err *err)
{
	_cleanup_free_ char *absolute = path_absolute(path);
	struct stat st;

	if (!absolute)
		return err_sys(err, errno, "find '%s' from the working directory", path);
	d->record.rootfs = path_normalize(absolute);
	if (!d->record.rootfs)
		return no_memory(err);
	if (stat(d->record.rootfs, &st) < 0)
		return err_sys(err, errno, "root directory '%s'", d->record.rootfs);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INVALID, ENOTDIR, "root directory '%s' is no directory",
			       d->record.rootfs);
	return 0;
}

static int set_image(struct draft *d, struct image_chosen *image, struct err *err)
{
	struct record *r = &d->record;

	r->image_digest = strdup(image->info.manifest.hex);
	r->image_id = strdup(image->info.config.hex);
	r->image_name = image->info.name ? strdup(image->info.name) : NULL;
	if (!r->image_digest || !r->image_id || (image->info.name && !r->image_name))
		return no_memory(err);
	r->layers = TAKE_PTR(image->layers);
	return 0;
}

/* The root of what runs: the draft is complete but for what hangs on the container's id. */
static int choose_root(const struct engine *e, const struct request *q, struct draft *d,
		       struct image_chosen *image, struct err *err)
{
	const char *rootfs = q->rootfs ? q->image : str_after(q->image, "rootfs:");
	struct image_query query = {.ref = q->image,
				    .platform = q->platform,
				    .progress = q->progress,
				    .progress_arg = q->progress_arg};
	int r = pull_policy_parse(q->pull, &query.policy, err);

	if (r < 0)
		return r;
	if (rootfs) {
		r = set_rootfs(d, rootfs, err);
		return r < 0 ? r : draft_apply_image(d, q, NULL, err);
	}
	r = image_choose(e, &query, image, err);
	if (r == 0)
		r = draft_apply_image(d, q, &image->config, err);
	if (r == 0)
		r = draft_image_volumes(e, d, &image->config, err);
	return r == 0 ? set_image(d, image, err) : r;
}

static int set_text(char **place, char *owned)
{
	if (!owned)
		return -ENOMEM;
	free(*place); /* NOLINT(clang-analyzer-core.NullDereference): a draft has a spec */
	*place = owned;
	return 0;
}

/* The host's network comes with the host's name, as docker and podman have it. */
static char *default_hostname(const struct draft *d, const char *id)
{
	struct utsname host;

	if (d->network.backend->shares_host && uname(&host) == 0 &&
	    net_check_hostname(host.nodename, NULL) == 0)
		return strdup(host.nodename);
	return strndup(id, ID_SHORT_LENGTH);
}

/* What depends on the id: host name, root, and the variable that every shell shows. */
static int identify(const struct engine *e, struct draft *d, struct made *m, struct err *err)
{
	_cleanup_free_ char *variable = NULL;
	struct record *r = &d->record;

	m->dir = paths_data(&e->paths, "containers/%s", m->home.id);
	r->id = strdup(m->home.id);
	if (!r->hostname)
		r->hostname = default_hostname(d, m->home.id);
	if (!m->dir || !r->id || !r->hostname ||
	    set_text(&d->spec->hostname, strdup(r->hostname)) < 0 ||
	    set_text(&d->spec->root.path,
		     r->rootfs ? strdup(r->rootfs) : path_join(m->dir, "root")) < 0 ||
	    asprintf(&variable, "HOSTNAME=%s", r->hostname) < 0)
		return no_memory(err);
	if (!strv_env_get(d->spec->process->env, "HOSTNAME") &&
	    strv_push(&d->spec->process->env, variable) < 0)
		return no_memory(err);
	return 0;
}

/*
 * The upper directory's own attributes are what "/" has in the container, so they are those of the
 * image's top layer.
 */
static int make_overlay_dirs(const struct engine *e, const struct record *record, int fd,
			     struct err *err)
{
	static const char *const names[] = {"upper", "work", "root"};
	size_t n = strv_length(record->layers);
	_cleanup_free_ char *top = n ? paths_data(&e->paths, "layers/%s", record->layers[n - 1])
				     : NULL;
	struct stat st = {.st_mode = 0755};

	if (record->rootfs)
		return 0;
	if (top && stat(top, &st) < 0)
		return err_sys(err, errno, "look at the image's top layer");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (mkdirat(fd, names[i], 0700) < 0)
			return err_sys(err, errno, "make the container's directories");
	if (fchmodat(fd, "upper", st.st_mode & 07777, 0) < 0)
		return err_sys(err, errno, "make the container's directories");
	return 0;
}

static int write_config(const struct oci_spec *spec, int fd, struct err *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = oci_spec_to_json(spec, &o, err);
	const char *text = r == 0 ? json_text(o, false) : NULL;

	if (r == 0)
		r = text ? file_write_new(fd, CONFIG_FILE, text, strlen(text), 0600) : -ENOMEM;
	return r < 0 ? err_sys(err, r, "write the container's %s", CONFIG_FILE) : 0;
}

static int fill(struct engine *e, const struct request *q, struct draft *d, struct made *m,
		struct err *err)
{
	int r = identify(e, d, m, err);

	if (r == 0)
		r = make_overlay_dirs(e, &d->record, m->home.fd, err);
	if (r == 0)
		r = draft_mounts(e, d, q, m->dir, err);
	if (r == 0)
		r = files_write(m->home.fd, d, q, err);
	if (r == 0)
		r = write_config(d->spec, m->home.fd, err);
	/* One that goes with its end needs not outlive a power cut. */
	if (r == 0)
		r = record_write(m->home.fd, &d->record, !d->record.auto_remove, err);
	return r == 0 ? home_publish(e, &m->home, err) : r;
}

int engine_create(struct engine *e, const struct request *q, struct made *ret, struct err *err)
{
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	_cleanup_image_chosen_ struct image_chosen image = IMAGE_CHOSEN_INIT;
	_cleanup_made_ struct made m = MADE_INIT;
	int r = engine_load_idmap(e, err);

	if (r == 0)
		r = draft_begin(e, q, &d, err);
	if (r == 0 && q->name && !q->replace)
		r = home_check_name(e, q->name, err); /* better before an image is fetched */
	if (r == 0)
		r = choose_root(e, q, &d, &image, err);
	if (r == 0 && q->replace && q->name)
		r = engine_replace(e, q->name, err);
	if (r == 0)
		r = home_make(e, q->name, &m.home, &d.record.name, err);
	if (r < 0)
		return r;
	r = fill(e, q, &d, &m, err);
	m.record = TAKE(d.record, (struct record){0});
	m.spec = TAKE_PTR(d.spec);
	if (r < 0) {
		(void)engine_unmake(e, &m, NULL); /* the first error counts; the rest is swept */
		return r;
	}
	*ret = m;
	m = MADE_INIT;
	return 0;
}

int engine_unmake(struct engine *e, struct made *m, struct err *err)
{
	return engine_discard(e, &m->home, &m->record, true, err);
}

static int read_spec(struct made *m, struct err *err)
{
	int r = oci_spec_read(m->home.fd, m->dir, &m->spec, err);

	return r < 0 ? err_prefix(err, "container '%s'", m->record.name) : 0;
}

int engine_take_up(struct engine *e, const char *what, struct made *ret, struct err *err)
{
	_cleanup_made_ struct made m = MADE_INIT;
	char id[ID_LENGTH + 1];
	int r = home_find(e, what, id, err);

	if (r == 0)
		r = home_open(e, id, &m.home, err);
	if (r < 0)
		return r;
	r = home_hold(&m.home, e, 0);
	if (r == -EWOULDBLOCK)
		return err_set(err, ERR_CONFLICT, EBUSY, "container '%s' is running", what);
	if (r < 0)
		return err_sys(err, r, "take up container '%s'", what);
	m.dir = paths_data(&e->paths, "containers/%s", id);
	if (!m.dir)
		return no_memory(err);
	r = engine_load_idmap(e, err);
	if (r == 0)
		r = record_read(m.home.fd, &m.record, err);
	if (r == 0)
		r = read_spec(&m, err);
	if (r < 0)
		return r;
	*ret = m;
	m = MADE_INIT;
	return 0;
}
