/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include <string.h>

#include "base/str.h"
#include "spec-documents.h"
#include "unit.h"

/* The written document contains `wanted`, and parses to the same again. */
static void keeps(const char *text, const char *wanted)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(text);
	_cleanup_free_ char *written = text_of(spec);

	assert_non_null(strstr(written, wanted));
	assert_round_trip(spec);
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
	refuse(PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":1,\"nice\":5}"),
	       "nice");
	refuse(PROCESS("\"scheduler\":{}"), "process.scheduler.policy");
	refuse(PROCESS("\"scheduler\":{\"policy\":\"SCHED_FIFO\"}"), "process.scheduler.priority");
	refuse(PROCESS("\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":100}"), "priority");
	refuse(PROCESS("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5,\"deadline\":4}"),
	       "process.scheduler.runtime");
	refuse(PROCESS("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":-1}"), "runtime");
}

static void test_disk_and_processors(void **state)
{
	keeps(PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\"}"),
	      "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":0}");
	keeps(PROCESS("\"execCPUAffinity\":{\"initial\":\"0-2\",\"final\":\"7\"}"),
	      "{\"initial\":\"0-2\",\"final\":\"7\"}");
	refuse(PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_NONE\"}"), "ioPriority.class");
	refuse(PROCESS("\"execCPUAffinity\":{\"initial\":\"2-1\"}"), "initial");
}

static void test_memory(void **state)
{
	keeps(LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"7,0-1,2\","
		    "\"flags\":[\"MPOL_F_STATIC_NODES\"]}"),
	      "{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0-2,7\",\"flags\":[\"MPOL_F_STATIC_"
	      "NODES\"]}");
	keeps(LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_DEFAULT\",\"nodes\":\"\"}"),
	      "{\"mode\":\"MPOL_DEFAULT\"}");
	refuse(LINUX("\"memoryPolicy\":{\"nodes\":\"0\"}"), "linux.memoryPolicy.mode");
	refuse(LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"9000\"}"), "nodes");
	refuse(LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"X\"]}"),
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
	refuse(LINUX("\"intelRdt\":[]"), "linux.intelRdt");
	refuse(RDT("\"closID\":\"..\""), "linux.intelRdt.closID");
	refuse(RDT("\"closID\":\"info\""), "linux.intelRdt.closID");
	refuse(RDT("\"closID\":\"a/b\""), "linux.intelRdt.closID");
	refuse(RDT("\"memBwSchema\":\"L3:0=1\""), "memBwSchema");
	refuse(RDT("\"memBwSchema\":\"MB:0=1\\nL3:0=1\""), "memBwSchema");
	refuse(RDT("\"l3CacheSchema\":\"0=1\""), "l3CacheSchema");
	refuse(RDT("\"schemata\":[\"\"]"), "linux.intelRdt.schemata[0]");
	refuse(RDT("\"enableMonitoring\":1"), "enableMonitoring");
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
