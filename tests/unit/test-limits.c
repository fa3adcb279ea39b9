/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/limits.h"

#include <errno.h>

#include "base/cpulist.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "cgroup/systemd.h"
#include "cgroup/v1/v1.h"
#include "cgroup/v2/v2.h"
#include "unit.h"

/* "FILE=VALUE;..." of what the limits become. */
static char *text_of(const struct cgroup_settings settings)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < settings.n; i++) {
		const struct cgroup_setting *item = &settings.item[i];

		assert_int_equal(strbuf_addf(&b, "%s=%s;", item->file, item->value), 0);
	}
	return strbuf_take(&b);
}

static void check(const struct oci_resources *limits, const char *expected)
{
	_cleanup_settings_ struct cgroup_settings settings = {0};

	assert_int_equal(v2_translate(limits, &settings, NULL), 0);
	_cleanup_free_ char *got = text_of(settings);
	assert_string_equal(got, expected);
}

static void check_v1(const struct oci_resources *limits, unsigned on_v2, const char *expected)
{
	_cleanup_settings_ struct cgroup_settings settings = {0};

	assert_int_equal(v1_translate(limits, on_v2, &settings, NULL), 0);
	_cleanup_free_ char *got = text_of(settings);
	assert_string_equal(got, expected);
}

static void refused(const struct oci_resources *limits, enum err_kind kind, const char *says)
{
	_cleanup_settings_ struct cgroup_settings settings = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	assert_true(v2_translate(limits, &settings, &err) < 0);
	assert_int_equal(err.kind, kind);
	assert_non_null(strstr(err.message, says));
}

static void test_nothing(void **state)
{
	const struct oci_resources none = {0};

	check(&none, "");
	assert_false(cgroup_limits_any(&none));
}

static void test_memory(void **state)
{
	check(&(struct oci_resources){.memory = {.limit = 64 << 20, .swap = 96 << 20}},
	      "memory.max=67108864;memory.swap.max=33554432;");
	check(&(struct oci_resources){.memory = {.limit = -1, .swap = -1}},
	      "memory.max=max;memory.swap.max=max;");
	check(&(struct oci_resources){.memory = {.limit = 100, .swap = 100, .reservation = 50}},
	      "memory.max=100;memory.swap.max=0;memory.low=50;");
	/* More than the limit is the kernel's business. */
	check(&(struct oci_resources){.memory = {.limit = 1, .reservation = 2}},
	      "memory.max=1;memory.low=2;");
	refused(&(struct oci_resources){.memory = {.swap = 100}}, ERR_INVALID, "needs a memory");
	refused(&(struct oci_resources){.memory = {.limit = 100, .swap = 99}}, ERR_INVALID,
		"below the memory limit");
	refused(&(struct oci_resources){.memory = {.limit = -2}}, ERR_INVALID, "memory limit");
}

static void test_cpu(void **state)
{
	check(&(struct oci_resources){.cpu = {.quota = 50000}}, "cpu.max=50000 100000;");
	check(&(struct oci_resources){.cpu = {.quota = -1, .period = 20000}}, "cpu.max=max 20000;");
	check(&(struct oci_resources){.cpu = {.shares = 1024, .has_idle = true, .idle = 1}},
	      "cpu.weight=100;cpu.idle=1;");
	check(&(struct oci_resources){.cpu = {.cpus = (char *)"0-1,3", .mems = (char *)"0"}},
	      "cpuset.cpus=0-1,3;cpuset.mems=0;");
	refused(&(struct oci_resources){.cpu = {.quota = 999}}, ERR_INVALID, "quota");
	refused(&(struct oci_resources){.cpu = {.period = 999}}, ERR_INVALID, "period");
	refused(&(struct oci_resources){.cpu = {.shares = 1}}, ERR_INVALID, "shares");
	check(&(struct oci_resources){.cpu = {.has_burst = true}}, "cpu.max.burst=0;");
	refused(&(struct oci_resources){.cpu = {.has_burst = true, .burst = 1}}, ERR_INVALID,
		"burst");
	refused(&(struct oci_resources){.cpu = {.cpus = (char *)"1-0"}}, ERR_INVALID, "'1-0'");
}

