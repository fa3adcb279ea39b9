/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bind mounts. All sources are opened before any mount, so that no mount of the container changes the meaning
 * of a path. The result is a descriptor, or at once a detached copy of the mount in two cases:
 *   - for propagation back to the host ("shared"): only a copy from before this namespace stopped
 *     propagation still belongs to the host's peer group;
 *   - if the launcher has to make it: only root of the host can give an id map to its file systems, and the
 *     container's root may be unable to enter the directory of a source.
 *
 * A source in procfs or of a namespace shows the namespaces of its opener. If init gets its network namespace
 * later, it opens such a source twice: here, to learn that, and again inside.
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
#include "linux/mount.h"
#include "runtime/init/messages.h"
#include "runtime/source.h"

/* Asks the launcher, which ends the start with an error of its own if it cannot. */
static int ask_launcher(struct init *init, struct init_mount *m, size_t index,
			struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message answer = CHANNEL_MESSAGE_INIT;
	uint32_t number = (uint32_t)index;
	int r = channel_send(init->channel, INIT_NEED_SOURCE, &number, sizeof(number), -1);

	if (r < 0)
		return err_sys(err, r, "talk to the launcher");
	r = init_receive(init, INIT_SOURCE, "it opened the source of a mount", &answer, err);
	if (r < 0)
		return r;
	m->source = TAKE_FD(answer.fd);
	m->is_cloned = true;
	return 0;
}

static bool shows_opener(int fd)
{
	return mount_is_type(fd, PROC_SUPER_MAGIC) || mount_is_type(fd, NSFS_MAGIC);
}

static int open_path(const struct init_mount *m)
{
	bool nofollow = m->options.source_nofollow || m->options.copy_symlink;

	return open(m->spec->source, O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0));
}

static int cannot_open(const struct init_mount *m, int code, struct masu_error *err)
{
	return err_sys(err, code, "bind mount at '%s': open '%s'", m->spec->destination,
		       m->spec->source);
}

/* Replaces a source by a detached copy in the host's peer group. */
static int clone_shared(struct init_mount *m, struct masu_error *err)
{
	const struct mount_options *o = &m->options;
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

static int put_off(struct init_mount *m, struct masu_error *err)
{
	struct stat st;

	if (fstat(m->source, &st) < 0)
		return cannot_open(m, errno, err);
	m->late_device = st.st_dev;
	m->is_late = true;
	fd_close(&m->source);
	return 0;
}

static const struct overlay_source *find_overlay(const struct container_plan *plan,
						 const char *destination)
{
	for (size_t i = 0; i < plan->n_overlay_sources; i++)
		if (streq(plan->overlay_sources[i].destination, destination))
			return &plan->overlay_sources[i];
	return NULL;
}

int init_mount_open_subpath(struct init_mount *m, struct masu_error *err)
{
	if (!m->options.subpath)
		return 0;
	_cleanup_close_ int whole = TAKE_FD(m->source);

	m->source = path_open_in(whole, m->options.subpath, O_PATH, 0, 0);
	return m->source < 0
		       ? err_sys(err, m->source, "mount at '%s': open the subpath '%s' of '%s'",
				 m->spec->destination, m->options.subpath, m->spec->source)
		       : 0;
}

static int open_source(struct init *init, struct init_mount *m, size_t index,
		       struct masu_error *err)
{
	const struct mount_options *o = &m->options;

	if (!m->spec->source)
		return err_set(err, ERR_INVALID, EINVAL, "bind mount at '%s': no source",
			       m->spec->destination);
	if (o->idmap || m->spec->n_uid_mappings || source_is_given(init->plan, m->spec))
		return ask_launcher(init, m, index, err);
	m->overlay = find_overlay(init->plan, m->spec->destination);
	if (m->overlay)
		return 0;
	m->source = open_path(m);
	if (m->source < 0 && errno == EACCES)
		return ask_launcher(init, m, index, err);
	if (m->source < 0)
		return cannot_open(m, errno, err);
	int r = init_mount_open_subpath(m, err);
	if (r < 0)
		return r;
	if (o->propagation == MS_SHARED)
		return clone_shared(m, err);
	return init->birth->network || !shows_opener(m->source) ? 0 : put_off(m, err);
}

/* Mounts were made in between: the path must lead to the same file system again. */
static int open_late(struct init_mount *m, struct masu_error *err)
{
	struct stat st;

	m->source = open_path(m);
	if (m->source < 0 || fstat(m->source, &st) < 0)
		return cannot_open(m, errno, err);
	return st.st_dev == m->late_device ? 0 : cannot_open(m, ESTALE, err);
}

int init_open_late_sources(struct init *init, struct masu_error *err)
{
	for (size_t i = 0; i < init->spec->n_mounts; i++) {
		struct init_mount *m = &init->host.mounts[i];
		int r = m->is_late ? open_late(m, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int prepare(struct init *init, struct init_mount *m, size_t index, struct masu_error *err)
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

int init_open_sources(struct init *init, struct masu_error *err)
{
	const struct oci_spec *spec = init->spec;
	struct init_mount *mounts = calloc(spec->n_mounts + 1, sizeof(*mounts));

	init->host.mounts = mounts;
	if (!mounts)
		return err_oom(err);
	for (size_t i = 0; i < spec->n_mounts; i++) {
		mounts[i] = (struct init_mount){
			.spec = &spec->mounts[i], .source = -1, .to_chown = -1, .to_close = -1};
		int r = prepare(init, &mounts[i], i, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int refused(const struct init_mount *m, int code, struct masu_error *err)
{
	const struct oci_mount *spec = m->spec;

	if (code != -EINVAL || m->options.bind_recursive)
		return err_sys(err, code, "bind mount of '%s' at '%s'", spec->source,
			       spec->destination);
	(void)err_set(err, ERR_INVALID, EINVAL,
		      "bind mount of '%s' at '%s': other mounts below it are locked", spec->source,
		      spec->destination);
	return err_hint(err, "use rbind, which includes them");
}

int init_mount_clone(struct init_mount *m, struct masu_error *err)
{
	const struct mount_options *o = &m->options;
	_cleanup_close_ int fd = m->is_cloned ? TAKE_FD(m->source)
					      : mount_clone(m->source, o->bind_recursive);

	if (fd < 0)
		return refused(m, fd, err);
	int r = mount_set_attributes(fd, false, o->set, o->clear);
	/*
	 * Flags that the host locked (a read-only disk) cannot be cleared; "rw" does without. The modes of
	 * access times are one field, which has to be cleared to be set.
	 */
	if (r == -EPERM && o->clear)
		r = mount_set_attributes(fd, false, o->set,
					 o->set & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0);
	return r < 0 ? err_sys(err, r, "set the flags of the mount at '%s'", m->spec->destination)
		     : TAKE_FD(fd);
}

int init_mount_copy_link(const struct init *init, const struct init_mount *m,
			 struct masu_error *err)
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
	return r < 0 ? err_sys(err, r, "create the link '%s'", path) : 1;
}
