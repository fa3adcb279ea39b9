/* SPDX-License-Identifier: Apache-2.0 */

/* The request to criu: made from the options and the container's config.json, and nothing else. */

#include "runtime/checkpoint-external.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strv.h"
#include "cgroup/detect.h"
#include "linux/mount-options.h"
#include "oci/annotations.h"
#include "runtime/protobuf.h"

#define HOST_CONFIG "/etc/criu/runc.conf" /* runc and crun read it, too */

/* Fields of criu_opts. */
enum {
	IMAGES_DIR_FD = 1,
	PID = 2,
	LEAVE_RUNNING = 3,
	EXT_UNIX_SK = 4,
	TCP_ESTABLISHED = 5,
	SHELL_JOB = 7,
	FILE_LOCKS = 8,
	LOG_LEVEL = 9,
	LOG_FILE = 10,
	PAGE_SERVER = 11,
	NOTIFY_SCRIPTS = 12,
	ROOT = 13,
	PARENT_IMG = 14,
	TRACK_MEM = 15,
	AUTO_DEDUP = 16,
	WORK_DIR_FD = 17,
	MANAGE_CGROUPS = 24,
	CGROUP_ROOTS = 25,
	RESTORE_SIBLING = 26,
	INHERIT_FD = 27,
	MANAGE_CGROUPS_MODE = 34,
	EMPTY_NS = 38,
	FREEZE_CGROUP = 44,
	LAZY_PAGES = 48,
	STATUS_FD = 49,
	ORPHAN_PTS_MASTER = 50,
	CONFIG_FILE = 51,
	LSM_PROFILE = 53,
	LSM_MOUNT_CONTEXT = 63
};
enum { SERVER_ADDRESS = 1, SERVER_PORT = 2 };
enum { CGROUP_ROOT_NAME = 1, CGROUP_ROOT_PATH = 2 };
enum { INHERIT_KEY = 1, INHERIT_NUMBER = 2 };

/* All of these options are off, or 0, by default. */
static void put_number(struct strbuf *b, unsigned int field, uint64_t value)
{
	if (value)
		protobuf_put_number(b, field, value);
}

/* ADDRESS:PORT; the address may have colons of its own. */
static int put_page_server(struct strbuf *b, const char *server, struct masu_error *err)
{
	const char *colon = strrchr(server, ':');
	_cleanup_strbuf_ struct strbuf m = STRBUF_INIT;
	uint64_t port;

	if (!colon || colon == server || str_to_uint64(colon + 1, 65535, &port) < 0 || port == 0)
		return err_set(err, ERR_INVALID, EINVAL, "--page-server '%s' is not ADDRESS:PORT",
			       server);
	protobuf_put_bytes(&m, SERVER_ADDRESS, server, (size_t)(colon - server));
	protobuf_put_number(&m, SERVER_PORT, port);
	protobuf_put_message(b, PAGE_SERVER, &m);
	return 0;
}

static int put_cgroup_mode(struct strbuf *b, const char *mode, struct masu_error *err)
{
	static const struct {
		const char *name;
		unsigned int value;
	} modes[] = {{"soft", 3}, {"full", 4}, {"strict", 5}, {"ignore", 0}};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (mode && !streq(mode, modes[i].name))
			continue;
		protobuf_put_number(b, MANAGE_CGROUPS, true);
		protobuf_put_number(b, MANAGE_CGROUPS_MODE, modes[i].value);
		return 0;
	}
	return err_set(
		err, ERR_INVALID, EINVAL,
		"invalid --manage-cgroups-mode '%s': must be one of soft, full, strict, ignore",
		mode);
}

/* The file that an annotation names, or the host's for all containers. */
static const char *config_file(const struct oci_spec *spec)
{
	const char *file = oci_map_get(&spec->annotations, OCI_ANNOTATION_CRIU_CONFIG);

	return file && *file ? file : access(HOST_CONFIG, R_OK) == 0 ? HOST_CONFIG : NULL;
}

