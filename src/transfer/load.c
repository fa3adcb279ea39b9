/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/report.h"
#include "transfer/archive-dir.h"
#include "transfer/archive-docker.h"
#include "transfer/archive-extract.h"
#include "transfer/pull.h"

#define IMPORT_HINT "masu import makes an image of an archive of files"

struct load {
	const struct fetch *fetch;
	int broker;
	struct archive_dir dir;
	struct layout layout;
	struct image_index index;
};
#define LOAD_INIT ((struct load){.dir = ARCHIVE_DIR_INIT, .layout = LAYOUT_INIT})

static void load_done(struct load *l)
{
	image_index_done(&l->index);
	layout_done(&l->layout);
	archive_dir_done(&l->dir);
}
#define _cleanup_load_ _cleanup_(load_done)

/* The archive as it was unpacked becomes a layout. From here on the process is confined. */
static int open_layout(struct load *l, int files, struct masu_error *err)
{
	_cleanup_free_ char *path = str_printf("%s/files", l->dir.path);
	const bool is_oci = faccessat(files, "oci-layout", F_OK, AT_SYMLINK_NOFOLLOW) == 0;

	if (!path)
		return err_oom(err);
	if (!is_oci && faccessat(files, "manifest.json", F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		(void)err_set(err, ERR_INVALID, EBADMSG,
			      "holds no image: it has neither 'oci-layout' nor 'manifest.json'");
		return err_hint(err, IMPORT_HINT);
	}
	int r = is_oci ? 0 : archive_convert_docker_all(files, l->dir.fd, err);
	if (r == 0)
		r = layout_open(is_oci ? path : l->dir.path, false, &l->layout, err);
	if (r == 0)
		r = layout_read_index(&l->layout, &l->index, err);
	if (r == 0 && l->index.n_manifests == 0)
		r = err_set(err, ERR_INVALID, EBADMSG, "holds no image");
	return r;
}

static bool is_first(const struct image_index *index, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (digest_equal(&index->manifests[k].digest, &index->manifests[i].digest))
			return false;
	return true;
}

/* The names of all entries with the digest of entry `i`. */
static int read_names(const struct image_index *index, size_t i, char ***ret,
		      struct masu_error *err)
{
	_cleanup_strv_ char **names = NULL;

	for (size_t k = i; k < index->n_manifests; k++) {
		const struct image_descriptor *d = &index->manifests[k];
		const char *name = d->full_name ? d->full_name : d->ref_name;

		if (name && digest_equal(&d->digest, &index->manifests[i].digest) &&
		    archive_state_name(&names, name) < 0)
			return err_oom(err);
	}
	*ret = TAKE_PTR(names);
	return 0;
}

static void report(int channel, const struct digest *manifest, const char *name)
{
	char digest[DIGEST_TEXT_MAX];
	_cleanup_free_ char *line = str_printf("%s%s%s", digest_text(manifest, digest),
					       name ? " " : "", str_or_empty(name));

	if (channel < 0)
		(void)puts(str_or_empty(line));
	else
		report_result(channel, str_or_empty(line));
}

static int load_image(const struct load *l, size_t i, struct masu_error *err)
{
	const struct image_options *o = l->fetch->options;
	_cleanup_strv_ char **names = NULL;
	struct digest manifest;
	int r = read_names(&l->index, i, &names, err);

	if (r < 0)
		return r;
	const struct pull pull = {
		.paths = &l->fetch->store->paths,
		.broker = l->broker,
		.store = &l->fetch->store->layout,
		.source = {.layout = &l->layout, .disposable = true},
		.top = &l->index.manifests[i],
		.stated = names,
		.use = o->replace ? STATED_MOVED : STATED_REQUIRED,
		.name_only_if_none = true,
		.platform = o->platform,
		.report = o->quiet ? -1 : o->report,
	};
	r = pull_run(&pull, &manifest, err);
	if (r < 0)
		return err_prefix(err, "cannot load image '%s'",
				  names ? *names : l->index.manifests[i].digest.hex);
	STRV_FOREACH(name, names)
		report(o->report, &manifest, *name);
	if (!names)
		report(o->report, &manifest, NULL);
	return 0;
}

/* A fetcher_fn. */
static int load_images(void *arg, int broker, struct masu_error *err)
{
	const struct fetch *f = arg;
	_cleanup_load_ struct load l = LOAD_INIT;
	_cleanup_close_ int files = -1;

	l.fetch = f;
	l.broker = broker;
	int r = archive_dir_new(&f->store->layout, &l.dir, err);
	if (r < 0)
		return r;
	files = archive_dir_add(&l.dir, "files", err);
	if (files < 0)
		return files;
	r = archive_extract(&f->store->map, f->options->input, files, err);
	if (r == -EBADMSG)
		(void)err_hint(err, IMPORT_HINT);
	if (r == 0)
		r = fetch_confine(f, err);
	if (r == 0)
		r = open_layout(&l, files, err);
	if (r == 0 && l.index.n_manifests > ARCHIVE_IMAGES_MAX)
		r = archive_too_many(l.index.n_manifests, err);
	if (r < 0)
		return err_prefix(err, "cannot load the archive");
	for (size_t i = 0; r == 0 && i < l.index.n_manifests; i++)
		if (is_first(&l.index, i))
			r = load_image(&l, i, err);
	return r;
}

int command_load(struct image_options *o, struct masu_error *err)
{
	return command_fetch(o, load_images, err);
}
