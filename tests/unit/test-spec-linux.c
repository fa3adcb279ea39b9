/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include "base/str.h"
#include "base/strv.h"
#include "spec-documents.h"
#include "unit.h"

#define MAP(c, h, s) "{\"containerID\":" c ",\"hostID\":" h ",\"size\":" s "}"
#define USERNS	     "\"namespaces\":[{\"type\":\"user\"}],"

static void test_namespaces_and_maps(void **state)
{
	refuse(LINUX("\"namespaces\":[{}]"), "linux.namespaces[0].type");
	refuse(LINUX("\"namespaces\":[{\"type\":\"net\"}]"), "linux.namespaces[0].type");
	refuse(LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]"),
	       "linux.namespaces[1].type");
	refuse(LINUX("\"namespaces\":[{\"type\":\"pid\",\"path\":\"proc\"}]"),
	       "linux.namespaces[0].path");
	refuse(LINUX("\"uidMappings\":[" MAP("0", "1", "1") "]"), "user namespace");
	refuse(LINUX(USERNS "\"uidMappings\":[" MAP("0", "1", "0") "]"), "uidMappings[0].size");
	refuse(LINUX(USERNS "\"uidMappings\":[" MAP("1", "0", "4294967295") "]"),
	       "uidMappings[0].size");
	refuse(LINUX(USERNS "\"gidMappings\":[" MAP("0", "0", "10") "," MAP("9", "20", "1") "]"),
	       "gidMappings");
	refuse(LINUX("\"timeOffsets\":{\"monotonic\":{\"secs\":1}}"), "time namespace");
	refuse(LINUX("\"timeOffsets\":{\"realtime\":{\"secs\":1}}"), "linux.timeOffsets.realtime");
	refuse(HEAD "\"hostname\":\"a\"}", "hostname");
	refuse(LINUX("\"rootfsPropagation\":\"rslaves\""), "rootfsPropagation");
	refuse(LINUX("\"maskedPaths\":[\"proc\"]"), "linux.maskedPaths[0]");
	refuse(LINUX("\"personality\":{\"domain\":\"BSD\"}"), "personality.domain");
	refuse(LINUX("\"sysctl\":{\"a\":1}"), "linux.sysctl.a");
	refuse(LINUX("\"sysctl\":{\"a\":null}"), "linux.sysctl.a");
	_cleanup_oci_spec_ struct oci_spec *spec = parse(LINUX(
		"\"namespaces\":[{\"type\":\"user\",\"path\":\"\"},{\"type\":\"time\"},"
		"{\"type\":\"network\",\"path\":\"/run/netns/a\"}],"
		"\"uidMappings\":[" MAP("0", "1000", "1") "," MAP(
			"1", "100000",
			"65536") "],"
				 "\"timeOffsets\":{\"boottime\":{\"secs\":-5,\"nanosecs\":1}},"
				 "\"rootfsPropagation\":\"rslave\","
				 "\"personality\":{\"domain\":\"LINUX32\"}"));

	assert_null(spec->namespaces[OCI_NS_USER].path);
	assert_string_equal(spec->namespaces[OCI_NS_NETWORK].path, "/run/netns/a");
	assert_int_equal(spec->n_uid_mappings, 2);
	assert_int_equal(spec->boottime.secs, -5);
	assert_round_trip(spec);
}

static void test_paths_of_the_container_are_normal(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(
		HEAD
		"\"mounts\":[{\"destination\":\"/a//b/./c/../d/\"},{\"destination\":\"x/../..\"}],"
		"\"linux\":{\"devices\":[{\"type\":\"p\",\"path\":\"/dev//./p/\"}],"
		"\"maskedPaths\":[\"/proc/kcore/\",\"/a\"],"
		"\"readonlyPaths\":[\"//proc/../sys\"]}}");

	assert_string_equal(spec->mounts[0].destination, "/a/b/d");
	assert_string_equal(spec->mounts[1].destination, "/");
	assert_string_equal(spec->devices[0].path, "/dev/p");
	assert_string_equal(spec->masked_paths[0], "/proc/kcore");
	assert_string_equal(spec->masked_paths[1], "/a");
	assert_string_equal(spec->readonly_paths[0], "/sys");
}

