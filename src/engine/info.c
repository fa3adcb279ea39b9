/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/info.h"

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
#include "base/str.h"
#include "cgroup/detect.h"
#include "cgroup/hierarchies.h"
#include "engine/inspect.h"
#include "engine/launcher.h"
#include "linux/sub-ids.h"
#include "logs/writer.h"
#include "systemd/scope.h"

static int info_host(struct masu_engine *e, struct facts *f)
{
	struct utsname u;
	char *value;
	int r;

	if (uname(&u) < 0)
		return -errno;
	if (asprintf(&value, "%s, %s", u.release, u.machine) < 0)
		return -ENOMEM;
	r = facts_add(f, "host", "kernel", value, NULL);
	if (r == 0)
		r = facts_add(f, "host", "data directory", strdup(e->paths.data), NULL);
	return r == 0 ? facts_add(f, "host", "run-time directory", strdup(e->paths.run), NULL) : r;
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
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int controllers_text(unsigned present, char **ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (int i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		if (present & 1u << i &&
		    strbuf_addf(&b, "%s%s", b.length ? " " : "", cgroup_controller_name(i)) < 0)
			return -ENOMEM;
	*ret = b.length ? strbuf_take(&b) : strdup("none");
	return *ret ? 0 : -ENOMEM;
}

/* The hierarchies of v1, in which only root creates groups. */
static int info_cgroup_v1(struct facts *f)
{
	_cleanup_hierarchies_ struct hierarchies all = {0};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int r = hierarchies_of(0, &all);

	for (size_t i = 0; r == 0 && i < all.n; i++)
		if (*all.item[i].names && !strchr(all.item[i].names, '='))
			r = strbuf_addf(&b, "%s%s", b.length ? " " : "", all.item[i].names);
	if (r == -ENOMEM)
		return r;
	return facts_add(f, "cgroup", "controllers", b.length ? strbuf_take(&b) : strdup("none"),
			 NULL);
}

static int info_cgroup(struct masu_engine *e, struct facts *f)
{
	static const unsigned wanted = 1u << CGROUP_CPU | 1u << CGROUP_CPUSET | 1u << CGROUP_IO |
				       1u << CGROUP_MEMORY | 1u << CGROUP_PIDS;
	enum cgroup_layout layout = cgroup_layout();
	_cleanup_close_ int fd = open_manager_group();
	char *value = NULL, *remedy = NULL;
	unsigned present = 0, there = wanted;
	int r;

	bool v1 = layout != CGROUP_LAYOUT_UNIFIED && idmap_caller_is_privileged();

	if (layout != CGROUP_LAYOUT_UNIFIED && !v1)
		remedy = strdup("limits of ordinary users need cgroup v2 alone: boot with "
				"systemd.unified_cgroup_hierarchy=1");
	r = facts_add(f, "cgroup", "version", strdup(cgroup_layout_name(layout)), remedy);
	if (r < 0 || v1)
		return r < 0 ? r : info_cgroup_v1(f);
	if (fd < 0 || cgroup_controllers(fd, &present) < 0)
		present = 0;
	remedy = NULL;
	/* Controllers that the kernel lacks cannot be delegated. */
	_cleanup_close_ int root = cgroup_open_root();
	if (root < 0 || cgroup_controllers(root, &there) < 0)
		there = wanted;
	if (layout == CGROUP_LAYOUT_UNIFIED && wanted & there & ~present)
		remedy = strdup(
			"for the others: a file "
			"/etc/systemd/system/user@.service.d/50-masu-delegate.conf with "
			"[Service] and Delegate=cpu cpuset io memory pids, and a new log-in");
	r = controllers_text(present, &value);
	return r < 0 ? r : facts_add(f, "cgroup", "controllers", value, remedy);
}

static int info_systemd(struct masu_engine *e, struct facts *f)
{
	struct scope_host host = {0};
	bool root = idmap_caller_is_privileged();
	char *value, *remedy = NULL;
	int r = scope_available(root, &host);

	if (r < 0)
		return r;
	value = strdup(host.address ? host.address : host.reason ? host.reason : "not found");
	if (!host.address && !root)
		remedy = strdup("containers run without a scope and without limits: log in by "
				"systemd (ssh, machinectl shell), or sudo loginctl enable-linger");
	r = facts_add(f, "systemd", root ? "manager" : "user manager", value, remedy);
	if (r == 0 && !root)
		r = facts_add(f, "systemd", "linger", strdup(host.linger ? "yes" : "no"),
			      host.linger ? NULL
					  : strdup("containers end with your last log-out: "
						   "loginctl enable-linger"));
	scope_host_done(&host);
	return r;
}

static int info_ids(struct masu_engine *e, struct facts *f)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	char *value, *remedy = NULL;
	uint64_t n = 0;

	if (engine_load_idmap(e, &err) < 0)
		return facts_add(f, "ids", "sub-ids", strdup(err.message ? err.message : "?"),
				 strdup("correct /etc/subuid and /etc/subgid"));
	if (!e->idmap.userns)
		return facts_add(f, "ids", "user namespace", strdup("none: the caller is root"),
				 NULL);
	for (size_t i = 1; i < e->idmap.n_uids; i++)
		n += e->idmap.uids[i].count;
	if (asprintf(&value, "%llu in %zu ranges", (unsigned long long)n,
		     e->idmap.n_uids - (e->idmap.n_uids > 0)) < 0)
		return -ENOMEM;
	if (n < 65535)
		remedy = sub_ids_remedy();
	return facts_add(f, "ids", "sub-ids", value, remedy);
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

static int info_overlay(struct masu_engine *e, struct facts *f)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *dir = paths_data(&e->paths, "containers/.probe-XXXXXX");
	char *value;
	int r;

	if (!dir || !e->has_idmap)
		return dir ? 0 : -ENOMEM;
	if (!mkdtemp(dir))
		return facts_add(f, "storage", "overlay", strdup("can't try: no directory"), NULL);
	r = probe_overlay(e, dir, &err);
	(void)file_remove_tree(AT_FDCWD, dir); /* made above, and of the caller's own */
	if (r == 0)
		return facts_add(f, "storage", "overlay", strdup("by the kernel"), NULL);
	if (asprintf(&value, "not by the kernel: %s", err.message) < 0)
		return -ENOMEM;
	return facts_add(f, "storage", "overlay", value,
			 strdup("install fuse-overlayfs, or use Linux 5.11 or later with ext4, xfs "
				"or btrfs"));
}

static int read_sysctl(const char *path, char **ret)
{
	int r = file_read(AT_FDCWD, path, 64, ret, NULL);

	if (r == 0)
		(*ret)[strcspn(*ret, "\n")] = 0;
	return r;
}

static int info_restrictions(struct masu_engine *e, struct facts *f)
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
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(settings); i++) {
		char *value = NULL;

		if (read_sysctl(settings[i].path, &value) < 0)
			continue; /* a kernel without this restriction */
		bool bad = settings[i].bad && streq(value, settings[i].bad) && geteuid() != 0;
		r = facts_add(f, "kernel", settings[i].name, value,
			      bad ? strdup(settings[i].remedy) : NULL);
	}
	return r;
}

