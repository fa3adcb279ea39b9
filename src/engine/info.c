/* SPDX-License-Identifier: Apache-2.0 */

/* The facts about this host that decide the features of masu here, each with a remedy if it is a limit. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "cgroup/detect.h"
#include "engine/inspect.h"
#include "engine/launcher.h"
#include "linux/sub-ids.h"
#include "logs/writer.h"
#include "net/network.h"
#include "oci/seccomp-profile.h"
#include "systemd/scope.h"

#define OUTPUT_MAX 4096 /* of --version */

struct facts {
	struct fact {
		const char *section; /* "cgroup" */
		const char *name;    /* "controllers" */
		char *value;
		char *remedy; /* NULL: all is well */
	} * item;
	size_t n;
	bool failed; /* out of memory */
};

static void facts_done(struct facts *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->item[i].value);
		free(f->item[i].remedy);
	}
	free(f->item);
}
#define _cleanup_facts_ _cleanup_(facts_done)

/* `remedy` may be NULL. */
static void add_fact(struct facts *f, const char *section, const char *name, const char *value,
		     const char *remedy)
{
	struct fact *grown = reallocarray(f->item, f->n + 1, sizeof(*grown));

	if (!grown) {
		f->failed = true;
		return;
	}
	f->item = grown;
	grown[f->n] = (struct fact){section, name, value ? strdup(value) : NULL,
				    remedy ? strdup(remedy) : NULL};
	f->failed |= !grown[f->n].value || (remedy && !grown[f->n].remedy);
	f->n++;
}

static void info_host(const struct masu_engine *e, struct facts *f)
{
	struct utsname u = {.release = "unknown"};
	_cleanup_free_ char *kernel = NULL;

	(void)uname(&u); /* cannot fail */
	kernel = str_printf("%s, %s", u.release, u.machine);
	add_fact(f, "host", "kernel", kernel, NULL);
	add_fact(f, "host", "data directory", e->paths.data, NULL);
	add_fact(f, "host", "run-time directory", e->paths.run, NULL);
}

/* The group whose controllers a scope of the caller can have. */
static int open_manager_group(void)
{
	_cleanup_close_ int root = cgroup_open_root();
	char path[96] = ".";

	if (root < 0 || idmap_caller_is_privileged())
		return TAKE_FD(root);
	(void)snprintf(path, sizeof(path), "user.slice/user-%u.slice/user@%u.service", geteuid(),
		       geteuid());
	return openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void add_words(struct facts *f, struct strbuf *words, const char *remedy)
{
	_cleanup_free_ char *value = words->length ? strbuf_take(words) : strdup("none");

	add_fact(f, "cgroup", "controllers", value, remedy);
}

static void add_controllers(struct facts *f, unsigned int present, const char *remedy)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (int i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		if (present & 1u << i)
			(void)strbuf_addf(&b, "%s%s", b.length ? " " : "",
					  cgroup_controller_name(i));
	add_words(f, &b, remedy);
}

/* The hierarchies of v1, in which only root creates groups. */
static void info_cgroup_v1(struct facts *f)
{
	_cleanup_hierarchies_ struct hierarchies all = {0};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (hierarchies_of(0, &all) == 0)
		for (size_t i = 0; i < all.n; i++)
			if (*all.item[i].names && !strchr(all.item[i].names, '='))
				(void)strbuf_addf(&b, "%s%s", b.length ? " " : "",
						  all.item[i].names);
	add_words(f, &b, NULL);
}

static void info_cgroup(struct facts *f)
{
	static const unsigned int wanted = 1u << CGROUP_CPU | 1u << CGROUP_CPUSET |
					   1u << CGROUP_IO | 1u << CGROUP_MEMORY |
					   1u << CGROUP_PIDS;
	enum cgroup_layout layout = cgroup_layout();
	bool v2 = layout == CGROUP_LAYOUT_UNIFIED, v1 = !v2 && idmap_caller_is_privileged();
	_cleanup_close_ int fd = open_manager_group(), root = cgroup_open_root();
	unsigned int present = 0, there = wanted;

	add_fact(f, "cgroup", "version", cgroup_layout_name(layout),
		 v1 || v2 ? NULL
			  : "limits of ordinary users need cgroup v2 alone: boot with "
			    "systemd.unified_cgroup_hierarchy=1");
	if (v1)
		return info_cgroup_v1(f);
	if (fd < 0 || cgroup_controllers(fd, &present) < 0)
		present = 0;
	/* Controllers that the kernel lacks cannot be delegated. */
	if (root < 0 || cgroup_controllers(root, &there) < 0)
		there = wanted;
	add_controllers(
		f, present,
		v2 && wanted & there & ~present
			? "for the others: a file "
			  "/etc/systemd/system/user@.service.d/50-masu-delegate.conf with "
			  "[Service] and Delegate=cpu cpuset io memory pids, and a new log-in"
			: NULL);
}

static void info_systemd(struct facts *f)
{
	struct scope_host host = {0};
	bool root = idmap_caller_is_privileged();

	if (scope_available(root, &host) < 0) {
		f->failed = true;
		return;
	}
	add_fact(f, "systemd", root ? "manager" : "user manager",
		 host.address  ? host.address
		 : host.reason ? host.reason
			       : "not found",
		 host.address || root
			 ? NULL
			 : "containers run without a scope and without limits: log in by systemd "
			   "(ssh, machinectl shell), or sudo loginctl enable-linger");
	if (!root)
		add_fact(f, "systemd", "linger", host.linger ? "yes" : "no",
			 host.linger ? NULL
				     : "containers end with your last log-out: "
				       "loginctl enable-linger");
	scope_host_done(&host);
}

static void info_ids(struct masu_engine *e, struct facts *f)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *value = NULL, *remedy = NULL;
	uint64_t n = 0;

	if (engine_load_idmap(e, &err) < 0)
		return add_fact(f, "ids", "sub-ids", err.message ? err.message : "?",
				"correct /etc/subuid and /etc/subgid");
	if (!e->idmap.userns)
		return add_fact(f, "ids", "user namespace", "none: the caller is root", NULL);
	for (size_t i = 1; i < e->idmap.n_uids; i++)
		n += e->idmap.uids[i].count;
	value = str_printf("%llu in %zu ranges", (unsigned long long)n,
			   e->idmap.n_uids - (e->idmap.n_uids > 0));
	if (n < 65535)
		remedy = sub_ids_remedy();
	add_fact(f, "ids", "sub-ids", value, remedy);
}

