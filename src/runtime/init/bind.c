/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bind mounts. All sources are opened before any mount, so that no mount of the container's changes
 * what one means. What is opened is a descriptor, or at once a detached copy of the mount:
 *   - where mounts are to travel back to the host ("shared"), since only a copy from before this
 *     namespace stopped propagation still belongs to the host's peer group;
 *   - where the launcher has to make it: an id map can be given to a file system of the host's by
 *     root of the host alone, and a source may lie in a directory that the container's root can't enter.
 */

#include "runtime/init/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/path.h"

/* Asks the launcher, which ends all with its own error when it can't. */
static int ask_launcher(struct init *init, struct init_mount *m, size_t index, struct err *err)
{
	_cleanup_channel_message_ struct channel_message answer = CHANNEL_MESSAGE_INIT;
	uint32_t number = (uint32_t)index;
	int r = channel_send(init->channel, INIT_NEED_SOURCE, &number, sizeof(number), -1);

	if (r == 0)
		r = init_receive(init, INIT_SOURCE, "it opened the source of a mount", &answer,
				 err);
	if (r < 0)
		return r;
	m->source = TAKE_FD(answer.fd);
	m->is_cloned = true;
	return 0;
}

/* Whose namespaces /proc/self/ns and /proc/net are depends on who opens them. */
static bool shows_opener(int fd)
{
	return mount_is_type(fd, PROC_SUPER_MAGIC) || mount_is_type(fd, NSFS_MAGIC);
}

static int open_source(struct init *init, struct init_mount *m, size_t index, struct err *err)
{
	const struct mount_options *o = &m->options;
	bool nofollow = o->source_nofollow || o->copy_symlink;

	if (!m->spec->source)
		return err_set(err, ERR_INVALID, EINVAL, "bind mount at '%s': no source",
			       m->spec->destination);
	if (o->idmap || m->spec->n_uid_mappings)
		return ask_launcher(init, m, index, err);
	m->source = open(m->spec->source, O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0));
	if (m->source < 0 && errno == EACCES)
		return ask_launcher(init, m, index, err);
	if (m->source >= 0 && !init->in_network && shows_opener(m->source)) {
		fd_close(&m->source);
		int r = init_enter_network(init, err);
		return r < 0 ? r : open_source(init, m, index, err); /* from inside */
	}
	if (m->source < 0)
		return err_sys(err, errno, "bind mount at '%s': open '%s'", m->spec->destination,
			       m->spec->source);
	if (o->propagation != MS_SHARED)
		return 0;
	_cleanup_close_ int file = TAKE_FD(m->source);
	m->source = mount_clone_detached(file, o->bind_recursive);
	m->is_cloned = true;
	if (m->source == -ENOSYS) {
		(void)mount_option_refused(o->propagation_recursive ? "rshared" : "shared",
					   "open_tree(2)", err);
		return err_prefix(err, "bind mount at '%s'", m->spec->destination);
	}
	return m->source < 0 ? err_sys(err, m->source, "bind mount of '%s' at '%s'",
				       m->spec->source, m->spec->destination)
			     : 0;
}

static int prepare(struct init *init, struct init_mount *m, size_t index, struct err *err)
{
	int r = mount_options_parse(m->spec->type, m->spec->options, &m->options, err);

	if (r < 0)
		return err_prefix(err, "mount at '%s'", m->spec->destination);
	if (m->options.remount)
		return 0;
	if (m->options.bind)
		return open_source(init, m, index, err);
	if (m->spec->n_uid_mappings)
		return err_set(err, ERR_INVALID, EINVAL,
			       "mount at '%s': uidMappings: only bind mounts can be id-mapped",
			       m->spec->destination);
	if (!m->spec->type)
		return err_set(err, ERR_INVALID, EINVAL, "mount at '%s': no type",
			       m->spec->destination);
	return 0;
}

int init_prepare_mounts(struct init *init, struct err *err)
{
	const struct oci_spec *spec = init->spec;
	int r = 0;

	init->mounts = calloc(spec->n_mounts + 1, sizeof(*init->mounts));
	if (!init->mounts)
		return err_sys(err, ENOMEM, "read the mounts");
	for (size_t i = 0; r == 0 && i < spec->n_mounts; i++) {
		init->mounts[i] = (struct init_mount){
			.spec = &spec->mounts[i], .source = -1, .to_close = -1};
		r = prepare(init, &init->mounts[i], i, err);
	}
	return r;
}

static int refused(const struct init_mount *m, int code, struct err *err)
{
	const struct oci_mount *spec = m->spec;

	if (code != -EINVAL || m->options.bind_recursive)
		return err_sys(err, code, "bind mount of '%s' at '%s'", spec->source,
			       spec->destination);
	(void)err_set(err, ERR_INVALID, EINVAL,
		      "bind mount of '%s' at '%s': other mounts below it are locked", spec->source,
		      spec->destination);
	return err_hint(err, "use rbind, which takes them along");
}

int init_mount_clone(struct init_mount *m, struct err *err)
{
	const struct mount_options *o = &m->options;
	_cleanup_close_ int fd = m->is_cloned ? TAKE_FD(m->source)
					      : mount_clone(m->source, o->bind_recursive);

	if (fd < 0)
		return refused(m, fd, err);
	int r = mount_set_attributes(fd, false, o->set, o->clear);
	/*
	 * Flags that the host locked (a read-only disk) can't be cleared; "rw" asks no more. The ways
	 * to keep access times are one field, which is cleared to be set.
	 */
	if (r == -EPERM && o->clear)
		r = mount_set_attributes(fd, false, o->set,
					 o->set & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0);
	return r < 0 ? err_sys(err, r, "set the flags of the mount at '%s'", m->spec->destination)
		     : TAKE_FD(fd);
}

int init_mount_copy_link(const struct init *init, const struct init_mount *m, struct err *err)
{
	const char *path = m->spec->destination, *name = path_last(path);
	_cleanup_free_ char *dir = strndup(path, (size_t)(name - path));
	char target[PATH_MAX], there[PATH_MAX];
	ssize_t n = readlinkat(m->source, "", target, sizeof(target) - 1);

	if (n < 0 && (errno == ENOENT || errno == EINVAL)) /* no link */
		return 0;
	if (n < 0 || !dir)
		return err_sys(err, dir ? errno : ENOMEM, "read the link '%s'", m->spec->source);
	target[n] = 0;
	_cleanup_close_ int parent = path_mkdir_in(init->root_fd, dir, 0755);
	int r = parent < 0 ? parent : symlinkat(target, parent, name) < 0 ? -errno : 0;
	if (r == -EEXIST) {
		n = readlinkat(parent, name, there, sizeof(there) - 1);
		if (n >= 0)
			there[n] = 0;
		r = n >= 0 && streq(there, target) ? 0 : -EEXIST;
	}
	return r < 0 ? err_sys(err, r, "make the link '%s'", path) : 1;
}