/* Beyond it the oldest output is dropped. */
static int info_logs(struct masu_engine *e, struct facts *f)
{
	char *value;

	(void)e;
	if (asprintf(&value, "%d files of %d MiB, unless --log-opt says otherwise",
		     LOG_FILES_DEFAULT, LOG_SIZE_DEFAULT >> 20) < 0)
		return -ENOMEM;
	return facts_add(f, "logs", "default limit", value, NULL);
}

static int collect(struct masu_engine *e, struct facts *f)
{
	int r = info_host(e, f);

	if (r == 0)
		r = info_cgroup(e, f);
	if (r == 0)
		r = info_systemd(e, f);
	if (r == 0)
		r = info_ids(e, f);
	if (r == 0)
		r = info_overlay(e, f);
	if (r == 0)
		r = info_logs(e, f);
	if (r == 0)
		r = info_restrictions(e, f);
	if (r == 0)
		r = info_programs(e, f);
	return r == 0 ? info_policy(f) : r;
}

/* {"cgroup": {"version": {"value": "v2"}}} */
static void add_facts(struct json_build *b, struct json_object *doc, const struct facts *f)
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
	_cleanup_facts_ struct facts facts = {0};
	struct json_build b = {0};
	int r = collect(e, &facts);

	if (r < 0)
		return err_sys(err, r, "collect the facts about this host");
	add_facts(&b, doc, &facts);
	return inspect_finish(&b, doc, ret_json, err);
}
