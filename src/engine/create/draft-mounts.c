/* SPDX-License-Identifier: Apache-2.0 */

/* The mounts of a container: in the spec for the runtime, in the record for inspect and rm. */

#include "engine/create/default-mounts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-map.h"
#include "engine/container/name-files.h"
#include "engine/container/overlay-dir.h"
#include "engine/name.h"
#include "engine/volume/volume-dir.h"
#include "linux/idmap.h"
#include "linux/mount.h"

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
	if (is_readonly_below(m) && mount_has_recursive_flags())
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
	r = is_readonly_below(m) ? draft_notice_flags(e, m->source, err) : 0;

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
	size_t index = draft_drop_default(d->spec, m->target);
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
	if (oci_spec_find_mount(d->spec, target) || is_etc_bound(d))
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
	int r = draft_default_mounts(e, d, o, err);

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
