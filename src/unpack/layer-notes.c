/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/layer-notes.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"

#define WRITE_FROM 65536

struct implied {
	ino_t dir;
	char path[];
};

void layer_notes_init(struct layer_notes *n, int fd)
{
	*n = (struct layer_notes){.fd = fd};
}

static int compare(const void *a, const void *b)
{
	const struct implied *x = a, *y = b;

	return (x->dir > y->dir) - (x->dir < y->dir);
}

int layer_notes_implied(struct layer_notes *n, ino_t dir, const char *path, size_t length)
{
	layer_notes_described(n, dir); /* of one that was removed */
	_cleanup_free_ struct implied *i = malloc(sizeof(*i) + length + 1);
	if (!i)
		return -ENOMEM;
	i->dir = dir;
	memcpy(i->path, path, length);
	i->path[length] = 0;
	if (!tsearch(i, &n->implied, compare))
		return -ENOMEM;
	TAKE_PTR(i);
	return 0;
}

void layer_notes_described(struct layer_notes *n, ino_t dir)
{
	const struct implied key = {.dir = dir};
	struct implied **found = tfind(&key, &n->implied, compare);
	struct implied *i = found ? *found : NULL;

	if (i)
		(void)tdelete(i, &n->implied, compare);
	free(i);
}

static int flush(struct layer_notes *n)
{
	int r = n->fd >= 0 ? fd_write_full(n->fd, n->text.text, n->text.length) : 0;

	n->text.length = 0;
	return r;
}

/* With its NUL. */
static int end_record(struct layer_notes *n)
{
	int r = strbuf_add(&n->text, "", 1);

	return r < 0 || n->text.length < WRITE_FROM ? r : flush(n);
}

int layer_notes_whiteout(struct layer_notes *n, const char *dir, size_t length, const char *name)
{
	int r = strbuf_addf(&n->text, "w%.*s%s%s", (int)length, dir, length ? "/" : "", name);

	return r < 0 ? r : end_record(n);
}

static void write_implied(const void *node, VISIT visit, void *arg)
{
	const struct implied *i = *(struct implied *const *)node;
	struct layer_notes *n = arg;

	if ((visit != postorder && visit != leaf) || n->fd < 0)
		return;
	int r = strbuf_addf(&n->text, "d%ju:%s", (uintmax_t)i->dir, i->path);
	if (r == 0)
		r = end_record(n);
	if (r < 0)
		n->failure = r;
}

int layer_notes_done(struct layer_notes *n)
{
	twalk_r(n->implied, write_implied, n);
	int r = n->failure ? n->failure : flush(n);

	tdestroy(n->implied, free);
	strbuf_done(&n->text);
	layer_notes_init(n, -1);
	return r;
}
