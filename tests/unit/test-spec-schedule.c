/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/str.h"

static struct oci_spec *parse(const char *text, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct oci_spec *spec = NULL;

	assert_int_equal(json_parse(text, strlen(text), "test", &o, NULL), 0);
	(void)oci_spec_parse(o, &spec, err);
	return spec;
}

#define PROCESS(members) "{\"ociVersion\":\"1.3.0\",\"process\":{\"cwd\":\"/\"," members "}}"
#define LINUX(members)	 "{\"ociVersion\":\"1.3.0\",\"linux\":{" members "}}"

/* The written document contains `wanted`, and parses to the same again. */
static void keeps(const char *text, const char *wanted)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_oci_spec_ struct oci_spec *spec = parse(text, &err), *again = NULL;
	_cleanup_json_ struct json_object *o = NULL, *second = NULL;

	if (!spec)
		fail_msg("%s: %s", text, err.message);
	assert_int_equal(oci_spec_to_json(spec, &o, NULL), 0);
	_cleanup_free_ char *written = strdup(json_text(o, false));
	assert_non_null(strstr(written, wanted));
	again = parse(written, NULL);
	assert_int_equal(oci_spec_to_json(again, &second, NULL), 0);
	assert_string_equal(json_text(second, false), written);
}

static void refuses(const char *text, const char *place)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_null(parse(text, &err));
	if (!strstr(err.message, place))
		fail_msg("'%s' doesn't name %s", err.message, place);
}

static void test_scheduler(void **state)
{
	static const char deadline[] =
		"\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"flags\":[\"SCHED_FLAG_RESET_ON_"
		"FORK\",\"SCHED_FLAG_RECLAIM\"],\"runtime\":1,\"deadline\":2,\"period\":3}";

	keeps(PROCESS("\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":-5}"),
	      "{\"policy\":\"SCHED_BATCH\",\"nice\":-5}");
	keeps(PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":99}"),
	      "{\"policy\":\"SCHED_RR\",\"priority\":99}");
	keeps(PROCESS("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"flags\":"
		      "[\"SCHED_FLAG_RECLAIM\",\"SCHED_FLAG_RESET_ON_FORK\"],"
		      "\"runtime\":1,\"deadline\":2,\"period\":3}"),
	      deadline);
	keeps(PROCESS("\"scheduler\":{\"policy\":\"SCHED_IDLE\",\"nice\":5}"), "\"nice\":5");
	keeps(PROCESS("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":5,\"runtime\":1,"
		      "\"deadline\":1}"),
	      "\"nice\":5");
	refuses(PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":1,\"nice\":5}"),
		"nice");
	refuses(PROCESS("\"scheduler\":{}"), "process.scheduler.policy");
	refuses(PROCESS("\"scheduler\":{\"policy\":\"SCHED_FIFO\"}"), "process.scheduler.priority");
	refuses(PROCESS("\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":100}"), "priority");
	refuses(PROCESS("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5,\"deadline\":4}"),
		"process.scheduler.runtime");
	refuses(PROCESS("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":-1}"), "runtime");
}

static void test_disk_and_processors(void **state)
{
	keeps(PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\"}"),
	      "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":0}");
	keeps(PROCESS("\"execCPUAffinity\":{\"initial\":\"0-2\",\"final\":\"7\"}"),
	      "{\"initial\":\"0-2\",\"final\":\"7\"}");
	refuses(PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_NONE\"}"), "ioPriority.class");
	refuses(PROCESS("\"execCPUAffinity\":{\"initial\":\"2-1\"}"), "initial");
}

static void test_memory(void **state)
{
	keeps(LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"7,0-1,2\","
		    "\"flags\":[\"MPOL_F_STATIC_NODES\"]}"),
	      "{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0-2,7\",\"flags\":[\"MPOL_F_STATIC_"
	      "NODES\"]}");
	keeps(LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_DEFAULT\",\"nodes\":\"\"}"),
	      "{\"mode\":\"MPOL_DEFAULT\"}");
	refuses(LINUX("\"memoryPolicy\":{\"nodes\":\"0\"}"), "linux.memoryPolicy.mode");
	refuses(LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"9000\"}"), "nodes");
	refuses(LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"X\"]}"),
		"linux.memoryPolicy.flags");
}

#define RDT(members) LINUX("\"intelRdt\":{" members "}")

static void test_intel_rdt(void **state)
{
	static const char all[] =
		"\"intelRdt\":{\"closID\":\"/\",\"schemata\":[\"L3:0=f\",\"MB:0=9\"],"
		"\"l3CacheSchema\":\"L3:0=f\\nL2:0=1\",\"memBwSchema\":\"MB:0=70\","
		"\"enableMonitoring\":true}";

	keeps(RDT(""), "\"intelRdt\":{}");
	keeps(LINUX("\"intelRdt\":{\"closID\":\"/\",\"schemata\":[\"L3:0=f\",\"MB:0=9\"],"
		    "\"l3CacheSchema\":\"L3:0=f\\nL2:0=1\",\"memBwSchema\":\"MB:0=70\","
		    "\"enableMonitoring\":true}"),
	      all);
	refuses(LINUX("\"intelRdt\":[]"), "linux.intelRdt");
	refuses(RDT("\"closID\":\"..\""), "linux.intelRdt.closID");
	refuses(RDT("\"closID\":\"info\""), "linux.intelRdt.closID");
	refuses(RDT("\"closID\":\"a/b\""), "linux.intelRdt.closID");
	refuses(RDT("\"memBwSchema\":\"L3:0=1\""), "memBwSchema");
	refuses(RDT("\"memBwSchema\":\"MB:0=1\\nL3:0=1\""), "memBwSchema");
	refuses(RDT("\"l3CacheSchema\":\"0=1\""), "l3CacheSchema");
	refuses(RDT("\"schemata\":[\"\"]"), "linux.intelRdt.schemata[0]");
	refuses(RDT("\"enableMonitoring\":1"), "enableMonitoring");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intel_rdt),
		cmocka_unit_test(test_scheduler),
		cmocka_unit_test(test_disk_and_processors),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("spec-schedule", tests, NULL, NULL);
}