/* The options of both dump and restore. The creator of a network namespace restores its content. */
static int put_common(struct strbuf *b, const struct checkpoint *c, const struct oci_spec *spec,
		      const struct checkpoint_dirs *f, struct masu_error *err)
{
	const struct oci_namespace *net = &spec->namespaces[OCI_NS_NETWORK];

	put_number(b, IMAGES_DIR_FD, (uint64_t)f->images);
	put_number(b, WORK_DIR_FD, (uint64_t)f->work);
	put_number(b, LOG_LEVEL, 4);
	put_number(b, EXT_UNIX_SK, c->ext_unix_sk);
	put_number(b, TCP_ESTABLISHED, c->tcp_established);
	put_number(b, SHELL_JOB, c->shell_job);
	put_number(b, FILE_LOCKS, c->file_locks);
	put_number(b, AUTO_DEDUP, c->auto_dedup);
	put_number(b, LAZY_PAGES, c->lazy_pages);
	put_number(b, ORPHAN_PTS_MASTER, true);
	put_number(b, EMPTY_NS, oci_namespace_is_new(net) ? CLONE_NEWNET : 0);
	protobuf_put_text(b, CONFIG_FILE, config_file(spec));
	return put_cgroup_mode(b, c->manage_cgroups, err);
}

static const char *const external_names[OCI_NS_MAX] = {
	[OCI_NS_NETWORK] = "extRootNetNS",
	[OCI_NS_PID] = "extRootPidNS",
};

int checkpoint_check_spec(const struct oci_spec *spec, struct masu_error *err)
{
	for (int i = 0; i < OCI_NS_MAX; i++)
		if (spec->namespaces[i].path && !external_names[i])
			return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				       "linux.namespaces: criu can't keep a container in a given "
				       "%s namespace, '%s'",
				       oci_namespace_name(i), spec->namespaces[i].path);
	if (spec->n_net_devices)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "linux.netDevices: criu can't keep network devices");
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct oci_mount *m = &spec->mounts[i];
		_cleanup_mount_options_ struct mount_options o = {0};
		int r = mount_options_parse(m->type, m->options, &o, err);

		if (r < 0)
			return r;
		if (o.idmap != MOUNT_IDMAP_NONE || o.own_map.userns || m->n_uid_mappings)
			return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				       "mounts[%zu]: criu can't keep the id map of the mount at "
				       "'%s'",
				       i, m->destination);
	}
	return 0;
}

static int put_dump_namespaces(struct strbuf *b, const struct oci_spec *spec,
			       struct masu_error *err)
{
	char number[24];
	struct stat st;

	for (int i = 0; i < OCI_NS_MAX; i++) {
		const char *path = spec->namespaces[i].path;

		if (!path || !external_names[i])
			continue;
		if (stat(path, &st) < 0)
			return err_sys(err, errno, "examine linux.namespaces: '%s'", path);
		(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)st.st_ino);
		checkpoint_put_external(b, i == OCI_NS_PID ? "pid" : "net", number,
					external_names[i]);
	}
	return 0;
}

static int put_dump_places(struct strbuf *b, const struct checkpoint *c, struct masu_error *err)
{
	_cleanup_hierarchies_ struct hierarchies groups = {0};
	char root_path[32];

	(void)snprintf(root_path, sizeof(root_path), "/proc/%d/root", c->init);
	_cleanup_close_ int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(err, errno, "open the container's root");
	int r = hierarchies_of(c->init, &groups);
	if (r < 0)
		return err_sys(err, r, "find the container's cgroups");
	const struct checkpoint_externals externals = {.b = b, .root = root, .groups = &groups};
	return checkpoint_put_externals(&externals, c->spec, err);
}

static int check_memory(const struct strbuf *b, struct masu_error *err)
{
	return b->failed ? err_oom(err) : 0;
}

int checkpoint_dump_options(const struct checkpoint *c, const struct checkpoint_dirs *f,
			    struct strbuf *b, struct masu_error *err)
{
	int r = put_common(b, c, c->spec, f, err);