/* Mounts an overlay like that of a container, in namespaces that end with the attempt. */
static int probe_overlay(struct masu_engine *e, const char *dir, struct masu_error *err)
{
	static const char *const names[] = {"lower", "upper", "work", "root"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = path_join(dir, names[i]);

		if (!path || mkdir(path, 0700) < 0)
			return err_sys(err, path ? errno : ENOMEM, "create a directory");
	}
	return launcher_probe_overlay(e, dir, err);
}

static void info_overlay(struct masu_engine *e, struct facts *f)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *dir = paths_data(&e->paths, "containers/.probe-XXXXXX"), *value = NULL;

	if (!e->has_idmap)
		return;
	if (!dir || !mkdtemp(dir))
		return add_fact(f, "storage", "overlay", "cannot try: no directory", NULL);
	int r = probe_overlay(e, dir, &err);
	(void)file_remove_tree(AT_FDCWD, dir); /* created above, and owned by the caller */
	if (r == 0)
		return add_fact(f, "storage", "overlay", "by the kernel", NULL);
	value = str_printf("not by the kernel: %s", str_or_empty(err.message));
	add_fact(f, "storage", "overlay", value,
		 "install fuse-overlayfs, or use Linux 5.11 or later with ext4, xfs or btrfs");
}

static void info_restrictions(struct facts *f)
{
	static const struct {
		const char *path, *name, *bad, *remedy;
	} settings[] = {
		{"/proc/sys/kernel/unprivileged_userns_clone", "user namespaces", "0",
		 "sudo sysctl kernel.unprivileged_userns_clone=1"},
		{"/proc/sys/user/max_user_namespaces", "most user namespaces", "0",
		 "sudo sysctl user.max_user_namespaces=15000"},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "AppArmor restriction",
		 "1", "install masu's AppArmor profile (policy/apparmor)"},
		{"/proc/sys/net/ipv4/ip_unprivileged_port_start", "first free port", NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		_cleanup_free_ char *value = NULL;

		if (file_read(AT_FDCWD, settings[i].path, 64, &value, NULL) < 0)
			continue; /* a kernel without this restriction */
		value[strcspn(value, "\n")] = 0;
		bool bad = settings[i].bad && streq(value, settings[i].bad) && geteuid() != 0;
		add_fact(f, "kernel", settings[i].name, value, bad ? settings[i].remedy : NULL);
	}
}

/* Beyond it the oldest output is dropped. */
static void info_logs(struct facts *f)
{
	_cleanup_free_ char *value = str_printf(
		"%d files of %d MiB, unless --log-opt says otherwise", LOG_FILES_DEFAULT,
		LOG_SIZE_DEFAULT >> 20);

	add_fact(f, "logs", "default limit", value, NULL);
}

/*
 * The version that a program prints for --version, or NULL. It is in the line with the program's name, which is not
 * the first of fuse-overlayfs.
 */
