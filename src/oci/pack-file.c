/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/pack-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/time.h"

#define FILE_VERSION  "masu list 2 "
#define FILE_SIZE_MAX ((size_t)256 << 20)
#define KEY_LENGTH    64
#define SETTLED_NS    (2 * NS_PER_S)
#define MISSES_MAX    16 /* that are not worth a new file */

/* In the file: the key, the size of the body, the body. */

void pack_file_done(struct pack_file *f)
{
	free(f->text);
	free(f->entries);
	strbuf_done(&f->added);
	*f = PACK_FILE_INIT;
}

static int compare_keys(const void *a, const void *b)
{
	const struct pack_entry *x = a, *y = b;

	return memcmp(x->key, y->key, KEY_LENGTH);
}

static void add_version(struct strbuf *b, const char *version)
{
	char boot_id[37] = "";

	b->failed |= proc_boot_id(boot_id) < 0;
	(void)strbuf_addf(b, FILE_VERSION "%s %s\n", boot_id, version);
}

static bool read_version(struct unpack *u, const char *version)
{
	_cleanup_strbuf_ struct strbuf own = STRBUF_INIT;

	add_version(&own, version);
	const char *text = own.failed ? NULL : unpack_bytes(u, own.length);
	return text && memcmp(text, own.text, own.length) == 0;
}

/* Finds the entries in the text. False for one that ends too early. */
static bool read_entries(struct pack_file *f, struct unpack *u)
{
	size_t room = 0;

	while (u->left) {
		const char *key = unpack_bytes(u, KEY_LENGTH);
		int64_t size = unpack_number(u);
		const char *body = unpack_bytes(u, size > 0 ? (size_t)size : 0);

		if (!body || size <= 0)
			return false;
		if (f->n == room) {
			void *grown;

			room = room ? 2 * room : 256;
			grown = reallocarray(f->entries, room, sizeof(*f->entries));
			if (!grown)
				return false;
			f->entries = grown;
		}
		f->entries[f->n++] = (struct pack_entry){
			.key = key, .body = {.at = body, .left = (size_t)size}};
	}
	return true;
}

/* An object that a list has twice is there twice. */
static void sort_entries(struct pack_file *f)
{
	size_t n = 1;

	qsort(f->entries, f->n, sizeof(*f->entries), compare_keys);
	for (size_t i = 1; i < f->n; i++)
		if (compare_keys(&f->entries[n - 1], &f->entries[i]) != 0)
			f->entries[n++] = f->entries[i];
	f->n = n;
}

void pack_file_read(struct pack_file *f, const char *path, const char *version)
{
	struct unpack u = {0};

	if (file_read(AT_FDCWD, path, FILE_SIZE_MAX, &f->text, &u.left) < 0)
		return;
	u.at = f->text;
	if (!read_version(&u, version) || !read_entries(f, &u))
		f->n = 0;
	if (f->n)
		sort_entries(f);
}

struct pack_entry *pack_file_find(const struct pack_file *f, const char *key)
{
	const struct pack_entry wanted = {.key = key};

	return f->n ? bsearch(&wanted, f->entries, f->n, sizeof(wanted), compare_keys) : NULL;
}

void pack_file_keep(struct pack_file *f, struct pack_entry *entry)
{
	f->used += !entry->used;
	entry->used = true;
}

static void add_entry(struct strbuf *b, const char *key, const char *body, size_t size)
{
	(void)strbuf_add(b, key, KEY_LENGTH); /* the buffer keeps the failure */
	fields_pack_number((int64_t)size, b);
	(void)strbuf_add(b, body, size);
}

void pack_file_add(struct pack_file *f, const char *key, const struct strbuf *body)
{
	f->added.failed |= body->failed;
	if (!body->failed)
		add_entry(&f->added, key, body->text, body->length);
	f->n_added++;
}

/* A fixed name, so that a killed process leaves one file at most: the next one replaces it. */
static int replace_file(const char *path, const struct strbuf *b)
{
	_cleanup_free_ char *draft = str_printf("%s.new", path);
	_cleanup_close_ int fd = draft ? open(draft, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
					      0600)
				       : -1;

	/* Another process may write it now, or have just published it. */
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || !file_is_at(fd, AT_FDCWD, draft) ||
	    ftruncate(fd, 0) < 0)
		return -errno;
	int r = fd_write_full(fd, b->text, b->length);
	if (r < 0 || rename(draft, path) < 0) {
		(void)unlink(draft); /* the first error is returned */
		return r < 0 ? r : -errno;
	}
	return 0;
}

void pack_file_write(const struct pack_file *f, const char *path, const char *version)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	/* Those that were not used are of removed or changed objects. */
	if (f->n_added + (f->n - f->used) <= MISSES_MAX || f->added.failed)
		return;
	add_version(&b, version);
	for (size_t i = 0; i < f->n; i++)
		if (f->entries[i].used)
			add_entry(&b, f->entries[i].key, f->entries[i].body.at,
				  f->entries[i].body.left);
	if (f->n_added)
		(void)strbuf_add(&b, f->added.text, f->added.length);
	if (!b.failed && b.length <= FILE_SIZE_MAX)
		(void)replace_file(path, &b); /* the next list tries again */
}

static int64_t ctime_ns(const struct stat *st)
{
	return st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec;
}

void pack_file_add_stat(const struct stat *st, struct strbuf *b)
{
	fields_pack_number((int64_t)st->st_ino, b);
	fields_pack_number(ctime_ns(st), b);
}

bool pack_file_same_stat(const struct stat *st, struct unpack *u)
{
	int64_t inode = unpack_number(u), changed_ns = unpack_number(u);

	return !u->failed && inode == (int64_t)st->st_ino && changed_ns == ctime_ns(st);
}

bool pack_file_is_settled(const struct stat *st)
{
	return ctime_ns(st) <= time_now() - SETTLED_NS;
}
