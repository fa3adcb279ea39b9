/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/image.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-map.h"
#include "engine/container/event.h"
#include "engine/options.h"
#include "engine/program.h"
#include "image/report.h"
#include "storage/layers.h"

#define PROGRAM	   "masu-image"
#define HELLO_NAME REFERENCE_HELLO

static int no_memory(struct masu_error *err)
{
	return err_sys(err, ENOMEM, "choose the image");
}

void image_chosen_done(struct image_chosen *c)
{
	layout_image_done(&c->info);
	image_config_done(&c->config);
	strv_free(c->layers);
	closep(&c->lock);
	*c = IMAGE_CHOSEN_INIT;
}

int image_store_open(const struct masu_engine *e, struct layout *ret, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "images");

	return path ? layout_open(path, true, ret, err) : no_memory(err);
}

static_assert((int)MASU_PHASE_RESOLVING == IMAGE_RESOLVING &&
		      (int)MASU_PHASE_WAITING == IMAGE_WAITING &&
		      (int)MASU_PHASE_DOWNLOADING == IMAGE_DOWNLOADING &&
		      (int)MASU_PHASE_UNPACKING == IMAGE_UNPACKING &&
		      (int)MASU_PHASE_DONE == IMAGE_DONE &&
		      (int)MASU_PHASE_EXISTS == IMAGE_EXISTS &&
		      (int)IMAGE_EXISTS + 1 == IMAGE_PHASE_MAX,
	      "masu.h and report.h differ in a phase");

static void pass_progress(const struct image_program *p, const struct channel_message *m)
{
	struct image_progress received;

	if (!p->progress || report_parse_progress(m, &received) < 0)
		return;
	const struct masu_progress progress = {.size = sizeof(progress),
					       .digest = received.digest,
					       .phase = (enum masu_phase)received.phase,
					       .done = received.done,
					       .total = received.total};
	p->progress(p->progress_userdata, &progress);
}

static int add_result(struct image_run *r, struct channel_message *m, struct masu_error *err)
{
	char *all = r->result ? str_printf("%s\n%s", r->result, m->bytes) : TAKE_PTR(m->bytes);

	if (!all)
		return no_memory(err);
	free(r->result);
	r->result = all;
	return 0;
}

static int take(void *arg, struct channel_message *m, struct masu_error *err)
{
	struct image_run *r = arg;

	if (m->type == REPORT_PROGRESS) {
		pass_progress(r->program, m);
	} else if (m->type == REPORT_NOTICE) {
		engine_notice(r->e, m->bytes);
	} else if (m->type == REPORT_RESULT) {
		return add_result(r, m, err);
	}
	return 0;
}

int image_program_archive(int fd, bool writes, struct masu_error *err)
{
	_cleanup_close_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (copy < 0)
		return err_sys(err, errno, "open the archive");
	if (!isatty(copy))
		return TAKE_FD(copy);
	return err_set(err, ERR_INVALID, ENOTTY, "cannot %s a terminal",
		       writes ? "write an archive to" : "read an archive from");
}

int image_program_credentials(const char *user, const char *password, struct masu_error *err)
{
	if (!*user || strchr(user, ':') || !password)
		return err_set(err, ERR_INVALID, EINVAL, "invalid user name, or missing password");
	_cleanup_close_ int fd = memfd_create("credentials", MFD_CLOEXEC);
	if (fd < 0 || fd_write_full(fd, user, strlen(user) + 1) < 0 ||
	    fd_write_full(fd, password, strlen(password) + 1) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "hand over the credentials");
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return copy < 0 ? err_sys(err, errno, "hand over the credentials") : copy;
}

int image_registry_args(const struct image_registry *r, char ***args)
{
	const char *verify = r->tls == MASU_TLS_VERIFY ? "true" : "false";

	if ((r->authfile && strv_pushf(args, "--authfile=%s", r->authfile) < 0) ||
	    (r->tls != MASU_TLS_DEFAULT && strv_pushf(args, "--tls-verify=%s", verify) < 0) ||
	    (r->cert_dir && strv_pushf(args, "--cert-dir=%s", r->cert_dir) < 0) ||
	    (r->credentials >= 0 && strv_pushf(args, "--credentials-fd=%d", r->credentials) < 0))
		return -ENOMEM;
	return 0;
}

