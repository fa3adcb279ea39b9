/* SPDX-License-Identifier: Apache-2.0 */

/* An image of an archive of files: a commit without a base (transfer/commit.h). */

#include <string.h>

#include "base/fd.h"
#include "base/strv.h"
#include "engine/image/commit-config.h"
#include "engine/image/image-program.h"
#include "engine/image/image.h"
#include "engine/options.h"

#define EMPTY_CONFIG "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"

struct import {
	const struct masu_engine *e;
	struct masu_import_options o;
	struct masu_commit_options settings;
	char *name; /* canonical, or NULL */
	int archive, config;
};

static void import_done(struct import *i)
{
	fd_close(&i->archive);
	fd_close(&i->config);
	free(i->name);
}
#define _cleanup_import_ _cleanup_(import_done)

static int make_config(struct import *i, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = commit_config(NULL, &i->settings, EMPTY_CONFIG, &text, err);

	if (r < 0)
		return r;
	i->config = fd_memory("config", text, strlen(text));
	return i->config < 0 ? err_sys(err, i->config, "describe the image") : 0;
}

static int run(const struct import *i, char **ret_manifest, struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL;

	if ((i->settings.quiet && strv_push(&args, "--quiet") < 0) ||
	    (i->o.platform && strv_pushf(&args, "--platform=%s", i->o.platform) < 0) ||
	    strv_push(&args, "import") < 0 || strv_pushf(&args, "%d", i->archive) < 0 ||
	    strv_pushf(&args, "%d", i->config) < 0 || (i->name && strv_push(&args, i->name) < 0))
		return err_oom(err);
	const struct image_program program = {.args = args,
					      .input = -1,
					      .further = {i->archive, i->config},
					      .progress = i->settings.progress,
					      .progress_userdata = i->settings.userdata};
	return image_program_run(i->e, &program, ret_manifest, err);
}

static int report(const struct import *i, const char *manifest, char **ret_id,
		  struct masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	_cleanup_layout_image_ struct masu_image image = {0};
	int r = image_store_open(i->e, &store, err);

	if (r == 0)
		r = layout_find(&store, manifest, &image, err);
	if (r < 0)
		return r;
	image_event(i->e, "import", &image, i->name);
	char *id = ret_id ? strdup(image.config.hex) : NULL;
	if (ret_id && !id)
		return err_oom(err);
	if (ret_id)
		*ret_id = id;
	return 0;
}

int masu_image_import(masu_engine *e, const struct masu_import_options *options, char **ret_id,
		      masu_error *err)
{
	_cleanup_import_ struct import i = {.e = e, .archive = -1, .config = -1};
	_cleanup_free_ char *manifest = NULL;
	int r = options_take(&i.o, sizeof(i.o), options, err);

	if (r == 0)
		r = options_take(&i.settings, sizeof(i.settings), i.o.image, err);
	if (r == 0)
		r = image_new_name(i.settings.name, &i.name, err);
	if (r < 0)
		return r;
	i.archive = image_program_archive(i.o.fd, false, err);
	if (i.archive < 0)
		return i.archive;
	r = make_config(&i, err);
	if (r == 0)
		r = run(&i, &manifest, err);
	return r < 0 ? r : report(&i, manifest, ret_id, err);
}
