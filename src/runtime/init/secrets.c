/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The secrets of a container: files on a ramfs at SECRETS_DIR, which is part of no image, layer or upper directory, is
 * never swapped out, and is gone with the container's mount namespace, however that ends. A secret with another place is
 * a bind mount of such a file, whose name on the ramfs is removed then. All is read-only.
 *
 * The bytes come from the launcher's memory, which the clone has inherited: no file, message or argument has them.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "oci/annotations.h"
#include "runtime/init/mounts.h"

#define UNNAMED ".secret" /* the file of a secret with another place, for a moment */

static int failed(const struct secret_file *s, int code, struct masu_error *err)
{
	return err_sys(err, code, "create the secret at '%s'", s->path);
}

static int fill(int fd, const struct secret_file *s, struct masu_error *err)
{
	int r = fd_write_full(fd, s->bytes, s->size);

	if (r < 0)
		return failed(s, r, err);
	if (fchown(fd, s->uid, s->gid) < 0) {
		r = -errno;
		(void)failed(s, r, err);
		if (r == -EINVAL)
			(void)err_hint(
				err, "the container's user namespace has no user %u or no group %u",
				s->uid, s->gid);
		return r;
	}
	return fchmod(fd, s->mode) < 0 ? failed(s, errno, err) : 0;
}

static int create(int dir, const char *name, const struct secret_file *s, struct masu_error *err)
{
	_cleanup_close_ int fd = openat(dir, name,
					O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? failed(s, errno, err) : fill(fd, s, err);
}

/* A name below SECRETS_DIR, which may have directories. */
static int create_below(int mount_fd, const char *name, const struct secret_file *s,
			struct masu_error *err)
{
	const char *last = path_last(name);
	_cleanup_free_ char *parents = strndup(name, (size_t)(last - name));

	if (!parents)
		return failed(s, ENOMEM, err);
	_cleanup_close_ int dir = path_mkdir_in(mount_fd, *parents ? parents : "/", 0755);
	return dir < 0 ? failed(s, dir, err) : create(dir, last, s, err);
}

static int bind_elsewhere(const struct init *init, int mount_fd, const struct secret_file *s,
			  struct masu_error *err)
{
	_cleanup_close_ int point = init_touch(init, s->path, 0644);

	if (point < 0)
		return err_sys(err, point, "create the mount point '%s'", s->path);
	int r = create(mount_fd, UNNAMED, s, err);
	if (r < 0)
		return r;
	_cleanup_close_ int file = openat(mount_fd, UNNAMED, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int clone = file < 0 ? -errno : mount_clone(file, false);
	r = clone < 0 ? clone : mount_set_attributes(clone, false, MOUNT_ATTR_RDONLY, 0);
	if (r == 0)
		r = mount_attach(clone, point);
	if (r == 0 && unlinkat(mount_fd, UNNAMED, 0) < 0)
		r = -errno;
	return r < 0 ? failed(s, r, err) : 0;
}

/* Attached at once: open_tree(2) of older kernels copies no mount that is detached. */
static int mount_dir(const struct init *init, struct masu_error *err)
{
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	struct mount_parameter parameters[] = {{"mode", "0755"}, {NULL, NULL}};
	size_t n = 1;

	if (init->spec->mount_label)
		parameters[n++] = (struct mount_parameter){oci_mount_context_option(init->spec),
							   init->spec->mount_label};
	_cleanup_close_ int point = path_mkdir_in(init->root_fd, SECRETS_DIR, 0755);
	if (point < 0)
		return err_sys(err, point, "create the mount point '%s'", SECRETS_DIR);
	if (mount_is_type(point, PROC_SUPER_MAGIC))
		return err_set(err, ERR_DENIED, EPERM, "'%s' is a link into /proc", SECRETS_DIR);
	_cleanup_close_ int fd = mount_new("ramfs", "secrets", parameters, n, attributes, err);
	if (fd < 0)
		return fd;
	int r = mount_attach(fd, point);
	return r < 0 ? err_sys(err, r, "mount at '%s'", SECRETS_DIR) : TAKE_FD(fd);
}

int init_write_secrets(struct init *init, struct masu_error *err)
{
	const struct container_plan *plan = init->plan;

	if (plan->n_secrets == 0)
		return 0;
	_cleanup_close_ int fd = mount_dir(init, err);
	if (fd < 0)
		return fd;
	for (size_t i = 0; i < plan->n_secrets; i++) {
		const struct secret_file *s = &plan->secrets[i];
		const char *below = str_after(s->path, SECRETS_DIR "/");
		int r = below ? create_below(fd, below, s, err) : bind_elsewhere(init, fd, s, err);

		if (r < 0)
			return r;
	}
	int r = mount_set_attributes(fd, false, MOUNT_ATTR_RDONLY, 0);
	return r < 0 ? err_sys(err, r, "make '%s' read-only", SECRETS_DIR) : 0;
}
