/* SPDX-License-Identifier: Apache-2.0 */

/* The mounts of a container: in the spec for the runtime, in the record for inspect and rm. */

#include "engine/create/draft.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "engine/container/container-map.h"
#include "engine/container/name-files.h"
#include "engine/container/overlay-dir.h"
#include "engine/name.h"
#include "engine/volume/volume-dir.h"
#include "linux/idmap.h"
#include "linux/mount.h"

#define SHM_SIZE_DEFAULT (INT64_C(64) << 20)

static struct oci_mount *find_mount(struct oci_spec *spec, const char *destination)
{
	for (size_t i = 0; i < spec->n_mounts; i++)
		if (streq(spec->mounts[i].destination, destination))
			return &spec->mounts[i];
	return NULL;
}

static int set_options(struct oci_mount *m, const char *options)
{
	char **list = strv_split(options, ",");

	if (!list)
		return -ENOMEM;
	strv_free(m->options);
	m->options = list;
	return 0;
}

int draft_shm(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	int64_t size = o->shm_size ? o->shm_size : SHM_SIZE_DEFAULT;
	struct oci_mount *shm = find_mount(d->spec, "/dev/shm");

	if (size < -1)
		return err_set(err, ERR_INVALID, EINVAL, "invalid size %lld of /dev/shm",
			       (long long)size);
	/* For a tmpfs, 0 means unlimited. */
	_cleanup_free_ char *options = str_printf("nosuid,noexec,nodev,mode=1777,size=%lld",
						  (long long)MAX(size, 0));
	if (!options || (shm && set_options(shm, options) < 0))
		return err_oom(err);
	return 0;
}

/* False for kernels before 5.12, and in filters without mount_setattr(2). */
static bool has_recursive_flags(void)
{
	return mount_change(-1, true, &(struct mount_attr){0}) != -ENOSYS;
}

static int notice_flags(const struct masu_engine *e, const char *source, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (has_recursive_flags())
		return 0;
	text = str_printf("this kernel cannot make the mounts below '%s' read-only, too", source);
	if (!text)
		return err_oom(err);
	engine_notice(e, text);
	return 0;
}

/*
 * A mount of the user at a default target replaces the default at its place in the order: /dev/pts comes after a
 * directory at /dev. Returns the index of that place, or the end of the list.
 */
static size_t drop_default(struct oci_spec *spec, const char *destination)
{
	struct oci_mount *m = find_mount(spec, destination);

	if (!m)
		return spec->n_mounts;
	free(m->destination);
	free(m->type);
	free(m->source);
	strv_free(m->options);
	size_t after = spec->n_mounts - (size_t)(m - spec->mounts) - 1;
	memmove(m, m + 1, after * sizeof(*m));
	spec->n_mounts--;
	return (size_t)(m - spec->mounts);
}

/* Has the default mount at this place show that of the host. */
static int bind_host(struct oci_spec *spec, const char *place, const char *options)
{
	struct oci_mount *m = find_mount(spec, place);
	char *type = strdup("bind"), *source = strdup(place);

	if (!m || !type || !source) {
		free(type);
		free(source);
		return m ? -ENOMEM : 0;
	}
	free(m->type);
	free(m->source);
	m->type = type;
	m->source = source;
	return set_options(m, options);
}

/* Only the owner of the network namespace can mount a sysfs. In the host's, the host's sysfs is bound. */
static int bind_host_sys(struct oci_spec *spec)
{
	return bind_host(spec, "/sys",
			 has_recursive_flags() ? "rbind,rslave,nosuid,noexec,nodev,rro"
					       : "rbind,rslave,nosuid,noexec,nodev,ro");
}

/* The owner of the IPC namespace alone can mount its message queues; a host may have mounted none. */
static int bind_host_ipc(struct oci_spec *spec)
{
	static const char options[] = "bind,rprivate,nosuid,noexec,nodev";

	if (access("/dev/mqueue", F_OK) < 0)
		(void)drop_default(spec, "/dev/mqueue");
	else if (bind_host(spec, "/dev/mqueue", options) < 0)
		return -ENOMEM;
	return bind_host(spec, "/dev/shm", options);
}

static int adapt_ipc_mounts(struct draft *d)
{
	if (!d->spec->namespaces[OCI_NS_IPC].wanted)
		return bind_host_ipc(d->spec);
	if (draft_has_own_shm(d))
		return 0;
	if (streq(d->record.ipc_mode, "none")) {
		(void)drop_default(d->spec, "/dev/shm");
		return 0;
	}
	/* The start replaces the source by that of the other container (launcher/peers.c). */
	return bind_host(d->spec, "/dev/shm", "bind,rprivate,nosuid,noexec,nodev");
}

