/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The mounts of config.json, in their order. Each is made detached, gets its attributes, and is
 * attached to a descriptor of its destination, which was resolved once inside the root: a link or
 * a rename in the container's own tree can move it about there, but never out of it.
 */

#include "runtime/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount_options.h"

#define PROC_ROOT_INO 1 /* of any procfs (linux/proc_fs.h, kernel) */

static bool is_type(const struct oci_mount *m, const char *type)
{
	return m->type && streq(m->type, type);
}

/* What follows "/proc" in a path, "" for itself; NULL when the path leads elsewhere. */
static const char *below_proc(const char *path)
{
	const char *rest = str_after(path, "/proc");

	return rest && (!*rest || *rest == '/') ? rest : NULL;
}

static int over_proc(const struct oci_mount *m, struct err *err)
{
	return err_set(err, ERR_DENIED, EPERM, "mount at '%s': nothing may be mounted over /proc",
		       m->destination);
}

/*
 * Nothing may be laid over parts of /proc that masu or the kernel's security relies on; but what
 * tells a container of its own limits (lxcfs) may be, and /proc itself may be another procfs.
 */
static int check_destination(const struct oci_mount *m, int bind_fd, struct err *err)
{
	static const char *const allowed[] = {
		"/proc/cpuinfo", "/proc/diskstats",
		"/proc/meminfo", "/proc/stat",
		"/proc/swaps",	 "/proc/uptime",
		"/proc/loadavg", "/proc/slabinfo",
		"/proc/net/dev", "/proc/sys/kernel/ns_last_pid",
	};
	const char *rest = below_proc(m->destination);
	struct stat st;

	if (!path_is_normal(m->destination))
		return err_set(err, ERR_INVALID, EINVAL,
			       "mount destination '%s' has '.', '..' or empty parts",
			       m->destination);
	if (!rest)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (streq(m->destination, allowed[i]))
			return 0;
	if (!*rest && bind_fd < 0 && is_type(m, "proc"))
		return 0;
	if (!*rest && bind_fd >= 0 && mount_is_type(bind_fd, PROC_SUPER_MAGIC) &&
	    fstat(bind_fd, &st) == 0 && st.st_ino == PROC_ROOT_INO)
		return 0;
	return over_proc(m, err);
}

static bool source_is_folder(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || S_ISDIR(st.st_mode);
}

/*
 * /proc and /sys must be just there: a link would put the kernel's file system elsewhere and leave
 * the masks on nothing.
 */
static int open_kernel_place(const struct init *init, const struct oci_mount *m, struct err *err)
{
	const char *path = m->destination;
	int fd = path_open_in(init->root_fd, path, O_PATH | O_DIRECTORY, 0, PATH_NO_SYMLINKS);

	if (fd == -ENOENT) {
		_cleanup_close_ int made = path_mkdir_in(init->root_fd, path, 0755);

		fd = made < 0 ? made
			      : path_open_in(init->root_fd, path, O_PATH | O_DIRECTORY, 0,
					     PATH_NO_SYMLINKS);
	}
	if (fd == -ELOOP)
		return err_set(err, ERR_INVALID, ELOOP, "mount at '%s': a part of it is a link",
			       path);
	return fd < 0 ? err_sys(err, fd, "make the mount point '%s'", path) : fd;
}

/* The place to mount on, made when it is missing. Links may lead anywhere, but not into /proc. */
static int open_destination(const struct init *init, const struct oci_mount *m, int bind_fd,
			    struct err *err)
{
	if (is_type(m, "proc") || is_type(m, "sysfs"))
		return open_kernel_place(init, m, err);
	_cleanup_close_ int fd = bind_fd < 0 || source_is_folder(bind_fd)
					 ? path_mkdir_in(init->root_fd, m->destination, 0755)
					 : path_touch_in(init->root_fd, m->destination, 0644);
	if (fd < 0)
		return err_sys(err, fd, "make the mount point '%s'", m->destination);
	/* What is named as below /proc was allowed by check_destination(). */
	if (!below_proc(m->destination) && mount_is_type(fd, PROC_SUPER_MAGIC))
		return over_proc(m, err);
	return TAKE_FD(fd);
}

static int clone_bind(const struct oci_mount *m, int bind_fd, const struct mount_options *o,
		      struct err *err)
{
	_cleanup_close_ int fd = mount_clone(bind_fd, o->bind_recursive);

	if (fd == -EINVAL && !o->bind_recursive) {
		(void)err_set(err, ERR_INVALID, EINVAL,
			      "bind mount of '%s' at '%s': other mounts "
			      "below it are locked",
			      m->source, m->destination);
		return err_hint(err, "use rbind, which takes them along");
	}
	if (fd < 0)
		return err_sys(err, fd, "bind mount of '%s' at '%s'", m->source, m->destination);
	int r = mount_set_attributes(fd, false, o->set, o->clear);
	/* Flags that the host locked (a read-only disk) can't be cleared; "rw" asks no more. */
	if (r == -EPERM && o->clear)
		r = mount_set_attributes(fd, false, o->set, 0);
	return r < 0 ? err_sys(err, r, "set the flags of the mount at '%s'", m->destination)
		     : TAKE_FD(fd);
}

