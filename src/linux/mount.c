/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount.h"

#include <errno.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "linux/mount-legacy.h"

/* The kernel's message about the last failure on a file system context, or "". */
static const char *read_reason(int context, char *text, size_t size)
{
	ssize_t n = read(context, text, size - 1);

	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	return text[0] && text[1] == ' ' ? text + 2 : text; /* "e ", "w " or "i " comes first */
}

static int refused(int context, const char *type, const struct mount_parameter *p, int code,
		   struct masu_error *err)
{
	char text[256];
	const char *reason = read_reason(context, text, sizeof(text));

	int r = err_sys(err, code, "mount a %s%s%s%s%s", type, p ? " with option " : "",
			p ? p->key : "", p && p->value ? "=" : "", p && p->value ? p->value : "");
	if (*reason)
		(void)err_hint(err, "the kernel says: %s", reason);
	return r;
}

static int configure(int context, const char *type, const struct mount_parameter *parameters,
		     size_t n, struct masu_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct mount_parameter *p = &parameters[i];
		int r = p->value ? fsconfig(context, FSCONFIG_SET_STRING, p->key, p->value, 0)
				 : fsconfig(context, FSCONFIG_SET_FLAG, p->key, NULL, 0);
		if (r < 0)
			return refused(context, type, p, errno, err);
	}
	return 0;
}

/* Flags that only mount(2) knows: fsconfig(2) takes them for parameters of the file system. */
static bool has_old_words(const struct mount_parameter *parameters, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!parameters[i].value &&
		    (streq(parameters[i].key, "iversion") || streq(parameters[i].key, "acl")))
			return true;
	return false;
}

int mount_new(const char *type, const char *source, const struct mount_parameter *parameters,
	      size_t n, uint64_t attributes, struct masu_error *err)
{
	bool old_words = has_old_words(parameters, n);
	_cleanup_close_ int context = old_words ? -1 : fsopen(type, FSOPEN_CLOEXEC);

	if (old_words || (context < 0 && errno == ENOSYS))
		return mount_new_legacy(type, source, parameters, n, attributes, err);
	if (context < 0)
		return err_sys(err, errno, "mount a %s", type);
	if (source && fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return refused(context, type,
			       &(struct mount_parameter){.key = "source", .value = source}, errno,
			       err);
	int r = configure(context, type, parameters, n, err);
	if (r < 0)
		return r;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return refused(context, type, NULL, errno, err);
	int fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned int)attributes);
	if (fd < 0)
		return refused(context, type, NULL, errno, err);
	return fd;
}

int mount_reconfigure(int fd, const struct mount_parameter *parameters, size_t n,
		      struct masu_error *err)
{
	_cleanup_close_ int context = fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	int r = context < 0 ? err_sys(err, errno, "remount")
			    : configure(context, "file system", parameters, n, err);

	if (r == 0 && fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return refused(context, "file system", NULL, errno, err);
	return r;
}

int mount_clone_detached(int fd, bool recursive)
{
	int clone = open_tree(fd, "",
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
				      (recursive ? AT_RECURSIVE : 0));

	return clone < 0 ? -errno : clone;
}

int mount_clone(int fd, bool recursive)
{
	int clone = mount_clone_detached(fd, recursive);

	return clone == -ENOSYS ? mount_clone_legacy(fd, recursive) : clone;
}

int mount_clone_slave(int fd, bool recursive)
{
	const struct mount_attr slave = {.propagation = MS_SLAVE};
	int clone = mount_clone_detached(fd, recursive);
	int r = clone < 0 ? clone : mount_change(clone, recursive, &slave);

	if (clone >= 0 && r < 0)
		(void)close(clone); /* it undoes the mount */
	return r < 0 ? r : clone;
}

int mount_attach(int mount_fd, int target_fd)
{
	int r = move_mount(mount_fd, "", target_fd, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
			? -errno
			: 0;

	return r == -ENOSYS ? mount_attach_legacy(mount_fd, target_fd) : r;
}

int mount_change(int fd, bool recursive, const struct mount_attr *attributes)
{
	return mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
			     (struct mount_attr *)attributes, sizeof(*attributes)) < 0
		       ? -errno
		       : 0;
}

bool mount_has_recursive_flags(void)
{
	return mount_change(-1, true, &(struct mount_attr){0}) != -ENOSYS;
}

int mount_set_attributes(int fd, bool recursive, uint64_t set, uint64_t clear)
{
	const struct mount_attr attributes = {.attr_set = set, .attr_clr = clear};

	int r = set || clear ? mount_change(fd, recursive, &attributes) : 0;

	return r == -ENOSYS ? mount_set_attributes_legacy(fd, recursive, set, clear) : r;
}

int mount_set_propagation(int fd, bool recursive, uint64_t propagation)
{
	const struct mount_attr attributes = {.propagation = propagation};

	int r = mount_change(fd, recursive, &attributes);

	return r == -ENOSYS ? mount_set_propagation_legacy(fd, recursive, propagation) : r;
}

int mount_set_idmap(int fd, bool recursive, int userns_fd)
{
	const struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)userns_fd,
	};

	return mount_change(fd, recursive, &attributes);
}

bool mount_is_type(int fd, int64_t magic)
{
	struct statfs s;

	return fstatfs(fd, &s) == 0 && (int64_t)s.f_type == magic;
}
