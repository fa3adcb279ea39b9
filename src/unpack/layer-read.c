/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/layer-read.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

/*
 * Names must be unchanged, byte for byte. libarchive converts the names of PAX headers to the locale's character set, and
 * for UTF-8 also normalises them (NFD to NFC), which makes another name. In the C locale, which masu-image keeps, it cannot
 * convert a name that is not ASCII: it keeps the bytes and warns. So this warning is expected, and all others are errors.
 */
static const char conversion_warning[] = "can't be converted";

struct layer_reader {
	struct archive *archive;
	struct archive_entry *entry; /* the archive's own */
	layer_source_fn source;
	void *arg;
	struct masu_error source_err;
	uint64_t bytes, bytes_max, entries;
	bool ended;
};

static int next_bytes(struct layer_reader *r, const void **ret, size_t *ret_size,
		      struct masu_error *err)
{
	int q = r->source(r->arg, ret, ret_size, err);

	if (q < 0)
		return q;
	r->bytes += *ret_size;
	if (r->bytes > r->bytes_max) {
		(void)err_set(err, ERR_INVALID, EFBIG, "it unpacks to more than %llu bytes",
			      (unsigned long long)r->bytes_max);
		return err_hint(err, "the limit is max-layer-size of masu-registries.conf(5)");
	}
	return 0;
}

static la_ssize_t on_read(struct archive *a, void *arg, const void **ret)
{
	struct layer_reader *r = arg;
	size_t size;

	if (r->ended)
		return 0;
	if (next_bytes(r, ret, &size, &r->source_err) < 0) {
		archive_set_error(a, EIO, "the source failed");
		return ARCHIVE_FATAL;
	}
	r->ended = size == 0;
	return (la_ssize_t)size;
}

int layer_reader_new(layer_source_fn source, void *arg, uint64_t bytes_max,
		     struct layer_reader **ret, struct masu_error *err)
{
	struct layer_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return err_oom(err);
	r->source = source;
	r->arg = arg;
	r->bytes_max = bytes_max;
	r->archive = archive_read_new();
	if (!r->archive || archive_read_support_format_tar(r->archive) != ARCHIVE_OK ||
	    archive_read_support_format_empty(r->archive) != ARCHIVE_OK ||
	    archive_read_support_filter_none(r->archive) != ARCHIVE_OK) {
		layer_reader_free(r);
		return err_oom(err);
	}
	*ret = r;
	return 0;
}

void layer_reader_free(struct layer_reader *r)
{
	if (!r)
		return;
	if (r->archive)
		(void)archive_read_free(r->archive); /* nothing is written by a reader */
	err_done(&r->source_err);
	free(r);
}

/* Translates a status of libarchive: 1 to continue, 0 at the end, or -errno. */
static int answer(struct layer_reader *r, int status, struct masu_error *err)
{
	const char *why;

	if (status == ARCHIVE_OK)
		return 1;
	if (status == ARCHIVE_EOF)
		return 0;
	if (r->source_err.code)
		return err_move(err, &r->source_err);
	why = archive_error_string(r->archive);
	if (status == ARCHIVE_WARN && why && strstr(why, conversion_warning))
		return 1;
	return err_set(err, ERR_INVALID, EBADMSG, "the archive is malformed: %s",
		       why ? why : "no reason given");
}

static bool is_id(int64_t id)
{
	return id >= 0 && id < UINT32_MAX; /* (uid_t)-1 means "unchanged" for chown(2) */
}

static void take_xattrs(struct layer_reader *r, struct layer_entry *e)
{
	struct layer_xattr *x = e->xattrs;

	e->n_xattrs = 0;
	if (archive_entry_xattr_reset(r->entry) == 0)
		return;
	while (e->n_xattrs < LAYER_ENTRY_XATTRS_MAX &&
	       archive_entry_xattr_next(r->entry, &x->name, &x->value, &x->size) == ARCHIVE_OK) {
		e->n_xattrs++;
		x++;
	}
}

static int take_entry(struct layer_reader *r, struct layer_entry *e, struct masu_error *err)
{
	char quoted[LAYER_QUOTE_MAX];
	int64_t uid = archive_entry_uid(r->entry), gid = archive_entry_gid(r->entry);
	int64_t size = archive_entry_size(r->entry);
	const char *hard = archive_entry_hardlink(r->entry);

	e->name = archive_entry_pathname(r->entry);
	if (!e->name)
		return err_set(err, ERR_INVALID, EBADMSG, "an entry has no name");
	if (!is_id(uid) || !is_id(gid) || size < 0)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "entry '%s' has an owner or a size out of range",
			       layer_quote(e->name, quoted));
	e->hard_link = hard != NULL;
	e->link = hard ? hard : archive_entry_symlink(r->entry);
	e->mode = (archive_entry_perm(r->entry) & 07777) |
		  (hard ? 0 : archive_entry_filetype(r->entry));
	e->uid = (uid_t)uid;
	e->gid = (gid_t)gid;
	e->rdev = archive_entry_rdev(r->entry);
	e->size = (uint64_t)size;
	e->mtime.tv_sec = archive_entry_mtime(r->entry);
	e->mtime.tv_nsec = archive_entry_mtime_nsec(r->entry);
	take_xattrs(r, e);
	return 1;
}

int layer_reader_next(struct layer_reader *r, struct layer_entry *ret, struct masu_error *err)
{
	int q;

	if (r->entries == 0) {
		q = answer(r, archive_read_open(r->archive, r, NULL, on_read, NULL), err);
		if (q < 0)
			return q;
	}
	if (++r->entries > LAYER_ENTRIES_MAX)
		return err_set(err, ERR_INVALID, E2BIG, "the archive has more than %d entries",
			       LAYER_ENTRIES_MAX);
	q = answer(r, archive_read_next_header(r->archive, &r->entry), err);
	return q <= 0 ? q : take_entry(r, ret, err);
}

int layer_reader_block(struct layer_reader *r, const void **ret, size_t *ret_size,
		       uint64_t *ret_offset, struct masu_error *err)
{
	la_int64_t offset = 0;
	int q = answer(r, archive_read_data_block(r->archive, ret, ret_size, &offset), err);

	*ret_offset = (uint64_t)offset;
	return q;
}

int layer_reader_finish(struct layer_reader *r, struct masu_error *err)
{
	const void *bytes;
	size_t size = 1;

	while (!r->ended && size > 0) {
		int q = next_bytes(r, &bytes, &size, err);
		if (q < 0)
			return q;
	}
	return 0;
}

const char *layer_quote(const char *name, char buffer[LAYER_QUOTE_MAX])
{
	size_t n = strnlen(name, LAYER_QUOTE_MAX - 4);

	for (size_t i = 0; i < n; i++)
		buffer[i] = (unsigned char)name[i] < 0x20 || name[i] == 0x7f ? '?' : name[i];
	memcpy(buffer + n, name[n] ? "..." : "", name[n] ? 4 : 1);
	return buffer;
}
