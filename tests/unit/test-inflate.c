/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/inflate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>

#include "base/fd.h"
#include "unit.h"

#define PLAIN_SIZE 100000

/* Compressible, but not at once over. */
static void make_plain(uint8_t *plain)
{
	uint32_t x = 1;

	for (size_t i = 0; i < PLAIN_SIZE; i++) {
		x = x * 1103515245 + 12345;
		plain[i] = i % 7 ? (uint8_t)(i / 97) : (uint8_t)(x >> 16);
	}
}

static size_t gzip(const uint8_t *plain, size_t size, uint8_t *to, size_t room)
{
	z_stream z = {.next_in = (Bytef *)plain,
		      .avail_in = (uInt)size,
		      .next_out = to,
		      .avail_out = (uInt)room};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&z), Z_OK);
	return room - z.avail_out;
}

/* All of it, in pieces of `step` bytes, or the error. */
static ssize_t inflate_all(enum layer_compression c, const uint8_t *bytes, size_t size, size_t step,
			   uint8_t *to, size_t room)
{
	_cleanup_close_ int fd = memfd_create("in", MFD_CLOEXEC);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct inflate *inflate;
	size_t done = 0;
	ssize_t n;

	assert_int_equal(fd_write_full(fd, bytes, size), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(inflate_new(c, fd, &inflate, &err), 0);
	do {
		n = inflate_read(inflate, to + done, MIN(step, room - done), &err);
		done += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	inflate_free(inflate);
	assert_int_equal(n < 0, err.code != 0);
	return n < 0 ? n : (ssize_t)done;
}

static uint8_t plain[PLAIN_SIZE], packed[4 * PLAIN_SIZE], out[4 * PLAIN_SIZE];

static void test_gzip_members(void **state)
{
	static const size_t cuts[] = {0, 1, 17, 65536, PLAIN_SIZE - 1, PLAIN_SIZE};
	static const size_t steps[] = {sizeof(out), 4096, 7};

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		size_t n = gzip(plain, cuts[i], packed, sizeof(packed));

		n += gzip(plain + cuts[i], PLAIN_SIZE - cuts[i], packed + n, sizeof(packed) - n);
		for (size_t k = 0; k < ARRAY_SIZE(steps); k++) {
			assert_int_equal(
				inflate_all(LAYER_AUTO, packed, n, steps[k], out, sizeof(out)),
				PLAIN_SIZE);
			assert_memory_equal(out, plain, PLAIN_SIZE);
		}
	}
}

/* Of a short stream every prefix is truncated, except the whole. */
static void test_truncated(void **state)
{
	size_t n = gzip(plain, 500, packed, sizeof(packed));

	for (size_t i = 0; i < n; i++)
		assert_int_equal(inflate_all(LAYER_GZIP, packed, i, 100, out, sizeof(out)),
				 -EBADMSG);
	assert_int_equal(inflate_all(LAYER_GZIP, packed, n, 100, out, sizeof(out)), 500);
	n = ZSTD_compress(packed, sizeof(packed), plain, 500, 3);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(inflate_all(LAYER_ZSTD, packed, i, 100, out, sizeof(out)),
				 -EBADMSG);
	assert_int_equal(inflate_all(LAYER_ZSTD, packed, n, 100, out, sizeof(out)), 500);
}

static void test_damaged(void **state)
{
	size_t n = gzip(plain, 500, packed, sizeof(packed));

	packed[n - 5] ^= 1; /* the checksum in the trailer */
	assert_int_equal(inflate_all(LAYER_GZIP, packed, n, 100, out, sizeof(out)), -EBADMSG);
	packed[n - 5] ^= 1;
	memcpy(packed + n, "0123456789 what is this?", 24);
	assert_int_equal(inflate_all(LAYER_GZIP, packed, n + 24, 100, out, sizeof(out)), -EBADMSG);
}

static void test_zstd_frames(void **state)
{
	static const uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
	size_t n = sizeof(skippable);

	memcpy(packed, skippable, n);
	n += ZSTD_compress(packed + n, sizeof(packed) - n, plain, 1000, 3);
	n += ZSTD_compress(packed + n, sizeof(packed) - n, plain + 1000, PLAIN_SIZE - 1000, 3);
	memcpy(packed + n, skippable, sizeof(skippable));
	n += sizeof(skippable);
	assert_int_equal(inflate_all(LAYER_AUTO, packed, n, 4096, out, sizeof(out)), PLAIN_SIZE);
	assert_memory_equal(out, plain, PLAIN_SIZE);
}

/* A frame that asks for a window over the cap: its header alone is enough to refuse it. */
static void test_zstd_window(void **state)
{
	static const uint8_t wide[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, (28 - 10) << 3, 1, 0, 0};

	assert_int_equal(inflate_all(LAYER_AUTO, wide, sizeof(wide), 4096, out, sizeof(out)),
			 -EBADMSG);
}

static void test_by_first_bytes(void **state)
{
	static const uint8_t xz[] = {0xfd, '7', 'z', 'X', 'Z', 0, 0, 0};

	assert_int_equal(inflate_all(LAYER_AUTO, xz, sizeof(xz), 100, out, sizeof(out)), -EBADMSG);
	assert_int_equal(inflate_all(LAYER_AUTO, plain, 3, 100, out, sizeof(out)), 3);
	assert_int_equal(inflate_all(LAYER_AUTO, plain, 0, 100, out, sizeof(out)), 0);
	assert_int_equal(inflate_all(LAYER_PLAIN, xz, sizeof(xz), 1, out, sizeof(out)), sizeof(xz));
	assert_int_equal(inflate_all(LAYER_GZIP, plain, 100, 100, out, sizeof(out)), -EBADMSG);
}

/* 2 GiB of zeros in a few hundred kilobytes: a layer's file of zeros packs as well (lastlog, a disk image). */
static void test_no_ratio(void **state)
{
	size_t room = 8 << 20, n = 0;
	_cleanup_free_ uint8_t *zeros = calloc(1, room);

	assert_non_null(zeros);
	for (int i = 0; i < 256; i++)
		n += ZSTD_compress(packed + n, sizeof(packed) - n, zeros, room, 3);
	_cleanup_close_ int fd = memfd_create("in", MFD_CLOEXEC);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct inflate *inflate;
	uint64_t sum = 0;
	ssize_t got;

	assert_int_equal(fd_write_full(fd, packed, n), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(inflate_new(LAYER_AUTO, fd, &inflate, &err), 0);
	while ((got = inflate_read(inflate, zeros, room, &err)) > 0)
		sum += (uint64_t)got;
	inflate_free(inflate);
	assert_int_equal(got, 0);
	assert_int_equal(sum, UINT64_C(256) * room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip_members), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_damaged),	     cmocka_unit_test(test_zstd_frames),
		cmocka_unit_test(test_zstd_window),  cmocka_unit_test(test_by_first_bytes),
		cmocka_unit_test(test_no_ratio),
	};

	make_plain(plain);
	return cmocka_run_group_tests_name("inflate", tests, NULL, NULL);
}
