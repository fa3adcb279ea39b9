/* SPDX-License-Identifier: Apache-2.0 */

/* The facts about this host that decide the features of masu here, each with its fix if it is a problem. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/account.h"
#include "base/file.h"
#include "base/str.h"
#include "cgroup/detect.h"
#include "engine/doctor/host-boot.h"
#include "engine/doctor/host-facts.h"
#include "engine/doctor/host-programs.h"
#include "engine/doctor/host-settings.h"
#include "engine/doctor/host-store.h"
#include "linux/lent-ids.h"
#include "linux/sub-ids.h"
#include "oci/seccomp-profile.h"
#include "systemd/scope.h"

static void add_host(const struct masu_engine *e, struct facts *f)
{
	struct utsname u = {.release = "unknown"};
	_cleanup_free_ char *kernel = NULL;

	(void)uname(&u); /* cannot fail */
	kernel = str_printf("%s, %s", u.release, u.machine);
	facts_add(f, "host", "kernel", kernel);
	facts_add(f, "host", "data directory", e->paths.data);
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

static void add_words(struct facts *f, struct strbuf *words)
{
	_cleanup_free_ char *value = words->length ? strbuf_take(words) : strdup("none");

	facts_add(f, "cgroup", "controllers", value);
}

static void add_controllers(struct facts *f, unsigned int present)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (int i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		if (present & 1u << i)
			(void)strbuf_addf(&b, "%s%s", b.length ? " " : "",
					  cgroup_controller_name(i));
	add_words(f, &b);
}

/* The hierarchies of v1, in which only root creates groups. */
static void add_hierarchies(struct facts *f)
{
	_cleanup_hierarchies_ struct hierarchies all = {0};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (hierarchies_of(0, &all) == 0)
		for (size_t i = 0; i < all.n; i++)
			if (*all.item[i].names && !strchr(all.item[i].names, '='))
				(void)strbuf_addf(&b, "%s%s", b.length ? " " : "",
						  all.item[i].names);
	add_words(f, &b);
}

static void add_cgroup(struct facts *f)
{
	static const unsigned int wanted = 1u << CGROUP_CPU | 1u << CGROUP_CPUSET |
					   1u << CGROUP_IO | 1u << CGROUP_MEMORY |
					   1u << CGROUP_PIDS;
	enum cgroup_layout layout = cgroup_layout();
	bool v2 = layout == CGROUP_LAYOUT_UNIFIED, v1 = !v2 && idmap_caller_is_privileged();
	_cleanup_close_ int fd = open_manager_group(), root = cgroup_open_root();
	unsigned int present = 0, available = wanted;

	facts_add(f, "cgroup", "version", cgroup_layout_name(layout));
	if (!v1 && !v2)
		facts_problem(f, "cgroup-version", MASU_SEVERITY_WARNING,
			      "limits of ordinary users need cgroup v2 alone: boot with "
			      "systemd.unified_cgroup_hierarchy=1",
			      NULL);
	if (v1)
		return add_hierarchies(f);
	if (fd < 0 || cgroup_controllers(fd, &present) < 0)
		present = 0;
	/* Controllers that the kernel lacks cannot be delegated. */
	if (root < 0 || cgroup_controllers(root, &available) < 0)
		available = wanted;
	add_controllers(f, present);
	if (v2 && wanted & available & ~present)
		facts_problem(
			f, "cgroup-delegation", MASU_SEVERITY_WARNING,
			"limits by the other controllers are refused, until the administrator "
			"delegates these and the user logs in again",
			"printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' | sudo install -D -m "
			"644 /dev/stdin /etc/systemd/system/user@.service.d/50-masu-delegate.conf && "
			"sudo systemctl daemon-reload");
}

