/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/files/file-place.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-map.h"
#include "engine/container/mounted.h"
#include "engine/volume/volume-dir.h"
#include "runtime/container.h"

void file_place_done(struct file_place *p)
{
	strv_free(p->words);
	fd_close(&p->pidfd);
	if (p->c)
		container_close(p->c);
	*p = FILE_PLACE_INIT;
}

/* A volume that no start has filled is not mounted: the first start fills it from the files that it covers. */
static bool is_whole(const struct masu_engine *e, const char *volume)
{
	_cleanup_close_ int dir = volume_dir_open(e, NULL);
	_cleanup_free_ char *marker = volume_marker(volume);

	return dir >= 0 && marker && volume_dir_has(dir, volume) && !volume_dir_has(dir, marker);
}

/* The layers of an image that is mounted; of another mount none. */
static int add_lowers(char *const *layers, char ***words)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	const char *separator = "";

	(void)strbuf_addf(&b, "mount=");
	STRV_FOREACH(hex, layers) {
		(void)strbuf_addf(&b, "%s%s", separator, *hex);
		separator = ":";
	}
	return strv_push_owned(words, strbuf_take(&b));
}

/* The changes above an overlay are not shown: most end with the run. Below it nothing may be changed. */
static int add_mount(const masu_container *c, const struct record_mount *m, char ***words)
{
	if (strv_pushf(words, "mount=%s", m->readonly || m->overlay ? "ro" : "rw") < 0)
		return -ENOMEM;
	int r = m->layers ? strv_pushf(words, "mount=%s/%s/root", c->dir, m->overlay)
			  : strv_pushf(words, "mount=%s", m->source);
	return r < 0 || strv_pushf(words, "mount=%s", str_or_empty(m->subpath)) < 0 ||
			       add_lowers(m->layers, words) < 0 ||
			       strv_pushf(words, "mount=%s", m->destination) < 0
		       ? -ENOMEM
		       : 0;
}

static int add_mounts(const masu_container *c, char ***words)
{
	for (size_t i = 0; i < c->record.n_mounts; i++) {
		const struct record_mount *m = &c->record.mounts[i];

		if (!m->source || (m->volume && !is_whole(c->engine, m->volume)))
			continue;
		if (add_mount(c, m, words) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Also images that are mounted have layers there. */
static int add_layers_dir(const masu_container *c, char ***words)
{
	_cleanup_free_ char *layers = container_layers_path(c->engine, &c->record);

	return layers ? strv_pushf(words, "layers=%s", layers) : -ENOMEM;
}

static int add_layers(const masu_container *c, char ***words)
{
	if (add_layers_dir(c, words) < 0)
		return -ENOMEM;
	STRV_FOREACH(layer, c->record.layers)
		if (strv_pushf(words, "lower=%s", *layer) < 0)
			return -ENOMEM;
	if (strv_pushf(words, "upper=%s/upper", c->dir) < 0 ||
	    strv_pushf(words, "work=%s/work", c->dir) < 0 ||
	    strv_pushf(words, "root=%s/root", c->dir) < 0)
		return -ENOMEM;
	return c->record.auto_remove ? strv_push(words, "volatile=") : 0;
}

static int add_map(const masu_container *c, char ***words)
{
	const struct record *r = &c->record;

	if (!r->uid_map)
		return 0;
	return strv_pushf(words, "uids=%s", r->uid_map) < 0 ||
			       strv_pushf(words, "gids=%s", r->gid_map) < 0
		       ? -ENOMEM
		       : 0;
}

static int add_stopped(const masu_container *c, bool bare, char ***words)
{
	int r = c->record.rootfs ? strv_pushf(words, "rootfs=%s", c->record.rootfs)
				 : add_layers(c, words);

	if (r == 0 && c->record.rootfs)
		r = add_layers_dir(c, words);
	if (r == 0)
		r = add_map(c, words);
	return r < 0 || bare ? r : add_mounts(c, words);
}

int file_place_open(masu_container *c, bool bare, struct file_place *ret, struct masu_error *err)
{
	_cleanup_file_place_ struct file_place p = {.c = c, .pidfd = -1};
	int r = container_lock_unless_running(c, err);

	if (r < 0)
		return r;
	if (r == 0) { /* its root is its own by now */
		p.pidfd = fcntl(c->state.pidfd, F_DUPFD_CLOEXEC, 3);
		if (p.pidfd < 0)
			return err_sys(err, errno, "keep the container in sight");
		r = strv_pushf(&p.words, "pidfd=%d", p.pidfd);
	} else {
		r = mounted_check(c, "copy the files of", err);
		if (r < 0)
			return r;
		r = add_stopped(c, bare, &p.words);
	}
	if (r < 0 || (bare && strv_push(&p.words, "bare=") < 0))
		return err_oom(err);
	*ret = TAKE(p, FILE_PLACE_INIT);
	return 0;
}

/* A start mounts secrets without the spec. */
static int add_secret_targets(const struct record *record, char ***words)
{
	for (size_t i = 0; i < record->n_secrets; i++)
		if (!record->secrets[i].env &&
		    strv_pushf(words, "target=%s", record->secrets[i].target) < 0)
			return -ENOMEM;
	return record->n_secrets ? strv_push(words, "target=" SECRETS_DIR) : 0;
}

/* Targets of mounts are those of the spec: the record has only the mounts that the user asked for. */
static int add_targets(masu_container *c, char ***words, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = container_read_spec(c, err);
	container_close(c);
	for (size_t i = 0; r == 0 && i < c->spec->n_mounts; i++)
		if (strv_pushf(words, "target=%s", c->spec->mounts[i].destination) < 0)
			return err_oom(err);
	return r == 0 && add_secret_targets(&c->record, words) < 0 ? err_oom(err) : r;
}

int file_place_failed(const masu_container *c, int r, struct masu_error *err)
{
	_cleanup_home_ struct home home = HOME_INIT;

	if (r != -ENOENT || home_open(c->engine, c->home.id, &home, NULL) != -ENOENT)
		return r;
	err_done(err);
	return home_removed(&c->home, err);
}

int file_place_layers(masu_container *c, const char *verb, int fd, char ***ret,
		      struct masu_error *err)
{
	_cleanup_strv_ char **words = NULL;

	if (c->record.rootfs)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "container \"%s\" has no layers: its root is the directory \"%s\"",
			       c->record.name, c->record.rootfs);
	if (strv_push(&words, "files") < 0 || strv_push(&words, verb) < 0 ||
	    strv_pushf(&words, "fd=%d", fd) < 0 || add_layers(c, &words) < 0 ||
	    add_map(c, &words) < 0)
		return err_oom(err);
	int r = add_targets(c, &words, err);
	if (r == 0)
		*ret = TAKE_PTR(words);
	return r;
}
