/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as an entry: all that a container chooses about its files. It is written (files/tar.c) and read
 * back (unpack/layer-read.c): the same values must come out, and one entry only.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "files/tar.h"
#include "unpack/layer-read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define XATTRS_MAX   4
#define SEGMENTS_MAX 8

/* The first bytes of the input. Texts, each with a NUL at its end, follow. */
struct values {
	uint64_t size;
	int64_t seconds;
	uint32_t uid, gid, nanoseconds;
	uint16_t mode;
	uint8_t type, n_xattrs, n_segments, hole, data;
};

struct archive {
	int fd;
	char buffer[65536];
};

static int source(void *arg, const void **ret, size_t *ret_size, struct masu_error *err)
{
	struct archive *a = arg;
	ssize_t n = read(a->fd, a->buffer, sizeof(a->buffer));

	(void)err;
	if (n < 0)
		abort();
	*ret = a->buffer;
	*ret_size = (size_t)n;
	return 0;
}

static void check(bool ok)
{
	if (!ok)
		abort();
}

static char *take_text(const uint8_t **at, size_t *left)
{
	size_t n = strnlen((const char *)*at, *left);
	char *text = strndup((const char *)*at, n);

	check(text != NULL);
	n = MIN(n + 1, *left);
	*at += n;
	*left -= n;
	return text;
}

/* The reader lists attributes in another order. */
static void check_xattr(const struct tar_xattr *given, const struct layer_entry *e)
{
	for (size_t i = 0; i < e->n_xattrs; i++)
		if (streq(e->xattrs[i].name, given->name) && e->xattrs[i].size == given->size &&
		    memcmp(e->xattrs[i].value, given->value, given->size) == 0)
			return;
	abort();
}

static void check_entry(const struct tar_entry *given, const struct layer_entry *e)
{
	size_t n = strlen(given->name);
	const char *rest = e->name + n;

	check(strncmp(e->name, given->name, n) == 0);
	check(!*rest || (S_ISDIR(e->mode) && streq(rest, "/")));
	check(e->hard_link == given->hard_link);
	check(!given->link || streq(e->link, given->link));
	check((e->mode & 07777) == (given->st->st_mode & 07777));
	check(e->hard_link || (e->mode & S_IFMT) == (given->st->st_mode & S_IFMT));
	check(e->uid == given->st->st_uid && e->gid == given->st->st_gid);
	check(e->mtime.tv_sec == given->st->st_mtim.tv_sec);
	check(e->mtime.tv_sec < 0 || e->mtime.tv_nsec == given->st->st_mtim.tv_nsec);
	if (S_ISREG(e->mode))
		check(e->size == (uint64_t)given->st->st_size);
	for (size_t i = 0; i < given->n_xattrs; i++)
		check_xattr(&given->xattrs[i], e);
}

static void round_trip(const struct tar_entry *given, uint64_t data)
{
	static const char zeros[256];
	static struct archive a;
	_cleanup_close_ int fd = memfd_create("archive", MFD_CLOEXEC);
	struct layer_reader *reader = NULL;
	struct layer_entry e;
	struct tar_writer w;

	check(tar_writer_init(&w, fd) == 0 && tar_header(&w, given) == 0);
	for (uint64_t done = 0; done < data; done += MIN(data - done, sizeof(zeros)))
		check(tar_data(&w, zeros, MIN(data - done, sizeof(zeros))) == 0);
	check(tar_pad(&w, data) == 0 && tar_finish(&w) == 0);
	tar_writer_done(&w);
	a.fd = fd;
	check(lseek(fd, 0, SEEK_SET) == 0);
	check(layer_reader_new(source, &a, UINT64_MAX, &reader, NULL) == 0);
	check(layer_reader_next(reader, &e, NULL) == 1);
	check_entry(given, &e);
	check(layer_reader_next(reader, &e, NULL) == 0);
	layer_reader_free(reader);
}

/* Segments with holes between them. Their data counts once more at the file's end. */
static uint64_t make_segments(const struct values *v, struct tar_segment *s, uint64_t *ret_size)
{
	uint64_t at = v->size >> 2, total = 0; /* it must stay an off_t */

	for (size_t i = 0; i < v->n_segments % SEGMENTS_MAX; i++) {
		s[i] = (struct tar_segment){at + v->hole + 1, v->data};
		at = s[i].offset + s[i].length;
		total += s[i].length;
	}
	*ret_size = at;
	return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const mode_t types[] = {S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFREG, S_IFREG};
	struct tar_segment segments[SEGMENTS_MAX];
	struct tar_xattr xattrs[XATTRS_MAX] = {0};
	struct values v;

	if (size < sizeof(v))
		return 0;
	memcpy(&v, bytes, sizeof(v));
	bytes += sizeof(v);
	size -= sizeof(v);
	uint8_t type = v.type % ARRAY_SIZE(types);
	_cleanup_free_ char *name = take_text(&bytes, &size), *link = take_text(&bytes, &size);
	struct stat st = {
		.st_mode = types[type] | (v.mode & 07777),
		.st_uid = MIN(v.uid, UINT32_MAX - 1),
		.st_gid = MIN(v.gid, UINT32_MAX - 1),
		.st_mtim = {.tv_sec = v.seconds >> 8, .tv_nsec = v.nanoseconds % 1000000000},
		.st_size = v.data,
	};
	struct tar_entry e = {.name = name, .st = &st, .hard_link = type == 5, .xattrs = xattrs};
	uint64_t data = type == 0 ? v.data : 0, end;
	if (type == 4) {
		data = make_segments(&v, segments, &end);
		st.st_size = (off_t)end;
		e.segments = segments;
		e.n_segments = v.n_segments % SEGMENTS_MAX;
	}
	if (S_ISLNK(st.st_mode) || e.hard_link)
		e.link = link;
	for (; e.n_xattrs < v.n_xattrs % XATTRS_MAX && size > 0; e.n_xattrs++) {
		struct tar_xattr *x = &xattrs[e.n_xattrs];

		check(asprintf(&x->name, "user.%zu", e.n_xattrs) > 0);
		x->value = take_text(&bytes, &size);
		x->size = strlen(x->value);
	}
	/* Readers take any name with a slash at its end for a directory's; the packer writes none. */
	if (*name && name[strlen(name) - 1] != '/' && (!e.link || *link))
		round_trip(&e, data);
	for (size_t i = 0; i < e.n_xattrs; i++) {
		free(xattrs[i].name);
		free(xattrs[i].value);
	}
	return 0;
}