static void test_weights(void **state)
{
	assert_int_equal(v2_weight_of_shares(2), 1);
	assert_int_equal(v2_weight_of_shares(512), 59);
	assert_int_equal(v2_weight_of_shares(1024), 100);
	assert_int_equal(v2_weight_of_shares(262144), 10000);
	for (uint64_t shares = 2; shares < 262144; shares++)
		assert_true(v2_weight_of_shares(shares) <= v2_weight_of_shares(shares + 1));
}

static void test_pids_and_controllers(void **state)
{
	_cleanup_settings_ struct cgroup_settings settings = {0};
	const struct oci_resources some = {.has_pids_limit = true, .pids_limit = 10};
	const struct oci_resources all = {.has_pids_limit = true, .pids_limit = -1};
	const struct oci_resources none = {.has_pids_limit = true};

	check(&some, "pids.max=10;");
	check(&all, "pids.max=max;");
	check(&none, "pids.max=0;");
	assert_true(cgroup_limits_any(&none));
	/* Nothing has to be there for what isn't limited. */
	assert_int_equal(v2_translate(&all, &settings, NULL), 0);
	assert_int_equal(cgroup_settings_controllers(&settings), 0);
	assert_false(cgroup_limits_any(&all));
}

static void unified(const char *key, const char *value, bool fine)
{
	struct oci_pair pair = {(char *)key, (char *)value};
	const struct oci_resources limits = {.unified = {&pair, 1}};
	_cleanup_settings_ struct cgroup_settings settings = {0};
	int r = v2_translate(&limits, &settings, NULL);

	assert_int_equal(r, fine ? 0 : -EINVAL);
}

static void test_unified(void **state)
{
	struct oci_pair pair = {(char *)"memory.high", (char *)"1000"};

	check(&(struct oci_resources){.unified = {&pair, 1}}, "memory.high=1000;");
	unified("hugetlb.2MB.max", "0", true);
	unified("cgroup.max.depth", "3", true);
	unified("cgroup.procs", "1", false);
	unified("cgroup.kill", "1", false);
	unified("../memory.max", "1", false);
	unified("memory/max", "1", false);
	unified("memory", "1", false);
	unified("", "1", false);
	unified("memory.max", "", false);
	unified("memory.max", "1\n2", false);
}

static void test_what_v1_had(void **state)
{
	refused(&(struct oci_resources){.memory = {.has_swappiness = true}}, ERR_UNSUPPORTED,
		"memory.swappiness");
	refused(&(struct oci_resources){.memory = {.kernel = 1}}, ERR_UNSUPPORTED, "memory.kernel");
	refused(&(struct oci_resources){.memory = {.kernel = 1, .limit = 2}}, ERR_UNSUPPORTED,
		"memory.kernel");
	check(&(struct oci_resources){.memory = {.kernel = 2, .limit = 2}}, "memory.max=2;");
	refused(&(struct oci_resources){.class_id = 1}, ERR_UNSUPPORTED, "network.classID");
	refused(&(struct oci_resources){.block_io = {.leaf_weight = 10}}, ERR_UNSUPPORTED,
		"blockIO.leafWeight");
	refused(&(struct oci_resources){.cpu = {.realtime_runtime = 1}}, ERR_UNSUPPORTED,
		"cpu.realtimeRuntime");
}

static void test_block_devices(void **state)
{
	struct oci_weight_device weight = {8, 0, 1000, 0};
	struct oci_throttle_device rate = {8, 16, 1000}, none = {8, 16, 0};
	const struct oci_resources limits = {
		.block_io = {.weight = 10,
			     .weights = &weight,
			     .n_weights = 1,
			     .throttle = {{&rate, 1}, {NULL, 0}, {NULL, 0}, {&none, 1}}},
	};

	check(&limits, "io.bfq.weight=10;io.weight=default 1;io.bfq.weight=8:0 1000;"
		       "io.weight=8:0 10000;io.max=8:16 rbps=1000;io.max=8:16 wiops=max;");
	check_v1(&limits, 0,
		 "blkio.weight=10;blkio.bfq.weight=10;blkio.weight_device=8:0 1000;"
		 "blkio.bfq.weight_device=8:0 1000;blkio.throttle.read_bps_device=8:16 1000;"
		 "blkio.throttle.write_iops_device=8:16 0;");
	assert_true(cgroup_limits_any(&limits));
}

