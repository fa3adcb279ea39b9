/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "unpack/sha256.h"

#include <stdint.h>

/* printf 'sha256:%064d sha256:%064d' 1 2 | sha256sum */
static void test_two_layers(void **state)
{
	const struct digest one = {
		"0000000000000000000000000000000000000000000000000000000000000001"};
	const struct digest two = {
		"0000000000000000000000000000000000000000000000000000000000000002"};
	struct digest chain;

	assert_int_equal(chain_id(NULL, &one, &chain), 0);
	assert_string_equal(chain.hex, one.hex);
	/* The result may replace the argument. */
	assert_int_equal(chain_id(&chain, &two, &chain), 0);
	assert_string_equal(chain.hex,
			    "e0213565073dd272477933ef550455db21856966e444074f1492aef0939305ac");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_layers),
	};

	return cmocka_run_group_tests_name("chain-id", tests, NULL, NULL);
}
