/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/strv.h"
#include "unit.h"

static int open_dir(char path[32])
{
	(void)snprintf(path, 32, "/tmp/masu-record-XXXXXX");
	assert_non_null(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void fill(struct record *r)
{
	const struct record_mount mount = {.type = (char *)"volume",
					   .volume = (char *)"v",
					   .source = (char *)"/data/v",
					   .destination = (char *)"/d",
					   .readonly = true,
					   .nocopy = true};

	*r = (struct record){
		.id = strdup("abc"),
		.name = strdup("web"),
		.created_ns = 1795314856600273258,
		.image = strdup("nginx"),
		.user = strdup("1000:100"),
		.hostname = strdup("höst"),
		.tty = true,
		.auto_remove = true,
		.log_max_size = 1 << 20,
		.log_max_files = 3,
		.stop_signal = 15,
		.stop_timeout = 10,
	};
	assert_int_equal(strv_push(&r->layers, "aa"), 0);
	assert_int_equal(strv_push(&r->layers, "bb"), 0);
	assert_int_equal(strv_push(&r->command, "echo \"x\"\n"), 0);
	assert_int_equal(oci_map_set(&r->labels, "k=v", "w=x"), 0);
	assert_int_equal(record_add_mount(r, &mount), 0);
	r->secrets = calloc(1, sizeof(*r->secrets));
	r->n_secrets = 1;
	r->secrets[0] = (struct record_secret){
		.name = strdup("s"), .target = strdup("/run/secrets/s"), .uid = 7, .mode = 0444};
}

static void test_round_trip(void **state)
{
	_cleanup_record_ struct record a = {0}, b = {0};
	char path[32];
	_cleanup_close_ int fd = open_dir(path);

	fill(&a);
	assert_int_equal(record_write(fd, &a, false, NULL), 0);
	assert_int_equal(record_read(fd, &b, NULL), 0);
	assert_string_equal(b.name, "web");
	assert_true(b.created_ns == a.created_ns);
	assert_string_equal(b.hostname, "höst");
	assert_string_equal(b.layers[1], "bb");
	assert_string_equal(b.command[0], "echo \"x\"\n");
	assert_int_equal(b.labels.n, 1);
	assert_string_equal(oci_map_get(&b.labels, "k=v"), "w=x");
	assert_null(b.rootfs);
	assert_null(b.publish);
	assert_true(b.tty && b.auto_remove && !b.interactive);
	assert_int_equal(b.log_max_files, 3);
	assert_int_equal(b.n_mounts, 1);
	assert_string_equal(b.mounts[0].volume, "v");
	assert_true(b.mounts[0].readonly && b.mounts[0].nocopy);
	assert_int_equal(b.n_secrets, 1);
	assert_string_equal(b.secrets[0].target, "/run/secrets/s");
	assert_int_equal(b.secrets[0].uid, 7);
	assert_int_equal(b.secrets[0].mode, 0444);
	assert_int_equal(file_remove_tree(AT_FDCWD, path), 0);
}

/* Bytes that aren't UTF-8, as a variable or a path may have, make no record that nobody can read. */
static void test_any_bytes(void **state)
{
	_cleanup_record_ struct record a = {0}, b = {0};
	char path[32];
	_cleanup_close_ int fd = open_dir(path);

	fill(&a);
	assert_int_equal(strv_push(&a.command, "a\xff"
					       "b"),
			 0);
	assert_int_equal(oci_map_set(&a.labels, "\xc3", "\xe2\x82"), 0);
	assert_int_equal(record_write(fd, &a, false, NULL), 0);
	assert_int_equal(record_read(fd, &b, NULL), 0);
	assert_string_equal(b.command[1], "a\xef\xbf\xbd"
					  "b");
	assert_string_equal(oci_map_get(&b.labels, "\xef\xbf\xbd"), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_int_equal(file_remove_tree(AT_FDCWD, path), 0);
}

static void test_damaged(void **state)
{
	static const char *const bad[] = {"",
					  "[]",
					  "{}",
					  "{\"id\":\"a\",\"name\":\"b\"}",
					  "{\"id\":1,\"name\":\"b\",\"image\":\"c\"}",
					  "{\"id\":\"a\",\"name\":\"b\",\"image\":\"c\","
					  "\"mounts\":[1]}",
					  "{\"id\":\"a\",\"name\":\"b\",\"image\":\"c\","
					  "\"layers\":\"x\"}",
					  "{\"id\":\"a\",\"name\":\"b\",\"image\":\"c\","
					  "\"labels\":{\"k\":1}}"};
	char path[32];
	_cleanup_close_ int fd = open_dir(path);
	struct record r = {0};

	assert_int_equal(record_read(fd, &r, NULL), -ENOENT);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(
			file_write_atomic(fd, RECORD_FILE, bad[i], strlen(bad[i]), 0600, 0), 0);
		assert_int_equal(record_read(fd, &r, NULL), -EBADMSG);
	}
	assert_int_equal(file_remove_tree(AT_FDCWD, path), 0);
}

/* As records had them before. */
static void test_labels_in_an_array(void **state)
{
	static const char old[] = "{\"id\":\"a\",\"name\":\"b\",\"image\":\"c\","
				  "\"labels\":[\"k=v=w\",\"l=\"]}";
	char path[32];
	_cleanup_close_ int fd = open_dir(path);
	_cleanup_record_ struct record r = {0};

	assert_int_equal(file_write_atomic(fd, RECORD_FILE, old, strlen(old), 0600, 0), 0);
	assert_int_equal(record_read(fd, &r, NULL), 0);
	assert_string_equal(oci_map_get(&r.labels, "k"), "v=w");
	assert_string_equal(oci_map_get(&r.labels, "l"), "");
	assert_int_equal(file_remove_tree(AT_FDCWD, path), 0);
}

/* Every record that is written can be read, here and by the garbage collection (transfer/gc.c). */
static void test_size(void **state)
{
	_cleanup_record_ struct record a = {0}, b = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	char path[32];
	_cleanup_close_ int fd = open_dir(path);
	char *hostname = calloc(1, RECORD_SIZE_MAX + 1);

	fill(&a);
	assert_non_null(hostname);
	memset(hostname, 'x', RECORD_SIZE_MAX);
	free(a.hostname);
	a.hostname = hostname;
	assert_int_equal(record_write(fd, &a, false, &err), -EFBIG);
	assert_int_equal(faccessat(fd, RECORD_FILE, F_OK, 0), -1);
	hostname[RECORD_SIZE_MAX - (64u << 10)] = 0;
	assert_int_equal(record_write(fd, &a, false, NULL), 0);
	assert_int_equal(record_read(fd, &b, NULL), 0);
	assert_int_equal(file_remove_tree(AT_FDCWD, path), 0);
}

/* The bytes of a cache have the whole record, and a part of them is refused. */
static void test_pack(void **state)
{
	_cleanup_record_ struct record a = {0}, b = {0};
	_cleanup_strbuf_ struct strbuf bytes = STRBUF_INIT;
	_cleanup_free_ char *before = NULL, *after = NULL;
	char path[32];
	_cleanup_close_ int fd = open_dir(path);

	fill(&a);
	assert_int_equal(strv_push(&a.publish, ""), 0);
	a.devices = calloc(1, sizeof(char *));
	record_pack(&a, &bytes);
	assert_false(bytes.failed);
	for (size_t n = 0; n < bytes.length; n++) {
		_cleanup_record_ struct record part = {0};
		_cleanup_free_ char *copy = malloc(n ? n : 1); /* a sanitizer sees a read too far */
		struct unpack u = {.at = copy, .left = n};

		memcpy(copy, bytes.text, n);
		record_unpack(&u, &part);
		assert_true(u.failed);
	}
	struct unpack u = {.at = bytes.text, .left = bytes.length};
	record_unpack(&u, &b);
	assert_false(u.failed);
	assert_int_equal(u.left, 0);
	assert_non_null(b.devices);
	assert_null(b.volumes_from);
	/* Whatever record.json has, the bytes have. */
	assert_int_equal(record_write(fd, &a, false, NULL), 0);
	assert_int_equal(file_read(fd, RECORD_FILE, RECORD_SIZE_MAX, &before, NULL), 0);
	assert_int_equal(record_write(fd, &b, false, NULL), 0);
	assert_int_equal(file_read(fd, RECORD_FILE, RECORD_SIZE_MAX, &after, NULL), 0);
	assert_string_equal(before, after);
	assert_int_equal(file_remove_tree(AT_FDCWD, path), 0);
}

/* Every byte may be any other one. */
static void test_pack_damaged(void **state)
{
	_cleanup_record_ struct record a = {0};
	_cleanup_strbuf_ struct strbuf bytes = STRBUF_INIT;

	fill(&a);
	record_pack(&a, &bytes);
	for (size_t i = 0; i < bytes.length; i++)
		for (int value = 0; value < 256; value += 17) {
			_cleanup_record_ struct record b = {0};
			struct unpack u = {.at = bytes.text, .left = bytes.length};
			char old = bytes.text[i];

			bytes.text[i] = (char)value;
			record_unpack(&u, &b); /* no crash, no endless loop, no overrun */
			bytes.text[i] = old;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_damaged),	     cmocka_unit_test(test_labels_in_an_array),
		cmocka_unit_test(test_size),	     cmocka_unit_test(test_pack),
		cmocka_unit_test(test_pack_damaged),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