static void test_devices_and_resources(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(LINUX(
		"\"devices\":[{\"type\":\"c\",\"path\":\"/dev/fuse\",\"major\":10,\"minor\":229,"
		"\"fileMode\":8630},{\"type\":\"p\",\"path\":\"/dev/p\"}],"
		"\"resources\":{\"blockIO\":{\"weight\":0,\"weightDevice\":[]},"
		"\"memory\":{\"limit\":-1,\"swappiness\":0},\"cpu\":{\"quota\":-1,\"idle\":0},"
		"\"pids\":{\"limit\":0},\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
		"{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":-1,\"access\":\"rxr\"}],"
		"\"unified\":{\"memory.high\":\"1\"}}"));
	const struct oci_resources *r = &spec->resources;

	assert_int_equal(spec->devices[0].file_mode, 0666);
	assert_int_equal(r->memory.limit, -1);
	assert_true(r->memory.has_swappiness);
	assert_true(r->cpu.has_idle);
	assert_true(r->has_pids_limit);
	assert_int_equal(r->devices[0].type, 'a');
	assert_int_equal(r->devices[1].minor, OCI_DEVICE_ANY);
	assert_string_equal(r->devices[1].access, "r");
	assert_string_equal(oci_map_get(&r->unified, "memory.high"), "1");
	assert_int_equal(oci_spec_check_supported(spec, NULL), 0);
	assert_round_trip(spec);
	refuse(LINUX("\"devices\":[{\"type\":\"d\",\"path\":\"/dev/x\"}]"), "devices[0].type");
	refuse(LINUX("\"devices\":[{\"type\":\"c\",\"path\":\"dev\"}]"), "devices[0].path");
	refuse(LINUX("\"devices\":[{\"type\":\"c\",\"path\":\"/dev/x\"}]"), "devices[0]");
	refuse(LINUX("\"resources\":{\"memory\":{\"limit\":-2}}"), "linux.resources.memory.limit");
	refuse(LINUX("\"resources\":{\"devices\":[{}]}"), "linux.resources.devices[0].allow");
	refuse(LINUX("\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"x\"}]}"),
	       "linux.resources.devices[0].access");
	refuse(LINUX("\"resources\":{\"unified\":{\"../x\":\"1\"}}"), "linux.resources.unified");
}

static void test_block_devices_and_the_like(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(LINUX(
		"\"resources\":{\"blockIO\":{\"weight\":10,\"weightDevice\":[{\"major\":8,\"minor\":0,"
		"\"weight\":500,\"leafWeight\":300}],\"throttleWriteIOPSDevice\":[{\"major\":8,"
		"\"minor\":16,\"rate\":600}]},"
		"\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0}],"
		"\"network\":{\"classID\":7,\"priorities\":[{\"name\":\"eth0\",\"priority\":5}]},"
		"\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3},\"mlx4_0\":{\"hcaObjects\":0}}}"));
	const struct oci_resources *r = &spec->resources;

	assert_int_equal(r->block_io.weights[0].leaf_weight, 300);
	assert_int_equal(r->block_io.throttle[OCI_THROTTLE_WRITE_IOPS].list[0].rate, 600);
	assert_string_equal(r->hugepages[0].page_size, "2MB");
	assert_int_equal(r->priorities[0].priority, 5);
	assert_false(r->rdma[0].has_objects);
	assert_true(r->rdma[1].has_objects);
	assert_round_trip(spec);
	refuse(LINUX("\"resources\":{\"blockIO\":{\"weight\":9}}"), "blockIO.weight");
	refuse(LINUX("\"resources\":{\"blockIO\":{\"leafWeight\":1001}}"), "blockIO.leafWeight");
	refuse(LINUX("\"resources\":{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":1}]}}"),
	       "throttleReadBpsDevice[0].minor");
	refuse(LINUX("\"resources\":{\"blockIO\":{\"throttleReadIOPSDevice\":[{\"major\":1,"
		     "\"minor\":0}]}}"),
	       "throttleReadIOPSDevice[0].rate");
	refuse(LINUX("\"resources\":{\"blockIO\":{\"weightDevice\":[{\"major\":1,\"minor\":0}]}}"),
	       "weightDevice[0]");
	refuse(LINUX("\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"02MB\",\"limit\":1}]}"),
	       "hugepageLimits[0].pageSize");
	refuse(LINUX("\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]}"), "limit");
	refuse(LINUX("\"resources\":{\"network\":{\"priorities\":[{\"name\":\"a b\",\"priority\":1}]}}"),
	       "priorities[0]");
	refuse(LINUX("\"resources\":{\"rdma\":{\"a/b\":{}}}"), "linux.resources.rdma.a/b");
	refuse(LINUX("\"resources\":{\"rdma\":{\"a\":1}}"), "linux.resources.rdma.a");
	refuse(LINUX("\"resources\":{\"rdma\":{\"a\":{}}}"), "linux.resources.rdma.a");
}

