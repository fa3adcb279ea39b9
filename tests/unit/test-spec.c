/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/state.h"

static struct json_object *json(const char *text)
{
	struct json_object *o = NULL;

	assert_int_equal(json_parse(text, strlen(text), "test", &o, NULL), 0);
	return o;
}

static struct oci_spec *parse(const char *text)
{
	_cleanup_json_ struct json_object *o = json(text);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct oci_spec *spec = NULL;

	if (oci_spec_parse(o, &spec, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return spec;
}

/* The document must be refused with a message that names `place`. */
static void refuse(const char *text, const char *place)
{
	_cleanup_json_ struct json_object *o = json(text);
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct oci_spec *spec = NULL;

	if (oci_spec_parse(o, &spec, &err) >= 0)
		fail_msg("taken: %s", text);
	assert_null(spec);
	if (!strstr(err.message, place))
		fail_msg("'%s' doesn't name %s", err.message, place);
}

static char *text_of(const struct oci_spec *spec)
{
	_cleanup_json_ struct json_object *o = NULL;

	assert_int_equal(oci_spec_to_json(spec, &o, NULL), 0);
	return strdup(json_text(o, false));
}

static void assert_round_trip(const struct oci_spec *spec)
{
	_cleanup_free_ char *first = text_of(spec);
	_cleanup_oci_spec_ struct oci_spec *again = parse(first);
	_cleanup_free_ char *second = text_of(again);

	assert_string_equal(first, second);
}

static void each_document(const char *dir, bool good)
{
	_cleanup_closedir_ DIR *listing = opendir(dir);
	size_t n = 0;

	assert_non_null(listing);
	for (struct dirent *d; (d = readdir(listing));) {
		_cleanup_json_ struct json_object *o = NULL;
		_cleanup_oci_spec_ struct oci_spec *spec = NULL;
		_cleanup_err_ struct masu_error err = ERR_INIT;

		if (*d->d_name == '.')
			continue;
		n++;
		int r = json_read_file(dirfd(listing), d->d_name, OCI_SPEC_SIZE_MAX, &o, &err);

		if (r >= 0)
			r = oci_spec_parse(o, &spec, &err);
		if (good && r < 0)
			fail_msg("%s: %s", d->d_name, err.message);
		if (!good && r >= 0)
			fail_msg("%s was taken", d->d_name);
		if (good)
			assert_round_trip(spec);
	}
	assert_true(n >= 4);
}

static void test_the_specifications_own_documents(void **state)
{
	each_document(TEST_DATA "/good", true);
	each_document(TEST_DATA "/bad", false);
}

static void test_default_is_whole(void **state)
{
	for (int rootless = 0; rootless < 2; rootless++) {
		_cleanup_oci_spec_ struct oci_spec *spec = NULL;

		assert_int_equal(oci_spec_default(rootless, &spec, NULL), 0);
		assert_round_trip(spec);
		assert_int_equal(spec->namespaces[OCI_NS_USER].wanted, rootless);
		assert_int_equal(spec->n_uid_mappings, rootless);
		assert_int_equal(spec->n_mounts, 7);
		assert_int_equal(spec->process->capabilities.bounding, caps_default);
		assert_int_equal(spec->process->capabilities.inheritable, 0);
		assert_int_equal(spec->process->capabilities.ambient, 0);
		assert_true(strv_contains(spec->masked_paths, "/proc/kcore"));
		assert_true(strv_contains(spec->readonly_paths, "/proc/sys"));
		assert_int_equal(oci_spec_check_supported(spec, NULL), 0);
	}
}

#define HEAD		 "{\"ociVersion\":\"1.0.2\","
#define PROCESS(members) HEAD "\"process\":{\"cwd\":\"/\"," members "}}"
#define LINUX(members)	 HEAD "\"linux\":{" members "}}"

static void test_versions(void **state)
{
	static const char *const good[] = {"1.0.0", "1.0.2-dev", "1.1.0-rc.1", "1.3.0", "1.2.1+x"};
	static const char *const bad[] = {"",	    "1",      "1.0",	"2.0.0", "1.0.",
					  "10.0.0", "1.0.0x", "v1.0.0", "1.01.0"};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		(void)snprintf(text, sizeof(text), "{\"ociVersion\":\"%s\"}", good[i]);
		oci_spec_free(parse(text));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		(void)snprintf(text, sizeof(text), "{\"ociVersion\":\"%s\"}", bad[i]);
		refuse(text, "ociVersion");
	}
	refuse("{}", "ociVersion");
	refuse("[]", "object");
}

static void test_process(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(PROCESS(
		"\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80},"
		"\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[5,6]},"
		"\"args\":[\"a\",\"\"],\"env\":[\"A=\",\"B=1\",\"B=c=d\"],\"oomScoreAdj\":0,"
		"\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_OF_TOMORROW\"],"
		"\"ambient\":[\"CAP_OF_TOMORROW\"]},"
		"\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,"
		"\"hard\":18446744073709551615}],\"noNewPrivileges\":true"));
	const struct oci_process *p = spec->process;

	assert_int_equal(p->console_height, 24);
	assert_int_equal(p->console_width, 80);
	assert_int_equal(p->user.uid, 1);
	assert_int_equal(p->user.gid, 2);
	assert_int_equal(p->user.umask, 022);
	assert_int_equal(p->user.n_additional_gids, 2);
	assert_int_equal(strv_length(p->args), 2);
	assert_int_equal(strv_length(p->env), 2);
	assert_string_equal(p->env[1], "B=c=d");
	assert_true(p->has_oom_score_adj);
	assert_int_equal(p->capabilities.bounding, CAPS_BIT(CAP_KILL));
	assert_int_equal(strv_length(p->unknown_capabilities), 1);
	assert_int_equal(p->rlimits[0].resource, RLIMIT_CORE);
	assert_true(p->rlimits[0].hard == RLIMIT_UNLIMITED);
	assert_true(p->no_new_privileges);
	assert_round_trip(spec);
}

static void test_process_is_checked(void **state)
{
	refuse(HEAD "\"process\":{}}", "process.cwd");
	refuse(HEAD "\"process\":{\"cwd\":\"tmp\"}}", "process.cwd");
	refuse(HEAD "\"process\":{\"cwd\":\"/a\\nb\"}}", "process.cwd");
	refuse(PROCESS("\"user\":{\"uid\":4294967295}"), "process.user.uid");
	refuse(PROCESS("\"user\":{\"uid\":-1}"), "process.user.uid");
	refuse(PROCESS("\"user\":{\"uid\":\"0\"}"), "process.user.uid");
	refuse(PROCESS("\"user\":{\"gid\":4294967296}"), "process.user.gid");
	refuse(PROCESS("\"user\":{\"umask\":512}"), "process.user.umask");
	refuse(PROCESS("\"user\":{\"additionalGids\":[0,-1]}"), "additionalGids: [1]");
	refuse(PROCESS("\"args\":[]"), "process.args");
	refuse(PROCESS("\"args\":[\"a\\u0000b\"]"), "process.args[0]");
	refuse(PROCESS("\"env\":[\"A=b\\u0000c\"]"), "process.env[0]");
	refuse(PROCESS("\"env\":[\"A\"]"), "process.env");
	refuse(PROCESS("\"env\":[\"=A\"]"), "process.env");
	refuse(PROCESS("\"consoleSize\":{\"height\":1}"), "consoleSize.width");
	refuse(PROCESS("\"consoleSize\":{\"height\":1,\"width\":65536}"), "consoleSize.width");
	refuse(PROCESS("\"oomScoreAdj\":1001"), "oomScoreAdj");
	refuse(PROCESS("\"noNewPrivileges\":1"), "noNewPrivileges");
	refuse(PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_X\",\"soft\":0,\"hard\":0}]"),
	       "process.rlimits[0].type");
	refuse(PROCESS("\"rlimits\":[{\"type\":\"NOFILE\",\"soft\":0,\"hard\":0}]"),
	       "process.rlimits[0].type");
	refuse(PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
	       "process.rlimits[0].soft");
	refuse(PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":0,\"hard\":0},"
		       "{\"type\":\"RLIMIT_CPU\",\"soft\":0,\"hard\":0}]"),
	       "RLIMIT_CPU");
}

