/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/variant.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The value as "SIGNATURE ITEM,ITEM". */
static void parses(const char *text, const char *expected)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct variant v;
	int r = variant_parse(text, &v, NULL);

	if (r < 0)
		fail_msg("%s: %d", text, r);
	assert_int_equal(strbuf_addf(&b, "%s ", v.signature), 0);
	for (size_t i = 0; i < v.n; i++)
		if (v.items[i].text)
			assert_int_equal(strbuf_addf(&b, "%s,", v.items[i].text), 0);
		else
			assert_int_equal(strbuf_addf(&b, "%lld,", (long long)v.items[i].number), 0);
	variant_done(&v);
	assert_string_equal(b.text, expected);
}

static void refuses(const char *text, int code)
{
	_cleanup_err_ struct err err = ERR_INIT;
	struct variant v;

	assert_int_equal(variant_parse(text, &v, &err), -code);
	assert_non_null(strstr(err.message, text));
}

static void test_values(void **state)
{
	parses("true", "b 1,");
	parses("boolean false", "b 0,");
	parses("5", "i 5,");
	parses("-5", "i -5,");
	parses(" uint64 123456789 ", "t 123456789,");
	parses("@t 5", "t 5,");
	parses("uint64 0xff", "t 255,");
	parses("byte 255", "y 255,");
	parses("int16 -32768", "n -32768,");
	parses("int64 -9223372036854775808", "x -9223372036854775808,");
	parses("'inactive-or-failed'", "s inactive-or-failed,");
	parses("\"a 'b' \\\"c\\\" \\\\\"", "s a 'b' \"c\" \\,");
	parses("objectpath '/a'", "o /a,");
	parses("['a', \"b\"]", "as a,b,");
	parses("[uint32 1,2 , 3]", "au 1,2,3,");
	parses("@as []", "as ");
	parses("@ay [1, 2]", "ay 1,2,");
	parses("[true]", "ab 1,");
}

static void test_bad_values(void **state)
{
	static const char *const bad[] = {
		"",
		"yes",
		"tru",
		"'a",
		"a'",
		"5 6",
		"5x",
		"uint64",
		"uint64 -1",
		"byte 256",
		"--5",
		"[]",
		"['a',",
		"[1 2]",
		"['a', 1]",
		"uint64 'a'",
		"string 5",
		"'a\\n'",
		"2147483648",
		"@t",
		"@as 5",
		"true1",
		"uint32 int64 5",
		"0x",
		"[1]]",
		"int16 32768",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuses(bad[i], EINVAL);
	refuses("('a', 1)", EOPNOTSUPP);
	refuses("{'a': 1}", EOPNOTSUPP);
	refuses("<5>", EOPNOTSUPP);
	refuses("b'bytes'", EOPNOTSUPP);
	refuses("[[1]]", EINVAL);
	refuses("18446744073709551616", EINVAL);
}

static void test_properties(void **state)
{
	struct unit_properties p = {0};
	_cleanup_err_ struct err err = ERR_INIT;

	assert_int_equal(unit_properties_add(&p, "TimeoutStopUSec", "uint64 5", NULL), 0);
	assert_int_equal(unit_properties_add(&p, "RuntimeMaxSec", "5", NULL), 0);
	assert_int_equal(unit_properties_add(&p, "RuntimeMaxSec", "1.5", NULL), 0);
	assert_int_equal(p.n, 3);
	assert_string_equal(p.item[0].name, "TimeoutStopUSec");
	assert_int_equal(p.item[0].value.items[0].number, 5);
	assert_string_equal(p.item[1].name, "RuntimeMaxUSec");
	assert_string_equal(p.item[1].value.signature, "t");
	assert_int_equal(p.item[1].value.items[0].number, 5000000);
	assert_int_equal(p.item[2].value.items[0].number, 1500000);
	assert_int_equal(unit_properties_add(&p, "RuntimeMaxSec", "'a'", &err), -EINVAL);
	assert_non_null(strstr(err.message, "RuntimeMaxSec"));
	assert_int_equal(unit_properties_add(&p, "TimeoutSec", "-1", NULL), -EINVAL);
	assert_int_equal(unit_properties_add(&p, "", "1", NULL), -EINVAL);
	assert_int_equal(unit_properties_add(&p, "a.b", "1", NULL), -EINVAL);
	assert_int_equal(unit_properties_add(&p, "timeout", "1", NULL), -EINVAL);
	unit_properties_done(&p);
}

/* "as" is a signature, a length, and the strings each with theirs, on four bytes. */
static void test_bytes(void **state)
{
	_cleanup_dbus_body_ struct dbus_body b = DBUS_BODY_INIT;
	static const uint8_t expected[] = {2, 'a', 's', 0, 6, 0, 0, 0, 1, 0, 0, 0, 'x', 0};
	struct variant v;

	assert_int_equal(variant_parse("['x']", &v, NULL), 0);
	variant_put(&b, &v);
	variant_done(&v);
	assert_int_equal(b.bytes.length, sizeof(expected));
	assert_memory_equal(b.bytes.text, expected, sizeof(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests_name("variant", tests, NULL, NULL);
}