/* Without a cgroup namespace the cgroups of others are in sight: they stay read-only. */
static int make_cgroup_writable(struct oci_spec *spec)
{
	struct oci_mount *cgroup = find_mount(spec, "/sys/fs/cgroup");

	if (!cgroup || !spec->namespaces[OCI_NS_CGROUP].wanted)
		return 0;
	return set_options(cgroup, "nosuid,noexec,nodev,relatime");
}

static int make_writable(struct oci_spec *spec)
{
	struct oci_mount *sys = find_mount(spec, "/sys");

	if (sys && set_options(sys, "nosuid,noexec,nodev") < 0)
		return -ENOMEM;
	return make_cgroup_writable(spec);
}

/*
 * The command of an image is enough for this, so it must not lift a limit: the group is writable only where the kernel keeps
 * the limits read-only, and where no other process is in it.
 */
static int open_cgroup_for_systemd(const struct masu_engine *e, struct draft *d,
				   struct masu_error *err)
{
	if (d->record.no_cgroup || !d->spec->namespaces[OCI_NS_CGROUP].wanted)
		return 0;
	if (cgroup_namespaces_confine())
		return make_cgroup_writable(d->spec) < 0 ? err_oom(err) : 0;
	engine_notice(e, "systemd needs a writable cgroup, and this host keeps it read-only: "
			 "mount cgroup v2 with nsdelegate at " CGROUP_ROOT);
	return 0;
}

static int adapt_default_mounts(const struct masu_engine *e, struct draft *d,
				const struct masu_create_options *o, struct masu_error *err)
{
	struct oci_mount *pts = find_mount(d->spec, "/dev/pts");

	/* The group is tty. If only one id is mapped, the runtime omits it. */
	if (pts && set_options(pts, "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5") < 0)
		return err_oom(err);
	if (adapt_ipc_mounts(d) < 0)
		return err_oom(err);
	if (o->privileged && make_writable(d->spec) < 0)
		return err_oom(err);
	if (d->is_systemd && !o->privileged) {
		int r = open_cgroup_for_systemd(e, d, err);

		if (r < 0)
			return r;
	}
	if (d->network.backend->shares_host && d->spec->namespaces[OCI_NS_USER].wanted) {
		int r = bind_host_sys(d->spec) < 0 ? err_oom(err) : notice_flags(e, "/sys", err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int anonymous_volume(struct draft *d, struct mount_request *m, struct masu_error *err)
{
	char id[ID_LENGTH + 1];
	int r = id_new(id);

	if (r < 0)
		return err_sys(err, r, "create a volume");
	m->source = strdup(id);
	if (!m->source || strv_push(&d->record.anonymous_volumes, id) < 0)
		return err_oom(err);
	return 0;
}

static bool is_readonly_below(const struct mount_request *m)
{
	return m->type == MASU_MOUNT_BIND && m->readonly && !strv_contains(m->options, "bind");
}

static bool is_read_only(const struct mount_request *m)
{
	return m->readonly || (m->type == MASU_MOUNT_IMAGE && !m->writable);
}

static bool is_tmpfs_volume(const struct mount_request *m)
{
	return m->own_mount && m->own_mount->tmpfs;
}

/* The file system of the spec's mount. */
static const char *spec_type(const struct mount_request *m)
{
	if (is_tmpfs_volume(m))
		return mount_type_name(MASU_MOUNT_TMPFS);
	switch (m->type) {
	case MASU_MOUNT_TMPFS:
	case MASU_MOUNT_DEVPTS:
	case MASU_MOUNT_RAMFS:
		return mount_type_name(m->type);
	default:
		return "bind";
	}
}

/* The kernel refuses others, and the start would tell only then. */
static int check_idmap(const struct draft *d, const struct mount_request *m, struct masu_error *err)
{
	const char *option = NULL;

	STRV_FOREACH(o, m->options)
		if (str_after(*o, "idmap") || str_after(*o, "ridmap"))
			option = *o;
	if (!option)
		return 0;
	if (m->overlay)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "mount at '%s': an overlay with mapped ids is not supported",
			       m->target);
	if (!idmap_caller_is_host_root())
		return err_set(err, ERR_UNSUPPORTED, EPERM,
			       "mount at '%s': only root of the host can map the ids of its files",
			       m->target);
	if (strchr(option, '=') || d->spec->namespaces[OCI_NS_USER].wanted)
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL,
		      "mount at '%s': the option '%s' needs a map, or a user namespace", m->target,
		      option);
	return err_hint(err, "write idmap=uids=0-1000-1;gids=0-1000-1");
}

/* Only the owner of the store can mount these, or give files to others. */
static int check_owner(const struct masu_engine *e, const struct draft *d,
		       const struct mount_request *m, struct masu_error *err)
{
	const char *what = m->overlay			 ? "an overlay"
			   : m->type == MASU_MOUNT_IMAGE ? "an image"
			   : m->chown			 ? "a change of the owner"
							 : NULL;

	if (!what || !container_needs_opener(e, &d->record))
		return 0;
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		       "mount at '%s': %s is not supported in a container whose id map does not "
		       "have your own id",
		       m->target, what);
}

