/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation
 *
 * Each directory below the root of resctrl is a class of service: `schemata` has a line for each resource
 * with the share of each cache ("L3:0=7f0;1=1f"), and `tasks` the threads that are bound by it. Children of a
 * thread are born in its group, so masu moves init there while it is alone. Processors have hardly more than a dozen
 * classes, so containers may share one by its closID: it outlives them, and a config.json with other shares is an
 * error. Below a class, mon_groups/ID counts the container's own use.
 *
 * Removing a group moves its threads to the root's group; so masu removes only a dead container's.
 */

#include "cgroup/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"

#define ROOT	      "/sys/fs/resctrl"
#define RESCTRL_MAGIC 0x7655821
#define FIELD	      "linux.intelRdt"
#define MONITORING    "mon_groups"
#define SCHEMATA_MAX  (64 << 10)
#define STATUS_MAX    4096

int resctrl_open(struct masu_error *err)
{
	_cleanup_close_ int fd = open(ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       FIELD ": this processor or kernel has no resource control ('" ROOT
				     "' is missing)");
	if (fstatfs(fd, &fs) < 0)
		return err_sys(err, errno, FIELD ": examine '" ROOT "'");
	if (fs.f_type != RESCTRL_MAGIC) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			      FIELD ": resctrl is not mounted on '" ROOT "'");
		return err_hint(err, "mount -t resctrl resctrl " ROOT);
	}
	return TAKE_FD(fd);
}

/* "/" is the class of all that is in no other. */
static const char *group_name(const struct oci_intel_rdt *rdt, const char *id)
{
	if (!rdt->clos_id)
		return id;
	return streq(rdt->clos_id, "/") ? "." : rdt->clos_id;
}

static int open_group(int root, const char *name, struct masu_error *err)
{
	int fd = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_sys(err, errno, FIELD ": open the group '%s'", name) : fd;
}

/* The text to write. memBwSchema replaces a line of memory bandwidth in l3CacheSchema. */
static int wanted_schemata(const struct oci_intel_rdt *rdt, char **ret, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_strv_ char **lines = strv_split(rdt->l3_cache_schema ? rdt->l3_cache_schema : "",
						 "\n");

	if (!lines)
		return err_oom(err);
	STRV_FOREACH(line, lines) /* strbuf_take() reports a failure */
		if (**line && !(rdt->mem_bw_schema && str_after(*line, "MB:")))
			(void)strbuf_addf(&b, "%s\n", *line);
	if (rdt->mem_bw_schema)
		(void)strbuf_addf(&b, "%s\n", rdt->mem_bw_schema);
	STRV_FOREACH(line, rdt->schemata)
		(void)strbuf_addf(&b, "%s\n", *line);
	*ret = strbuf_take(&b);
	return *ret ? 0 : err_oom(err);
}

/* A file has the kernel's reason for a refusal. */
static int write_schemata(int root, int group, const char *text, struct masu_error *err)
{
	_cleanup_free_ char *status = NULL;
	int r = file_write_value(group, "schemata", text);

	if (r == 0)
		return 0;
	(void)file_read(root, "info/last_cmd_status", STATUS_MAX, &status, NULL);
	if (!status || !*status || streq(status, "ok\n"))
		return err_sys(err, r, FIELD ": write the schemata");
	status[strcspn(status, "\n")] = 0;
	return err_set(err, ERR_INVALID, -r, FIELD ": write the schemata: %s", status);
}

/* Is "0=07F0" the same as "0=7f0"? */
static bool same_share(const char *a, const char *b)
{
	const char *a_value = strchr(a, '='), *b_value = strchr(b, '=');

	if (!a_value || !b_value || a_value - a != b_value - b ||
	    strncmp(a, b, (size_t)(a_value - a)) != 0)
		return false;
	a_value += 1 + strspn(a_value + 1, "0");
	b_value += 1 + strspn(b_value + 1, "0");
	return strcasecmp(a_value, b_value) == 0;
}

/* Has the line of the same resource all shares of the wanted one? The kernel indents and pads. */
static bool has_line(const char *found, const char *wanted)
{
	size_t name = strcspn(wanted, ":");

	found += strspn(found, " ");
	if (strncmp(found, wanted, name) != 0 || found[name] != ':' || !wanted[name])
		return false;
	_cleanup_strv_ char **have = strv_split(found + name + 1, ";");
	_cleanup_strv_ char **want = strv_split(wanted + name + 1, ";");

	STRV_FOREACH(share, want) {
		bool same = false;

		STRV_FOREACH(other, have)
			same |= same_share(*share, *other + strspn(*other, " "));
		if (!same && **share)
			return false;
	}
	return have && want;
}

/* A shared group keeps its schemata: another container must ask for the same. */
static int compare_schemata(int group, const char *name, const char *wanted, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(group, "schemata", SCHEMATA_MAX, &text, NULL);

	if (r < 0)
		return err_sys(err, r, FIELD ": read the schemata of '%s'", name);
	_cleanup_strv_ char **have = strv_split(text, "\n"), **want = strv_split(wanted, "\n");
	if (!have || !want)
		return err_oom(err);
	STRV_FOREACH(line, want) {
		bool same = !**line;

		STRV_FOREACH(other, have)
			same |= has_line(*other, *line);
		if (!same)
			return err_set(err, ERR_CONFLICT, EEXIST,
				       FIELD ".closID: the group '%s' is there, with other shares "
					     "than '%s'",
				       name, *line);
	}
	return 0;
}

