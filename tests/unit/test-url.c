/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>

#include "base/str.h"
#include "registry/settings.h"
#include "unit.h"

static bool same(const char *a, const char *b)
{
	_cleanup_origin_ struct origin x = {0}, y = {0};

	assert_int_equal(url_origin(a, &x, NULL), 0);
	assert_int_equal(url_origin(b, &y, NULL), 0);
	return origin_equal(&x, &y);
}

static void test_origins(void **state)
{
	assert_true(same("https://a.example/x", "https://A.Example:443/y?z"));
	assert_false(same("https://a.example/", "http://a.example/"));
	assert_false(same("https://a.example/", "https://a.example:444/"));
	assert_false(same("https://a.example/", "https://a.example.evil/"));
	assert_true(same("http://[::1]:80/", "http://[::1]/"));
}

static void test_bad_urls_are_refused(void **state)
{
	static const char *const bad[] = {"",
					  "file:///etc/passwd",
					  "ftp://a.example/",
					  "https://user@a.example/",
					  "https://a.example:0x50/",
					  "https://",
					  "https://a.example/\nx",
					  "gopher://a"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_origin_ struct origin o = {0};

		if (url_origin(bad[i], &o, NULL) != -EINVAL)
			fail_msg("'%s' passes", bad[i]);
	}
}

static void test_join(void **state)
{
	_cleanup_free_ char *relative = NULL, *absolute = NULL;

	assert_int_equal(url_join("https://a.example/v2/x/blobs/y?q", "/z", NULL, &relative, NULL),
			 0);
	assert_string_equal(relative, "https://a.example/z");
	assert_int_equal(
		url_join("https://a.example/v2/", "http://b.example/z", NULL, &absolute, NULL), 0);
	assert_string_equal(absolute, "http://b.example/z");
}

static enum address_class class_of(const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return address_classify((const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return address_classify((const struct sockaddr *)&v6);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text;
		enum address_class class;
	} table[] = {
		{"8.8.8.8", ADDRESS_PUBLIC},
		{"2001:db8::1", ADDRESS_PUBLIC},
		{"10.1.2.3", ADDRESS_PRIVATE},
		{"172.16.0.1", ADDRESS_PRIVATE},
		{"172.32.0.1", ADDRESS_PUBLIC},
		{"192.168.1.1", ADDRESS_PRIVATE},
		{"100.64.0.1", ADDRESS_PRIVATE},
		{"fd00::1", ADDRESS_PRIVATE},
		{"169.254.169.254", ADDRESS_LINK},
		{"fe80::1", ADDRESS_LINK},
		{"127.8.0.1", ADDRESS_LOOPBACK},
		{"::1", ADDRESS_LOOPBACK},
		{"::ffff:127.0.0.1", ADDRESS_LOOPBACK},
		{"::ffff:169.254.169.254", ADDRESS_LINK},
		{"64:ff9b::a9fe:a9fe", ADDRESS_LINK},
		{"0.0.0.0", ADDRESS_NONE},
		{"::", ADDRESS_NONE},
		{"224.0.0.1", ADDRESS_NONE},
		{"255.255.255.255", ADDRESS_NONE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (class_of(table[i].text) != table[i].class)
			fail_msg("%s", table[i].text);
	assert_true(host_is_loopback("localhost"));
	assert_true(host_is_loopback("[::1]"));
	assert_true(host_is_loopback("127.0.0.1"));
	assert_false(host_is_loopback("localhost.example"));
	assert_false(host_is_loopback("notlocalhost"));
	assert_false(host_is_loopback("128.0.0.1"));
}

static void test_settings(void **state)
{
	static const char *const bad[] = {"insecure", "insecure =", "insecure = http://a/",
					  "secure = a", "timeout = 0"};
	_cleanup_registry_settings_ struct registry_settings s = REGISTRY_SETTINGS_INIT;
	_cleanup_origin_ struct origin o = {0};

	assert_int_equal(
		registry_settings_parse(
			&s, "# comment\n insecure = A.example:5000 # x\n\ntimeout=7\n", "x", NULL),
		0);
	assert_int_equal(s.timeout_s, 7);
	assert_int_equal(url_origin("http://a.example:5000/", &o, NULL), 0);
	assert_true(registry_settings_allow_http(&s, &o));
	o.port = 5001;
	assert_false(registry_settings_allow_http(&s, &o));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(registry_settings_parse(&s, bad[i], "x", &err), -EINVAL);
		assert_non_null(err.hint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_origins),	 cmocka_unit_test(test_bad_urls_are_refused),
		cmocka_unit_test(test_join),	 cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