static char *version_of(const char *path, const char *name)
{
	char *argv[] = {(char *)path, (char *)"--version", NULL};
	_cleanup_free_ char *text = proc_output(path, argv, OUTPUT_MAX);
	const char *line = text ? strstr(text, name) : NULL;

	if (!line)
		return NULL;
	line += strlen(name);
	line += strspn(line, ": ");
	return strndup(line, strcspn(line, "\n"));
}

static void add_helper(struct facts *f, const char *name, bool ask_version, const char *remedy)
{
	_cleanup_free_ char *path = proc_find_helper(name), *version = NULL, *value = NULL;

	if (!path)
		return add_fact(f, "programs", name, "not found", remedy);
	version = ask_version ? version_of(path, name) : NULL;
	value = str_printf("%s%s%s%s", path, version ? " (" : "", version ? version : "",
			   version ? ")" : "");
	add_fact(f, "programs", name, value, NULL);
}

static void info_programs(struct facts *f)
{
	static const struct {
		const char *name, *remedy;
		bool version;
	} helpers[] = {
		{"newuidmap",
		 "install uidmap (Debian) or shadow-utils: containers have one id "
		 "without it",
		 false},
		{"newgidmap", "install uidmap (Debian) or shadow-utils", false},
		{"fuse-overlayfs",
		 "only needed if the kernel cannot mount overlays: install fuse-overlayfs", true},
	};
	static const char *const own[] = {"masu-image", "masu-monitor", "masu-init",
					  "masu-systemd"};
	const struct net_backend *network;

	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
		add_helper(f, helpers[i].name, helpers[i].version, helpers[i].remedy);
	for (size_t i = 0; (network = network_backend(i)); i++)
		if (network->start)
			add_helper(f, network->name, true, network->remedy);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		_cleanup_free_ char *path = program_find(own[i], NULL);

		add_fact(f, "programs", own[i], path ? path : "not found",
			 path ? NULL : "it is part of masu: install all of it");
	}
}

static void add_device(struct facts *f, const char *path, const char *user, const char *module)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *remedy = NULL;
	int r = device_check(path, module, NULL, &err);

	if (r < 0)
		remedy = str_printf("%s needs it: %s", user, str_or_empty(err.hint));
	add_fact(f, "devices", path, r < 0 ? strerror(-r) : "can be used", remedy);
}

/* The first of some files that exists. */
static const char *first_existing(const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, F_OK) == 0)
			return *paths;
	return "none of masu's";
}

static void info_policy(struct facts *f)
{
	static const char *const delegation[] = {
		"/etc/systemd/system/user@.service.d/50-masu-delegate.conf",
		"/usr/local/lib/systemd/system/user@.service.d/50-masu-delegate.conf",
		"/usr/lib/systemd/system/user@.service.d/50-masu-delegate.conf", NULL};
	static const char *const apparmor[] = {"/etc/apparmor.d/masu", NULL};
	bool replaced, uses_apparmor = access("/sys/kernel/security/apparmor", F_OK) == 0;
	const char *seccomp = seccomp_default_path(&replaced);

	add_fact(f, "policy", "seccomp profile", replaced ? seccomp : "built in", NULL);
	add_fact(f, "policy", "delegation", first_existing(delegation), NULL);
	add_fact(f, "policy", "AppArmor profile",
		 uses_apparmor ? first_existing(apparmor) : "not needed: AppArmor is off", NULL);
}

/* {"cgroup": {"version": {"value": "v2"}}} */
static void build_facts(struct json_build *b, struct json_object *doc, const struct facts *f)
{
	build_text(b, doc, "version", MASU_VERSION);
	for (size_t i = 0; doc && i < f->n; i++) {
		const struct fact *fact = &f->item[i];
		struct json_object *section, *o;

		if (!json_object_object_get_ex(doc, fact->section, &section))
			section = build_object(b, doc, fact->section);
		o = build_object(b, section, fact->name);
		build_text(b, o, "value", fact->value);
		build_text(b, o, "remedy", fact->remedy);
	}
}

int masu_engine_info(masu_engine *e, char **ret_json, masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	_cleanup_facts_ struct facts f = {0};
	struct json_build b = {0};

	info_host(e, &f);
	info_cgroup(&f);
	info_systemd(&f);
	info_ids(e, &f);
	info_overlay(e, &f);
	info_logs(&f);
	info_restrictions(&f);
	info_programs(&f);
	add_device(&f, "/dev/net/tun", network_default(), "tun");
	add_device(&f, "/dev/fuse", "fuse-overlayfs", "fuse");
	info_policy(&f);
	build_facts(&b, doc, &f);
	b.failed |= f.failed;
	return inspect_finish(&b, doc, ret_json, err);
}
