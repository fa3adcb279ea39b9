/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Device nodes and the links of /dev that every Linux container has (runtime-spec, config-linux.md,
 * "Default Devices"), and those of linux.devices. Without a user namespace init creates the nodes; with
 * one it binds the host's nodes, after verifying their numbers.
 */

#include "runtime/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"

static const struct oci_device defaults[] = {
	{.type = 'c', .path = (char *)"/dev/null", .major = 1, .minor = 3},
	{.type = 'c', .path = (char *)"/dev/zero", .major = 1, .minor = 5},
	{.type = 'c', .path = (char *)"/dev/full", .major = 1, .minor = 7},
	{.type = 'c', .path = (char *)"/dev/random", .major = 1, .minor = 8},
	{.type = 'c', .path = (char *)"/dev/urandom", .major = 1, .minor = 9},
	{.type = 'c', .path = (char *)"/dev/tty", .major = 5, .minor = 0},
};

static const struct {
	const char *path, *target;
} links[] = {
	{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};

static mode_t type_bits(const struct oci_device *d)
{
	return d->type == 'b' ? S_IFBLK : d->type == 'p' ? S_IFIFO : S_IFCHR;
}

static bool is_device(const struct oci_device *d, const struct stat *st)
{
	return (st->st_mode & S_IFMT) == type_bits(d) &&
	       (d->type == 'p' ||
		st->st_rdev == makedev((unsigned int)d->major, (unsigned int)d->minor));
}

/* Binds the host's node of the same name. */
static int bind_node(const struct init *init, const struct oci_device *d, struct masu_error *err)
{
	_cleanup_close_ int node = open(d->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (node < 0 || fstat(node, &st) < 0)
		return err_sys(err, errno, "device '%s' of the host", d->path);
	if (!is_device(d, &st))
		return err_set(err, ERR_INVALID, ENODEV, "'%s' of the host is not device %c %d:%d",
			       d->path, d->type, (int)d->major, (int)d->minor);
	_cleanup_close_ int clone = mount_clone(node, false);
	_cleanup_close_ int point = init_touch(init, d->path, 0666);
	int r = clone < 0 ? clone : point < 0 ? point : mount_attach(clone, point);
	return r < 0 ? err_sys(err, r, "create the device '%s'", d->path) : 0;
}

static int make_node(int dir, const char *name, const struct oci_device *d)
{
	mode_t mode = d->has_file_mode ? d->file_mode & 07777 : 0666;
	struct stat st;

	if (mknodat(dir, name, type_bits(d) | mode,
		    makedev((unsigned int)d->major, (unsigned int)d->minor)) < 0) {
		if (errno != EEXIST)
			return -errno;
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		return is_device(d, &st) ? 0 : -EEXIST;
	}
	return fchownat(dir, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* In the directory that its path names, which is made when it isn't there; most are in /dev. */
static int make_node_at(const struct init *init, int dev, const struct oci_device *d)
{
	const char *below = str_after(d->path, "/dev/"), *name = path_last(d->path);

	if (below && below == name)
		return make_node(dev, name, d);
	_cleanup_free_ char *parent = strndup(d->path, (size_t)(name - d->path));
	if (!parent)
		return -ENOMEM;
	_cleanup_close_ int dir = path_mkdir_in(init->root_fd, parent, 0755);
	return dir < 0 ? dir : make_node(dir, name, d);
}

static int make_device(const struct init *init, int dev, const struct oci_device *d,
		       struct masu_error *err)
{
	/* Without a user namespace of its own the container's root may make nodes. */
	if (!init->spec->namespaces[OCI_NS_USER].wanted) {
		int r = make_node_at(init, dev, d);
		if (r != -EPERM)
			return r < 0 ? err_sys(err, r, "create the device '%s'", d->path) : 0;
	}
	return bind_node(init, d, err);
}

/* linux.devices may give a default device another mode or owner. */
static bool is_listed(const struct oci_spec *spec, const char *path)
{
	for (size_t i = 0; i < spec->n_devices; i++)
		if (streq(spec->devices[i].path, path))
			return true;
	return false;
}

int init_devices(struct init *init, struct masu_error *err)
{
	const struct oci_spec *spec = init->spec;
	_cleanup_close_ int dev = path_mkdir_in(init->root_fd, "/dev", 0755);

	if (dev < 0)
		return err_sys(err, dev, "open /dev of the container");
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		if (is_listed(spec, defaults[i].path))
			continue;
		int r = make_device(init, dev, &defaults[i], err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < spec->n_devices; i++) {
		if (streq(spec->devices[i].path, "/dev/ptmx"))
			continue; /* the host's leads to its own terminals: a link to the container's */
		int r = make_device(init, dev, &spec->devices[i], err);
		if (r < 0)
			return r;
	}
	/* An image's own /dev may have them, or hold other things there, or be read-only. */
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].target, dev, links[i].path) < 0 && errno != EEXIST &&
		    errno != EROFS)
			return err_sys(err, errno, "create /dev/%s", links[i].path);
	return 0;
}