static void test_huge_pages_and_rdma(void **state)
{
	struct oci_hugepage_limit huge = {(char *)"4MB", 8388608};
	struct oci_rdma_limit rdma[] = {{(char *)"mlx4_0", true, 3, false, 0},
					{(char *)"ocrdma1", false, 0, true, 10}};
	const struct oci_resources limits = {
		.hugepages = &huge, .n_hugepages = 1, .rdma = rdma, .n_rdma = 2};

	check(&limits, "hugetlb.4MB.max=8388608;hugetlb.4MB.rsvd.max=8388608;"
		       "rdma.max=mlx4_0 hca_handle=3;rdma.max=ocrdma1 hca_object=10;");
	check_v1(&limits, 1 << CGROUP_RDMA,
		 "hugetlb.4MB.limit_in_bytes=8388608;hugetlb.4MB.rsvd.limit_in_bytes=8388608;"
		 "rdma.max=mlx4_0 hca_handle=3;rdma.max=ocrdma1 hca_object=10;");
	check_v1(&limits, 1 << CGROUP_HUGETLB,
		 "hugetlb.4MB.max=8388608;hugetlb.4MB.rsvd.max=8388608;"
		 "rdma.max=mlx4_0 hca_handle=3;rdma.max=ocrdma1 hca_object=10;");
}

/* Kubernetes sends a limit of 0 for each size, also to hosts without the controller. */
static void test_no_huge_pages(void **state)
{
	struct oci_hugepage_limit none = {(char *)"4KB", 0};
	_cleanup_settings_ struct cgroup_settings settings = {0};
	const struct oci_resources limits = {.hugepages = &none, .n_hugepages = 1};

	assert_int_equal(v2_translate(&limits, &settings, NULL), 0);
	assert_int_equal(cgroup_settings_controllers(&settings), 0);
}

static void test_v1(void **state)
{
	struct oci_priority priority = {(char *)"eth0", 5};
	struct oci_pair pair = {(char *)"memory.high", (char *)"1"};
	_cleanup_settings_ struct cgroup_settings settings = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	check_v1(&(struct oci_resources){.memory = {.limit = 100,
						    .swap = -1,
						    .reservation = 50,
						    .kernel_tcp = 7,
						    .has_swappiness = true,
						    .disable_oom_killer = true,
						    .use_hierarchy = true}},
		 0,
		 "memory.use_hierarchy=1;memory.limit_in_bytes=100;"
		 "memory.memsw.limit_in_bytes=-1;memory.soft_limit_in_bytes=50;"
		 "memory.kmem.tcp.limit_in_bytes=7;memory.swappiness=0;memory.oom_control=1;");
	check_v1(&(struct oci_resources){.cpu = {.shares = 512,
						 .quota = 50000,
						 .period = 100000,
						 .has_burst = true,
						 .burst = 10,
						 .realtime_runtime = 9,
						 .realtime_period = 1000,
						 .cpus = (char *)"0-1",
						 .mems = (char *)"0"}},
		 0,
		 "cpu.shares=512;cpu.cfs_period_us=100000;cpu.cfs_quota_us=50000;"
		 "cpu.cfs_burst_us=10;cpu.rt_period_us=1000;cpu.rt_runtime_us=9;"
		 "cpuset.cpus=0-1;cpuset.mems=0;");
	check_v1(&(struct oci_resources){.has_pids_limit = true,
					 .pids_limit = -1,
					 .class_id = 1048577,
					 .priorities = &priority,
					 .n_priorities = 1},
		 0, "pids.max=max;net_cls.classid=1048577;net_prio.ifpriomap=eth0 5;");
	const struct oci_resources unified = {.unified = {&pair, 1}};
	assert_true(v1_translate(&unified, 0, &settings, &err) < 0);
	assert_non_null(strstr(err.message, "unified"));
}

