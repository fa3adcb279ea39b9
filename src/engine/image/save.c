/* SPDX-License-Identifier: Apache-2.0 */

/* Images to an archive or a directory. The engine finds the images; masu-image copies them (transfer/save.h). */

#include <errno.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/image/image-program.h"
#include "engine/image/image.h"
#include "engine/options.h"

static const char *const formats[] = {[MASU_SAVE_DOCKER_ARCHIVE] = "docker-archive",
				      [MASU_SAVE_OCI_ARCHIVE] = "oci-archive",
				      [MASU_SAVE_OCI_DIR] = "oci-dir",
				      [MASU_SAVE_DOCKER_DIR] = "docker-dir"};

struct save {
	const struct masu_engine *e;
	struct masu_image_list list; /* each image once */
	char **words;		     /* for each: its digest, then its names */
};

static void save_done(struct save *s)
{
	layout_list_done(&s->list);
	strv_free(s->words);
}
#define _cleanup_save_ _cleanup_(save_done)

/* Returns the index of an image, which is added if it is new. */
static int find_place(struct save *s, struct masu_image *image, size_t *ret)
{
	char text[DIGEST_TEXT_MAX];
	struct masu_image *added;

	for (*ret = 0; *ret < s->list.n; ++*ret)
		if (digest_equal(&s->list.images[*ret].manifest, &image->manifest))
			return 0;
	if (strv_push(&s->words, digest_text(&image->manifest, text)) < 0)
		return -ENOMEM;
	added = array_add(&s->list.images, &s->list.n, sizeof(*added));
	if (!added)
		return -ENOMEM;
	*added = TAKE(*image, (struct masu_image){0});
	return 0;
}

/* An image that is named by its id gets no name in the archive. Nor does one from a directory, whose name is not a reference. */
static int add_name(struct save *s, size_t place, const char *what, const char *name)
{
	_cleanup_reference_ struct reference ref = {0};

	if (!image_is_named(what, name) || reference_parse(name, &ref, NULL) < 0)
		return 0;
	char *longer = str_printf("%s %s", s->words[place], name);
	if (!longer)
		return -ENOMEM;
	free(s->words[place]);
	s->words[place] = longer;
	return 0;
}

static int find_images(struct save *s, char *const *images, struct masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	int r = image_store_open(s->e, &store, err);

	if (r < 0)
		return r;
	STRV_FOREACH(what, images) {
		_cleanup_layout_image_ struct masu_image image = {0};
		_cleanup_free_ char *name = NULL, *whole = NULL;
		size_t place;

		r = image_find(&store, *what, &whole, &image, err);
		if (r < 0)
			return r;
		name = image.name ? strdup(image.name) : NULL;
		if ((image.name && !name) || find_place(s, &image, &place) < 0 ||
		    add_name(s, place, whole ? whole : *what, name) < 0)
			return err_oom(err);
	}
	return 0;
}

static int run(const struct save *s, const struct masu_image_save_options *o, int fd,
	       struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL;

	if ((o->quiet && strv_push(&args, "--quiet") < 0) || strv_push(&args, "save") < 0 ||
	    strv_push(&args, formats[o->format]) < 0 || strv_pushf(&args, "%d", fd) < 0 ||
	    strv_extend(&args, s->words) < 0)
		return err_oom(err);
	const struct image_program program = {.args = args,
					      .input = -1,
					      .further = {fd},
					      .progress = o->progress,
					      .progress_userdata = o->userdata};
	return image_program_run(s->e, &program, NULL, err);
}

int masu_image_save(masu_engine *e, char *const *images,
		    const struct masu_image_save_options *options, masu_error *err)
{
	_cleanup_save_ struct save s = {.e = e};
	struct masu_image_save_options o;
	_cleanup_close_ int fd = -1;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if ((unsigned int)o.format >= ARRAY_SIZE(formats) || !images || !*images)
		return err_set(err, ERR_INVALID, EINVAL, "missing image, or invalid format");
	fd = image_program_archive(o.fd, true, err);
	if (fd < 0)
		return fd;
	r = find_images(&s, images, err);
	if (r == 0)
		r = run(&s, &o, fd, err);
	for (size_t i = 0; r == 0 && i < s.list.n; i++)
		image_event(e, "save", &s.list.images[i], s.list.images[i].name);
	return r;
}