static void add_systemd(struct facts *f)
{
	_cleanup_free_ char *user = account_name(getuid()), *linger = NULL;
	struct scope_host host = {0};
	bool root = idmap_caller_is_privileged();

	linger = user ? str_printf("sudo loginctl enable-linger %s", user)
		      : str_printf("sudo loginctl enable-linger %u", getuid());
	if (!linger || scope_available(root, &host) < 0) {
		f->failed = true;
		return;
	}
	facts_add(f, "systemd", root ? "manager" : "user manager",
		  host.address	? host.address
		  : host.reason ? host.reason
				: "not found");
	if (!host.address && !root)
		facts_problem(f, "user-manager", MASU_SEVERITY_WARNING,
			      "containers run without a scope and without limits, unless the user "
			      "logs in by systemd (ssh, machinectl shell) or lingers",
			      linger);
	if (!root)
		facts_add(f, "systemd", "linger", host.linger ? "yes" : "no");
	if (!root && !host.linger)
		facts_problem(f, "linger", MASU_SEVERITY_NOTE,
			      "containers end with the last log-out of the user", linger);
	scope_host_done(&host);
}

static void add_run_dir(const struct masu_engine *e, struct facts *f)
{
	_cleanup_free_ char *fix = str_printf("sudo loginctl enable-linger %u", geteuid());

	facts_add(f, "host", "run-time directory", e->paths.run);
	if (str_after(e->paths.run, "/tmp/masu-"))
		facts_problem(f, "run-time-directory", MASU_SEVERITY_WARNING,
			      "the session has no run-time directory, and a clean-up of /tmp may "
			      "remove its substitute, until systemd creates one",
			      fix);
}

/* Why it does not lend ids to a user without sub-ids. */
static void add_lender(struct facts *f)
{
	_cleanup_idmap_ struct idmap map = {0};
	_cleanup_free_ char *reason = NULL;

	if (lent_ids_map(&map, &reason, NULL) == 0)
		facts_add(
			f, "ids", "systemd-nsresourced",
			reason ? reason
			       : "not running (systemd 260 and later: sudo systemctl enable --now "
				 "systemd-nsresourced.socket)");
}

static void add_ids(struct masu_engine *e, struct facts *f)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *value = NULL, *fix = NULL;

	if (engine_load_idmap(e, &err) < 0) {
		facts_add(f, "ids", "sub-ids", err.message ? err.message : "?");
		fix = sub_ids_remedy();
		if (err.kind == ERR_UNAVAILABLE)
			return facts_problem(f, "sub-ids", MASU_SEVERITY_ERROR,
					     "no container starts before systemd-nsresourced "
					     "answers, or you have sub-ids",
					     fix);
		return facts_problem(f, "sub-ids-invalid", MASU_SEVERITY_ERROR,
				     "no container starts before the line is correct",
				     "sudoedit /etc/subuid /etc/subgid");
	}
	if (!e->idmap.userns)
		return facts_add(f, "ids", "user namespace", "none: the caller is root");
	/* The first range is the caller's own id. */
	uint64_t uids = idmap_count(e->idmap.uids + 1, e->idmap.n_uids - 1),
		 gids = idmap_count(e->idmap.gids + 1, e->idmap.n_gids - 1);
	if (e->idmap.lent)
		return facts_add(f, "ids", "sub-ids",
				 "none; systemd-nsresourced lends 65536 ids to each container");
	value = str_printf("%" PRIu64 " in %zu ranges", MIN(uids, gids), e->idmap.n_uids - 1);
	facts_add(f, "ids", "sub-ids", value);
	if (MIN(uids, gids) >= SUB_IDS_COUNT - 1)
		return;
	add_lender(f);
	fix = sub_ids_remedy();
	facts_problem(f, "sub-ids", MASU_SEVERITY_WARNING,
		      "images whose files belong to other ids cannot be unpacked as they are", fix);
}

/* Restrictions of the kernel. A value below `least` is a problem. */
static const struct setting {
	const char *path, *name;
	uint64_t least;
	const char *id;
	enum masu_severity severity;
	const char *message, *fix;
} settings[] = {
	{"/proc/sys/kernel/unprivileged_userns_clone", "user namespaces", 1, "user-namespaces",
	 MASU_SEVERITY_ERROR, "ordinary users may not create user namespaces",
	 "sudo sysctl kernel.unprivileged_userns_clone=1"},
	{"/proc/sys/user/max_user_namespaces", "most user namespaces", 1, "max-user-namespaces",
	 MASU_SEVERITY_ERROR, "no user namespace can be created",
	 "sudo sysctl user.max_user_namespaces=15000"},
	{"/proc/sys/fs/inotify/max_user_instances", "inotify instances", 32, "inotify-instances",
	 MASU_SEVERITY_WARNING, "masu wait, logs and events need one inotify instance each",
	 "sudo sysctl fs.inotify.max_user_instances=512"},
	{"/proc/sys/net/ipv4/ip_unprivileged_port_start", "first free port", 0, NULL,
	 MASU_SEVERITY_NOTE, NULL, NULL},
};

