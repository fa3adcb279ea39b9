/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An image of a container. Two runs of masu-image do it: one reads the changes in the container's place (files/packer.h),
 * and sends them as a layer to the other, which compresses and stores it (transfer/commit.h). The config goes to
 * the latter at the end, as the sign that the layer is complete.
 *
 * A container that runs is paused until its files were read (engine/container/freeze.h).
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/event.h"
#include "engine/container/freeze.h"
#include "engine/control/control.h"
#include "engine/files/file-place.h"
#include "engine/image/commit-config.h"
#include "engine/image/image-program.h"
#include "engine/image/image.h"
#include "engine/options.h"

struct commit {
	masu_container *c;
	struct masu_commit_options o;
	char *name; /* canonical, or NULL */
	char *base; /* "sha256:HEX" of the manifest */
	char *config;
	struct freeze freeze;
	bool paused; /* by this call */

	struct image_program pack, store;
	char **pack_args, **store_args;
	int layer_reader, layer_writer, config_reader, config_writer;
	struct image_run packing, storing;
};

static void commit_done(struct commit *w)
{
	image_run_done(&w->packing);
	image_run_done(&w->storing);
	strv_free(w->pack_args);
	strv_free(w->store_args);
	fd_close(&w->layer_reader);
	fd_close(&w->layer_writer);
	fd_close(&w->config_reader);
	fd_close(&w->config_writer);
	free(w->name);
	free(w->base);
	free(w->config);
}
#define _cleanup_commit_ _cleanup_(commit_done)

/* The container keeps its layers, but the image has the blobs that they came from. */
static int read_base(struct commit *w, struct masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_free_ char *text = NULL;
	const struct record *record = &w->c->record;
	int r = image_store_open(w->c->engine, &store, err);

	if (r < 0)
		return r;
	w->base = str_printf("sha256:%s", str_or_empty(record->image_digest));
	if (!w->base)
		return err_oom(err);
	r = layout_find(&store, w->base, &image, err);
	if (r == -ENOENT) {
		err_done(err);
		(void)err_set(
			err, ERR_NOT_FOUND, ENOENT,
			"cannot commit container \"%s\": its image \"%s\" was removed or replaced",
			record->name, record->image);
		return err_hint(err, "pull the same image again, or use masu export");
	}
	if (r == 0)
		r = layout_read_blob(&store, &image.config, image.config_size, IMAGE_CONFIG_MAX,
				     &text, err);
	return r < 0 ? r : commit_config(w->c, &w->o, text, &w->config, err);
}

static int open_channels(struct commit *w, struct masu_error *err)
{
	int pipes[2], sockets[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	w->layer_reader = pipes[0];
	w->layer_writer = pipes[1];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return err_sys(err, errno, "create a socket pair");
	w->config_reader = sockets[0];
	w->config_writer = sockets[1];
	return 0;
}

static int start(struct commit *w, struct masu_error *err)
{
	w->pack = (struct image_program){
		.args = w->pack_args, .input = -1, .further = {w->layer_writer}};
	int r = image_program_start(w->c->engine, &w->pack, &w->packing, err);
	fd_close(&w->layer_writer);
	if (r < 0)
		return r;
	if ((w->o.quiet && strv_push(&w->store_args, "--quiet") < 0) ||
	    strv_push(&w->store_args, "commit") < 0 || strv_push(&w->store_args, w->base) < 0 ||
	    strv_pushf(&w->store_args, "%d", w->layer_reader) < 0 ||
	    strv_pushf(&w->store_args, "%d", w->config_reader) < 0 ||
	    (w->name && strv_push(&w->store_args, w->name) < 0))
		return err_oom(err);
	w->store = (struct image_program){.args = w->store_args,
					  .input = -1,
					  .further = {w->layer_reader, w->config_reader},
					  .progress = w->o.progress,
					  .progress_userdata = w->o.userdata};
	r = image_program_start(w->c->engine, &w->store, &w->storing, err);
	fd_close(&w->layer_reader);
	fd_close(&w->config_reader);
	return r;
}

/* 0 also if masu-image no longer reads: it then reports the reason. */
static int send_config(const struct commit *w, struct masu_error *err)
{
	const size_t size = strlen(w->config);

	for (size_t done = 0; done < size;) {
		int r = engine_await_room(w->c->engine, w->config_writer, err);

		if (r < 0)
			return r;
		ssize_t n = send(w->config_writer, w->config + done, size - done,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EPIPE)
			return 0;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_sys(err, errno, "send the config");
		done += (size_t)MAX(n, 0);
	}
	return 0;
}

static void thaw(struct commit *w)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;

	/* It may have been killed, or let go by another. */
	if (w->paused && masu_container_unpause(w->c, &own) < 0 && own.kind != ERR_CONFLICT) {
		engine_notice(w->c->engine, own.message);
		freeze_leave(&w->freeze);
	}
	w->paused = false;
	freeze_end(&w->freeze);
}