#define NETWORK "\"namespaces\":[{\"type\":\"network\"}],"

static void test_net_devices(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(
		LINUX(NETWORK "\"netDevices\":{\"eth0\":{\"name\":\"a\"},\"eth1\":{}}"));

	assert_int_equal(spec->n_net_devices, 2);
	assert_string_equal(spec->net_devices[0].inside, "a");
	assert_string_equal(spec->net_devices[1].inside, "eth1");
	assert_round_trip(spec);
	refuse(LINUX(NETWORK "\"netDevices\":{\"eth0\":1}"), "linux.netDevices.eth0");
	refuse(LINUX(NETWORK "\"netDevices\":{\"a/b\":{}}"), "linux.netDevices.a/b");
	refuse(LINUX(NETWORK "\"netDevices\":{\"e\":{\"name\":\"sixteen_letters_\"}}"),
	       "linux.netDevices.e.name");
	refuse(LINUX(NETWORK "\"netDevices\":{\"a\":{\"name\":\"x\"},\"x\":{}}"), "'x'");
	_cleanup_oci_spec_ struct oci_spec *templates = parse(LINUX(
		NETWORK "\"netDevices\":{\"a\":{\"name\":\"e%d\"},\"b\":{\"name\":\"e%d\"}}"));

	assert_string_equal(templates->net_devices[1].inside, "e%d");
	static const char *const bad[] = {"%d",	  "e%",	  "e%s", "e%d%d",	    "e%dx",
					  "a/%d", "e%%d", "e%i", "fourteen_lette%d"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[200];

		(void)snprintf(text, sizeof(text),
			       LINUX(NETWORK "\"netDevices\":{\"a\":{\"name\":\"%s\"}}"), bad[i]);
		refuse(text, "linux.netDevices.a.name");
	}
}

static void test_seccomp(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(
		LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":0,"
		      "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_LOONGARCH64\"],"
		      "\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],"
		      "\"syscalls\":[{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":"
		      "[{\"index\":0,\"value\":2114060288,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}"));

	assert_true(spec->seccomp->has_default_errno);
	assert_int_equal(spec->seccomp->n_arches, 2);
	assert_int_equal(spec->seccomp->rules[0].args[0].value, 0x7e020000);
	assert_round_trip(spec);
	refuse(LINUX("\"seccomp\":{}"), "linux.seccomp.defaultAction");
	refuse(LINUX("\"seccomp\":{\"defaultAction\":\"ALLOW\"}"), "linux.seccomp.defaultAction");
	refuse(LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"X\"]}"),
	       "linux.seccomp.flags");
	refuse(LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":"
		     "[{\"names\":[],\"action\":\"SCMP_ACT_KILL\"}]}"),
	       "linux.seccomp.syscalls[0].names");
	refuse(LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}"),
	       "linux.seccomp.defaultErrnoRet");
	refuse(LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":"
		     "[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1}]}"),
	       "linux.seccomp.syscalls[0].errnoRet");
	refuse(LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":"
		     "[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\",\"args\":"
		     "[{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]}]}"),
	       "linux.seccomp.syscalls[0].args[0].index");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_namespaces_and_maps),
		cmocka_unit_test(test_paths_of_the_container_are_normal),
		cmocka_unit_test(test_devices_and_resources),
		cmocka_unit_test(test_block_devices_and_the_like),
		cmocka_unit_test(test_net_devices),
		cmocka_unit_test(test_seccomp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