void image_run_done(struct image_run *run)
{
	program_stop(&run->process);
	free(run->result);
	*run = IMAGE_RUN_INIT;
}

int image_program_start(const struct masu_engine *e, const struct image_program *p,
			struct image_run *ret, struct masu_error *err)
{
	static char *const head[] = {(char *)PROGRAM, NULL};
	const int stdio[] = {p->input == STDIN_FILENO ? p->input : -1, -1, STDERR_FILENO};
	_cleanup_free_ char *path = program_find(PROGRAM, err);
	const struct program program = {
		.spec = {.path = path,
			 .stdio = stdio,
			 .die_with_parent = true,
			 .keep_ignored = true}, /* nohup masu pull */
		.head = head,
		.socket_option = "--report-fd=",
		.args = p->args,
		.input = p->input,
		.further = {p->further[0], p->further[1]},
	};

	if (!path)
		return -ENOENT;
	ret->e = e;
	ret->program = p;
	return program_start(&program, &ret->process, err);
}

int image_program_wait(struct image_run *run, char **ret_result, struct masu_error *err)
{
	const struct program program = {.take = take, .arg = run};
	int status, r = program_wait(run->e, &program, &run->process, &status, err);

	if (r < 0)
		return r;
	if (status > 128)
		return err_set(err, ERR_UNAVAILABLE, EIO, "%s was killed by signal %d", PROGRAM,
			       status - 128);
	if (status > 0 || !run->result)
		return err_set(err, ERR_UNAVAILABLE, EIO,
			       "%s exited with status %d without a result", PROGRAM, status);
	if (ret_result)
		*ret_result = TAKE_PTR(run->result);
	return 0;
}

int image_program_run(const struct masu_engine *e, const struct image_program *p, char **ret_result,
		      struct masu_error *err)
{
	_cleanup_(image_run_done) struct image_run run = IMAGE_RUN_INIT;
	int r = image_program_start(e, p, &run, err);

	return r < 0 ? r : image_program_wait(&run, ret_result, err);
}

void image_event(const struct masu_engine *e, const char *action, const struct masu_image *image,
		 const char *name)
{
	event_write(e, &(struct masu_event){.type = MASU_EVENT_IMAGE,
					    .action = action,
					    .id = image->config.hex,
					    .name = name});
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

static int pull(const struct masu_engine *e, const struct image_query *query, const char *what,
		char **ret_digest, struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL;
	_cleanup_close_ int credentials = -1;

	if (query->user) {
		credentials = image_program_credentials(query->user, query->password, err);
		if (credentials < 0)
			return credentials;
	}
	const struct image_registry registry = {query->authfile, query->cert_dir, query->tls,
						credentials};
	if (strv_push(&args, "pull") < 0 ||
	    (query->platform && strv_pushf(&args, "--platform=%s", query->platform) < 0) ||
	    image_registry_args(&registry, &args) < 0 ||
	    (query->map && container_map_args(query->map, &args) < 0) ||
	    (query->quiet && strv_push(&args, "--quiet") < 0) || strv_push(&args, "--") < 0 ||
	    strv_push(&args, what) < 0)
		return no_memory(err);
	const struct image_program program = {.args = args,
					      .input = archive_fd(what),
					      .further = {query->user ? credentials : 0},
					      .progress = query->progress,
					      .progress_userdata = query->progress_userdata};
	return image_program_run(e, &program, ret_digest, err);
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
		return no_memory(err);
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
	const char *names[] = {query->ref, is_hello(query->ref) ? HELLO_NAME : NULL};
	int r = -ENOENT;

	/* "hello" is also a name on Docker Hub: the embedded one comes first. */
	for (int i = ARRAY_SIZE(names) - 1; i >= 0 && r == -ENOENT; i--)
		if (names[i])
			r = layout_find(store, names[i], ret, err);
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
		return no_memory(err);
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
		return no_memory(err);
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
					  .cert_dir = o.cert_dir};
	r = image_store_open(e, &store, err);
	if (r == 0)
		r = locate(e, &store, &query, &c, err);
	if (r < 0 || !ret_digest)
		return r;
	copy = strdup(digest_text(&c.info.manifest, digest));
	if (!copy)
		return no_memory(err);
	*ret_digest = copy;
	return 0;
}