/* If masu-image stops to read the layer, the reason is its own. */
static int finish(struct commit *w, char **ret_manifest, struct masu_error *err)
{
	_cleanup_err_ struct masu_error of_layer = ERR_INIT;
	int r = image_program_wait(&w->packing, NULL, &of_layer);

	thaw(w);
	if (r == 0) {
		r = send_config(w, err);
		if (r < 0)
			return r;
	}
	fd_close(&w->config_writer);
	if (r == -ECANCELED)
		return err_move(err, &of_layer);
	if (r < 0 && r != -EPIPE) {
		(void)image_program_wait(&w->storing, NULL, NULL); /* it removes what it has */
		return err_move(err, &of_layer);
	}
	return image_program_wait(&w->storing, ret_manifest, err);
}

/* Is it paused, and not by another commit? 1, 0 or -errno. */
static int is_paused(struct commit *w, struct masu_error *err)
{
	if (w->c->state.status != MASU_STATUS_PAUSED)
		return 0;
	int r = freeze_await(w->c, err);
	if (r == 0)
		r = masu_container_refresh(w->c, err);
	return r < 0 ? r : w->c->state.status == MASU_STATUS_PAUSED;
}

static int freeze(struct commit *w, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	_cleanup_free_ char *notice = NULL;

	if (w->o.pause == MASU_NO)
		return 0;
	int r = is_paused(w, err);
	if (r != 0)
		return MIN(r, 0);
	r = freeze_begin(w->c, &w->freeze, &own);
	if (r == 0)
		r = control_pause(w->c, &own);
	w->paused = r == 0;
	if (r < 0)
		freeze_end(&w->freeze);
	if (r == 0 || own.kind == ERR_CONFLICT) /* it is paused, or has just exited */
		return 0;
	if (w->o.pause == MASU_YES || r == -ECANCELED)
		return err_move(err, &own);
	notice = str_printf("container \"%s\" is not paused meanwhile: %s", w->c->record.name,
			    own.message);
	engine_notice(w->c->engine, notice);
	return 0;
}

/* A container that does not run is locked, one that runs is paused. */
static int run(struct commit *w, char **ret_manifest, struct masu_error *err)
{
	int r = container_lock_unless_running(w->c, err);

	if (r == 0)
		r = freeze(w, err);
	if (r < 0)
		return r;
	r = start(w, err);
	if (r == 0)
		r = finish(w, ret_manifest, err);
	thaw(w);
	container_close(w->c);
	return r;
}

static int report(const struct commit *w, const char *manifest, char **ret_id,
		  struct masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	_cleanup_layout_image_ struct masu_image image = {0};
	int r = image_store_open(w->c->engine, &store, err);

	if (r == 0)
		r = layout_find(&store, manifest, &image, err);
	if (r < 0)
		return r;
	event_container(w->c, &(struct masu_event){.action = "commit"});
	if (w->name)
		image_event(w->c->engine, "tag", &image, w->name);
	if (!ret_id)
		return 0;
	*ret_id = strdup(image.config.hex);
	return *ret_id ? 0 : err_oom(err);
}

int masu_container_commit(masu_container *c, const struct masu_commit_options *options,
			  char **ret_id, masu_error *err)
{
	_cleanup_commit_ struct commit w = {.c = c,
					    .layer_reader = -1,
					    .layer_writer = -1,
					    .config_reader = -1,
					    .config_writer = -1,
					    .freeze = FREEZE_INIT,
					    .packing = IMAGE_RUN_INIT,
					    .storing = IMAGE_RUN_INIT};
	_cleanup_free_ char *manifest = NULL;
	int r = options_take(&w.o, sizeof(w.o), options, err);

	if (r == 0)
		r = image_new_name(w.o.name, &w.name, err);
	if (r == 0)
		r = open_channels(&w, err);
	if (r == 0)
		r = file_place_layers(c, "layer", w.layer_writer, &w.pack_args, err);
	if (r == 0)
		r = read_base(&w, err);
	if (r == 0)
		r = run(&w, &manifest, err);
	return r < 0 ? file_place_failed(c, r, err) : report(&w, manifest, ret_id, err);
}
