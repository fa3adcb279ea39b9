/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/draft.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/strv.h"
#include "oci/image.h"
#include "unit.h"

/* A caller with one own id and 65536 sub-ids, whatever this machine has. */
static struct id_range ids[] = {{0, 1000, 1}, {1, 100000, 65536}};
static struct masu_engine engine = {
	.paths = {.data = (char *)"/data", .run = (char *)"/run"},
	.idmap = {.userns = true, .uids = ids, .n_uids = 2, .gids = ids, .n_gids = 2},
	.has_idmap = true,
};

static char *words(char *const *l)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	STRV_FOREACH(w, l)
		(void)fprintf(f, "%s%s", w == l ? "" : "|", *w);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void assert_words(char *const *l, const char *expected)
{
	_cleanup_free_ char *text = words(l);

	assert_string_equal(text, expected);
}

static void assert_labels(const struct oci_map *labels, const char *expected)
{
	_cleanup_strv_ char **list = NULL;

	for (size_t i = 0; i < labels->n; i++)
		assert_int_equal(
			strv_pushf(&list, "%s: %s", labels->pairs[i].key, labels->pairs[i].value),
			0);
	assert_words(list, expected);
}

static void test_image_and_request(void **state)
{
	static char *entrypoint[] = {(char *)"/entry", NULL},
		    *cmd[] = {(char *)"a", (char *)"b", NULL}, *own[] = {(char *)"x", NULL},
		    *none[] = {NULL}, *my[] = {(char *)"p", (char *)"q", NULL},
		    *env[] = {(char *)"PATH=/bin", (char *)"A=image", (char *)"junk",
			      (char *)"=x",	   (char *)"",	      NULL};
	static struct oci_pair labels[] = {{(char *)"l=l", (char *)"=image"},
					   {(char *)"m", (char *)"image"}};
	const struct image_config image = {.entrypoint = entrypoint,
					   .cmd = cmd,
					   .env = env,
					   .labels = {labels, 2},
					   .working_dir = (char *)"/srv/../data",
					   .user = (char *)"web",
					   .stop_signal = (char *)"SIGQUIT"};
	static const struct {
		char **entrypoint;
		char **command;
		const char *args;
	} cases[] = {
		{NULL, none, "/entry|a|b"}, {NULL, own, "/entry|x"}, {my, none, "p|q"},
		{my, own, "p|q|x"},	    {none, own, "x"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_draft_ struct draft d = DRAFT_INIT;
		const struct masu_create_options q = {.image = "image",
						      .entrypoint = cases[i].entrypoint,
						      .command = cases[i].command};

		assert_int_equal(draft_begin(&engine, &q, &d, NULL), 0);
		assert_int_equal(draft_apply_image(&d, &q, &image, NULL), 0);
		assert_words(d.spec->process->args, cases[i].args);
		assert_words(d.spec->process->env, "PATH=/bin|A=image|container=oci");
		assert_string_equal(d.spec->process->cwd, "/data");
		assert_string_equal(d.record.user, "web");
		assert_int_equal(d.record.stop_signal, 3);
		assert_labels(&d.record.labels, "l=l: =image|m: image");
	}
}

static void test_what_the_user_says_wins(void **state)
{
	static char *env[] = {(char *)"A=own", (char *)"B=1", NULL},
		    *labels[] = {(char *)"l=own", NULL}, *image_env[] = {(char *)"A=image", NULL},
		    *cmd[] = {(char *)"sh", NULL};
	static struct oci_pair image_labels[] = {{(char *)"l", (char *)"image"}};
	const struct image_config image = {.cmd = cmd,
					   .env = image_env,
					   .labels = {image_labels, 1},
					   .user = (char *)"web",
					   .stop_signal = (char *)"SIGQUIT"};
	const struct masu_create_options q = {.image = "image",
					      .env = env,
					      .labels = labels,
					      .user = "7:8",
					      .workdir = "/w",
					      .tty = true,
					      .stop_signal = 10,
					      .stop_timeout_s = 3};
	_cleanup_draft_ struct draft d = DRAFT_INIT;

	assert_int_equal(draft_begin(&engine, &q, &d, NULL), 0);
	assert_int_equal(draft_apply_image(&d, &q, &image, NULL), 0);
	assert_string_equal(strv_env_get(d.spec->process->env, "A"), "own");
	assert_string_equal(strv_env_get(d.spec->process->env, "TERM"), "xterm");
	assert_string_equal(d.record.user, "7:8");
	assert_int_equal(d.record.stop_signal, 10);
	assert_int_equal(d.record.stop_timeout, 3);
	assert_labels(&d.record.labels, "l: own");
	assert_true(d.spec->process->terminal);
	assert_int_equal(d.spec->n_uid_mappings, 2);
	assert_int_equal(d.spec->uid_mappings[1].host_id, 100000);
}

/* The user of the image, or 0; and the place of an image is below the root. */
static void test_empty_user_and_workdir(void **state)
{
	static char *cmd[] = {(char *)"sh", NULL};
	static const struct {
		const char *user, *workdir, *image_user, *image_workdir, *expected, *expected_cwd;
	} cases[] = {
		{NULL, NULL, NULL, NULL, "0", "/"},
		{NULL, NULL, "", "", "0", "/"},
		{"", "", NULL, NULL, "0", "/"},
		{"", "", "web", "/w", "web", "/w"},
		{":33", NULL, "web", NULL, ":33", "/"},
		{NULL, NULL, ":1000", "foobar", ":1000", "/foobar"},
		{NULL, NULL, "0:", "../a/./b/", "0:", "/a/b"},
		{NULL, "/own", NULL, "foobar", "0", "/own"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_draft_ struct draft d = DRAFT_INIT;
		const struct masu_create_options q = {
			.image = "image", .user = cases[i].user, .workdir = cases[i].workdir};
		const struct image_config image = {.cmd = cmd,
						   .user = (char *)cases[i].image_user,
						   .working_dir = (char *)cases[i].image_workdir};

		assert_int_equal(draft_begin(&engine, &q, &d, NULL), 0);
		assert_int_equal(draft_apply_image(&d, &q, &image, NULL), 0);
		assert_string_equal(d.record.user, cases[i].expected);
		assert_string_equal(d.spec->process->cwd, cases[i].expected_cwd);
	}
}

static void test_limits(void **state)
{
	static const struct masu_ulimit nofile = {sizeof(nofile), "nofile", 10, 20},
					core = {sizeof(core), "core", 0, MASU_UNLIMITED};
	static const struct masu_ulimit *const ulimits[] = {&nofile, &core, NULL};
	const struct masu_create_options q = {.image = "image",
					      .memory = 64 << 20,
					      .memory_swap = -1,
					      .nano_cpus = 500000000,
					      .cpu_shares = 512,
					      .cpuset_cpus = "0-1",
					      .pids = 100,
					      .has_oom_score_adj = true,
					      .oom_score_adj = -5,
					      .ulimits = ulimits};
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	const struct oci_resources *r;

	assert_int_equal(draft_begin(&engine, &q, &d, NULL), 0);
	r = &d.spec->resources;
	assert_int_equal(r->memory.limit, 64 << 20);
	assert_int_equal(r->memory.swap, -1);
	assert_int_equal(r->cpu.quota, 50000);
	assert_int_equal(r->cpu.period, 100000);
	assert_int_equal(r->cpu.shares, 512);
	assert_string_equal(r->cpu.cpus, "0-1");
	assert_int_equal(r->pids_limit, 100);
	assert_int_equal(d.spec->process->oom_score_adj, -5);
	assert_int_equal(d.spec->process->n_rlimits, 2);
	assert_int_equal(d.spec->process->rlimits[0].soft, 10);
	assert_true(d.spec->process->rlimits[1].hard == RLIMIT_UNLIMITED);
}

/* Each is refused before anything is fetched or created, with an error that names it. */
#define LIST(text) ((char *[]){(char *)(text), NULL})
#define ULIMIT(name, s, h)               \
	((const struct masu_ulimit *[]){ \
		&(struct masu_ulimit){sizeof(struct masu_ulimit), name, s, h}, NULL})
#define PORT(...)                      \
	((const struct masu_port *[]){ \
		&(struct masu_port){.size = sizeof(struct masu_port), __VA_ARGS__}, NULL})
#define MOUNT(...)                      \
	((const struct masu_mount *[]){ \
		&(struct masu_mount){.size = sizeof(struct masu_mount), __VA_ARGS__}, NULL})

static const struct {
	struct masu_create_options q;
	const char *named;
} refused[] = {
	{{.memory = 1024}, "1024"},
	{{.memory = -1}, "-1"},
	{{.memory_swap = 1 << 30}, "memory limit"},
	{{.memory = 2 << 20, .memory_swap = 1 << 20}, "1048576"},
	{{.memory = 1 << 20, .memory_reservation = 2 << 20}, "reservation 2097152"},
	{{.nano_cpus = 1}, "processors"},
	{{.nano_cpus = -1}, "processors"},
	{{.cpu_shares = 1}, "CPU shares"},
	{{.cpuset_cpus = "a"}, "processors 'a'"},
	{{.cpuset_mems = "3-1"}, "memory nodes '3-1'"},
	{{.pids = -2}, "processes"},
	{{.oom_score_adj = 1001}, "OOM score"},
	{{.ulimits = ULIMIT("nofile", 20, 10)}, "nofile"},
	{{.ulimits = ULIMIT("nosuch", 1, 1)}, "nosuch"},
	{{.ulimits = ULIMIT(NULL, 1, 1)}, "ulimit"},
	{{.env = LIST("=x")}, "=x"},
	{{.env = LIST("x")}, "'x'"},
	{{.labels = LIST("=x")}, "=x"},
	{{.annotations = LIST("x")}, "annotation 'x'"},
	{{.hostname = "a b"}, "a b"},
	{{.name = ""}, "''"},
	{{.name = "../n"}, "../n"},
	{{.workdir = "relative"}, "'relative'"},
	{{.shm_size = -2}, "/dev/shm"},
	{{.add_hosts = LIST("a")}, "'a'"},
	{{.add_hosts = LIST("a:host-gateway"), .network = "none"}, "'a:host-gateway'"},
	{{.add_hosts = LIST("a:1.2.3.4"), .image_hosts = true}, "--no-hosts"},
	{{.dns = LIST("1.2.3.4"), .image_resolv_conf = true}, "--dns none"},
	{{.hosts_file = "/no/such/hosts"}, "/no/such/hosts"},
	{{.hosts_file = "image"}, "hosts file of the image"},
	{{.host_gateway = "here"}, "\"here\""},
	{{.ip = "10.0.2.7"}, "--ip"},
	{{.ip = "10.0.2"}, "\"10.0.2\""},
	{{.mac_address = "02:00:00:00:00:01", .network = "none"}, "--mac-address"},
	{{.dns = LIST("a")}, "\"a\""},
	{{.dns_search = LIST("a b")}, "'a b'"},
	{{.dns_options = LIST("a\nb")}, "'a\nb'"},
	{{.mounts = MOUNT(.source = "/no/such", .target = "/x")}, "/no/such"},
	{{.mounts = MOUNT(.type = MASU_MOUNT_TMPFS)}, "mount at ''"},
	{{.mounts = MOUNT(.type = (enum masu_mount_type)7, .target = "/x")}, "7"},
	{{.network = "bridge:ip=10.0.2.7"}, "bridge"},
	{{.network = "mynet"}, "mynet"},
	{{.network = "none", .ports = PORT(.container_port = 80)}, "-p"},
	{{.ports = PORT(.host_port = 80)}, "80"},
	{{.ports = PORT(.container_port = 80, .host_ip = "::1")}, "::1"},
	{{.ports = PORT(.container_port = 80, .host_port = 9, .host_port_last = 8)}, "9-8"},
	{{.cap_add = LIST("FLY")}, "FLY"},
	{{.seccomp = "/no/such/file"}, "/no/such/file"},
	{{.sysctls = LIST("kernel.panic=1")}, "kernel.panic"},
	{{.sysctls = LIST("net.x=1"), .network = "host"}, "net.x"},
	{{.log_driver = "syslog"}, "\"syslog\""},
	{{.log_driver = "journald", .log_max_size = 1 << 20}, "has no option max-size"},
	{{.log_driver = "none", .log_max_files = 3}, "has no option max-file"},
	{{.log_driver = "json-file", .log_tag = "x"}, "has no option tag"},
	{{.log_driver = "journald", .log_tag = "{{.Nope}}"}, "tag: \"{{.Nope}}\""},
	{{.log_max_size = -2}, "-2"},
	{{.log_max_files = 101}, "100"}, /* more than the writer keeps */
	{{.stop_signal = 99}, "99"},
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		_cleanup_draft_ struct draft d = DRAFT_INIT;
		_cleanup_err_ struct masu_error err = ERR_INIT;
		struct masu_create_options q = refused[i].q;

		q.image = "image";
		assert_true(draft_begin(&engine, &q, &d, &err) < 0);
		assert_non_null(err.message);
		if (!strstr(err.message, refused[i].named))
			fail_msg("'%s' does not name '%s'", err.message, refused[i].named);
	}
}

/* Bounded unless the user wants it otherwise. */
static void test_log_limits(void **state)
{
	_cleanup_draft_ struct draft d = DRAFT_INIT, unlimited = DRAFT_INIT;
	struct masu_create_options q = {.image = "image"};

	assert_int_equal(draft_begin(&engine, &q, &d, NULL), 0);
	assert_int_equal(d.record.log_max_size, 10 << 20);
	assert_int_equal(d.record.log_max_files, 3);
	q.log_max_size = -1;
	q.log_max_files = 100;
	assert_int_equal(draft_begin(&engine, &q, &unlimited, NULL), 0);
	assert_int_equal(unlimited.record.log_max_size, 0);
	assert_int_equal(unlimited.record.log_max_files, 100);
}

/* The record has texts that a start reads again. */
static void test_ports(void **state)
{
	static const struct masu_port range = {.size = sizeof(range),
					       .host_ip = "127.0.0.1",
					       .host_port = 8080,
					       .host_port_last = 8081,
					       .container_port = 80,
					       .container_port_last = 81,
					       .udp = true},
				      free_port = {.size = sizeof(free_port), .container_port = 80};
	static const struct masu_port *const list[] = {&range, &free_port, NULL};
	const struct masu_create_options q = {.image = "image", .ports = list};
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	_cleanup_ports_ struct port_list ports = PORT_LIST_INIT;

	assert_int_equal(draft_begin(&engine, &q, &d, NULL), 0);
	STRV_FOREACH(text, d.record.publish)
		assert_int_equal(ports_parse(*text, &ports, NULL), 0);
	assert_int_equal(ports.n, 3);
	assert_string_equal(ports.item[1].host_ip, "127.0.0.1");
	assert_int_equal(ports.item[1].host_port, 8081);
	assert_int_equal(ports.item[1].container_port, 81);
	assert_true(ports.item[1].udp);
	assert_int_equal(ports.item[2].host_port, 0);
}

static void test_nothing_to_run(void **state)
{
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct masu_create_options q = {.image = "image"};

	assert_int_equal(draft_begin(&engine, &q, &d, NULL), 0);
	assert_int_equal(draft_apply_image(&d, &q, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.message, "no command"));
}

static const struct oci_mount *mount_at(const struct oci_spec *spec, const char *place)
{
	const struct oci_mount *found = NULL;

	for (size_t i = 0; i < spec->n_mounts; i++)
		if (strcmp(spec->mounts[i].destination, place) == 0) {
			assert_null(found); /* one at each place */
			found = &spec->mounts[i];
		}
	return found;
}

static void test_mounts(void **state)
{
	static char *options[] = {(char *)"bind", NULL};
	static const struct masu_mount bind = {.size = sizeof(bind),
					       .source = "/tmp",
					       .target = "/b/c",
					       .read_only = true},
				       flat = {.size = sizeof(flat),
					       .source = "/tmp",
					       .target = "/b/d",
					       .options = options,
					       .read_only = true},
				       volume = {.size = sizeof(volume),
						 .type = MASU_MOUNT_VOLUME,
						 .source = "v",
						 .target = "/b/v",
						 .read_only = true},
				       tmpfs = {.size = sizeof(tmpfs),
						.type = MASU_MOUNT_TMPFS,
						.target = "/b"},
				       shm = {.size = sizeof(shm),
					      .type = MASU_MOUNT_TMPFS,
					      .target = "/dev/shm"};
	static const struct masu_mount *const mounts[] = {&bind,  &flat, &volume,
							  &tmpfs, &shm,	 NULL};
	static char *command[] = {(char *)"x", NULL};
	const struct masu_create_options q = {
		.image = "image", .command = command, .mounts = mounts, .network = "host"};
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	const struct oci_mount *m;

	assert_int_equal(draft_begin(&engine, &q, &d, NULL), 0);
	assert_int_equal(draft_mounts(&engine, &d, &q, "/directory", NULL), 0);
	assert_false(d.spec->namespaces[OCI_NS_NETWORK].wanted);
	m = mount_at(d.spec, "/sys");
	assert_string_equal(m->source, "/sys");
	assert_words(m->options, "rbind|rslave|nosuid|noexec|nodev|rro");
	m = mount_at(d.spec, "/dev/shm");
	assert_words(m->options, "nosuid|nodev|noexec|mode=1777|rw");
	assert_string_equal(mount_at(d.spec, "/etc/hosts")->source, "/directory/hosts");
	assert_words(mount_at(d.spec, "/b/c")->options, "rbind|rprivate|ro|rro");
	assert_words(mount_at(d.spec, "/b/d")->options, "rbind|rprivate|bind|ro");
	assert_words(mount_at(d.spec, "/b/v")->options, "rbind|rprivate|nosuid|nodev|ro");
	assert_true(mount_at(d.spec, "/b") < mount_at(d.spec, "/b/c"));
	assert_int_equal(d.record.n_mounts, 5);
}

static void count_notice(void *arg, const char *text, bool told)
{
	(*(size_t *)arg)++;
}

static void test_volumes_of_the_image(void **state)
{
	static char *volumes[] = {(char *)"/data",	    (char *)"/../../etc", (char *)"/proc",
				  (char *)"/sys/fs/cgroup", (char *)"/dev",	  NULL},
		    *relative[] = {(char *)"data", NULL}, *command[] = {(char *)"x", NULL};
	const struct masu_create_options q = {.image = "image",
					      .command = command,
					      .mounts = MOUNT(.source = "/tmp", .target = "/data")};
	struct image_config image = {.volumes = volumes};
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	size_t notices = 0;
	struct masu_engine e = engine;

	e.notice = count_notice;
	e.userdata = &notices;
	assert_int_equal(draft_begin(&e, &q, &d, NULL), 0);
	assert_int_equal(draft_image_volumes(&e, &d, &q, &image, NULL), 0);
	assert_int_equal(notices, 3);
	assert_int_equal(draft_mounts(&e, &d, &q, "/directory", NULL), 0);
	assert_string_equal(mount_at(d.spec, "/data")->source, "/tmp");
	assert_string_equal(mount_at(d.spec, "/proc")->type, "proc");
	assert_string_equal(mount_at(d.spec, "/dev")->type, "tmpfs");
	assert_non_null(mount_at(d.spec, "/etc"));
	assert_non_null(mount_at(d.spec, "/etc/hosts")); /* no directory of the host's is there */
	assert_int_equal(strv_length(d.record.anonymous_volumes), 1);
	image.volumes = relative;
	assert_int_equal(draft_image_volumes(&e, &d, &q, &image, &err), -EINVAL);
}

static void test_exposed_ports(void **state)
{
	static char *of_image[] = {(char *)"80/tcp", (char *)"81",     (char *)"53/udp",
				   (char *)"5/sctp", (char *)"junk\n", NULL},
		    *own[] = {(char *)"82-84", (char *)"80", NULL}, *bad[] = {(char *)"1:2", NULL};
	const struct image_config image = {.cmd = own, .exposed_ports = of_image};
	const struct masu_port port = {.size = sizeof(port), .container_port = 83};
	const struct masu_port *const ports[] = {&port, NULL};
	struct masu_create_options q = {.image = "image", .expose = own, .ports = ports};
	_cleanup_draft_ struct draft d = DRAFT_INIT, all = DRAFT_INIT, none = DRAFT_INIT;

	assert_int_equal(draft_begin(&engine, &q, &d, NULL), 0);
	assert_int_equal(draft_expose(&engine, &d, &q, &image, NULL), 0);
	assert_words(d.record.expose, "0.0.0.0::80-82/tcp|0.0.0.0::84-84/tcp|0.0.0.0::53-53/udp");
	assert_words(d.record.publish, "0.0.0.0::83-83/tcp");
	q.publish_all = true;
	assert_int_equal(draft_begin(&engine, &q, &all, NULL), 0);
	assert_int_equal(draft_expose(&engine, &all, &q, &image, NULL), 0);
	assert_null(all.record.expose);
	assert_words(all.record.publish, "0.0.0.0::83-83/tcp|0.0.0.0::80-82/tcp|0.0.0.0::84-84/"
					 "tcp|0.0.0.0::53-53/udp");
	q.network = "host";
	assert_true(draft_begin(&engine, &q, &none, NULL) < 0);
	q = (struct masu_create_options){.image = "image", .expose = bad};
	assert_true(draft_begin(&engine, &q, &none, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image_and_request),
		cmocka_unit_test(test_what_the_user_says_wins),
		cmocka_unit_test(test_empty_user_and_workdir),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_log_limits),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_nothing_to_run),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_volumes_of_the_image),
		cmocka_unit_test(test_exposed_ports),
	};

	return cmocka_run_group_tests_name("draft", tests, NULL, NULL);
}
