/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/magic.h>
#include <stdint.h>

#include "engine/doctor/host-store.h"
#include "engine/findings.h"
#include "unit.h"

static void test_network_stores(void **state)
{
	assert_non_null(host_store_problem(NFS_SUPER_MAGIC));
	assert_non_null(host_store_problem(V9FS_MAGIC));
	assert_null(host_store_problem(EXT4_SUPER_MAGIC));
	assert_null(host_store_problem(TMPFS_MAGIC));
}

static void test_order(void **state)
{
	static const enum masu_severity order[] = {MASU_SEVERITY_NOTE, MASU_SEVERITY_ERROR,
						   MASU_SEVERITY_WARNING, MASU_SEVERITY_ERROR};
	static const char *const ids[] = {"a", "b", "c", "d"}, *const sorted[] = {"b", "d", "c",
										  "a"};
	masu_finding_list *made = findings_new(), *list = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		findings_add(made, &(struct masu_finding){.id = ids[i],
							  .severity = order[i],
							  .object = "o",
							  .message = "m"});
	assert_int_equal(findings_finish(&made, &list, NULL), 0);
	assert_null(made);
	assert_int_equal(masu_finding_list_count(list), ARRAY_SIZE(ids));
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		assert_string_equal(masu_finding_list_get(list, i)->id, sorted[i]);
	assert_null(masu_finding_list_get(list, ARRAY_SIZE(ids)));
	masu_finding_list_free(list);
}

static void test_incomplete(void **state)
{
	masu_finding_list *made = findings_new(), *list = NULL;

	findings_add(made, &(struct masu_finding){.id = "a", .message = "m"});
	assert_int_equal(findings_finish(&made, &list, NULL), -12);
	assert_null(list);
	masu_finding_list_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_network_stores),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
