/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container-options.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/signal-name.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/health-args.h"
#include "cli/image-args.h"
#include "cli/limit-args.h"
#include "cli/refused-options.h"
#include "cli/restart-args.h"
#include "cli/words.h"

static int invalid(struct masu_error *err, const char *what)
{
	return err_set(err, ERR_INVALID, EINVAL, "%s", what);
}

/* Without a size a tmpfs has no limit. */
static int parse_shm_size(const char *text, void *field, struct masu_error *err)
{
	int64_t *size = field;
	int r = limit_parse_any_size(text, size, err);

	if (r == 0 && *size == 0)
		*size = -1;
	return r;
}

static int parse_oom_score(const char *text, void *field, struct masu_error *err)
{
	struct masu_create_options *create = field;
	int64_t n;

	if (str_to_int64(text, &n) < 0 || n < -1000 || n > 1000)
		return invalid(err, "must be a number from -1000 to 1000");
	create->has_oom_score_adj = true;
	create->oom_score_adj = (int)n;
	return 0;
}

static int parse_restart(const char *text, void *field, struct masu_error *err)
{
	struct masu_create_options *create = field;

	return restart_args_parse(text, &create->restart, &create->restart_max, err);
}

static int parse_stop_signal(const char *text, void *field, struct masu_error *err)
{
	int n = signal_from_string(text);

	if (n < 0)
		return invalid(err, "unknown signal");
	*(int *)field = n;
	return 0;
}

static int parse_systemd(const char *text, void *field, struct masu_error *err)
{
	struct masu_create_options *create = field;

	if (streq(text, "always"))
		create->systemd = MASU_SYSTEMD_ALWAYS;
	else if (streq(text, "true"))
		create->systemd = MASU_SYSTEMD_DETECT;
	else if (streq(text, "false"))
		create->systemd = MASU_SYSTEMD_NO;
	else
		return invalid(err, "must be one of true, always, false");
	return 0;
}

static int parse_stop_timeout(const char *text, void *field, struct masu_error *err)
{
	uint64_t n;

	if (str_to_uint64(text, INT32_MAX, &n) < 0)
		return invalid(err, "must be a number of seconds");
	*(int *)field = n == 0 ? -1 : (int)n;
	return 0;
}

static int parse_timeout(const char *text, void *field, struct masu_error *err)
{
	uint64_t n;

	if (str_to_uint64(text, INT32_MAX, &n) < 0)
		return invalid(err, "must be a number of seconds");
	*(int *)field = (int)n;
	return 0;
}

static int parse_log_option(const char *text, void *field, struct masu_error *err)
{
	struct masu_create_options *create = field;
	const char *value = str_after(text, "max-size=");
	uint64_t n;

	if (value && streq(value, "-1")) {
		create->log_max_size = -1;
		return 0;
	}
	if (value)
		return limit_parse_size(value, &create->log_max_size, err);
	value = str_after(text, "tag=");
	if (value) {
		create->log_tag = value;
		return 0;
	}
	value = str_after(text, "max-file=");
	if (!value) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "unknown log option");
		return err_hint(err, "supported: max-size=SIZE, max-file=NUMBER, tag=TEXT");
	}
	if (str_to_uint64(value, INT32_MAX, &n) < 0 || n == 0)
		return invalid(err, "must be a number from 1 on");
	create->log_max_files = (int)n;
	return 0;
}

static int parse_security(const char *text, void *field, struct masu_error *err)
{
	/* masu sets no label and no profile of its own, so these change nothing. */
	static const char *const without_effect[] = {"label=disable", "label:disable",
						     "apparmor=unconfined", "apparmor:unconfined"};
	struct masu_create_options *create = field;
	const char *rest = str_after(text, "no-new-privileges"), *value;

	if (rest && (!*rest || streq(rest, "=true") || streq(rest, ":true"))) {
		create->no_new_privileges = true;
		return 0;
	}
	if (rest && (streq(rest, "=false") || streq(rest, ":false"))) {
		create->no_new_privileges = false;
		return 0;
	}
	if ((value = str_after(text, "seccomp=")) || (value = str_after(text, "seccomp:"))) {
		create->seccomp = *value ? value : "unconfined";
		return 0;
	}
	if (streq(text, "unmask=ALL") || streq(text, "systempaths=unconfined")) {
		create->unmask_all = true;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(without_effect); i++)
		if (streq(text, without_effect[i]))
			return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "unknown security option");
	return err_hint(err, "supported: no-new-privileges, seccomp=FILE|unconfined, unmask=ALL");
}

