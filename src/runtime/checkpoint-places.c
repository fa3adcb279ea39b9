/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The host's resources in a container have names in the images, by which a restore provides them
 * again: bind mounts, cgroup mounts and devices are named by their places in config.json, the null
 * device over masked files by itself. runc and crun use the same names, so that each can restore the
 * images of the others.
 */

#include "runtime/checkpoint-places.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "linux/mount-options.h"
#include "runtime/protobuf.h"

#define EXTERNAL    37 /* of criu_opts */
#define NULL_DEVICE "/dev/null"

void checkpoint_put_external(struct strbuf *b, const char *kind, const char *key, const char *value)
{
	_cleanup_free_ char *text = str_printf("%s[%s]%s%s", kind, key, value ? ":" : "",
					       value ? value : "");

	b->failed |= !text;
	protobuf_put_text(b, EXTERNAL, text);
}

/* Names in the container may pass links. */
static char *real_place(int root, const char *path, mode_t *ret_mode)
{
	_cleanup_close_ int fd = path_open_in(root, path, O_PATH, 0, 0);
	char link[FD_PATH_MAX], real[PATH_MAX];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	ssize_t n = readlink(fd_path(fd, link), real, sizeof(real) - 1);
	if (n <= 0)
		return NULL;
	real[n] = 0;
	*ret_mode = st.st_mode;
	return strdup(real);
}

static void put_place(const struct checkpoint_places *p, const char *place, const char *source)
{
	mode_t mode;

	if (p->root < 0)
		return checkpoint_put_external(p->b, "mnt", place, source);
	_cleanup_free_ char *real = real_place(p->root, place, &mode);
	if (real) /* else the container removed it */
		checkpoint_put_external(p->b, "mnt", real, place);
}

/* The source of a bind mount; NULL when out of memory. */
static char *source_of(const struct oci_mount *m, const char *bundle)
{
	const char *source = m->source ? m->source : "";

	return *source == '/' || !bundle ? strdup(source) : path_join(bundle, source);
}

static void put_bind(const struct checkpoint_places *p, const struct oci_mount *m)
{
	_cleanup_free_ char *source = source_of(m, p->bundle);

	p->b->failed |= !source;
	if (source)
		put_place(p, m->destination, source);
}

/* On v1 each hierarchy has a mount of its own, in a tmpfs. */
static void put_cgroup_mounts(const struct checkpoint_places *p, const struct oci_mount *m)
{
	bool unified = cgroup_layout() == CGROUP_LAYOUT_UNIFIED;
	bool v2 = unified || streq(m->type, "cgroup2");

	for (size_t i = 0; i < p->groups->n; i++) {
		const struct hierarchy *h = &p->groups->item[i];
		_cleanup_close_ int mounted = hierarchy_open(h->names);
		const char *dir = unified ? "." : hierarchy_dir(h->names);

		if (mounted < 0 || (v2 && *h->names))
			continue;
		_cleanup_free_ char *host = str_printf("%s/%s%s", CGROUP_ROOT, dir, h->path);
		_cleanup_free_ char *place = v2 ? strdup(m->destination)
						: path_join(m->destination, dir);
		p->b->failed |= !host || !place;
		if (host && place)
			put_place(p, place, host);
	}
}

static int put_mounts(const struct checkpoint_places *p, const struct oci_spec *spec,
		      struct masu_error *err)
{
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct oci_mount *m = &spec->mounts[i];
		_cleanup_mount_options_ struct mount_options o = {0};
		int r = mount_options_parse(m->type, m->options, &o, err);

		if (r < 0)
			return r;
		if (o.bind)
			put_bind(p, m);
		else if (m->type && str_after(m->type, "cgroup"))
			put_cgroup_mounts(p, m);
	}
	return 0;
}

/* Where nodes can't be created the host's are bound. */
static void put_devices(const struct checkpoint_places *p, const struct oci_spec *spec)
{
	static const char *const defaults[] = {NULL_DEVICE,   "/dev/zero",    "/dev/full",
					       "/dev/random", "/dev/urandom", "/dev/tty"};

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		put_place(p, defaults[i], defaults[i]);
	for (size_t i = 0; i < spec->n_devices; i++)
		put_place(p, spec->devices[i].path, spec->devices[i].path);
}

/* Masked files. Over masked directories there is a tmpfs, which criu restores by itself. */
static void put_masks(const struct checkpoint_places *p, const struct oci_spec *spec)
{
	STRV_FOREACH(path, spec->masked_paths) {
		mode_t mode = S_IFDIR;
		_cleanup_free_ char *real = real_place(p->root, *path, &mode);

		if (real && !S_ISDIR(mode))
			checkpoint_put_external(p->b, "mnt", real, NULL_DEVICE);
	}
}

int checkpoint_put_places(const struct checkpoint_places *p, const struct oci_spec *spec,
			  struct masu_error *err)
{
	int r = put_mounts(p, spec, err);

	if (r < 0)
		return r;
	put_devices(p, spec);
	if (p->root >= 0)
		put_masks(p, spec);
	return 0;
}

/* Is it below an earlier mount? */
static bool is_covered(const struct oci_spec *spec, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		const char *rest = str_after(spec->mounts[index].destination,
					     spec->mounts[i].destination);

		if (rest && *rest == '/')
			return true;
	}
	return false;
}

static int make_place(int root, const struct oci_mount *m, const char *bundle)
{
	_cleanup_mount_options_ struct mount_options o = {0};
	_cleanup_free_ char *source = source_of(m, bundle);
	struct stat st;
	int r = source ? mount_options_parse(m->type, m->options, &o, NULL) : -ENOMEM;

	if (r < 0)
		return r;
	bool file = o.bind && stat(source, &st) == 0 && !S_ISDIR(st.st_mode);
	_cleanup_close_ int fd = file ? path_touch_in(root, m->destination, 0644)
				      : path_mkdir_in(root, m->destination, 0755);
	return MIN(fd, 0);
}

int checkpoint_make_places(const struct oci_spec *spec, const char *bundle, const char *root_path,
			   struct masu_error *err)
{
	_cleanup_close_ int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return err_sys(err, errno, "open the root '%s'", root_path);
	for (size_t i = 0; i < spec->n_mounts; i++) {
		int r = is_covered(spec, i) ? 0 : make_place(root, &spec->mounts[i], bundle);
		if (r < 0)
			return err_sys(err, r, "create the place of the mount at '%s'",
				       spec->mounts[i].destination);
	}
	return 0;
}
