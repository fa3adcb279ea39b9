/* SPDX-License-Identifier: Apache-2.0 */
/* Entries are written by files/tar.c and read back by unpack/layer-read.c. */
#include "files/tar.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "unit.h"
#include "unpack/layer-read.h"

#define GIB (1ULL << 30)

/* An archive with one entry, and a reader that is at this entry. */
struct archive {
	int fd;
	char buffer[4096];
	struct layer_reader *reader;
	struct layer_entry entry;
};

static int source(void *arg, const void **ret, size_t *ret_size, struct masu_error *err)
{
	struct archive *a = arg;
	ssize_t n = read(a->fd, a->buffer, sizeof(a->buffer));

	(void)err;
	assert_true(n >= 0);
	*ret = a->buffer;
	*ret_size = (size_t)n;
	return 0;
}

/* Without `data`, no data follow the header. */
static void write_then_read(struct archive *a, const struct tar_entry *e, const char *data)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	size_t size = data ? strlen(data) : 0;
	struct tar_writer w;

	a->fd = memfd_create("archive", MFD_CLOEXEC);
	assert_int_equal(tar_writer_init(&w, a->fd), 0);
	assert_int_equal(tar_header(&w, e), 0);
	assert_int_equal(tar_data(&w, data, size), 0);
	assert_int_equal(tar_pad(&w, size), 0);
	assert_int_equal(tar_finish(&w), 0);
	tar_writer_done(&w);
	assert_int_equal(lseek(a->fd, 0, SEEK_END) % 512, 0);
	assert_int_equal(lseek(a->fd, 0, SEEK_SET), 0);
	assert_int_equal(layer_reader_new(source, a, UINT64_MAX, &a->reader, &err), 0);
	if (layer_reader_next(a->reader, &a->entry, &err) != 1)
		fail_msg("%s", err.message);
}

static void done(struct archive *a)
{
	layer_reader_free(a->reader);
	fd_close(&a->fd);
}

static void test_lengths_of_names(void **state)
{
	static const size_t lengths[] = {1, 98, 99, 100, 101, 155, 255, 256, 4095};
	const struct stat file = {.st_mode = S_IFREG | 0644}, dir = {.st_mode = S_IFDIR | 0755};
	const struct stat link = {.st_mode = S_IFLNK | 0777};
	char name[4096], with_slash[4097];
	struct archive a;

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		memset(name, 'n', lengths[i]);
		name[lengths[i]] = 0;
		(void)snprintf(with_slash, sizeof(with_slash), "%s/", name);

		write_then_read(&a, &(struct tar_entry){.name = name, .st = &file}, NULL);
		assert_string_equal(a.entry.name, name);
		assert_int_equal(a.entry.mode, file.st_mode);
		done(&a);

		write_then_read(&a, &(struct tar_entry){.name = name, .st = &dir}, NULL);
		assert_true(streq(a.entry.name, name) || streq(a.entry.name, with_slash));
		assert_int_equal(a.entry.mode, dir.st_mode);
		done(&a);

		write_then_read(&a, &(struct tar_entry){.name = "l", .link = name, .st = &link},
				NULL);
		assert_string_equal(a.entry.link, name);
		assert_false(a.entry.hard_link);
		done(&a);

		write_then_read(&a,
				&(struct tar_entry){
					.name = "h", .link = name, .hard_link = true, .st = &file},
				NULL);
		assert_string_equal(a.entry.link, name);
		assert_true(a.entry.hard_link);
		assert_int_equal(a.entry.size, 0);
		done(&a);
	}
}

static void test_bytes_of_names(void **state)
{
	static const char *const names[] = {"a\nb=c",	"\xff\xfe", "e\xcc\x81",
					    "\xc3\xa9", "../x",	    "/abs",
					    "a\\b",	" ",	    "././@PaxHeader"};
	const struct stat st = {.st_mode = S_IFREG | 0600};
	char name[512];
	struct archive a;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (int length = 0; length < 200; length += 120) { /* in the header, in a record */
			(void)snprintf(name, sizeof(name), "%s%0*d", names[i], length, 0);
			write_then_read(&a, &(struct tar_entry){.name = name, .st = &st}, NULL);
			assert_string_equal(a.entry.name, name);
			done(&a);
		}
	}
}