static int parse_group(const char *text, void *field, struct masu_error *err)
{
	struct masu_create_options *create = field;
	gid_t *added;
	uint32_t gid;

	if (streq(text, "keep-groups")) {
		create->keep_groups = true;
		return 0;
	}
	if (text[strspn(text, "0123456789")])
		return strv_push((char ***)&create->group_names, text) < 0 ? err_oom(err) : 0;
	if (str_to_uint32(text, &gid) < 0 || gid == UINT32_MAX)
		return err_set(err, ERR_INVALID, EINVAL, "must be a name, a number or keep-groups");
	added = array_add(&create->groups, &create->n_groups, sizeof(*added));
	if (!added)
		return err_oom(err);
	*added = gid;
	return 0;
}

/* Docker's clients quote "device=0,1" a second time, so that its own parser keeps the comma. */
static int parse_gpus(const char *text, void *field, struct masu_error *err)
{
	_cleanup_strv_ char **fields = NULL;
	char **gpus = field;

	if (strv_split_csv(text, &fields) < 0)
		return invalid(err, "a quote is misplaced or not closed");
	const char *value = strv_length(fields) == 1 ? fields[0] : text;
	if (strstr(value, "capabilities=") || strstr(value, "driver=") || strstr(value, "options="))
		return err_set(
			err, ERR_UNSUPPORTED, EOPNOTSUPP,
			"capabilities, driver and options are not supported: a CDI file gives all of a GPU");
	const char *count = str_after(value, "count=");
	free(*gpus);
	*gpus = strdup(count ? count : value);
	return *gpus ? 0 : err_oom(err);
}

static int parse_umask(const char *text, void *field, struct masu_error *err)
{
	struct masu_create_options *create = field;
	uint32_t mask;

	if (str_to_octal(text, 0777, &mask) < 0)
		return invalid(err, "must be an octal number from 0 to 777");
	create->has_umask = true;
	create->umask = mask;
	return 0;
}

static int parse_cgroupns(const char *text, void *field, struct masu_error *err)
{
	struct masu_create_options *create = field;
	bool joins = str_after(text, "container:") || str_after(text, "ns:");

	create->host_cgroupns = streq(text, "host");
	create->cgroupns_mode = joins ? text : NULL;
	return joins || create->host_cgroupns || streq(text, "private")
		       ? 0
		       : invalid(err, "must be one of private, host, container:NAME, ns:PATH");
}

/* NAME[,NAME...], any number of times. */
static int parse_requires(const char *text, void *field, struct masu_error *err)
{
	_cleanup_strv_ char **names = strv_split(text, ",");
	char ***list = field;

	if (!names)
		return err_oom(err);
	STRV_FOREACH(name, names)
		if (!**name)
			return invalid(err, "must be names of containers, separated by commas");
	return strv_extend(list, names) < 0 ? err_oom(err) : 0;
}

static int parse_cgroups(const char *text, void *field, struct masu_error *err)
{
	struct masu_create_options *create = field;

	create->no_cgroup = streq(text, "disabled");
	create->split_cgroup = streq(text, "split");
	if (streq(text, "enabled") || create->no_cgroup || create->split_cgroup)
		return 0;
	if (!streq(text, "no-conmon"))
		return invalid(err, "must be one of enabled, disabled, split");
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "each container has a scope of its own");
	return err_hint(err,
			"place it by --cgroup-parent, or start it without: --cgroups disabled");
}

/* docker and podman connect a container to several. */
static int parse_network(const char *text, void *field, struct masu_error *err)
{
	const char **network = field;

	if (*network && !streq(*network, text)) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			      "a container has one network, and \"%s\" was given before", *network);
		return err_hint(err, "--network container:NAME joins the network of another "
				     "container");
	}
	*network = text;
	return 0;
}

/* One program, or a JSON array as podman takes it. */
static int parse_entrypoint(const char *text, void *field, struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = NULL;
	_cleanup_strv_ char **list = NULL;
	int r = 0;

	if (*text == '[') {
		r = json_parse(text, strlen(text), "a JSON array", &array, err);
		if (r < 0)
			return r;
		r = words_from_json(array, &list);
		if (r == -EINVAL)
			return invalid(err, "must be an array of strings");
	} else {
		list = *text ? NULL : calloc(1, sizeof(char *));
		r = *text ? strv_push(&list, text) : 0;
	}
	if (r < 0 || !list)
		return err_oom(err);
	strv_free(*(char ***)field);
	*(char ***)field = TAKE_PTR(list);
	return 0;
}

