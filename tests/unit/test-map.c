/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/map.h"

#include <errno.h>

#include "base/json.h"
#include "unit.h"

static void test_has(void **state)
{
	_cleanup_oci_map_ struct oci_map map = {0};

	assert_false(oci_map_has(&map, "tier"));
	assert_false(oci_map_has(&map, ""));
	assert_int_equal(oci_map_set(&map, "tier", "db"), 0);
	assert_int_equal(oci_map_set(&map, "options", "a=b"), 0);
	assert_int_equal(oci_map_set(&map, "none", ""), 0);
	assert_true(oci_map_has(&map, "tier"));
	assert_true(oci_map_has(&map, "tier=db"));
	assert_true(oci_map_has(&map, "options=a=b"));
	assert_true(oci_map_has(&map, "none="));
	assert_false(oci_map_has(&map, "tier="));
	assert_false(oci_map_has(&map, "tier=d"));
	assert_false(oci_map_has(&map, "tie"));
	assert_false(oci_map_has(&map, "options=a"));
	assert_false(oci_map_has(&map, ""));
}

/* An image can have such a key. A filter reads "a=b" as key and value, as docker does. */
static void test_has_key_with_equals(void **state)
{
	_cleanup_oci_map_ struct oci_map map = {0};

	assert_int_equal(oci_map_set(&map, "a=b", "c"), 0);
	assert_false(oci_map_has(&map, "a"));
	assert_false(oci_map_has(&map, "a=b"));
	assert_false(oci_map_has(&map, "a=b=c"));
}

static void test_from_json(void **state)
{
	_cleanup_json_ struct json_object *good = json_tokener_parse("{\"a\":\"1\",\"b=\":\"\"}"),
					  *bad = json_tokener_parse("{\"a\":1}");
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_oci_map_ struct oci_map map = {0};

	assert_int_equal(oci_map_from_json(&map, "labels", good, &err), 0);
	assert_string_equal(oci_map_get(&map, "a"), "1");
	assert_string_equal(oci_map_get(&map, "b="), "");
	assert_int_equal(oci_map_from_json(&map, "labels", bad, &err), -EBADMSG);
	assert_string_equal(err.message, "labels: must hold strings");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_has_key_with_equals),
		cmocka_unit_test(test_from_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
