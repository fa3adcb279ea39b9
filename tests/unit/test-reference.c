/* SPDX-License-Identifier: Apache-2.0 */
#include "image/reference.h"
#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void expect(const char *text, const char *canonical)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_int_equal(reference_parse(text, &ref, &err), 0);
	_cleanup_free_ char *s = reference_to_string(&ref);
	assert_string_equal(s, canonical);
}

static void test_short_names_complete_themselves(void **state)
{
	expect("nginx", "docker.io/library/nginx:latest");
	expect("nginx:1.25", "docker.io/library/nginx:1.25");
	expect("me/app", "docker.io/me/app:latest");
	expect("docker.io/nginx", "docker.io/library/nginx:latest");
	expect("index.docker.io/library/nginx", "docker.io/library/nginx:latest");
	expect("localhost/x", "localhost/x:latest");
	expect("localhost:5000/nginx", "localhost:5000/nginx:latest");
	expect("LOCALHOST:5000/nginx", "localhost:5000/nginx:latest");
	expect("127.0.0.1:5000/a/b/c:T_1.x-y", "127.0.0.1:5000/a/b/c:T_1.x-y");
	expect("[::1]:5000/a", "[::1]:5000/a:latest");
	expect("r.example/a__b/c--d.e", "r.example/a__b/c--d.e:latest");
	expect("nginx@sha256:" HEX, "docker.io/library/nginx@sha256:" HEX);
	expect("nginx:1@sha256:" HEX, "docker.io/library/nginx:1@sha256:" HEX);
}

static void test_malformed_names_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		":",
		"/",
		"a/",
		"/a",
		"a//b",
		"nginx:",
		"nginx:-x",
		"nginx:a b",
		"nginx@",
		"nginx@sha256:abc",
		"nginx@sha256:../../x",
		"nginx@sha512:" HEX HEX,
		"nginx@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"nginx@sha256:" HEX "0",
		"nginx@sha256:" HEX "@sha256:" HEX,
		"Nginx",
		"a/../b",
		"..",
		"r.example/..",
		"a___b",
		"a..b",
		"a._b",
		"-a",
		"a-",
		"a_",
		"r.example:/x",
		"r.example:0/x",
		"r.example:65536/x",
		"r.example:80:80/x",
		"r..example/x",
		"-r.example/x",
		"r.example./x",
		"[::1/x",
		"[zz]:1/x",
		"https://r.example/x",
		"a\nb",
		"a b",
		"a?b",
		"a%2fb",
		HEX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_reference_ struct reference ref = {0};
		_cleanup_err_ struct masu_error err = ERR_INIT;

		if (reference_parse(bad[i], &ref, &err) != -EINVAL)
			fail_msg("'%s' passes", bad[i]);
		assert_non_null(err.message);
	}
}

static void test_lengths(void **state)
{
	_cleanup_reference_ struct reference ref = {0};
	char name[400] = "r.example/";

	memset(name + 10, 'b', 246);
	assert_int_equal(reference_parse(name, &ref, NULL), -EINVAL);
	name[255] = 0;
	assert_int_equal(reference_parse(name, &ref, NULL), 0);
	reference_done(&ref);
	memset(name, 0, sizeof(name));
	memcpy(name, "a:", 2);
	memset(name + 2, 'T', 129);
	assert_int_equal(reference_parse(name, &ref, NULL), -EINVAL);
	name[130] = 0;
	assert_int_equal(reference_parse(name, &ref, NULL), 0);
}

static void test_digest(void **state)
{
	unsigned char bytes[32] = {0x01, 0x23, 0xab, 0xff};
	char text[DIGEST_TEXT_MAX];
	struct digest d;

	digest_from_bytes(bytes, &d);
	assert_string_equal(digest_text(&d, text), "sha256:0123abff00000000000000000000000000000000"
						   "000000000000000000000000");
	assert_int_equal(digest_parse(text, &d), 0);
	assert_int_equal(digest_parse(text + 1, &d), -EINVAL);
	assert_int_equal(digest_parse("sha256:", &d), -EINVAL);
}

/* A digest becomes part of paths and URLs. */
static void test_bad_digest(void **state)
{
	static const char *const bad[] = {
		"../../../../../../../../../../../../../../../../../../../../../x",
		"0123ABFF00000000000000000000000000000000000000000000000000000000",
		"0123abff0000000000000000000000000000000000000000000000000000000",
		"0123abff000000000000000000000000000000000000000000000000000000000",
		"0123abff00000000000000000000000000000000000000000000000000000 0",
		"0123abff0000000000000000000000000000000000000000000000000000000\n",
	};
	char text[128];
	struct digest d;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		(void)snprintf(text, sizeof(text), "sha256:%s", bad[i]);
		assert_int_equal(digest_parse(text, &d), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_names_complete_themselves),
		cmocka_unit_test(test_malformed_names_are_refused),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_bad_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
