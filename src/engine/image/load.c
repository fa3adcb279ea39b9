/* SPDX-License-Identifier: Apache-2.0 */

/* Images of an archive. masu-image reads it, as its bytes are a stranger's (transfer/load.h). */

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/image/image-program.h"
#include "engine/image/image.h"
#include "engine/options.h"

static int run(const struct masu_engine *e, const struct masu_image_load_options *o, int fd,
	       char **ret_lines, struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL;

	if (strv_push(&args, "load") < 0 || (o->replace && strv_push(&args, "--replace") < 0) ||
	    (o->quiet && strv_push(&args, "--quiet") < 0) ||
	    (o->platform && strv_pushf(&args, "--platform=%s", o->platform) < 0) ||
	    strv_pushf(&args, "%d", fd) < 0)
		return err_oom(err);
	const struct image_program program = {.args = args,
					      .input = -1,
					      .further = {fd},
					      .progress = o->progress,
					      .progress_userdata = o->userdata};
	return image_program_run(e, &program, ret_lines, err);
}

/* Finds the image of a line "sha256:HEX[ NAME]". */
static int find(const struct masu_engine *e, const struct layout *store, char *line,
		struct masu_image *ret, struct masu_error *err)
{
	char *name = strchr(line, ' ');

	if (name)
		*name++ = 0;
	int r = layout_find(store, name ? name : line, ret, err);
	if (r == 0)
		image_event(e, "loadfromarchive", ret, name);
	return r;
}

static int read_list(const struct masu_engine *e, const char *text, struct masu_image_list *list,
		     struct masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	_cleanup_strv_ char **lines = strv_split(text, "\n");
	int r = image_store_open(e, &store, err);

	if (r < 0)
		return r;
	list->images = lines ? calloc(strv_length(lines), sizeof(*list->images)) : NULL;
	if (!list->images)
		return err_oom(err);
	STRV_FOREACH(line, lines) {
		r = find(e, &store, *line, &list->images[list->n], err);
		if (r < 0)
			return r;
		list->n++;
	}
	return 0;
}

int masu_image_load(masu_engine *e, const struct masu_image_load_options *options,
		    masu_image_list **ret, masu_error *err)
{
	_cleanup_(masu_image_list_freep) masu_image_list *list = calloc(1, sizeof(*list));
	struct masu_image_load_options o;
	_cleanup_free_ char *lines = NULL;
	_cleanup_close_ int fd = -1;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!list)
		return err_oom(err);
	fd = image_program_archive(o.fd, false, err);
	if (fd < 0)
		return fd;
	r = run(e, &o, fd, &lines, err);
	if (r == 0)
		r = read_list(e, lines, list, err);
	if (r == 0 && ret)
		*ret = TAKE_PTR(list);
	return r;
}