static int write_pid(int group, pid_t pid, struct masu_error *err)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", pid);
	int r = file_write_value(group, "tasks", text);
	return r < 0 ? err_sys(err, r, FIELD ": put process %d into its group", pid) : 0;
}

static int join_monitoring(int group, const char *id, pid_t pid, struct masu_error *err)
{
	char path[sizeof(MONITORING) + NAME_MAX + 2];

	(void)snprintf(path, sizeof(path), MONITORING "/%s", id);
	_cleanup_close_ int fd = open_group(group, path, err);
	return fd < 0 ? fd : write_pid(fd, pid, err);
}

int resctrl_join(int root, const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
		 struct masu_error *err)
{
	_cleanup_close_ int group = open_group(root, group_name(rdt, id), err);
	int r = group < 0 ? group : write_pid(group, pid, err);

	return r == 0 && rdt->enable_monitoring ? join_monitoring(group, id, pid, err) : r;
}

static int make_monitoring(int group, const char *id, struct masu_error *err)
{
	char path[sizeof(MONITORING) + NAME_MAX + 2];

	(void)snprintf(path, sizeof(path), MONITORING "/%s", id);
	if (mkdirat(group, path, 0755) == 0 || errno == EEXIST)
		return 0;
	return err_sys(err, errno, FIELD ".enableMonitoring: make '%s'", path);
}

/* 1 when it was made, 0 when it was there. */
static int make_group(int root, const struct oci_intel_rdt *rdt, const char *id, bool any,
		      struct masu_error *err)
{
	const char *name = group_name(rdt, id);

	if (rdt->clos_id && !any) {
		if (faccessat(root, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return 0;
		return err_set(err, ERR_NOT_FOUND, ENOENT,
			       FIELD
			       ".closID: group '%s' not found, and no schemata to create it with",
			       name);
	}
	if (mkdirat(root, name, 0755) == 0)
		return 1;
	if (errno == EEXIST)
		return 0;
	int r = err_sys(err, errno, FIELD ": make the group '%s'", name);
	return r == -ENOSPC ? err_hint(err, "the processor has no class of service left: share one "
					    "by closID")
			    : r;
}

/* Of a shared group that was there, what l3CacheSchema and memBwSchema say must be so already. */
static int set_schemata(int root, int group, const struct oci_intel_rdt *rdt, const char *name,
			bool made, struct masu_error *err)
{
	const struct oci_intel_rdt compared = {.l3_cache_schema = rdt->l3_cache_schema,
					       .mem_bw_schema = rdt->mem_bw_schema},
				   written = {.schemata = rdt->schemata};
	bool compare = rdt->clos_id && !made;
	_cleanup_free_ char *text = NULL, *same = NULL;
	int r = compare ? wanted_schemata(&compared, &same, err) : 0;

	if (r < 0)
		return r;
	r = compare && *same ? compare_schemata(group, name, same, err) : 0;
	if (r < 0)
		return r;
	r = wanted_schemata(compare ? &written : rdt, &text, err);
	return r == 0 && *text ? write_schemata(root, group, text, err) : r;
}

static int enter_group(int root, const struct oci_intel_rdt *rdt, const char *id, bool made,
		       struct masu_error *err)
{
	const char *name = group_name(rdt, id);
	_cleanup_close_ int group = open_group(root, name, err);

	if (group < 0)
		return group;
	int r = set_schemata(root, group, rdt, name, made, err);
	if (r < 0)
		return r;
	return rdt->enable_monitoring ? make_monitoring(group, id, err) : 0;
}

int resctrl_enter(int root, const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
		  struct masu_error *err)
{
	const char *name = group_name(rdt, id);
	bool any = rdt->l3_cache_schema || rdt->mem_bw_schema || rdt->schemata;
	int made = make_group(root, rdt, id, any, err);

	if (made < 0)
		return made;
	int r = enter_group(root, rdt, id, made, err);
	r = r < 0 ? r : resctrl_join(root, rdt, id, pid, err);
	if (r < 0) {
		(void)resctrl_remove(root, rdt, id, NULL); /* the first error counts */
		if (made > 0)
			(void)unlinkat(root, name, AT_REMOVEDIR);
	}
	return r;
}

int resctrl_update(int root, const struct oci_intel_rdt *rdt, const char *id,
		   struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int group = open_group(root, group_name(rdt, id), err);
	int r = group < 0 ? group : wanted_schemata(rdt, &text, err);

	return r == 0 && *text ? write_schemata(root, group, text, err) : r;
}

int resctrl_leave(const struct oci_intel_rdt *rdt, const char *id, struct masu_error *err)
{
	_cleanup_close_ int root = rdt->wanted ? resctrl_open(NULL) : -1;

	return root < 0 ? 0 : resctrl_remove(root, rdt, id, err);
}

int resctrl_remove(int root, const struct oci_intel_rdt *rdt, const char *id,
		   struct masu_error *err)
{
	char path[2 * NAME_MAX + sizeof(MONITORING) + 3];

	if (!rdt->clos_id)
		(void)snprintf(path, sizeof(path), "%s", id);
	else if (rdt->enable_monitoring)
		(void)snprintf(path, sizeof(path), "%s/" MONITORING "/%s", group_name(rdt, id), id);
	else
		return 0;
	if (unlinkat(root, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return err_sys(err, errno, FIELD ": remove the group '%s'", path);
}
