/* SPDX-License-Identifier: Apache-2.0 */

/* Images to registries. The engine finds the image and its new name; masu-image pushes it (transfer/push.h). */

#include <errno.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/image/image-program.h"
#include "engine/image/image.h"
#include "engine/options.h"

/* The places that other engines push to, too. */
static int refuse_place(const char *destination, struct masu_error *err)
{
	static const char *const places[] = {"oci:", "oci-archive:",   "docker-archive:",
					     "dir:", "docker-daemon:", "containers-storage:"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (str_after(destination, places[i])) {
			(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				      "cannot push to \"%s\": only a registry is a destination",
				      destination);
			return err_hint(err, "masu save writes archives and directories");
		}
	return 0;
}

/* The canonical name in the registry. */
static int name_destination(const char *what, const char *own, const char *destination, char **ret,
			    struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0};
	const char *rest = destination ? str_after(destination, "docker://") : NULL;

	if (!destination && !image_is_named(what, own)) {
		(void)err_set(err, ERR_INVALID, EINVAL,
			      "cannot push \"%s\": an id is not a name in a registry", what);
		return err_hint(err, "masu push %s REGISTRY/NAME:TAG", what);
	}
	destination = rest ? rest : destination ? destination : own;
	int r = refuse_place(destination, err);
	if (r == 0)
		r = reference_parse(destination, &ref, err);
	if (r < 0)
		return r;
	*ret = reference_to_string(&ref);
	return *ret ? 0 : err_oom(err);
}

static int run(const struct masu_engine *e, const struct masu_push_options *o,
	       const struct masu_image *image, const char *destination, char **ret,
	       struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL;
	_cleanup_close_ int credentials = -1;
	char digest[DIGEST_TEXT_MAX];

	if (o->user) {
		credentials = image_program_credentials(o->user, o->password, err);
		if (credentials < 0)
			return credentials;
	}
	const struct image_registry registry = {
		o->authfile,	       o->cert_dir,
		.tls = o->tls,	       .credentials = credentials,
		.retries = o->retries, .retry_delay_ms = o->retry_delay_ms};
	if ((o->quiet && strv_push(&args, "--quiet") < 0) ||
	    image_registry_args(&registry, &args) < 0 || strv_push(&args, "push") < 0 ||
	    strv_push(&args, "--") < 0 ||
	    strv_push(&args, digest_text(&image->manifest, digest)) < 0 ||
	    strv_push(&args, destination) < 0)
		return err_oom(err);
	const struct image_program program = {.args = args,
					      .input = -1,
					      .further = {o->user ? credentials : 0},
					      .progress = o->progress,
					      .progress_userdata = o->userdata};
	return image_program_run(e, &program, ret, err);
}

/* A user of the index may expect all of its images. */
static void notice_index(const struct masu_engine *e, const struct masu_image *image)
{
	_cleanup_free_ char *text = NULL;

	if (*image->index.hex)
		text = str_printf("only the image for %s/%s is pushed: the others of sha256:%s are "
				  "not in the store",
				  str_or_empty(image->platform.os),
				  str_or_empty(image->platform.arch), image->index.hex);
	engine_notice(e, text);
}

int masu_image_push(masu_engine *e, const char *what, const char *destination,
		    const struct masu_push_options *options, char **ret_digest, masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_free_ char *name = NULL, *digest = NULL, *whole = NULL;
	struct masu_push_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r == 0)
		r = image_store_open(e, &store, err);
	if (r == 0)
		r = image_find(&store, what, &whole, &image, err);
	if (r == 0)
		r = name_destination(whole ? whole : what, image.name, destination, &name, err);
	if (r == 0)
		r = run(e, &o, &image, name, &digest, err);
	if (r < 0)
		return r;
	if (!o.quiet)
		notice_index(e, &image);
	image_event(e, "push", &image, name);
	if (ret_digest)
		*ret_digest = TAKE_PTR(digest);
	return 0;
}
