/* SPDX-License-Identifier: Apache-2.0 */
#include "image/platform.h"
#include "unit.h"

#include <errno.h>
#include <stdint.h>

#define ENTRY(o, a, v)                                       \
	{                                                    \
		.media = IMAGE_MEDIA_MANIFEST, .platform = { \
			.os = (char *)(o),                   \
			.arch = (char *)(a),                 \
			.variant = (char *)(v)               \
		}                                            \
	}

/* The number of the entry that is chosen, or -errno. */
static int choose(struct image_descriptor *entries, size_t n, const char *wanted)
{
	struct image_index index = {.manifests = entries, .n_manifests = n};
	_cleanup_platform_ struct image_platform p = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	const struct image_descriptor *found;

	assert_int_equal(platform_parse(wanted, &p, NULL), 0);
	int r = platform_choose(&index, &p, &found, &err);
	return r < 0 ? r : (int)(found - entries);
}

static void test_choice(void **state)
{
	struct image_descriptor entries[] = {
		ENTRY("unknown", "unknown", NULL), ENTRY("windows", "amd64", NULL),
		ENTRY("linux", "amd64", "v3"),	   ENTRY("linux", "amd64", NULL),
		ENTRY("linux", "arm", "v5"),	   ENTRY("linux", "arm", "v7"),
		ENTRY("linux", "arm", "v6"),	   ENTRY("linux", "arm64", "v8"),
	};
	size_t n = ARRAY_SIZE(entries);

	assert_int_equal(choose(entries, n, "linux/amd64"), 3);
	assert_int_equal(choose(entries, n, "linux/amd64/v3"), 2);
	assert_int_equal(choose(entries, n, "linux/amd64/v2"), 3);
	assert_int_equal(choose(entries, n, "linux/arm/v7"), 5);
	assert_int_equal(choose(entries, n, "linux/arm/v6"), 6);
	assert_int_equal(choose(entries, n, "linux/arm"), 4);
	assert_int_equal(choose(entries, n, "linux/arm64"), 7);
	assert_int_equal(choose(entries, n, "linux/s390x"), -ENOENT);
}

static void test_single_entry_without_platform(void **state)
{
	struct image_descriptor entries[] = {ENTRY(NULL, NULL, NULL), ENTRY(NULL, NULL, NULL)};

	assert_int_equal(choose(entries, 1, "linux/amd64"), 0);
	assert_int_equal(choose(entries, 2, "linux/amd64"), -ENOENT);
}

static void test_malformed(void **state)
{
	static const char *const bad[] = {"", "linux", "linux/", "/amd64", "a/b/c/d", "a/b/"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_platform_ struct image_platform p = {0};
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(platform_parse(bad[i], &p, &err), -EINVAL);
	}
	_cleanup_platform_ struct image_platform own = {0};
	assert_int_equal(platform_parse(NULL, &own, NULL), 0);
	assert_string_equal(own.os, "linux");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_single_entry_without_platform),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
