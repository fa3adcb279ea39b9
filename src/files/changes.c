/* SPDX-License-Identifier: Apache-2.0 */
#include "files/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "files/whiteout.h"
#include "unpack/layer-read.h"

/* Each level holds a directory of both sides. */
#define DEPTH_MAX ((SANDBOX_FILES_MAX - 64) / 2)

struct walk {
	const struct changes *changes;
	FILE *output;
	struct strbuf path;
	unsigned int depth;
	uint64_t n_changes;
	uint64_t n_mounts; /* targets that were passed over */
};

/* A directory of the upper side, and the one that it covers; -1: none. */
struct level {
	int upper, lower;
};

static int fail(const struct walk *w, int code, struct masu_error *err)
{
	char quoted[LAYER_QUOTE_MAX];

	return err_sys(err, code, "cannot read \"%s\"",
		       layer_quote(str_or_empty(w->path.text), quoted));
}

static int put_change(struct walk *w, char kind, struct masu_error *err)
{
	w->n_changes++;
	/* With its NUL. */
	if (putc(kind, w->output) == EOF ||
	    fwrite(w->path.text, 1, w->path.length + 1, w->output) <= w->path.length)
		return err_sys(err, errno, "write the changes");
	return 0;
}

/* 1: `name` is in the directory; 0: it is not, or is deleted there. */
static int examine(int dir, const char *name, struct stat *ret)
{
	if (dir < 0)
		return 0;
	if (fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return !whiteout_is(ret);
}

static int open_dir(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int each_child(struct walk *w, const struct level *l, int dir,
		      int (*fn)(struct walk *, const struct level *, const char *,
				struct masu_error *),
		      struct masu_error *err)
{
	const size_t length = w->path.length;
	/* The descriptor of the level stays for fstatat(). */
	int copy = open_dir(dir, ".");
	_cleanup_closedir_ DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *d;
	int r = 0;

	if (!list)
		return fail(w, errno, err);
	while (r == 0 && (d = file_next_entry(list))) {
		r = strbuf_addf(&w->path, "/%s", d->d_name);
		r = r < 0 ? err_sys(err, r, "list the changes") : fn(w, l, d->d_name, err);
		w->path.length = length;
		if (w->path.text)
			w->path.text[length] = 0;
	}
	return r == 0 && errno ? fail(w, errno, err) : r;
}

/* A file that an opaque directory hides, unless it has one of that name itself. */
static int hidden_child(struct walk *w, const struct level *l, const char *name,
			struct masu_error *err)
{
	struct stat st;

	if (fstatat(l->upper, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOENT)
		return fail(w, errno, err);
	int r = examine(l->lower, name, &st);
	return r == 1 ? put_change(w, 'D', err) : r < 0 ? fail(w, r, err) : 0;
}

static int upper_child(struct walk *w, const struct level *l, const char *name,
		       struct masu_error *err);

/* Everything below the directory of both sides. */
static int walk_level(struct walk *w, const struct level *l, struct masu_error *err)
{
	if (w->depth == DEPTH_MAX)
		return fail(w, ELOOP, err);
	w->depth++;
	int r = each_child(w, l, l->upper, upper_child, err);
	w->depth--;
	if (r == 0 && l->lower >= 0 && whiteout_is_opaque(l->upper))
		r = each_child(w, l, l->lower, hidden_child, err);
	return r;
}

/* The changes below it, and the directory itself if it is more than a parent of mount targets. */
static int walk_dir(struct walk *w, const struct level *l, const char *name, const struct stat *st,
		    const struct stat *below, struct masu_error *err)
{
	const uint64_t n_mounts = w->n_mounts, n_changes = w->n_changes;
	const bool joined = below && S_ISDIR(below->st_mode);
	_cleanup_close_ int upper = open_dir(l->upper, name),
			    lower = joined ? open_dir(l->lower, name) : -1;

	if (upper < 0 && errno == ENOENT)
		return 0;
	if (upper < 0 || (joined && lower < 0))
		return fail(w, errno, err);
	int r = walk_level(w, &(struct level){upper, lower}, err);
	if (r < 0)
		return r;
	const bool same = !below || (joined && st->st_mode == below->st_mode &&
				     st->st_uid == below->st_uid && st->st_gid == below->st_gid);
	if (same && w->n_mounts > n_mounts && w->n_changes == n_changes)
		return 0;
	return put_change(w, below ? 'C' : 'A', err);
}

static int upper_child(struct walk *w, const struct level *l, const char *name,
		       struct masu_error *err)
{
	struct stat st, below;

	if (strv_contains(w->changes->mounts, w->path.text)) {
		w->n_mounts++;
		return 0;
	}
	if (fstatat(l->upper, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(w, errno, err);
	int r = examine(l->lower, name, &below);
	if (r < 0)
		return fail(w, r, err);
	if (whiteout_is(&st))
		return r == 1 ? put_change(w, 'D', err) : 0;
	if (S_ISDIR(st.st_mode))
		return walk_dir(w, l, name, &st, r == 1 ? &below : NULL, err);
	return put_change(w, r == 1 ? 'C' : 'A', err);
}

/* A place_fn. Its memory goes with the process. */
static int changes_worker(const struct place_view *view, void *arg, struct masu_error *err)
{
	const struct changes *changes = arg;
	const int keep[] = {changes->output, changes->report};
	struct walk w = {.changes = changes, .output = fdopen(changes->output, "w")};

	if (!w.output || strbuf_add(&w.path, "", 0) < 0)
		return err_oom(err);
	int r = place_confine(view, view->root, SANDBOX_READ, keep, ARRAY_SIZE(keep), err);
	if (r < 0)
		return r;
	const struct level top = {open_dir(view->root, PLACE_UPPER),
				  open_dir(view->root, PLACE_LOWER)};
	if (top.upper < 0 || top.lower < 0)
		return fail(&w, errno, err);
	r = walk_level(&w, &top, err);
	if (r == 0 && fflush(w.output) == EOF)
		r = err_sys(err, errno, "write the changes");
	return r;
}

int changes_run(const struct place *place, const struct changes *changes, struct masu_error *err)
{
	return place_run(place, true, changes_worker, (void *)changes, err);
}