static void test_mounts_and_hooks(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(
		HEAD "\"mounts\":[{\"destination\":\"data\",\"options\":[\"bind\",\"\"]}],"
		     "\"hooks\":{\"poststop\":[{\"path\":\"/bin/x\",\"timeout\":3}]}}");

	assert_string_equal(spec->mounts[0].destination, "/data");
	assert_int_equal(strv_length(spec->mounts[0].options), 2);
	assert_int_equal(spec->hooks[OCI_HOOK_POSTSTOP].list[0].timeout, 3);
	assert_round_trip(spec);
	refuse(HEAD "\"mounts\":{}}", "mounts");
	refuse(HEAD "\"mounts\":[1]}", "mounts[0]");
	refuse(HEAD "\"mounts\":[{}]}", "mounts[0].destination");
	refuse(HEAD "\"mounts\":[{\"destination\":\"/a\\nb\"}]}", "mounts[0].destination");
	refuse(HEAD "\"mounts\":[{\"destination\":\"/a\",\"uidMappings\":"
		    "[{\"containerID\":0,\"hostID\":1,\"size\":1}]}]}",
	       "mounts[0]");
	refuse(HEAD "\"hooks\":{\"prestart\":[{}]}}", "hooks.prestart[0].path");
	refuse(HEAD "\"hooks\":{\"prestart\":[{\"path\":\"x\"}]}}", "hooks.prestart[0].path");
	refuse(HEAD "\"hooks\":{\"prestart\":[{\"path\":\"/x\",\"timeout\":0}]}}", "timeout");
}

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