/* An option with an id that the user namespace doesn't have: tty's gid=5 with one mapped id. */
static bool is_unmapped_gid(const struct init *init, const struct mount_parameter *p)
{
	const struct idmap *map = init->plan->idmap;
	uint32_t gid, host;

	return streq(p->key, "gid") && p->value && map && map->userns &&
	       init->spec->namespaces[OCI_NS_USER].wanted && str_to_uint32(p->value, &gid) == 0 &&
	       idmap_to_host(map->gids, map->n_gids, gid, &host) < 0;
}

static void drop_unmapped(const struct init *init, struct mount_options *o)
{
	for (size_t i = 0; i < o->n_parameters;)
		if (is_unmapped_gid(init, &o->parameters[i])) {
			free((char *)o->parameters[i].key);
			free((char *)o->parameters[i].value);
			o->parameters[i] = o->parameters[--o->n_parameters];
		} else {
			i++;
		}
}

static int make_new(struct init *init, const struct oci_mount *m, struct mount_options *o,
		    struct err *err)
{
	if (is_type(m, "cgroup") || is_type(m, "cgroup2")) {
		int r = init_enter_cgroup(init, err);
		if (r < 0)
			return r;
		/* Without a namespace of its own the whole tree would show, the user's part of it
		 * writable. */
		if (!init->spec->namespaces[OCI_NS_CGROUP].wanted)
			o->set |= MOUNT_ATTR_RDONLY;
		return mount_new("cgroup2", NULL, NULL, 0, o->set, err);
	}
	if (is_type(m, "devpts"))
		drop_unmapped(init, o);
	return mount_new(m->type, m->source, o->parameters, o->n_parameters, o->set, err);
}

/* What is to be masked must be found by its name. */
static int check_kind(const struct init *init, const struct oci_mount *m, struct err *err)
{
	int64_t magic = is_type(m, "proc")    ? PROC_SUPER_MAGIC
			: is_type(m, "sysfs") ? SYSFS_MAGIC
					      : 0;

	if (!magic)
		return 0;
	_cleanup_close_ int fd = path_open_in(init->root_fd, m->destination, O_PATH, 0,
					      PATH_NO_SYMLINKS);
	if (fd >= 0 && mount_is_type(fd, magic))
		return 0;
	return err_set(err, ERR_INTERNAL, ESTALE, "'%s' is not the %s that was mounted there",
		       m->destination, m->type);
}

static int set_rest(int mount_fd, const struct mount_options *o)
{
	int r = mount_set_attributes(mount_fd, true, o->set_recursive, o->clear_recursive);

	if (r == 0 && o->propagation)
		r = mount_set_propagation(mount_fd, o->propagation_recursive, o->propagation);
	return r;
}

static int mount_one(struct init *init, size_t index, struct err *err)
{
	_cleanup_mount_options_ struct mount_options o = {0};
	const struct oci_mount *m = &init->spec->mounts[index];
	int r = check_destination(m, init->bind_fds[index], err);

	if (r == 0)
		r = mount_options_parse(m->type, m->options, &o, err);
	if (r < 0)
		return r;
	if (o.tmpcopyup || m->n_uid_mappings || m->n_gid_mappings)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "mount at '%s': %s not supported yet", m->destination,
			       o.tmpcopyup ? "tmpcopyup is" : "id-mapped mounts are");
	if (!o.bind && !m->type)
		return err_set(err, ERR_INVALID, EINVAL, "mount at '%s': no type", m->destination);
	_cleanup_close_ int mount_fd = o.bind ? clone_bind(m, init->bind_fds[index], &o, err)
					      : make_new(init, m, &o, err);
	if (mount_fd < 0)
		return mount_fd;
	_cleanup_close_ int place = open_destination(init, m, init->bind_fds[index], err);
	if (place < 0)
		return place;
	r = set_rest(mount_fd, &o);
	if (r == 0)
		r = mount_attach(mount_fd, place);
	if (r < 0)
		return err_sys(err, r, "mount at '%s'", m->destination);
	return check_kind(init, m, err);
}

int init_mounts(struct init *init, struct err *err)
{
	for (size_t i = 0; i < init->spec->n_mounts; i++) {
		int r = mount_one(init, i, err);

		if (r < 0) {
			if (err->message &&
			    !strstr(err->message, init->spec->mounts[i].destination))
				(void)err_prefix(err, "mount at '%s'",
						 init->spec->mounts[i].destination);
			return r;
		}
		fd_close(&init->bind_fds[i]);
	}
	return 0;
}
