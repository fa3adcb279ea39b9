/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/choose.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-map.h"
#include "engine/image/image-program.h"
#include "engine/image/image.h"
#include "engine/options.h"
#include "storage/layers.h"

#define HELLO_NAME REFERENCE_HELLO

void image_chosen_done(struct image_chosen *c)
{
	layout_image_done(&c->info);
	image_config_done(&c->config);
	strv_free(c->layers);
	closep(&c->lock);
	*c = IMAGE_CHOSEN_INIT;
}

/* The descriptor that an archive is to be read from, as in docker-archive:/dev/stdin; or -1. */
static int archive_fd(const char *ref)
{
	const char *place = str_after(ref, "docker-archive:");

	if (!place)
		place = str_after(ref, "oci-archive:");
	_cleanup_free_ char *path = place ? strndup(place, strcspn(place, ":")) : NULL;
	int fd = path ? fd_of_path(path) : -1;

	return fd >= 0 && fcntl(fd, F_GETFD) >= 0 ? fd
						  : -1; /* masu-image reports that it isn't open */
}

/* The directory of the embedded image: installed, or in a build tree. NULL if it is not found. */
static char *find_hello(void)
{
	const char *data = getenv("MASU_DATADIR");
	_cleanup_free_ char *beside = program_find("images/hello", NULL);
	char *path;

	if (beside)
		return TAKE_PTR(beside);
	path = path_join(data && *data == '/' ? data : MASU_DATADIR, "images/hello");
	if (path && access(path, R_OK) < 0) {
		free(path);
		return NULL;
	}
	return path;
}

static bool is_hello(const char *ref)
{
	return streq(ref, "hello") || streq(ref, "localhost/hello") || streq(ref, HELLO_NAME);
}

/* `verb` is "pull" or "resolve". */
static int fetch(const struct masu_engine *e, const struct image_query *query, const char *verb,
		 const char *what, char **ret_digest, struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL;
	_cleanup_close_ int credentials = -1;

	if (query->user) {
		credentials = image_program_credentials(query->user, query->password, err);
		if (credentials < 0)
			return credentials;
	}
	const struct image_registry registry = {.authfile = query->authfile,
						.cert_dir = query->cert_dir,
						.tls = query->tls,
						.credentials = credentials,
						.retries = query->retries,
						.retry_delay_ms = query->retry_delay_ms};
	if (strv_push(&args, verb) < 0 ||
	    (query->platform && strv_pushf(&args, "--platform=%s", query->platform) < 0) ||
	    image_registry_args(&registry, &args) < 0 ||
	    (query->map && container_map_args(query->map, &args) < 0) ||
	    (query->quiet && strv_push(&args, "--quiet") < 0) || strv_push(&args, "--") < 0 ||
	    strv_push(&args, what) < 0)
		return err_oom(err);
	const struct image_program program = {.args = args,
					      .input = archive_fd(what),
					      .further = {query->user ? credentials : 0},
					      .progress = query->progress,
					      .progress_userdata = query->progress_userdata};
	return image_program_run(e, &program, ret_digest, err);
}

static int pull(const struct masu_engine *e, const struct image_query *query, const char *what,
		char **ret_digest, struct masu_error *err)
{
	return fetch(e, query, "pull", what, ret_digest, err);
}

int image_resolve(const struct masu_engine *e, const struct image_query *query, char **ret_digest,
		  struct masu_error *err)
{
	return fetch(e, query, "resolve", query->ref, ret_digest, err);
}

/* From the directory beside masu; in the store it has a name like any other. */
static int pull_hello(const struct masu_engine *e, const char *dir, const struct record *map,
		      char **ret_digest, struct masu_error *err)
{
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	_cleanup_free_ char *place = NULL;
	int r;

	if (asprintf(&place, "oci:%s", dir) < 0) {
		place = NULL;
		return err_oom(err);
	}
	r = pull(e, &(struct image_query){.quiet = true, .map = map}, place, ret_digest, err);
	if (r == 0)
		r = image_store_open(e, &store, err);
	if (r == 0)
		r = layout_tag(&store, *ret_digest, HELLO_NAME, err);
	if (r == 0)
		r = layout_untag(&store, place, NULL, err);
	return r == -ENOENT ? 0 : r; /* another process was faster */
}