static char *join_options(const struct mount_request *m)
{
	static const char *const base[] = {
		[MASU_MOUNT_BIND] = "rbind,rprivate",
		[MASU_MOUNT_VOLUME] = "rbind,rprivate,nosuid,nodev",
		[MASU_MOUNT_TMPFS] = "nosuid,nodev,noexec",
		[MASU_MOUNT_IMAGE] = "bind,rprivate,nosuid,nodev",
		[MASU_MOUNT_DEVPTS] = "nosuid,noexec,newinstance,ptmxmode=0666",
		[MASU_MOUNT_RAMFS] = "nosuid,nodev,noexec",
	};
	const bool readonly = is_read_only(m);
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	(void)strbuf_addf(&b, "%s", is_tmpfs_volume(m) ? "nosuid,nodev,mode=1777" : base[m->type]);
	STRV_FOREACH(option, m->own_mount ? m->own_mount->options : NULL)
		(void)strbuf_addf(&b, ",%s", *option);
	/* A copied-up tmpfs has the mode of the directory that it covers. */
	if (m->type == MASU_MOUNT_TMPFS)
		(void)strbuf_addf(&b, m->copy_up ? ",tmpcopyup" : ",mode=1777");
	STRV_FOREACH(option, m->options)
		(void)strbuf_addf(&b, ",%s", *option);
	if (m->subpath)
		(void)strbuf_addf(&b, ",subpath=%s", m->subpath);
	if (m->chown)
		(void)strbuf_addf(&b, ",chown");
	(void)strbuf_addf(&b, ",%s", readonly ? "ro" : "rw");
	/* Mounts below the directory of the host are read-only, too. */
	if (is_readonly_below(m) && has_recursive_flags())
		(void)strbuf_addf(&b, ",rro");
	return strbuf_take(&b);
}

/* The last mount, to be the one with this index. */
static void move_last_to(struct oci_spec *spec, size_t index)
{
	struct oci_mount last = spec->mounts[spec->n_mounts - 1];

	memmove(&spec->mounts[index + 1], &spec->mounts[index],
		(spec->n_mounts - 1 - index) * sizeof(last));
	spec->mounts[index] = last;
}

/* A tmpfs has flags, and nothing that only a bind mount has. */
static bool suits_tmpfs(const char *option)
{
	return !strstr(option, "private") && !strstr(option, "slave") &&
	       !strstr(option, "shared") && !strstr(option, "idmap");
}

static int check_tmpfs_volume(const struct mount_request *m, struct masu_error *err)
{
	const char *refused = m->subpath ? "a subpath" : m->chown ? "U" : NULL;

	STRV_FOREACH(option, m->options)
		if (!suits_tmpfs(*option))
			refused = *option;
	return refused ? err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				 "mount at '%s': %s is not supported for the volume '%s', which is a "
				 "tmpfs",
				 m->target, refused, m->source)
		       : 0;
}

static int check_device(const struct mount_request *m, struct masu_error *err)
{
	const char *device = m->own_mount->device;

	if (access(device, F_OK) == 0)
		return 0;
	(void)err_sys(err, errno, "device '%s' of the volume '%s'", device, m->source);
	return err_hint(err, "masu does not create missing sources: mkdir -p %s", device);
}

/* Each container mounts the device of a volume with options. Such a volume gets no files of the image. */
static int find_own_mount(const struct masu_engine *e, struct mount_request *m,
			  struct masu_error *err)
{
	_cleanup_volume_mount_ struct volume_mount own = {0};
	int r = m->type == MASU_MOUNT_VOLUME && m->source
			? volume_mount_find(e, m->source, &own, err)
			: 0;

	if (r <= 0)
		return r;
	m->own_mount = calloc(1, sizeof(*m->own_mount));
	if (!m->own_mount)
		return err_oom(err);
	*m->own_mount = TAKE(own, (struct volume_mount){0});
	m->nocopy = true;
	m->readonly |= m->own_mount->readonly;
	return m->own_mount->tmpfs ? check_tmpfs_volume(m, err) : check_device(m, err);
}

