/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/property.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "unit.h"

/* A bus that nobody answers: enough to compose messages. */
static int open_bus(void **state)
{
	sd_bus *bus = NULL;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, pair[0], pair[0]) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	*state = bus;
	return 0;
}

static int close_bus(void **state)
{
	(void)sd_bus_close_unref(*state);
	return 0;
}

static sd_bus_message *new_message(sd_bus *bus)
{
	sd_bus_message *m = NULL;

	assert_true(sd_bus_message_new_method_call(bus, &m, "a.b", "/", "a.b", "C") >= 0);
	return m;
}

static int64_t number_of(char type, const void *value)
{
	switch (type) {
	case 'y':
		return *(const uint8_t *)value;
	case 'n':
		return *(const int16_t *)value;
	case 'q':
		return *(const uint16_t *)value;
	case 'u':
		return *(const uint32_t *)value;
	case 'x':
	case 't':
		return *(const int64_t *)value;
	default: /* b, i */
		return *(const int32_t *)value;
	}
}

static void add_value(struct strbuf *b, sd_bus_message *m, char type)
{
	union {
		int64_t number;
		double real;
		const char *text;
	} value = {0};

	assert_true(sd_bus_message_read_basic(m, type, &value) > 0);
	if (strchr("sog", type))
		assert_int_equal(strbuf_addf(b, "%s,", value.text), 0);
	else if (type == 'd')
		assert_int_equal(strbuf_addf(b, "%g,", value.real), 0);
	else
		assert_int_equal(strbuf_addf(b, "%" PRId64 ",", number_of(type, &value)), 0);
}

/* The property as "NAME SIGNATURE VALUE,VALUE,". */
static void becomes(sd_bus *bus, const char *property, const char *expected)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(bus);
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	const char *name, *contents;
	char type;

	if (property_append(m, property, NULL) < 0)
		fail_msg("%s", property);
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_true(sd_bus_message_enter_container(m, 'r', "sv") > 0);
	assert_true(sd_bus_message_read(m, "s", &name) > 0);
	assert_true(sd_bus_message_peek_type(m, &type, &contents) > 0);
	assert_int_equal(strbuf_addf(&b, "%s %s ", name, contents), 0);
	assert_true(sd_bus_message_enter_container(m, 'v', contents) > 0);
	if (b.text[b.length - 3] == 'a')
		assert_true(sd_bus_message_enter_container(m, 'a', NULL) > 0);
	while (sd_bus_message_peek_type(m, &type, NULL) > 0)
		add_value(&b, m, type);
	assert_string_equal(b.text, expected);
}

static void refuses(sd_bus *bus, const char *property, int code)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(bus);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	const char *value = strchr(property, '=');

	if (property_append(m, property, &err) != -code)
		fail_msg("%s: %s", property, err.message);
	if (!str_after(err.message, "invalid property name"))
		assert_non_null(strstr(err.message, value + 1));
}

static void test_values(void **state)
{
	static const struct {
		const char *property, *expected;
	} table[] = {
		{"A=true", "A b 1,"},
		{"A=boolean false", "A b 0,"},
		{"A=5", "A i 5,"},
		{"A=-5", "A i -5,"},
		{"A= uint64 123456789 ", "A t 123456789,"},
		{"A=@t 5", "A t 5,"},
		{"A=uint64 0xff", "A t 255,"},
		{"A=uint64 18446744073709551615", "A t -1,"},
		{"A=byte 255", "A y 255,"},
		{"A=int16 -32768", "A n -32768,"},
		{"A=uint16 65535", "A q 65535,"},
		{"A=int64 -9223372036854775808", "A x -9223372036854775808,"},
		{"A=1.5", "A d 1.5,"},
		{"A=double 2", "A d 2,"},
		{"A=1e3", "A d 1000,"},
		{"A='inactive-or-failed'", "A s inactive-or-failed,"},
		{"A=\"a 'b' \\\"c\\\" \\\\\"", "A s a 'b' \"c\" \\,"},
		{"A='a=b'", "A s a=b,"},
		{"A=objectpath '/a'", "A o /a,"},
		{"A=signature 'as'", "A g as,"},
		{"A=['a', \"b\"]", "A as a,b,"},
		{"A=[uint32 1,2 , 3]", "A au 1,2,3,"},
		{"A=@as []", "A as "},
		{"A=@ay [1, 2]", "A ay 1,2,"},
		{"A=[true]", "A ab 1,"},
		{"TimeoutStopUSec=uint64 5", "TimeoutStopUSec t 5,"},
		{"RuntimeMaxSec=5", "RuntimeMaxUSec t 5000000,"},
		{"RuntimeMaxSec=uint64 5", "RuntimeMaxUSec t 5000000,"},
		{"RuntimeMaxSec=1.5", "RuntimeMaxUSec t 1500000,"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		becomes(*state, table[i].property, table[i].expected);
}

static void test_bad_values(void **state)
{
	static const char *const bad[] = {
		"A=",
		"A=yes",
		"A=tru",
		"A='a",
		"A=a'",
		"A=5 6",
		"A=5x",
		"A=uint64",
		"A=uint64 -1",
		"A=byte 256",
		"A=--5",
		"A=[]",
		"A=['a',",
		"A=[1 2]",
		"A=[@s",
		"A=@s",
		"A=['a', 1]",
		"A=uint64 'a'",
		"A=string 5",
		"A='a\\n'",
		"A=2147483648",
		"A=@t",
		"A=@as 5",
		"A=true1",
		"A=0x",
		"A=[1]]",
		"A=int16 32768",
		"A=uint32 int64 5",
		"A=objectpath 'a'",
		"A=1.5.2",
		"A=18446744073709551616",
		"A=uint64 18446744073709551616",
		"A='\xff'",
		"RuntimeMaxSec='a'",
		"TimeoutSec=-1",
		"RuntimeMaxSec=true",
		"RuntimeMaxSec=uint64 18446744073709551615",
		/* Names. */
		"",
		"=1",
		"a.b=1",
		"timeout=1",
		"Timeout Sec=1",
		"Timeout",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuses(*state, bad[i], EINVAL);
	refuses(*state, "A=('a', 1)", EOPNOTSUPP);
	refuses(*state, "A={'a': 1}", EOPNOTSUPP);
	refuses(*state, "A=<5>", EOPNOTSUPP);
	refuses(*state, "A=b'bytes'", EOPNOTSUPP);
	refuses(*state, "A=[[1]]", EOPNOTSUPP);
	refuses(*state, "A=@a(ss) []", EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, open_bus, close_bus),
		cmocka_unit_test_setup_teardown(test_bad_values, open_bus, close_bus),
	};

	return cmocka_run_group_tests_name("property", tests, NULL, NULL);
}
