/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/layer-attr.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/str.h"

static int not_mapped(const struct layer_policy *policy, const struct layer_entry *e,
		      struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EINVAL, "its owner is %u:%u, but only %llu ids are mapped",
		      (unsigned int)e->uid, (unsigned int)e->gid,
		      (unsigned long long)policy->n_ids);
	return err_hint(err, "give the user more sub-ids in /etc/subuid and /etc/subgid, "
			     "or the container a larger id map");
}

static int set_owner(const struct layer_policy *policy, struct layer_counts *counts,
		     const struct layer_entry *e, const struct layer_made *made, bool *ret_changed,
		     struct masu_error *err)
{
	int r;

	if (e->uid == made->uid && e->gid == made->gid)
		return 0;
	if (policy->single_id) {
		counts->owners++;
		return 0;
	}
	if (made->fd >= 0)
		r = fchown(made->fd, e->uid, e->gid);
	else
		r = fchownat(made->dirfd, made->name, e->uid, e->gid, AT_SYMLINK_NOFOLLOW);
	if (r < 0)
		return errno == EINVAL ? not_mapped(policy, e, err)
				       : err_sys(err, errno, "give it to %u:%u",
						 (unsigned int)e->uid, (unsigned int)e->gid);
	*ret_changed = true;
	return 0;
}

/* A change of the owner has cleared the set-id bits. */
static int set_mode(const struct layer_entry *e, const struct layer_made *made, bool owner_changed,
		    struct masu_error *err)
{
	mode_t mode = e->mode & 07777;
	int r;

	if (S_ISLNK(e->mode) || (mode == made->mode && !(owner_changed && mode & 07000)))
		return 0;
	if (made->fd >= 0)
		r = fchmod(made->fd, mode);
	else
		r = fchmodat(made->dirfd, made->name, mode, 0); /* it is new, and not a link */
	return r < 0 ? err_sys(err, errno, "set its mode %04o", (unsigned int)mode) : 0;
}

/*
 * Allowed are attributes of the user, except those of overlayfs, and file capabilities without a user namespace of their
 * own, which the kernel ties to that of the map.
 */
static bool is_allowed(const struct layer_xattr *x)
{
	uint32_t magic;

	if (str_after(x->name, "user."))
		return !str_after(x->name, "user.overlay.");
	if (!streq(x->name, "security.capability") || x->size < sizeof(magic))
		return false;
	memcpy(&magic, x->value, sizeof(magic)); /* little-endian on disk, as all we build for */
	return (magic & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_2;
}

static int set_xattrs(struct layer_counts *counts, const struct layer_entry *e,
		      const struct layer_made *made, struct masu_error *err)
{
	for (size_t i = 0; i < e->n_xattrs; i++) {
		const struct layer_xattr *x = &e->xattrs[i];

		if (made->fd < 0 || !is_allowed(x)) {
			counts->xattrs++;
			continue;
		}
		if (fsetxattr(made->fd, x->name, x->value, x->size, 0) == 0)
			continue;
		if (errno != EPERM && errno != EOPNOTSUPP)
			return err_sys(err, errno, "set its extended attribute of %zu bytes",
				       x->size);
		counts->xattrs++;
	}
	return 0;
}

static int set_times(const struct layer_entry *e, const struct layer_made *made,
		     struct masu_error *err)
{
	const struct timespec times[] = {e->mtime, e->mtime};
	int r;

	if (made->is_dir)
		return 0;
	if (made->fd >= 0)
		r = futimens(made->fd, times);
	else
		r = utimensat(made->dirfd, made->name, times, AT_SYMLINK_NOFOLLOW);
	return r < 0 ? err_sys(err, errno, "set its time") : 0;
}

int layer_set_attributes(const struct layer_policy *policy, struct layer_counts *counts,
			 const struct layer_entry *e, const struct layer_made *made,
			 struct masu_error *err)
{
	bool changed = false;
	int r = set_owner(policy, counts, e, made, &changed, err);

	if (r < 0)
		return r;
	r = set_mode(e, made, changed, err);
	if (r < 0)
		return r;
	r = set_xattrs(counts, e, made, err);
	return r < 0 ? r : set_times(e, made, err);
}