static int pull_image(const struct masu_engine *e, const struct image_query *query,
		      char **ret_digest, struct masu_error *err)
{
	_cleanup_free_ char *hello = is_hello(query->ref) ? find_hello() : NULL;

	return hello ? pull_hello(e, hello, query->map, ret_digest, err)
		     : pull(e, query, query->ref, ret_digest, err);
}

/* References that name a place and not an entry of the store. */
static bool is_place(const char *ref)
{
	return str_after(ref, "oci:") || str_after(ref, "oci-archive:") ||
	       str_after(ref, "docker-archive:");
}

static bool fits_platform(const struct masu_image *image, const char *wanted)
{
	const struct image_platform *p = &image->platform;
	_cleanup_free_ char *text = str_printf("%s/%s%s%s", str_or_empty(p->os),
					       str_or_empty(p->arch), p->variant ? "/" : "",
					       str_or_empty(p->variant));

	if (!wanted || !text)
		return !wanted;
	const char *rest = str_after(text, wanted);
	return rest && (!*rest || *rest == '/');
}

/* 1 if the store has the image, 0 if not. */
static int find(const struct layout *store, const struct image_query *query, struct masu_image *ret,
		struct masu_error *err)
{
	int r = -ENOENT;

	/* "hello" is also a name on Docker Hub: the embedded one comes first. */
	if (is_hello(query->ref))
		r = layout_find(store, HELLO_NAME, ret, err);
	if (r == -ENOENT)
		r = image_find(store, query->ref, NULL, ret, err);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (fits_platform(ret, query->platform))
		return 1;
	layout_image_done(ret);
	return 0;
}

static int not_found(const struct image_query *query, struct masu_error *err)
{
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "image '%s' is not in the store", query->ref);
	return err_hint(err, "--pull never allows no download: run 'masu pull %s' first",
			query->ref);
}

/* Pulls an image. After a failure an older one will do, if the policy says so: then `ret_digest` stays NULL. */
static int pull_or_keep(const struct masu_engine *e, const struct layout *store,
			const struct image_query *query, char **ret_digest, struct masu_error *err)
{
	_cleanup_image_chosen_ struct image_chosen own = IMAGE_CHOSEN_INIT;
	_cleanup_err_ struct masu_error reason = ERR_INIT;
	int r = pull_image(e, query, ret_digest, &reason);

	if (r >= 0)
		return r;
	if (query->policy != MASU_PULL_NEWER || r == -ECANCELED || is_place(query->ref) ||
	    find(store, query, &own.info, NULL) <= 0)
		return err_move(err, &reason);
	_cleanup_free_ char *text = str_printf("%s; the image in the store is used",
					       reason.message);
	engine_notice(e, text);
	return 0;
}

