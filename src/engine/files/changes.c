/* SPDX-License-Identifier: Apache-2.0 */

/* The changes of a container, which masu-image reads (files/changes.h). */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/files/file-place.h"
#include "engine/image/image-program.h"

#define READ_SIZE (256 * 1024)
#define CHANGES_MAX \
	(256 * 1024 * 1024) /* bytes of records: a container may have any number of files */

struct masu_change {
	const char *record; /* 'A', 'C' or 'D', and the path */
};

struct masu_change_list {
	char *text;
	struct masu_change *item;
	size_t n;
};
#define _cleanup_changes_ _cleanup_(masu_change_list_freep)

void masu_change_list_free(masu_change_list *l)
{
	if (!l)
		return;
	free(l->item);
	free(l->text);
	free(l);
}

size_t masu_change_list_count(const masu_change_list *l)
{
	return l->n;
}

const masu_change *masu_change_list_get(const masu_change_list *l, size_t index)
{
	return index < l->n ? &l->item[index] : NULL;
}

enum masu_change_kind masu_change_kind(const masu_change *change)
{
	return *change->record == 'A'	? MASU_CHANGE_ADDED
	       : *change->record == 'D' ? MASU_CHANGE_DELETED
					: MASU_CHANGE_MODIFIED;
}

const char *masu_change_path(const masu_change *change)
{
	return change->record + 1;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(masu_change_path(a), masu_change_path(b));
}

static int read_records(const struct masu_engine *e, int from, struct strbuf *ret,
			struct masu_error *err)
{
	_cleanup_free_ char *buffer = malloc(READ_SIZE);

	if (!buffer)
		return err_oom(err);
	for (;;) {
		ssize_t n = engine_read(e, from, buffer, READ_SIZE, "the changes", err);

		if (n <= 0)
			return (int)n;
		if (ret->length + (size_t)n > CHANGES_MAX)
			return err_set(err, ERR_UNSUPPORTED, EFBIG,
				       "the container has too many changes");
		if (strbuf_add(ret, buffer, (size_t)n) < 0)
			return err_oom(err);
	}
}

/* Takes the text of the records. */
static int new_list(struct strbuf *records, masu_change_list **ret, struct masu_error *err)
{
	_cleanup_changes_ masu_change_list *l = calloc(1, sizeof(*l));
	const size_t length = records->length;
	size_t n = 0;

	if (!l)
		return err_oom(err);
	l->text = strbuf_take(records);
	for (size_t i = 0; l->text && i < length; i++)
		n += !l->text[i];
	l->item = calloc(n + 1, sizeof(*l->item));
	if (!l->text || !l->item)
		return err_oom(err);
	for (const char *record = l->text; l->n < n; record += strlen(record) + 1)
		l->item[l->n++].record = record;
	qsort(l->item, n, sizeof(*l->item), compare_paths);
	*ret = TAKE_PTR(l);
	return 0;
}

int masu_container_changes(masu_container *c, masu_change_list **ret, masu_error *err)
{
	_cleanup_(image_run_done) struct image_run run = IMAGE_RUN_INIT;
	_cleanup_strbuf_ struct strbuf records = STRBUF_INIT;
	_cleanup_strv_ char **args = NULL;
	_cleanup_close_ int reader = -1, writer = -1;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	reader = fds[0];
	writer = fds[1];
	int r = file_place_layers(c, "changes", writer, &args, err);
	if (r < 0)
		return r;
	const struct image_program program = {.args = args, .input = -1, .further = {writer}};
	r = image_program_start(c->engine, &program, &run, err);
	fd_close(&writer);
	if (r == 0)
		r = read_records(c->engine, reader, &records, err);
	if (r == 0)
		r = image_program_wait(&run, NULL, err);
	return r < 0 ? file_place_failed(c, r, err) : new_list(&records, ret, err);
}
