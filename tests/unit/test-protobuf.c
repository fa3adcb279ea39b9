/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/protobuf.h"
#include "unit.h"

#include <errno.h>

static void test_round(void **state)
{
	static const uint64_t values[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct protobuf_field f;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		protobuf_put_number(&b, (unsigned int)i + 15, values[i]);
	protobuf_put_text(&b, 1, "text");
	protobuf_put_text(&b, 3, NULL);
	protobuf_put_bytes(&b, 2, "", 0);
	assert_false(b.failed);
	struct protobuf m = {b.text, b.length};
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		assert_int_equal(protobuf_next(&m, &f), 1);
		assert_int_equal(f.number, i + 15);
		assert_true(f.value == values[i]);
	}
	assert_int_equal(protobuf_next(&m, &f), 1);
	assert_int_equal(f.number, 1);
	assert_int_equal(f.in.left, 4);
	assert_memory_equal(f.in.at, "text", 4);
	assert_int_equal(protobuf_next(&m, &f), 1);
	assert_int_equal(f.in.left, 0);
	assert_int_equal(protobuf_next(&m, &f), 0);
}

/* Numbers of fixed width are stepped over. */
static void test_fixed(void **state)
{
	struct protobuf m = {"\x0d"
			     "abcd"
			     "\x11"
			     "abcdefgh"
			     "\x18\x05",
			     5 + 9 + 2};
	struct protobuf_field f;

	assert_int_equal(protobuf_next(&m, &f), 1);
	assert_int_equal(protobuf_next(&m, &f), 1);
	assert_int_equal(protobuf_next(&m, &f), 1);
	assert_int_equal(f.number, 3);
	assert_int_equal(f.value, 5);
	assert_int_equal(protobuf_next(&m, &f), 0);
}

static void test_broken(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} broken[] = {
		{"\x08", 1},						  /* no value */
		{"\x08\x80", 2},					  /* that doesn't end */
		{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12}, /* or too long */
		{"\x0a\x05"
		 "abc",
		 5}, /* longer than what there is */
		{"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
		{"\x0d"
		 "abc",
		 4},
		{"\x11"
		 "abc",
		 4},
		{"\x0b", 1}, /* a group */
		{"\x07", 1},
		{"\x00\x01", 2}, /* field 0 */
	};

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		struct protobuf m = {broken[i].bytes, broken[i].size};
		struct protobuf_field f;

		assert_int_equal(protobuf_next(&m, &f), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
