/* SPDX-License-Identifier: Apache-2.0 */
#include "image/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "unit.h"

/* The layout takes a blob's name on trust (it was verified when it came), so names may be anything. */
#define A	      "aaaa456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B	      "bbbb456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define C	      "cccc456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define D	      "cccd456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"

struct fixture {
	char dir[32];
	struct layout layout;
};

static void put_blob(struct fixture *f, const char *hex, const char *text)
{
	char path[100];

	(void)snprintf(path, sizeof(path), "blobs/sha256/%s", hex);
	assert_int_equal(file_write_atomic(f->layout.fd, path, text, strlen(text), 0600,
					   (enum file_write_flags)0),
			 0);
}

/* An image without layers: a manifest and a config. */
static void put_image(struct fixture *f, const char *name, const char *hex, const char *config_hex)
{
	static const char config[] = "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";
	struct layout_entry entry = {.name = name, .media_type = MANIFEST_TYPE};
	char text[500];

	(void)snprintf(text, sizeof(text),
		       "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/"
		       "vnd.oci.image.config.v1+json\",\"digest\":\"sha256:%s\",\"size\":%zu},"
		       "\"layers\":[]}",
		       config_hex, strlen(config));
	put_blob(f, hex, text);
	put_blob(f, config_hex, config);
	(void)snprintf(entry.manifest.hex, sizeof(entry.manifest.hex), "%s", hex);
	entry.manifest_size = strlen(text);
	assert_int_equal(layout_put(&f->layout, &entry, NULL), 0);
}