	if (r < 0)
		return r;
	protobuf_put_number(b, PID, (uint64_t)c->init);
	put_number(b, LEAVE_RUNNING, c->leave_running && !c->pre_dump);
	put_number(b, TRACK_MEM, c->pre_dump || c->parent);
	if (c->status_fd)
		protobuf_put_number(b, STATUS_FD, (uint64_t)*c->status_fd);
	protobuf_put_text(b, LOG_FILE, CHECKPOINT_DUMP_LOG);
	protobuf_put_text(b, PARENT_IMG, c->parent);
	protobuf_put_text(b, FREEZE_CGROUP, c->freezer);
	r = c->page_server ? put_page_server(b, c->page_server, err) : 0;
	if (r < 0)
		return r;
	r = put_dump_namespaces(b, c->spec, err);
	if (r < 0)
		return r;
	r = put_dump_places(b, c, err);
	if (r < 0)
		return r;
	checkpoint_put_streams(b, c->init);
	return check_memory(b, err);
}

static void put_inherited(struct strbuf *b, const char *key, int fd)
{
	_cleanup_strbuf_ struct strbuf m = STRBUF_INIT;

	protobuf_put_text(&m, INHERIT_KEY, key);
	protobuf_put_number(&m, INHERIT_NUMBER, (uint64_t)fd);
	protobuf_put_message(b, INHERIT_FD, &m);
}

static void put_all_inherited(struct strbuf *b, const struct checkpoint_inherited *inherited)
{
	for (int i = 0; i < 3; i++)
		if (inherited->streams[i])
			put_inherited(b, inherited->streams[i], i);
	for (int i = 0; i < OCI_NS_MAX; i++)
		if (inherited->namespaces[i] >= 0)
			put_inherited(b, external_names[i], inherited->namespaces[i]);
}

static void put_cgroup_root(struct strbuf *b, const char *controller, const char *path)
{
	_cleanup_strbuf_ struct strbuf m = STRBUF_INIT;

	protobuf_put_text(&m, CGROUP_ROOT_NAME, *controller ? controller : NULL);
	protobuf_put_text(&m, CGROUP_ROOT_PATH, path);
	protobuf_put_message(b, CGROUP_ROOTS, &m);
}

/* The container's processes go where criu is, whatever the names of their groups were. */
static void put_cgroup_roots(struct strbuf *b, const struct hierarchies *groups)
{
	for (size_t i = 0; i < groups->n; i++) {
		const struct hierarchy *h = &groups->item[i];
		_cleanup_strv_ char **names = strv_split(h->names, ",");

		b->failed |= !names;
		STRV_FOREACH(name, names)
			put_cgroup_root(b, *name, h->path);
	}
}

int checkpoint_restore_options(const struct checkpoint_restore *restore, struct strbuf *b,
			       struct masu_error *err)
{
	const struct container_plan *plan = restore->plan;
	const struct checkpoint *c = restore->checkpoint;
	_cleanup_hierarchies_ struct hierarchies groups = {0};
	int r = hierarchies_of(restore->criu, &groups);

	if (r < 0)
		return err_sys(err, r, "find the container's cgroups");
	const struct checkpoint_externals externals = {
		.b = b, .root = -1, .bundle = plan->bundle, .groups = &groups};
	r = put_common(b, c, plan->spec, restore->dirs, err);
	if (r < 0)
		return r;
	protobuf_put_number(b, RESTORE_SIBLING, true);
	protobuf_put_number(b, NOTIFY_SCRIPTS, true);
	protobuf_put_text(b, LOG_FILE, CHECKPOINT_RESTORE_LOG);
	protobuf_put_text(b, ROOT, plan->root_dir);
	protobuf_put_text(b, LSM_PROFILE, c->lsm_profile);
	protobuf_put_text(b, LSM_MOUNT_CONTEXT, c->lsm_mount_context);
	put_all_inherited(b, restore->inherited);
	put_cgroup_roots(b, &groups);
	r = checkpoint_put_externals(&externals, plan->spec, err);
	return r < 0 ? r : check_memory(b, err);
}
