/* SPDX-License-Identifier: Apache-2.0 */
#include "files/tar.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/fd.h"

#define BLOCK	    512
#define BUFFER_SIZE (256 * 1024)
#define OCTAL_7	    07777777ULL
#define OCTAL_11    077777777777ULL

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[100], magic[8], user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

int tar_writer_init(struct tar_writer *w, int fd)
{
	*w = (struct tar_writer){.fd = fd, .buffer = malloc(BUFFER_SIZE)};
	return w->buffer ? 0 : -ENOMEM;
}

void tar_writer_done(struct tar_writer *w)
{
	free(w->buffer);
	*w = (struct tar_writer){.fd = -1};
}

static int flush(struct tar_writer *w)
{
	size_t used = TAKE(w->used, 0);

	return fd_write_full(w->fd, w->buffer, used);
}

int tar_data(struct tar_writer *w, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		size_t n = MIN(size, BUFFER_SIZE - w->used);

		memcpy(w->buffer + w->used, at, n);
		w->used += n;
		at += n;
		size -= n;
		if (w->used == BUFFER_SIZE) {
			int r = flush(w);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int tar_pad(struct tar_writer *w, uint64_t size)
{
	static const char zeros[BLOCK];

	return tar_data(w, zeros, (BLOCK - size % BLOCK) % BLOCK);
}

int tar_finish(struct tar_writer *w)
{
	static const char end[2 * BLOCK];
	int r = tar_data(w, end, sizeof(end));

	return r < 0 ? r : flush(w);
}

/* One record: its length, with the digits of the length itself, "KEY=VALUE" and a newline. `failed` shows a lack of memory. */
static void add_record(struct strbuf *b, const char *key, const void *value, size_t size)
{
	size_t rest = strlen(key) + size + 3, length = rest + 1, before;

	do {
		before = length;
		length = rest + (size_t)snprintf(NULL, 0, "%zu", before);
	} while (length != before);
	(void)strbuf_addf(b, "%zu %s=", length, key);
	(void)strbuf_add(b, value, size);
	(void)strbuf_add(b, "\n", 1);
}

static void add_text(struct strbuf *b, const char *key, const char *text)
{
	add_record(b, key, text, strlen(text));
}

static void add_number(struct strbuf *b, const char *key, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_text(b, key, text);
}

static void add_time(struct strbuf *b, const struct timespec *t)
{
	long long seconds = t->tv_sec;
	char text[48];

	if (t->tv_nsec == 0 && seconds >= 0 && (uint64_t)seconds <= OCTAL_11)
		return;
	/* Readers differ about fractions before 1970. */
	if (seconds < 0)
		(void)snprintf(text, sizeof(text), "%lld", seconds);
	else
		(void)snprintf(text, sizeof(text), "%lld.%09ld", seconds, t->tv_nsec);
	add_text(b, "mtime", text);
}

static void add_xattr(struct strbuf *b, const struct tar_xattr *x)
{
	char key[sizeof("SCHILY.xattr.") + XATTR_NAME_MAX];

	(void)snprintf(key, sizeof(key), "SCHILY.xattr.%s", x->name);
	add_record(b, key, x->value, x->size);
}

/* Sizes in the archive: of the entry's data, with the map of a sparse file. */
struct layout {
	char type;
	uint64_t size;
	struct strbuf map;
};

static void add_sparse(struct strbuf *b, const struct tar_entry *e)
{
	add_text(b, "GNU.sparse.major", "1");
	add_text(b, "GNU.sparse.minor", "0");
	add_text(b, "GNU.sparse.name", e->name);
	add_number(b, "GNU.sparse.realsize", (uint64_t)e->st->st_size);
}

static void add_records(struct strbuf *b, const struct tar_entry *e, const struct layout *l)
{
	size_t name_length = strlen(e->name) + (l->type == '5');

	if (e->segments)
		add_sparse(b, e);
	else if (name_length > sizeof(((struct header *)0)->name))
		add_text(b, "path", e->name);
	if (e->link && strlen(e->link) > sizeof(((struct header *)0)->link))
		add_text(b, "linkpath", e->link);
	if (l->size > OCTAL_11)
		add_number(b, "size", l->size);
	if (e->st->st_uid > OCTAL_7)
		add_number(b, "uid", e->st->st_uid);
	if (e->st->st_gid > OCTAL_7)
		add_number(b, "gid", e->st->st_gid);
	add_time(b, &e->st->st_mtim);
	for (size_t i = 0; i < e->n_xattrs; i++)
		add_xattr(b, &e->xattrs[i]);
}

static char type_of(const struct tar_entry *e)
{
	if (e->hard_link)
		return '1';
	switch (e->st->st_mode & S_IFMT) {
	case S_IFLNK:
		return '2';
	case S_IFCHR:
		return '3';
	case S_IFBLK:
		return '4';
	case S_IFDIR:
		return '5';
	case S_IFIFO:
		return '6';
	default:
		return '0';
	}
}

static void put_octal(char *field, size_t size, uint64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%0*llo", (int)size - 1, (unsigned long long)value);
	memcpy(field, text, size - 1); /* the callers' values fit */
}

static void put_text(char *field, size_t size, const char *text)
{
	memcpy(field, text, strnlen(text, size));
}

static int write_block(struct tar_writer *w, const struct header *filled)
{
	struct header h = *filled;
	unsigned int sum = 0;

	memcpy(h.magic, "ustar\00000", sizeof(h.magic));
	memset(h.checksum, ' ', sizeof(h.checksum));
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	put_octal(h.checksum, sizeof(h.checksum) - 1, sum);
	h.checksum[sizeof(h.checksum) - 2] = 0;
	return tar_data(w, &h, sizeof(h));
}

static int write_records(struct tar_writer *w, const struct strbuf *records)
{
	struct header h = {.type = 'x'};

	put_text(h.name, sizeof(h.name), "././@PaxHeader");
	put_octal(h.mode, sizeof(h.mode), 0644);
	put_octal(h.uid, sizeof(h.uid), 0);
	put_octal(h.gid, sizeof(h.gid), 0);
	put_octal(h.size, sizeof(h.size), records->length);
	put_octal(h.mtime, sizeof(h.mtime), 0);
	int r = write_block(w, &h);
	if (r < 0)
		return r;
	r = tar_data(w, records->text, records->length);
	return r < 0 ? r : tar_pad(w, records->length);
}

static int write_header(struct tar_writer *w, const struct tar_entry *e, const struct layout *l)
{
	const struct stat *st = e->st;
	struct header h = {.type = l->type};
	bool is_device = l->type == '3' || l->type == '4';

	if (e->segments)
		put_text(h.name, sizeof(h.name), "GNUSparseFile.0/");
	put_text(h.name + strnlen(h.name, sizeof(h.name)),
		 sizeof(h.name) - strnlen(h.name, sizeof(h.name)), e->name);
	if (l->type == '5' && strlen(e->name) < sizeof(h.name))
		h.name[strlen(e->name)] = '/';
	put_octal(h.mode, sizeof(h.mode), st->st_mode & 07777);
	put_octal(h.uid, sizeof(h.uid), st->st_uid > OCTAL_7 ? 0 : st->st_uid);
	put_octal(h.gid, sizeof(h.gid), st->st_gid > OCTAL_7 ? 0 : st->st_gid);
	put_octal(h.size, sizeof(h.size), l->size > OCTAL_11 ? 0 : l->size);
	put_octal(h.mtime, sizeof(h.mtime),
		  st->st_mtim.tv_sec < 0 || (uint64_t)st->st_mtim.tv_sec > OCTAL_11
			  ? 0
			  : (uint64_t)st->st_mtim.tv_sec);
	put_text(h.link, sizeof(h.link), str_or_empty(e->link));
	put_octal(h.major, sizeof(h.major), is_device ? major(st->st_rdev) & OCTAL_7 : 0);
	put_octal(h.minor, sizeof(h.minor), is_device ? minor(st->st_rdev) & OCTAL_7 : 0);
	return write_block(w, &h);
}

/* "COUNT\n", then offset and length of each segment, filled up to a block. */
static void make_map(const struct tar_entry *e, struct layout *l)
{
	static const char zeros[BLOCK];

	(void)strbuf_addf(&l->map, "%zu\n", e->n_segments);
	for (size_t i = 0; i < e->n_segments; i++) {
		const struct tar_segment *s = &e->segments[i];

		l->size += s->length;
		(void)strbuf_addf(&l->map, "%llu\n%llu\n", (unsigned long long)s->offset,
				  (unsigned long long)s->length);
	}
	(void)strbuf_add(&l->map, zeros, (BLOCK - l->map.length % BLOCK) % BLOCK);
	l->size += l->map.length;
}

static int write_entry(struct tar_writer *w, const struct tar_entry *e, struct layout *l,
		       struct strbuf *records)
{
	if (e->segments)
		make_map(e, l);
	else if (l->type == '0')
		l->size = (uint64_t)e->st->st_size;
	add_records(records, e, l);
	if (l->map.failed || records->failed)
		return -ENOMEM;
	int r = records->length > 0 ? write_records(w, records) : 0;
	if (r < 0)
		return r;
	r = write_header(w, e, l);
	return r < 0 ? r : tar_data(w, l->map.text, l->map.length);
}

int tar_header(struct tar_writer *w, const struct tar_entry *e)
{
	struct layout l = {.type = type_of(e), .map = STRBUF_INIT};
	_cleanup_strbuf_ struct strbuf records = STRBUF_INIT;
	int r = write_entry(w, e, &l, &records);

	strbuf_done(&l.map);
	return r;
}