static int add_request(const struct masu_engine *e, struct draft *d, struct mount_request *m,
		       struct masu_error *err)
{
	int r = find_own_mount(e, m, err);

	if (r < 0)
		return r;
	_cleanup_free_ char *path = NULL, *options = join_options(m), *overlay = NULL;
	r = is_readonly_below(m) ? notice_flags(e, m->source, err) : 0;

	if (r == 0)
		r = check_idmap(d, m, err);
	if (r == 0)
		r = check_owner(e, d, m, err);
	if (r == 0 && m->type == MASU_MOUNT_VOLUME && !m->source)
		r = anonymous_volume(d, m, err);
	if (r < 0)
		return r;
	if (m->type == MASU_MOUNT_VOLUME &&
	    !(path = m->own_mount ? strdup(m->own_mount->device) : volume_path(e, m->source)))
		return err_oom(err);
	if ((m->overlay || m->type == MASU_MOUNT_IMAGE) &&
	    !(overlay = overlay_dir_name(d->record.n_mounts)))
		return err_oom(err);
	const char *source = path ? path : m->source;
	size_t index = drop_default(d->spec, m->target);
	const struct record_mount entry = {
		.type = (char *)mount_type_name(m->type),
		.volume = m->type == MASU_MOUNT_VOLUME ? m->source : NULL,
		.source = is_tmpfs_volume(m) ? NULL : (char *)source,
		.destination = m->target,
		.readonly = is_read_only(m),
		.nocopy = m->nocopy,
		.subpath = m->subpath,
		.chown = m->chown,
		.overlay = overlay,
		.upper = m->upper_dir,
		.work = m->work_dir,
		.layers = m->layers,
	};
	if (!options ||
	    !oci_spec_add_mount(d->spec, m->target, spec_type(m), source ? source : spec_type(m),
				options) ||
	    record_add_mount(&d->record, &entry) < 0)
		return err_oom(err);
	move_last_to(d->spec, index);
	return 0;
}

static int compare_targets(const void *a, const void *b)
{
	const struct mount_request *x = a, *y = b;

	return strcmp(x->target, y->target);
}

/* Is /etc a directory of the host? No missing file is created in it then. */
static bool is_etc_bound(const struct draft *d)
{
	for (size_t i = 0; i < d->mounts.n; i++)
		if (d->mounts.item[i].type == MASU_MOUNT_BIND &&
		    streq(d->mounts.item[i].target, "/etc"))
			return true;
	return false;
}

/* Mounts a file of the container's directory at /etc/NAME, unless the user mounts another one there. */
static int add_own_file(struct draft *d, const char *dir, const char *name)
{
	_cleanup_free_ char *source = path_join(dir, name), *target = path_join("/etc", name);

	if (!source || !target)
		return -ENOMEM;
	if (find_mount(d->spec, target) || is_etc_bound(d))
		return 0;
	return oci_spec_add_mount(d->spec, target, "bind", source,
				  "bind,rprivate,nosuid,nodev,noexec")
		       ? 0
		       : -ENOMEM;
}

static int add_init(struct draft *d, struct masu_error *err)
{
	_cleanup_free_ char *program = program_find("masu-init", err);

	if (!program)
		return err_prefix(err, "--init");
	return oci_spec_add_mount(d->spec, "/dev/init", "bind", program, "bind,rprivate,nosuid,ro")
		       ? 0
		       : err_oom(err);
}

int draft_mounts(const struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		 const char *dir, struct masu_error *err)
{
	static const char *const own_files[] = {"resolv.conf", "hosts", "hostname"};
	int r = adapt_default_mounts(e, d, o, err);

	/* Sorted by path, so that a mount comes after those above it. */
	if (d->mounts.n)
		qsort(d->mounts.item, d->mounts.n, sizeof(*d->mounts.item), compare_targets);
	for (size_t i = 0; r == 0 && i < d->mounts.n; i++)
		r = add_request(e, d, &d->mounts.item[i], err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(own_files); i++)
		if (!name_files_are_of_image(&d->record, own_files[i]) &&
		    add_own_file(d, d->names_dir ? d->names_dir : dir, own_files[i]) < 0)
			r = err_oom(err);
	if (r == 0 && o->timezone && add_own_file(d, dir, "localtime") < 0)
		r = err_oom(err);
	return r == 0 && o->init ? add_init(d, err) : r;
}
