/* SPDX-License-Identifier: Apache-2.0 */
#include "files/linked.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define LINKED_MAX 262144

struct file {
	dev_t dev;
	ino_t ino;
	char name[];
};

static int compare(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return x->dev != y->dev ? (x->dev < y->dev ? -1 : 1)
				: (x->ino > y->ino) - (x->ino < y->ino);
}

void linked_done(struct linked *l)
{
	tdestroy(l->tree, free);
}

const char *linked_find(const struct linked *l, const struct stat *st)
{
	const struct file key = {.dev = st->st_dev, .ino = st->st_ino};
	struct file **found = st->st_nlink < 2 ? NULL : tfind(&key, &l->tree, compare);

	return found ? (*found)->name : NULL;
}

int linked_remember(struct linked *l, const struct stat *st, const char *name)
{
	if (st->st_nlink < 2 || l->n == LINKED_MAX)
		return 0;
	struct file *f = malloc(sizeof(*f) + strlen(name) + 1);
	if (!f)
		return -ENOMEM;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	memcpy(f->name, name, strlen(name) + 1);
	if (!tsearch(f, &l->tree, compare)) {
		free(f);
		return -ENOMEM;
	}
	l->n++;
	return 0;
}