#define NAMES(names, parameters) \
	HEAD names "\"linux\":{\"namespaces\":[{\"type\":\"uts\"}],\"sysctl\":{" parameters "}}}"

static void test_names_and_parameters_agree(void **state)
{
	static const char *const good[] = {
		NAMES("", "\"kernel.domainname\":\"a\""),
		NAMES("\"domainname\":\"a\",", "\"kernel.domainname\":\"a\""),
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_oci_spec_ struct oci_spec *spec = parse(good[i]);

		assert_round_trip(spec);
	}
	refuse(NAMES("\"domainname\":\"a\",", "\"kernel.domainname\":\"b\""), "kernel.domainname");
	refuse(NAMES("\"hostname\":\"a\",", "\"kernel.hostname\":\"a\""), "kernel.hostname");
	refuse(NAMES("", "\"kernel.hostname\":\"a\""), "kernel.hostname");
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

static void test_what_is_not_supported_is_named(void **state)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}"),
		 "linux.personality.flags"},
		{HEAD "\"windows\":{}}", "windows"},
		{HEAD "\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":1,\"username\":\"a\"}}}",
		 "process.user.username"},
		{HEAD "\"process\":{\"cwd\":\"/\",\"commandLine\":\"a\"}}", "process.commandLine"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_oci_spec_ struct oci_spec *spec = parse(cases[i].text);
		_cleanup_err_ struct masu_error err = ERR_INIT;

		assert_int_equal(oci_spec_check_supported(spec, &err), -EOPNOTSUPP);
		assert_int_equal(err.kind, ERR_UNSUPPORTED);
		assert_non_null(strstr(err.message, cases[i].name));
	}
	oci_spec_free(parse(HEAD "\"x-unknown\":{\"a\":[1]}}"));
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

static void test_parts_alone(void **state)
{
	_cleanup_json_ struct json_object *o = json("{\"cwd\":\"/\",\"args\":[\"a\"]}");
	_cleanup_json_ struct json_object *r = json("{\"pids\":{\"limit\":5},\"rdma\":{}}");
	_cleanup_oci_process_ struct oci_process *process = NULL;
	_cleanup_(oci_resources_done) struct oci_resources resources = {0};
	_cleanup_strv_ char **unsupported = NULL;

	assert_int_equal(oci_process_parse(o, &process, &unsupported, NULL), 0);
	assert_null(unsupported);
	assert_string_equal(process->cwd, "/");
	assert_int_equal(oci_resources_parse(r, &resources, &unsupported, NULL), 0);
	assert_int_equal(resources.pids_limit, 5);
	assert_null(unsupported);
}

static void test_builders(void **state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = parse(
		"{\"ociVersion\":\"1.3.0\",\"hooks\":{\"prestart\":[{\"path\":\"/bin/true\"}]},"
		"\"linux\":{\"devices\":[{\"type\":\"c\",\"path\":\"/dev/null\",\"major\":1,"
		"\"minor\":3,\"fileMode\":438}]}}");

	assert_non_null(oci_spec_add_mount(spec, "/x", NULL, "/y", "bind,ro"));
	assert_int_equal(strv_length(spec->mounts[0].options), 2);
	assert_int_equal(oci_map_set(&spec->annotations, "a", "1"), 0);
	assert_int_equal(oci_map_set(&spec->annotations, "a", "2"), 0);
	assert_int_equal(spec->annotations.n, 1);
	assert_string_equal(oci_map_get(&spec->annotations, "a"), "2");
	assert_round_trip(spec);
}

static void test_state(void **state)
{
	struct oci_map annotations = {0};
	_cleanup_json_ struct json_object *o = NULL;

	assert_int_equal(oci_map_set(&annotations, "k", "v"), 0);
	assert_int_equal(oci_state_to_json(&(struct oci_state){.id = "web",
							       .status = OCI_STATUS_RUNNING,
							       .pid = 7,
							       .bundle = "/b",
							       .annotations = &annotations},
					   &o, NULL),
			 0);
	assert_string_equal(json_text(o, false),
			    "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"running\","
			    "\"pid\":7,\"bundle\":\"/b\",\"annotations\":{\"k\":\"v\"}}");
	oci_map_done(&annotations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_specifications_own_documents),
		cmocka_unit_test(test_default_is_whole),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_process_is_checked),
		cmocka_unit_test(test_mounts_and_hooks),
		cmocka_unit_test(test_namespaces_and_maps),
		cmocka_unit_test(test_paths_of_the_container_are_normal),
		cmocka_unit_test(test_names_and_parameters_agree),
		cmocka_unit_test(test_devices_and_resources),
		cmocka_unit_test(test_block_devices_and_the_like),
		cmocka_unit_test(test_what_is_not_supported_is_named),
		cmocka_unit_test(test_net_devices),
		cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_parts_alone),
		cmocka_unit_test(test_builders),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