static void test_numbers(void **state)
{
	static const int64_t times[] = {0,  1,		 077777777777, 0100000000000, 253402300800,
					-1, -2208988800, 1LL << 40};
	static const uid_t ids[] = {0, 07777777, 010000000, 4294967294U};
	struct stat st = {.st_mode = S_IFREG | 07777};
	struct archive a;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		st.st_mtim.tv_sec = times[i];
		st.st_mtim.tv_nsec = times[i] > 0 ? 123456789 : 0;
		st.st_uid = ids[i % ARRAY_SIZE(ids)];
		st.st_gid = ids[(i + 1) % ARRAY_SIZE(ids)];
		write_then_read(&a, &(struct tar_entry){.name = "f", .st = &st}, NULL);
		assert_int_equal(a.entry.mode, st.st_mode);
		assert_int_equal(a.entry.uid, st.st_uid);
		assert_int_equal(a.entry.gid, st.st_gid);
		assert_int_equal(a.entry.mtime.tv_sec, st.st_mtim.tv_sec);
		assert_int_equal(a.entry.mtime.tv_nsec, st.st_mtim.tv_nsec);
		done(&a);
	}
	st = (struct stat){.st_mode = S_IFREG, .st_size = (off_t)(8 * GIB)};
	write_then_read(&a, &(struct tar_entry){.name = "f", .st = &st}, NULL);
	assert_int_equal(a.entry.size, st.st_size);
	done(&a);
	st = (struct stat){.st_mode = S_IFCHR | 0666, .st_rdev = makedev(4095, 1048575)};
	write_then_read(&a, &(struct tar_entry){.name = "d", .st = &st}, NULL);
	assert_int_equal(a.entry.mode, st.st_mode);
	assert_int_equal(a.entry.rdev, st.st_rdev);
	done(&a);
}

/* A record begins with its own length, so the number of its digits matters. */
static void test_xattrs(void **state)
{
	const struct stat st = {.st_mode = S_IFREG | 0644};
	static const char misleading[] = "\n7 x=\0\n";
	char value[1100];
	struct archive a;

	memset(value, 'v', sizeof(value));
	memcpy(value, misleading, sizeof(misleading));
	for (size_t size = 0; size <= sizeof(value); size += size < 120 ? 1 : 19) {
		char a_name[] = "user.a", b_name[] = "user.b\n", empty[] = "";
		struct tar_xattr x[] = {{a_name, value, size}, {b_name, empty, 0}};
		write_then_read(
			&a, &(struct tar_entry){.name = "f", .st = &st, .xattrs = x, .n_xattrs = 2},
			NULL);
		assert_int_equal(a.entry.n_xattrs, 2);
		for (size_t i = 0; i < 2; i++) {
			const struct layer_xattr *found = &a.entry.xattrs[i];
			const struct tar_xattr *given = streq(found->name, x[0].name) ? x : x + 1;

			assert_string_equal(found->name, given->name);
			assert_int_equal(found->size, given->size);
			assert_memory_equal(found->value, given->value, given->size);
		}
		done(&a);
	}
}

static void test_holes(void **state)
{
	static const uint64_t sizes[] = {4, 512, 8 * GIB - 1, 8 * GIB, 1ULL << 62};
	struct stat st = {.st_mode = S_IFREG | 0644};
	uint64_t offset;
	const void *bytes;
	size_t size;
	struct archive a;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const struct tar_segment s[] = {{sizes[i] - 4, 2}, {sizes[i], 0}};

		st.st_size = (off_t)sizes[i];
		write_then_read(
			&a,
			&(struct tar_entry){.name = "f", .st = &st, .segments = s, .n_segments = 2},
			"xy");
		assert_string_equal(a.entry.name, "f");
		assert_int_equal(a.entry.size, sizes[i]);
		assert_int_equal(layer_reader_block(a.reader, &bytes, &size, &offset, NULL), 1);
		assert_int_equal(offset, sizes[i] - 4);
		assert_int_equal(size, 2);
		assert_memory_equal(bytes, "xy", 2);
		done(&a);
	}
}

/* As many as files/packer.c writes. */
static void test_many_segments(void **state)
{
	const size_t n = 65536;
	_cleanup_free_ struct tar_segment *s = calloc(n, sizeof(*s));
	const struct stat st = {.st_mode = S_IFREG | 0644, .st_size = (off_t)n * 8192};
	struct archive a;

	for (size_t i = 0; i < n; i++)
		s[i] = (struct tar_segment){(i + 1) * 8192, 0};
	write_then_read(&a,
			&(struct tar_entry){.name = "f", .st = &st, .segments = s, .n_segments = n},
			NULL);
	assert_int_equal(a.entry.size, st.st_size);
	done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths_of_names),
		cmocka_unit_test(test_bytes_of_names),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_xattrs),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_many_segments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
