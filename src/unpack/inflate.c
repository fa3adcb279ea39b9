/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/inflate.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <zstd.h>

#include "base/fd.h"
#include "unpack/inflate-backend.h"

#define INPUT_SIZE (128 * 1024)
#define MAGIC_SIZE 6

struct inflate {
	const struct inflate_backend *backend; /* NULL until it is known */
	void *state;
	int fd;
	bool in_member, any_member, at_eof;
	const uint8_t *next; /* in `input`, the first byte that is not decoded yet */
	size_t left;
	uint8_t input[INPUT_SIZE];
};

/* Each chunk is a member of its own, so that a plain stream may end anywhere. */
static int plain_step(void *state, struct inflate_io *io)
{
	size_t n = MIN(io->in_size, io->out_size);

	memcpy(io->out, io->in, n);
	io->in += n;
	io->in_size -= n;
	io->out += n;
	io->out_size -= n;
	return 1;
}

static const struct inflate_backend inflate_plain = {.name = "plain", .step = plain_step};

static const struct inflate_backend *const backends[LAYER_COMPRESSION_MAX] = {
	[LAYER_PLAIN] = &inflate_plain,
	[LAYER_GZIP] = &inflate_gzip,
	[LAYER_ZSTD] = &inflate_zstd,
};

static const struct {
	uint8_t bytes[MAGIC_SIZE], mask[MAGIC_SIZE];
	const struct inflate_backend *backend;
	const char *unsupported;
} magics[] = {
	{{0x1f, 0x8b}, {0xff, 0xff}, &inflate_gzip, NULL},
	{{0x28, 0xb5, 0x2f, 0xfd}, {0xff, 0xff, 0xff, 0xff}, &inflate_zstd, NULL},
	{{0x50, 0x2a, 0x4d, 0x18}, {0xf0, 0xff, 0xff, 0xff}, &inflate_zstd, NULL}, /* skippable */
	{{0xfd, '7', 'z', 'X', 'Z'}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, NULL, "xz"},
	{{'B', 'Z', 'h'}, {0xff, 0xff, 0xff}, NULL, "bzip2"},
};

int inflate_new(enum layer_compression compression, int fd, struct inflate **ret,
		struct masu_error *err)
{
	struct inflate *i = malloc(sizeof(*i));

	if (!i)
		return err_oom(err);
	memset(i, 0, offsetof(struct inflate, input));
	i->fd = fd;
	i->backend = backends[compression];
	*ret = i;
	return 0;
}

void inflate_free(struct inflate *i)
{
	if (!i)
		return;
	if (i->backend && i->backend->free && i->state)
		i->backend->free(i->state);
	free(i);
}

static int start_backend(struct inflate *i, struct masu_error *err)
{
	if (i->backend->new) {
		i->state = i->backend->new ();
		if (!i->state)
			return err_oom(err);
	}
	return 0;
}

static bool has_magic(const uint8_t *bytes, const uint8_t *magic, const uint8_t *mask)
{
	for (size_t k = 0; k < MAGIC_SIZE; k++)
		if ((bytes[k] & mask[k]) != magic[k])
			return false;
	return true;
}

/* Detects the compression by the first bytes. A stream without a magic is a plain archive, or invalid. */
static int choose_backend(struct inflate *i, struct masu_error *err)
{
	ssize_t n = fd_read_full(i->fd, i->input, MAGIC_SIZE);

	if (n < 0)
		return err_sys(err, (int)n, "read the compressed layer");
	i->next = i->input;
	i->left = (size_t)n;
	memset(i->input + n, 0, MAGIC_SIZE - (size_t)n);
	i->backend = &inflate_plain;
	for (size_t k = 0; k < ARRAY_SIZE(magics); k++) {
		if (!has_magic(i->input, magics[k].bytes, magics[k].mask))
			continue;
		if (magics[k].unsupported) {
			(void)err_set(err, ERR_UNSUPPORTED, EBADMSG,
				      "an archive compressed with %s is not supported",
				      magics[k].unsupported);
			return err_hint(err,
					"an archive can be unpacked on its way: %s -dc FILE | "
					"masu pull docker-archive:/dev/stdin",
					magics[k].unsupported);
		}
		i->backend = magics[k].backend;
	}
	return 0;
}

static int refill(struct inflate *i, struct masu_error *err)
{
	ssize_t n;

	do
		n = read(i->fd, i->input, sizeof(i->input));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "read the compressed layer");
	i->at_eof = n == 0;
	i->next = i->input;
	i->left = (size_t)n;
	return 0;
}

/* Decodes some bytes. 1 if more may follow, 0 at the end of the stream. */
static int step(struct inflate *i, struct inflate_io *io, struct masu_error *err)
{
	size_t room = io->out_size;

	if (i->left == 0 && !i->at_eof) {
		int r = refill(i, err);
		if (r < 0)
			return r;
	}
	if (i->left == 0 && i->at_eof && !i->in_member && i->any_member)
		return 0;
	if (!i->in_member && i->any_member && i->backend->restart && i->left > 0 &&
	    i->backend->restart(i->state) < 0)
		return err_oom(err);
	io->in = i->next;
	io->in_size = i->left;
	int r = i->backend->step(i->state, io);
	if (r < 0)
		return err_set(err, ERR_INVALID, EBADMSG, "the %s stream is damaged",
			       i->backend->name);
	bool stuck = io->out_size == room && io->in_size == i->left;
	i->next = io->in;
	i->left = io->in_size;
	i->in_member = r == 0;
	i->any_member = true;
	if (i->in_member && stuck && i->at_eof)
		return err_set(err, ERR_INVALID, EBADMSG, "the %s stream is truncated",
			       i->backend->name);
	if (i->in_member && stuck && i->left > 0)
		return err_set(err, ERR_INVALID, EBADMSG, "the %s stream is damaged",
			       i->backend->name);
	return 1;
}

ssize_t inflate_read(struct inflate *i, void *buffer, size_t size, struct masu_error *err)
{
	struct inflate_io io = {.out = buffer, .out_size = size};
	int r = i->backend ? 0 : choose_backend(i, err);

	if (r < 0)
		return r;
	r = i->state ? 0 : start_backend(i, err);
	if (r < 0)
		return r;
	while (io.out_size > 0) {
		r = step(i, &io, err);
		if (r < 0)
			return r;
		if (r == 0)
			break;
	}
	return (ssize_t)(size - io.out_size);
}

static void *zstd_new(void)
{
	ZSTD_DStream *z = ZSTD_createDStream();

	if (z &&
	    ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, INFLATE_ZSTD_WINDOW_LOG))) {
		(void)ZSTD_freeDStream(z);
		return NULL;
	}
	return z;
}

static int zstd_restart(void *state)
{
	return ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only)) ? -ENOMEM : 0;
}

static int zstd_step(void *state, struct inflate_io *io)
{
	ZSTD_inBuffer in = {.src = io->in, .size = io->in_size};
	ZSTD_outBuffer out = {.dst = io->out, .size = io->out_size};
	size_t r = ZSTD_decompressStream(state, &out, &in);

	io->in += in.pos;
	io->in_size -= in.pos;
	io->out += out.pos;
	io->out_size -= out.pos;
	if (ZSTD_isError(r))
		return -EBADMSG;
	return r == 0;
}

static void zstd_free(void *state)
{
	(void)ZSTD_freeDStream(state); /* always 0 */
}

const struct inflate_backend inflate_zstd = {
	.name = "zstd",
	.new = zstd_new,
	.restart = zstd_restart,
	.step = zstd_step,
	.free = zstd_free,
};
