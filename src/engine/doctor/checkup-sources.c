/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of a start: the image, files of the host, and other containers. */

#include "engine/doctor/checkup.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "engine/container/container-map.h"
#include "engine/container/mounted.h"
#include "engine/image/image.h"

/* The image by its best name, as a word of a command. */
static char *image_word(const struct checkup *k)
{
	const struct record *r = &k->c->record;

	return str_shell_word(r->image_name ? r->image_name : r->image);
}

static void add_layer(struct checkup *k, const char *layer)
{
	_cleanup_free_ char *image = image_word(k);

	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "layer-missing",
			    .severity = MASU_SEVERITY_ERROR,
			    .object = str_printf("layer %.12s", layer),
			    .message = strdup("a part of its image is not in the store any more"),
			    .has_fix = k->c->record.image_name,
			    .fix = image && k->c->record.image_name
					   ? str_printf("masu pull %s", image)
					   : NULL,
		    });
}

static void add_image(struct checkup *k)
{
	_cleanup_free_ char *image = image_word(k);

	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "image-removed",
			    .severity = MASU_SEVERITY_NOTE,
			    .object = str_printf("image %s", k->c->record.image),
			    .message = strdup("it was removed from the store: the container keeps "
					      "its files, but no other is created from it"),
			    .has_fix = k->c->record.image_name,
			    .fix = image && k->c->record.image_name
					   ? str_printf("masu pull %s", image)
					   : NULL,
		    });
}

static bool has_image(const struct checkup *k)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	_cleanup_layout_image_ struct masu_image image = {0};

	return image_store_open(k->c->engine, &store, NULL) == 0 &&
	       layout_find(&store, k->c->record.image_id, &image, NULL) != -ENOENT;
}

static void examine_image(struct checkup *k)
{
	const struct record *r = &k->c->record;

	const char *layer = container_missing_layer(k->c->engine, r);

	if (layer) {
		k->files_missing = true;
		return add_layer(k, layer);
	}
	if (r->image_id && !has_image(k))
		add_image(k);
}

/* A directory or file of the host that is gone, or not accessible to the caller. */
static void add_source(struct checkup *k, const char *what, const char *path, int code)
{
	_cleanup_free_ char *word = str_shell_word(path);

	k->files_missing = true;
	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "source-missing",
			    .severity = MASU_SEVERITY_ERROR,
			    .object = str_printf("%s \"%s\"", what, path),
			    .message = str_printf("the host's file cannot be mounted: %s",
						  strerror(code)),
			    .has_fix = code == ENOENT,
			    .fix = code == ENOENT && word ? str_printf("mkdir -p %s", word) : NULL,
		    });
}

static void examine_path(struct checkup *k, const char *what, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		add_source(k, what, path, errno);
}

static void add_peer(struct checkup *k, const char *id, const masu_container *peer)
{
	checkup_add(k, &(struct checkup_finding){
			       .id = "peer-not-running",
			       .severity = MASU_SEVERITY_ERROR,
			       .object = peer ? str_printf("container \"%s\"", peer->record.name)
					      : str_printf("container %.12s", id),
			       .message = str_printf("it shares the namespaces of that container, "
						     "which %s",
						     peer ? "does not run" : "was removed"),
			       .has_fix = peer,
			       .fix = peer ? str_printf("masu start %s", peer->record.name) : NULL,
		       });
}

/* Do both processes have the same namespace? Also if one cannot be examined. */
static bool is_shared(pid_t a, pid_t b, const char *type)
{
	_cleanup_free_ char *x = str_printf("/proc/%d/ns/%s", a, type);
	_cleanup_free_ char *y = str_printf("/proc/%d/ns/%s", b, type);
	struct stat own, peer;

	return !x || !y || stat(x, &own) < 0 || stat(y, &peer) < 0 || own.st_ino == peer.st_ino;
}

/* The peer was started again: this container still has the namespace of the run before. */
static void add_restarted(struct checkup *k, const masu_container *peer, const char *type)
{
	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "peer-restarted",
			    .severity = MASU_SEVERITY_WARNING,
			    .object = str_printf("container \"%s\"", peer->record.name),
			    .message = str_printf("it shares the %s namespace of an earlier run of "
						  "that container",
						  type),
			    .has_fix = true,
			    .fix = checkup_masu(k, "restart"),
		    });
}

static void examine_peer(struct checkup *k, const char *mode, const char *type)
{
	const struct state *state = &k->c->state;
	_cleanup_masu_container_ masu_container *peer = NULL;
	const char *id = str_after(str_or_empty(mode), "container:");

	if (!id)
		return;
	int r = masu_container_find(k->c->engine, id, &peer, NULL);
	if (r == -ENOENT || (r == 0 && !state_is_alive(&peer->state)))
		add_peer(k, id, peer);
	else if (r == 0 && state_is_alive(state) &&
		 !is_shared(state->run.pid, peer->state.run.pid, type))
		add_restarted(k, peer, type);
}

void checkup_mounted(struct checkup *k)
{
	bool here = mounted_is_here(k->c);
	pid_t pid = here || !mounted_is_recorded(k->c) ? 0 : mounted_process(k->c);

	if (!here && pid <= 0)
		return;
	k->files_missing = true;
	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "mounted",
			    .severity = MASU_SEVERITY_ERROR,
			    .object = strdup("files of the container"),
			    .message = here ? strdup("they are mounted by 'masu mount'")
					    : str_printf("they are mounted by 'masu mount' in the "
							 "mount namespace of process %d",
							 pid),
			    .has_fix = here,
			    .fix = here ? checkup_masu(k, "unmount") : NULL,
		    });
}

void checkup_sources(struct checkup *k)
{
	const struct record *r = &k->c->record;

	examine_image(k);
	if (r->rootfs)
		examine_path(k, "root", r->rootfs);
	for (size_t i = 0; i < r->n_mounts; i++)
		if (streq(r->mounts[i].type, "bind"))
			examine_path(k, "mount", r->mounts[i].source);
	examine_peer(k, r->network, "net");
	examine_peer(k, r->pid_mode, "pid");
	examine_peer(k, r->ipc_mode, "ipc");
}