static int setup(void **state)
{
	static struct fixture f;

	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/test-layout-XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	f.layout = LAYOUT_INIT;
	assert_int_equal(layout_open(f.dir, true, &f.layout, NULL), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	layout_done(&f->layout);
	return file_remove_tree(AT_FDCWD, f->dir);
}

static void test_empty(void **state)
{
	struct fixture *f = *state;
	_cleanup_layout_list_ struct masu_image_list list = {0};
	_cleanup_layout_ struct layout again = LAYOUT_INIT;

	assert_int_equal(layout_list(&f->layout, &list, NULL), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(layout_open(f->dir, true, &again, NULL), 0);
}

/* The index never becomes one that can't be read. */
static void test_full(void **state)
{
	struct fixture *f = *state;
	_cleanup_image_index_ struct image_index index = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct layout_entry entry = {.media_type = MANIFEST_TYPE, .manifest = {A}};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	assert_int_equal(strbuf_addf(&text, "{\"schemaVersion\":2,\"manifests\":["), 0);
	for (int i = 1; i < IMAGE_ENTRIES_MAX; i++)
		assert_int_equal(strbuf_addf(&text, "{\"mediaType\":\"" MANIFEST_TYPE
						    "\",\"digest\":\"sha256:" A "\",\"size\":2},"),
				 0);
	text.text[text.length - 1] = ' ';
	assert_int_equal(strbuf_addf(&text, "]}"), 0);
	assert_int_equal(file_write_atomic(f->layout.fd, "index.json", text.text, text.length, 0600,
					   (enum file_write_flags)0),
			 0);
	entry.name = "docker.io/library/last:latest";
	assert_int_equal(layout_put(&f->layout, &entry, NULL), 0);
	assert_int_equal(layout_put(&f->layout, &entry, NULL), 0); /* in place of itself */
	entry.name = "docker.io/library/more:latest";
	assert_int_equal(layout_put(&f->layout, &entry, &err), -ENOSPC);
	assert_int_equal(layout_read_index(&f->layout, &index, NULL), 0);
	assert_int_equal(index.n_manifests, IMAGE_ENTRIES_MAX);
}

static void test_find(void **state)
{
	static const char *const good[] = {"nginx",
					   "docker.io/library/nginx:latest",
					   "nginx@sha256:" A,
					   "sha256:" A,
					   "sha256:" C,
					   "cccc",
					   C,
					   "sha256:cccc4"};
	static const char *const bad[] = {"nginx:1",   "nginx@sha256:" B, "ccc",  "cccce", "dddd",
					  "sha256:" B, "other@sha256:" A, "../x", ""};
	struct fixture *f = *state;

	put_image(f, "docker.io/library/nginx:latest", A, C);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_layout_image_ struct masu_image image = {0};

		if (layout_find(&f->layout, good[i], &image, NULL) < 0)
			fail_msg("'%s' isn't found", good[i]);
		assert_string_equal(image.config.hex, C);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_layout_image_ struct masu_image image = {0};

		if (layout_find(&f->layout, bad[i], &image, NULL) != -ENOENT)
			fail_msg("'%s' is found", bad[i]);
	}
}

static void test_ambiguous_id(void **state)
{
	struct fixture *f = *state;
	_cleanup_layout_image_ struct masu_image image = {0};

	put_image(f, "docker.io/library/a:latest", A, C);
	put_image(f, "docker.io/library/b:latest", B, C);
	assert_int_equal(layout_find(&f->layout, "cccc", &image, NULL), 0);
	layout_image_done(&image);
	put_image(f, "docker.io/library/b:latest", B,
		  "cccc0"
		  "56789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	assert_int_equal(layout_find(&f->layout, "cccc", &image, NULL), -EEXIST);
	assert_int_equal(layout_find(&f->layout, "cccc4", &image, NULL), 0);
}

static void test_tags(void **state)
{
	struct fixture *f = *state;
	_cleanup_layout_list_ struct masu_image_list list = {0};
	_cleanup_layout_image_ struct masu_image image = {0};
	struct digest d = {A};

	put_image(f, "docker.io/library/a:latest", A, C);
	assert_int_equal(layout_tag(&f->layout, "a", "b:1", NULL), 0);
	assert_int_equal(layout_tag(&f->layout, "a", "b:1", NULL), 0);
	assert_int_equal(layout_tag(&f->layout, "a", "b@sha256:" A, NULL), -EINVAL);
	assert_int_equal(layout_list(&f->layout, &list, NULL), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.images[1].name, "docker.io/library/b:1");
	assert_int_equal(layout_untag(&f->layout, "docker.io/library/a:latest", NULL, NULL), 0);
	assert_int_equal(layout_find(&f->layout, "a", &image, NULL), -ENOENT);
	assert_int_equal(layout_find(&f->layout, "b:1", &image, NULL), 0);
	assert_int_equal(layout_untag(&f->layout, NULL, &d, NULL), 0);
	assert_int_equal(layout_untag(&f->layout, NULL, &d, NULL), -ENOENT);
}

static void test_damage_stays_with_its_image(void **state)
{
	struct fixture *f = *state;
	_cleanup_layout_list_ struct masu_image_list list = {0};
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	put_image(f, "docker.io/library/a:latest", A, C);
	put_image(f, "docker.io/library/b:latest", B, D);
	assert_int_equal(unlinkat(f->layout.fd, "blobs/sha256/" C, 0), 0);
	assert_int_equal(mkfifoat(f->layout.fd, "blobs/sha256/" C, 0600), 0);
	assert_int_equal(layout_list(&f->layout, &list, NULL), 0);
	assert_int_equal(list.n, 2);
	assert_non_null(list.images[0].damage);
	assert_null(list.images[1].damage);
	assert_int_equal(layout_find(&f->layout, "a", &image, &err), -EBADMSG);
	assert_non_null(err.hint);
	assert_int_equal(layout_find(&f->layout, "b", &image, NULL), 0);
}

static void test_foreign_dir(void **state)
{
	struct fixture *f = *state;
	_cleanup_layout_ struct layout l = LAYOUT_INIT;

	assert_int_equal(layout_open("/nonexistent", false, &l, NULL), -ENOENT);
	assert_int_equal(unlinkat(f->layout.fd, "oci-layout", 0), 0);
	assert_int_equal(layout_open(f->dir, false, &l, NULL), -ENOENT);
	assert_int_equal(symlinkat("/etc/hostname", f->layout.fd, "oci-layout"), 0);
	assert_int_equal(layout_open(f->dir, false, &l, NULL), -ELOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_find, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ambiguous_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage_stays_with_its_image, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_dir, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