/* Fills in info and lock. Pulls the image if the policy demands it or the store does not have it. */
static int locate(const struct masu_engine *e, const struct layout *store,
		  const struct image_query *query, struct image_chosen *c, struct masu_error *err)
{
	_cleanup_free_ char *digest = NULL;
	int r = 0;

	c->lock = layout_lock(store, LOCK_SH, err);
	if (c->lock < 0)
		return c->lock;
	if (query->policy != MASU_PULL_ALWAYS && query->policy != MASU_PULL_NEWER &&
	    !is_place(query->ref))
		r = find(store, query, &c->info, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (query->policy == MASU_PULL_NEVER)
		return not_found(query, err);
	err_done(err);
	fd_close(&c->lock); /* masu-image takes it */
	r = pull_or_keep(e, store, query, &digest, err);
	if (r < 0)
		return r;
	c->lock = layout_lock(store, LOCK_SH, err);
	if (c->lock < 0)
		return c->lock;
	if (!digest) {
		r = find(store, query, &c->info, err);
		return r == 0 ? not_found(query, err) : MIN(r, 0);
	}
	r = layout_find(store, digest, &c->info, err);
	if (r < 0)
		return r;
	image_event(e, "pull", &c->info, c->info.name ? c->info.name : query->ref);
	return 0;
}

/* Unpacking once more for another map takes as long as the first time, so the user is told. */
static void notice_unpacking(const struct masu_engine *e, const struct image_query *query)
{
	_cleanup_free_ char *text = NULL;

	if (query->map && query->map->uid_map && !idmap_caller_is_privileged())
		text = str_printf("unpacking image '%s' for this id map; later containers with the "
				  "map share it",
				  query->ref);
	engine_notice(e, text);
}

static int unpack(const struct masu_engine *e, const struct image_query *query,
		  const struct image_chosen *c, struct masu_error *err)
{
	char digest[DIGEST_TEXT_MAX];
	_cleanup_strv_ char **args = NULL;

	if ((query->map && container_map_args(query->map, &args) < 0) ||
	    strv_push(&args, "unpack") < 0 ||
	    strv_push(&args, digest_text(&c->info.manifest, digest)) < 0)
		return err_oom(err);
	const struct image_program program = {.args = args,
					      .input = -1,
					      .progress = query->progress,
					      .progress_userdata = query->progress_userdata};

	notice_unpacking(e, query);
	return image_program_run(e, &program, NULL, err);
}

static int read_layers(const struct masu_engine *e, const struct image_query *query,
		       struct image_chosen *c, struct masu_error *err)
{
	_cleanup_free_ char *dir = query->map ? container_layers_dir(query->map) : NULL;
	const struct paths paths = {.data = e->paths.data, .layers = dir};

	if (query->map && !dir)
		return err_oom(err);
	int r = stack_read(&paths, c->info.config.hex, &c->layers, err);
	if (r != -ENOENT)
		return r;
	/* Missing layers are unpacked again from the blobs, under the same shared lock. */
	err_done(err);
	r = unpack(e, query, c, err);
	return r < 0 ? r : stack_read(&paths, c->info.config.hex, &c->layers, err);
}

int image_choose(const struct masu_engine *e, const struct image_query *query,
		 struct image_chosen *ret, struct masu_error *err)
{
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	_cleanup_image_chosen_ struct image_chosen c = IMAGE_CHOSEN_INIT;
	int r = image_store_open(e, &store, err);

	if (r < 0)
		return r;
	r = locate(e, &store, query, &c, err);
	if (r < 0)
		return r;
	r = layout_read_config(&store, &c.info.config, c.info.config_size, &c.config, err);
	if (r < 0)
		return r;
	r = read_layers(e, query, &c, err);
	if (r < 0)
		return r;
	*ret = c;
	c = IMAGE_CHOSEN_INIT;
	return 0;
}

int masu_image_pull(masu_engine *e, const char *reference, const struct masu_pull_options *options,
		    char **ret_digest, masu_error *err)
{
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	_cleanup_image_chosen_ struct image_chosen c = IMAGE_CHOSEN_INIT;
	char digest[DIGEST_TEXT_MAX], *copy;
	struct masu_pull_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	const struct image_query query = {.ref = reference,
					  .platform = o.platform,
					  .authfile = o.authfile,
					  .tls = o.tls,
					  .policy = o.policy,
					  .quiet = o.quiet,
					  .progress = o.progress,
					  .progress_userdata = o.userdata,
					  .user = o.user,
					  .password = o.password,
					  .cert_dir = o.cert_dir,
					  .retries = o.retries,
					  .retry_delay_ms = o.retry_delay_ms};
	r = image_store_open(e, &store, err);
	if (r == 0)
		r = locate(e, &store, &query, &c, err);
	if (r < 0 || !ret_digest)
		return r;
	copy = strdup(digest_text(&c.info.manifest, digest));
	if (!copy)
		return err_oom(err);
	*ret_digest = copy;
	return 0;
}