#define ROW(kind, field, letter, name, value, help) \
	OPTION_ROW(kind, struct container_options, field, letter, name, value, help)
#define STRING(field, letter, name, value, help) \
	ROW(OPTION_STRING, create.field, letter, name, value, help)
#define FLAG(field, letter, name, help)	       ROW(OPTION_FLAG, create.field, letter, name, NULL, help)
#define LIST(field, letter, name, value, help) ROW(OPTION_LIST, field, letter, name, value, help)
#define PARSE(fn, field, letter, name, value, help) \
	OPTION_ROW_PARSE(fn, struct container_options, field, letter, name, value, help)

const struct option_row container_option_rows[] = {
	OPTION_TITLE("Container"),
	LIST(annotations, 0, "annotation", "KEY=VALUE", "Add an OCI annotation"),
	ROW(OPTION_STRING, cidfile, 0, "cidfile", "FILE", "Write the container's id to a new file"),
	LIST(labels, 'l', "label", "KEY=VALUE", "Set a label"),
	LIST(label_files, 0, "label-file", "FILE", "Read labels from a file"),
	STRING(log_driver, 0, "log-driver", "DRIVER",
	       "Log by k8s-file (default with -d), json-file, journald, none or passthrough"),
	PARSE(parse_log_option, create, 0, "log-opt", "KEY=VALUE",
	      "Set max-size=SIZE, max-file=NUMBER or tag=TEXT"),
	STRING(name, 0, "name", "NAME", "Set the name (default: two random words)"),
	STRING(pid_file, 0, "pidfile", "FILE", "Write the process id to a file at each start"),
	FLAG(replace, 0, "replace", "Remove a container of the same name first"),
	PARSE(parse_requires, required, 0, "requires", "CONTAINER[,...]",
	      "Start these containers before it"),
	PARSE(parse_restart, create, 0, "restart", "POLICY",
	      "Restart it: no (default), on-failure[:MAX], always or unless-stopped; with -d"),
	FLAG(auto_remove, 0, "rm", "Remove the container when it exits"),
	STRING(sdnotify, 0, "sdnotify", "HOW",
	       "Tell systemd when it is ready: container, healthy, conmon or ignore"),
	PARSE(parse_stop_signal, create.stop_signal, 0, "stop-signal", "SIGNAL",
	      "Set the signal that 'stop' sends (default TERM)"),
	PARSE(parse_stop_timeout, create.stop_timeout_s, 0, "stop-timeout", "SECONDS",
	      "Set the time until 'stop' kills (default 10)"),
	PARSE(parse_systemd, create, 0, "systemd", "WHETHER",
	      "Prepare it for systemd as its command: true (default, if it is that), always or false"),
	PARSE(parse_timeout, create.run_timeout_s, 0, "timeout", "SECONDS",
	      "Kill the container so long after its start (default 0: never)"),

	OPTION_TITLE("Image"),
	STRING(authfile, 0, "authfile", "FILE", "Read the credentials for a pull from this file"),
	PARSE(image_args_volumes, create.image_volumes, 0, "image-volume", "HOW",
	      "Mount the image's volumes: anonymous (default), tmpfs or ignore"),
	PARSE(image_args_pull, create.pull, 0, "pull", "POLICY",
	      "Pull the image: missing (default), always, never or newer"),
	ROW(OPTION_FLAG, quiet, 'q', "quiet", NULL, "Print no progress of a pull"),
	REGISTRY_ARGS_RETRY(struct container_options, registry),
	FLAG(rootfs, 0, "rootfs", "Run from IMAGE, a directory with a root file system"),
	PARSE(image_args_tls, create.tls, 0, "tls-verify", "BOOL",
	      "Allow plain http and unverified certificates for a pull with =false"),

	OPTION_TITLE("Platform of the image"),
	PLATFORM_ROWS(struct container_options),

	OPTION_TITLE("Command"),
	PARSE(parse_entrypoint, entrypoint, 0, "entrypoint", "PROGRAM",
	      "Replace the image's entry point; a JSON array works"),
	LIST(env, 'e', "env", "NAME[=VALUE]", "Set a variable, or pass on the caller's"),
	LIST(env_files, 0, "env-file", "FILE", "Read variables from a file"),
	ROW(OPTION_FLAG, env_host, 0, "env-host", NULL,
	    "Pass on the caller's whole environment; the image's replaces it"),
	LIST(env_merge, 0, "env-merge", "NAME=TEXT",
	     "Set a variable; its text may name variables of the image, like PATH=/x:${PATH}"),
	PARSE(parse_group, create, 0, "group-add", "GROUP",
	      "Add a group to the process, a name of the container or a number, or keep-groups"),
	ROW(OPTION_FLAG, http_proxy, 0, "http-proxy", NULL,
	    "Pass on the caller's variables about proxies, like http_proxy"),
	FLAG(init, 0, "init", "Run masu-init as process 1: it reaps and forwards signals"),
	FLAG(interactive, 'i', "interactive", "Pass standard input to the container"),
	FLAG(tty, 't', "tty", "Give it a terminal"),
	STRING(timezone, 0, "tz", "ZONE",
	       "Set the time zone, like Europe/Berlin; local: the host's"),
	PARSE(parse_umask, create, 0, "umask", "MASK",
	      "Set the umask of its processes (default 022)"),
	LIST(unset_env, 0, "unsetenv", "NAME", "Remove a variable that the image or masu sets"),
	FLAG(unset_all_env, 0, "unsetenv-all", "Remove all variables that the image or masu sets"),
	STRING(user, 'u', "user", "USER[:GROUP]", "Run as this user and group, names or numbers"),
	STRING(workdir, 'w', "workdir", "DIR", "Run in this directory of the container"),

	OPTION_TITLE("Files"),
	PARSE(mount_args_add_mount, mounts, 0, "mount", "type=TYPE,...",
	      "Mount a bind, volume, tmpfs, image, glob, devpts or ramfs; src=, dst=, ro"),
	FLAG(read_only, 0, "read-only", "Make the root read-only"),
	FLAG(read_only_tmpfs, 0, "read-only-tmpfs",
	     "With --read-only, mount a tmpfs at /run, /tmp and /var/tmp"),
	PARSE(secret_args_add, secrets, 0, "secret", "NAME[,OPTION...]",
	      "Give it a secret: type=mount|env, target=, uid=, gid=, mode="),
	PARSE(parse_shm_size, create.shm_size, 0, "shm-size", "SIZE",
	      "Set the size of /dev/shm (default 64m)"),
	PARSE(mount_args_add_tmpfs, mounts, 0, "tmpfs", "DIR[:OPTIONS]", "Mount a tmpfs"),
	PARSE(mount_args_add_volume, mounts, 'v', "volume", "[SRC:]DST[:OPT]",
	      "Mount a directory, file or volume"),
	LIST(volumes_from, 0, "volumes-from", "CONTAINER[:ro]",
	     "Mount the directories and volumes of another container"),

	OPTION_TITLE("Network"),
	LIST(add_hosts, 0, "add-host", "NAME:IP",
	     "Add a line to /etc/hosts; host-gateway is the host's address"),
	LIST(dns, 0, "dns", "IP",
	     "Use this name server, not the host's; none: the image's resolv.conf"),
	LIST(dns_options, 0, "dns-opt", "OPTION", NULL),
	LIST(dns_options, 0, "dns-option", "OPTION", "Add an option to /etc/resolv.conf"),
	LIST(dns_search, 0, "dns-search", "DOMAIN", "Set a search domain; '.' for none"),
	STRING(domainname, 0, "domainname", "NAME", "Set the NIS domain name"),
	LIST(expose, 0, "expose", "PORT[-PORT][/udp]",
	     "Expose a port, or a range, besides those of the image"),
	STRING(hostname, 'h', "hostname", "NAME", "Set the host name (default: the short id)"),
	STRING(hosts_file, 0, "hosts-file", "FILE",
	       "Add the lines of a file to /etc/hosts; or none"),
	STRING(ip, 0, "ip", "IP", "Give it this IPv4 address; with --network pasta"),
	STRING(ip6, 0, "ip6", "IP", "Give it this IPv6 address; with --network pasta"),
	STRING(mac_address, 0, "mac-address", "MAC", "Give its network device this MAC address"),
	PARSE(parse_network, create.network, 0, "net", "MODE", NULL),
	PARSE(parse_network, create.network, 0, "network", "MODE",
	      "Use slirp4netns[:OPTIONS] (default), pasta[:OPTIONS], none, host, container:NAME or ns:PATH"),
	FLAG(image_hostname, 0, "no-hostname", "Leave /etc/hostname as the image has it"),
	FLAG(image_hosts, 0, "no-hosts", "Leave /etc/hosts as the image has it"),
	PARSE(port_args_add, ports, 'p', "publish", "[IP:][HOST:]PORT[/udp]",
	      "Publish a port, or a range; with ,ondemand a connection starts the container"),
	FLAG(publish_all, 'P', "publish-all",
	     "Publish all exposed ports at free ports of the host"),

	OPTION_TITLE("Limits"),
	PARSE(limit_parse_weight, create.blkio_weight, 0, "blkio-weight", "NUMBER",
	      "Set the weight for block I/O (10 to 1000)"),
	PARSE(limit_parse_period, create.cpu_period, 0, "cpu-period", "MICROSECONDS",
	      "Set the period of --cpu-quota"),
	PARSE(limit_parse_quota, create.cpu_quota, 0, "cpu-quota", "MICROSECONDS",
	      "Limit the processor time in each period"),
	PARSE(limit_parse_shares, create.cpu_shares, 0, "cpu-shares", "NUMBER",
	      "Set the weight for processor time (2 to 262144)"),
	PARSE(limit_parse_cpus, create.nano_cpus, 0, "cpus", "NUMBER",
	      "Limit the processors, like 0.5"),
	STRING(cpuset_cpus, 0, "cpuset-cpus", "LIST", "Use only these processors, like 0-2,4"),
	STRING(cpuset_mems, 0, "cpuset-mems", "LIST", "Use only memory of these NUMA nodes"),
	PARSE(throttle_args_read_bytes, throttles, 0, "device-read-bps", "DEVICE:RATE",
	      "Limit the bytes read a second, like /dev/sda:1M"),
	PARSE(throttle_args_read_operations, throttles, 0, "device-read-iops", "DEVICE:RATE",
	      "Limit the read operations a second"),
	PARSE(throttle_args_write_bytes, throttles, 0, "device-write-bps", "DEVICE:RATE",
	      "Limit the bytes written a second, like /dev/sda:1M"),
	PARSE(throttle_args_write_operations, throttles, 0, "device-write-iops", "DEVICE:RATE",
	      "Limit the write operations a second"),
	PARSE(limit_parse_size, create.memory, 'm', "memory", "SIZE",
	      "Limit the memory, like 256M"),
	PARSE(limit_parse_size, create.memory_reservation, 0, "memory-reservation", "SIZE",
	      "Leave it this memory under pressure"),
	PARSE(limit_parse_size_or_none, create.memory_swap, 0, "memory-swap", "SIZE",
	      "Limit memory and swap together; -1: no limit"),
	PARSE(parse_oom_score, create, 0, "oom-score-adj", "NUMBER",
	      "Set how soon it is killed when memory runs out (-1000 to 1000)"),
	PARSE(limit_parse_pids, create.pids, 0, "pids-limit", "NUMBER",
	      "Limit the number of processes; -1: no limit"),
	PARSE(ulimit_args_add, ulimits, 0, "ulimit", "NAME=SOFT[:HARD]",
	      "Set a resource limit of its processes; host: the caller's"),

	OPTION_TITLE("Health check"),
	PARSE(health_args_command, health_test, 0, "health-cmd", "COMMAND",
	      "Check the health by this command; a JSON array needs no shell; or none"),
	PARSE(health_args_interval, health.interval, 0, "health-interval", "TIME",
	      "Set the time between health checks (default 30s), or disable"),
	PARSE(health_args_action, health.on_failure, 0, "health-on-failure", "ACTION",
	      "Do this when it becomes unhealthy: none (default), kill, restart or stop"),
	PARSE(health_args_retries, health.retries, 0, "health-retries", "NUMBER",
	      "Count so many failures in a row as unhealthy (default 3)"),
	PARSE(health_args_time, health.start_interval, 0, "health-start-interval", "TIME",
	      "Set the time between health checks in the start period (default 5s)"),
	PARSE(health_args_start_period, health.start_period, 0, "health-start-period", "TIME",
	      "Count no failures for this time, until a success (default 0s)"),
	PARSE(health_args_refuse_startup, create, 0, "health-startup-cmd", "COMMAND", NULL),
	PARSE(health_args_refuse_startup, create, 0, "health-startup-interval", "TIME", NULL),
	PARSE(health_args_refuse_startup, create, 0, "health-startup-retries", "NUMBER", NULL),
	PARSE(health_args_refuse_startup, create, 0, "health-startup-success", "NUMBER", NULL),
	PARSE(health_args_refuse_startup, create, 0, "health-startup-timeout", "TIME", NULL),
	PARSE(health_args_time, health.timeout, 0, "health-timeout", "TIME",
	      "Kill a health check after this time (default 30s)"),
	ROW(OPTION_FLAG, no_healthcheck, 0, "no-healthcheck", NULL,
	    "Do not check the health as the image says"),

	OPTION_TITLE("Isolation and devices"),
	LIST(cap_add, 0, "cap-add", "CAPABILITY", "Add a capability, or ALL"),
	LIST(cap_drop, 0, "cap-drop", "CAPABILITY", "Drop a capability, or ALL"),
	LIST(cdi_spec_dirs, 0, "cdi-spec-dir", "DIR",
	     "Read CDI files in this directory (default: /etc/cdi, /var/run/cdi)"),
	STRING(cgroup_parent, 0, "cgroup-parent", "SLICE",
	       "Create the container's scope in this slice (default: masu.slice)"),
	PARSE(parse_cgroupns, create, 0, "cgroupns", "MODE",
	      "Use the cgroup namespace: private (default), host, container:NAME or ns:PATH"),
	PARSE(parse_cgroups, create, 0, "cgroups", "HOW",
	      "Give it a cgroup: enabled (default), split or disabled"),
	LIST(devices, 0, "device", "HOST[:CONTAINER[:ACCESS]]",
	     "Pass on a device of the host, or VENDOR/CLASS=NAME of a CDI file"),
	LIST(gid_maps, 0, "gidmap", "CONTAINER:HOST[:COUNT]", "Map a range of group ids"),
	PARSE(parse_gpus, gpus, 0, "gpus", "all|NUMBER|device=NAME",
	      "Pass on GPUs that CDI files describe"),
	STRING(ipc_mode, 0, "ipc", "MODE",
	       "Use IPC: shareable (default), private, none, host, container:NAME or ns:PATH"),
	STRING(pid_mode, 0, "pid", "MODE",
	       "Use the pid namespace: private (default), host, container:NAME or ns:PATH"),
	FLAG(privileged, 0, "privileged",
	     "Give it all capabilities, devices and system calls of the caller"),
	PARSE(parse_security, create, 0, "security-opt", "OPTION",
	      "Set no-new-privileges or seccomp=FILE|unconfined"),
	STRING(subgid_name, 0, "subgidname", "NAME", "Use the ids of this name in /etc/subgid"),
	STRING(subuid_name, 0, "subuidname", "NAME", "Use the ids of this name in /etc/subuid"),
	LIST(sysctls, 0, "sysctl", "KEY=VALUE",
	     "Set a kernel parameter of the container's namespaces"),
	LIST(uid_maps, 0, "uidmap", "CONTAINER:HOST[:COUNT]", "Map a range of user ids"),
	STRING(userns, 0, "userns", "MODE",
	       "Use ids: host, keep-id[:OPT], nomap, auto[:OPT], container:NAME, ns:PATH"),
	STRING(uts_mode, 0, "uts", "MODE",
	       "Use the host name: private (default), host, container:NAME or ns:PATH"),
	{0},
};

void container_options_init(void *values)
{
	struct container_options *o = values;

	o->create.size = sizeof(o->create);
	o->create.systemd = MASU_SYSTEMD_DETECT;
	o->health.size = sizeof(o->health);
	o->sig_proxy = true;
}

void container_options_done(void *values)
{
	struct container_options *o = values;

	mount_args_done(&o->mounts);
	port_args_done(&o->ports);
	secret_args_done(&o->secrets);
	ulimit_args_done(&o->ulimits);
	throttle_args_done(&o->throttles);
	strv_free(o->entrypoint);
	strv_free(o->required);
	free(o->gpus);
	strv_free(o->health_test);
	free((gid_t *)o->create.groups);
	strv_free((char **)o->create.group_names);
}