/* The first line of a file below /proc or /sys. NULL: the kernel does not have it. */
static char *read_setting(const char *path)
{
	char *value;

	if (file_read(AT_FDCWD, path, 64, &value, NULL) < 0)
		return NULL;
	value[strcspn(value, "\n")] = 0;
	return value;
}

/* A group of the user's must be in the range of groups whose members may send echo requests. */
static void add_ping(struct facts *f)
{
	_cleanup_free_ char *value = read_setting("/proc/sys/net/ipv4/ping_group_range");

	if (!value)
		return;
	uint64_t first = str_word_number(value, 0), last = str_word_number(value, 1);

	value[strcspn(value, "\t")] = '-';
	facts_add(f, "kernel", "groups that may ping", first > last ? "none" : value);
	if (first > last)
		facts_problem(f, "ping", MASU_SEVERITY_NOTE,
			      "ping from a container gets no answer of the outside",
			      "sudo sysctl 'net.ipv4.ping_group_range=0 2147483647'");
}

static void add_apparmor(struct facts *f)
{
	_cleanup_free_ char *value = read_setting(
		"/proc/sys/kernel/apparmor_restrict_unprivileged_userns");

	if (!value)
		return;
	facts_add(f, "kernel", "AppArmor restriction", value);
	if (!streq(value, "0") && access("/etc/apparmor.d/masu", F_OK) < 0)
		facts_problem(f, "apparmor", MASU_SEVERITY_ERROR,
			      "AppArmor refuses user namespaces to programs without a profile",
			      "sudo install -m 644 " MASU_DATADIR "/apparmor/masu /etc/apparmor.d/ "
			      "&& sudo apparmor_parser -r /etc/apparmor.d/masu");
}

/* They hold for ordinary users alone. */
static void add_restrictions(struct facts *f)
{
	bool root = geteuid() == 0;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct setting *s = &settings[i];
		_cleanup_free_ char *value = read_setting(s->path);
		uint64_t n;

		if (!value)
			continue;
		facts_add(f, "kernel", s->name, value);
		if (!root && str_to_uint64(value, UINT64_MAX, &n) == 0 && n < s->least)
			facts_problem(f, s->id, s->severity, s->message, s->fix);
	}
	if (root)
		return;
	add_apparmor(f);
	add_ping(f);
}

/* The first of some files that exists. */
static const char *first_existing(const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, F_OK) == 0)
			return *paths;
	return "none of masu's";
}

static void add_policy(struct facts *f)
{
	static const char *const delegation[] = {
		"/etc/systemd/system/user@.service.d/50-masu-delegate.conf",
		"/usr/local/lib/systemd/system/user@.service.d/50-masu-delegate.conf",
		"/usr/lib/systemd/system/user@.service.d/50-masu-delegate.conf", NULL};
	static const char *const apparmor[] = {"/etc/apparmor.d/masu", NULL};
	bool replaced, uses_apparmor = access("/sys/kernel/security/apparmor", F_OK) == 0;
	const char *seccomp = seccomp_default_path(&replaced);

	facts_add(f, "policy", "seccomp profile", replaced ? seccomp : "built in");
	facts_add(f, "policy", "delegation", first_existing(delegation));
	facts_add(f, "policy", "AppArmor profile",
		  uses_apparmor ? first_existing(apparmor) : "not needed: AppArmor is off");
}

void host_facts(struct masu_engine *e, struct facts *f)
{
	add_host(e, f);
	add_run_dir(e, f);
	add_cgroup(f);
	add_systemd(f);
	add_ids(e, f);
	host_store(e, f);
	host_boot(e, f);
	host_settings(e, f);
	add_restrictions(f);
	host_programs(e, f);
	add_policy(f);
}