static void test_cpu_lists(void **state)
{
	uint8_t mask[CPULIST_BYTES];
	static const char *const bad[] = {"", ",", "1,", "a", "1-", "-1", "1-2-3", "8192", "2-1"};

	assert_int_equal(cpulist_parse("0-2,9", mask), 2);
	assert_int_equal(mask[0], 7);
	assert_int_equal(mask[1], 2);
	assert_int_equal(cpulist_parse("8191", mask), CPULIST_BYTES);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(cpulist_parse(bad[i], mask), -EINVAL);
}

/* "NAME=VALUE;..." of the properties, without the type of the numbers; infinity is -1. */
static void check_properties(const struct oci_resources *limits, const char *expected)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_strv_ char **list = NULL;

	assert_int_equal(cgroup_limits_properties(limits, &list), 0);
	STRV_FOREACH(property, list) {
		const char *equals = strchr(*property, '=');
		const char *number = str_after(equals, "=uint64 ");
		bool infinite = number && streq(number, "18446744073709551615");

		assert_int_equal(strbuf_addf(&b, "%.*s=%s;", (int)(equals - *property), *property,
					     infinite ? "-1"
					     : number ? number
						      : equals + 1),
				 0);
	}
	assert_string_equal(b.text ? b.text : "", expected);
}

static void test_properties(void **state)
{
	check_properties(&(struct oci_resources){.memory = {.limit = 100, .swap = 150},
						 .cpu = {.quota = 33333, .cpus = (char *)"1"},
						 .has_pids_limit = true,
						 .pids_limit = -1},
			 "MemoryMax=100;MemorySwapMax=50;CPUQuotaPerSecUSec=340000;"
			 "CPUQuotaPeriodUSec=100000;TasksMax=-1;AllowedCPUs=@ay [2];");
	check_properties(&(struct oci_resources){.cpu = {.period = 50000}},
			 "CPUQuotaPeriodUSec=50000;");
	check_properties(&(struct oci_resources){.cpu = {.quota = -1}}, "CPUQuotaPerSecUSec=-1;");
	check_properties(&(struct oci_resources){.has_pids_limit = true}, "TasksMax=1;");
}

static void test_unified_properties(void **state)
{
	static const struct {
		const char *key, *value, *expected;
	} table[] = {
		{"cpu.max", "30000 50000",
		 "CPUQuotaPerSecUSec=600000;CPUQuotaPeriodUSec=50000;AllowedCPUs=@ay [1];"},
		{"cpu.max", "30000",
		 "CPUQuotaPerSecUSec=300000;CPUQuotaPeriodUSec=100000;AllowedCPUs=@ay [1];"},
		{"cpu.max", "max 50000",
		 "CPUQuotaPerSecUSec=-1;CPUQuotaPeriodUSec=50000;AllowedCPUs=@ay [1];"},
		{"cpu.max", "much", "AllowedCPUs=@ay [1];"},
		{"cpuset.cpus", "1-3", "AllowedCPUs=@ay [14];"},
		{"cpuset.cpus", "1-9:1/3", ""}, /* the kernel knows strides */
		{"cpuset.mems", "1", "AllowedCPUs=@ay [1];AllowedMemoryNodes=@ay [2];"},
		{"memory.max", "1M", "MemoryMax=1048576;AllowedCPUs=@ay [1];"},
		{"io.weight", "default 200", "IOWeight=200;AllowedCPUs=@ay [1];"},
		{"pids.max", "0", "TasksMax=1;AllowedCPUs=@ay [1];"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct oci_pair pair = {(char *)table[i].key, (char *)table[i].value};

		check_properties(&(struct oci_resources){.cpu = {.cpus = (char *)"0"},
							 .unified = {&pair, 1}},
				 table[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_pids_and_controllers),
		cmocka_unit_test(test_unified),
		cmocka_unit_test(test_what_v1_had),
		cmocka_unit_test(test_block_devices),
		cmocka_unit_test(test_huge_pages_and_rdma),
		cmocka_unit_test(test_no_huge_pages),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_cpu_lists),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_unified_properties),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
