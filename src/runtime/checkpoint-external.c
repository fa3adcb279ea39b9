/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The host's resources in a container have names in the images, by which a restore provides them
 * again: bind mounts, cgroup mounts and devices are named by their paths in config.json, the null
 * device over masked files by itself. runc and crun use the same names, so that each can restore the
 * images of the others.
 */

#include "runtime/checkpoint-external.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/path.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "linux/mount-options.h"
#include "runtime/checkpoint.h"
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
static char *real_path(int root, const char *path, mode_t *ret_mode)
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

static void put_mount_point(const struct checkpoint_externals *p, const char *point,
			    const char *source)
{
	mode_t mode;

	if (p->root < 0)
		return checkpoint_put_external(p->b, "mnt", point, source);
	_cleanup_free_ char *real = real_path(p->root, point, &mode);
	if (real) /* else the container removed it */
		checkpoint_put_external(p->b, "mnt", real, point);
}

/* The source of a bind mount; NULL when out of memory. */
static char *source_of(const struct oci_mount *m, const char *bundle)
{
	const char *source = m->source ? m->source : "";

	return *source == '/' || !bundle ? strdup(source) : path_join(bundle, source);
}

static void put_bind(const struct checkpoint_externals *p, const struct oci_mount *m)
{
	_cleanup_free_ char *source = source_of(m, p->bundle);

	p->b->failed |= !source;
	if (source)
		put_mount_point(p, m->destination, source);
}

/* On v1 each hierarchy has a mount of its own, in a tmpfs. */
static void put_cgroup_mounts(const struct checkpoint_externals *p, const struct oci_mount *m)
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
		_cleanup_free_ char *point = v2 ? strdup(m->destination)
						: path_join(m->destination, dir);
		p->b->failed |= !host || !point;
		if (host && point)
			put_mount_point(p, point, host);
	}
}

static int put_mounts(const struct checkpoint_externals *p, const struct oci_spec *spec,
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
static void put_devices(const struct checkpoint_externals *p, const struct oci_spec *spec)
{
	static const char *const defaults[] = {NULL_DEVICE,   "/dev/zero",    "/dev/full",
					       "/dev/random", "/dev/urandom", "/dev/tty"};

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		put_mount_point(p, defaults[i], defaults[i]);
	for (size_t i = 0; i < spec->n_devices; i++)
		put_mount_point(p, spec->devices[i].path, spec->devices[i].path);
}

/* Masked files. Over masked directories there is a tmpfs, which criu restores by itself. */
static void put_masks(const struct checkpoint_externals *p, const struct oci_spec *spec)
{
	STRV_FOREACH(path, spec->masked_paths) {
		mode_t mode = S_IFDIR;
		_cleanup_free_ char *real = real_path(p->root, *path, &mode);

		if (real && !S_ISDIR(mode))
			checkpoint_put_external(p->b, "mnt", real, NULL_DEVICE);
	}
}

int checkpoint_put_externals(const struct checkpoint_externals *p, const struct oci_spec *spec,
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

int checkpoint_make_mount_points(const struct oci_spec *spec, const char *bundle,
				 const char *root_path, struct masu_error *err)
{
	_cleanup_close_ int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return err_sys(err, errno, "open the root '%s'", root_path);
	for (size_t i = 0; i < spec->n_mounts; i++) {
		int r = is_covered(spec, i) ? 0 : make_place(root, &spec->mounts[i], bundle);
		if (r < 0)
			return err_sys(err, r, "create the mount point '%s'",
				       spec->mounts[i].destination);
	}
	return 0;
}

/*
 * The standard streams. A restored container gets those of its restorer. descriptors.json names them as
 * criu does. criu replaces "pipe:[7]" and "socket:[7]" by name. A file it replaces only if the dump
 * declared it external, which is necessary for a file outside of the container's mounts (a log of the
 * caller's). A device, or a file of the container's, is opened again.
 */

#define DESCRIPTORS_FILE "descriptors.json"
#define DESCRIPTORS_MAX	 (64 << 10)
#define STREAM_PATH_MAX	 48

/* The mount of a descriptor of the container's; 0 if unknown. */
static long mount_of(pid_t pid, int fd)
{
	char path[STREAM_PATH_MAX], line[128];
	long id = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	while (f && !id && fgets(line, sizeof(line), f)) {
		const char *value = str_after(line, "mnt_id:");

		id = value ? strtol(value, NULL, 10) : 0;
	}
	return id;
}

static bool has_mount(pid_t pid, long id)
{
	_cleanup_free_ char *line = NULL;
	char path[STREAM_PATH_MAX];
	size_t size = 0;
	bool has = false;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	while (f && !has && getline(&line, &size, f) > 0)
		has = strtol(line, NULL, 10) == id;
	return has;
}

/* Is it a file of the host's? Then `key` is criu's name for it. */
static bool is_outside(pid_t pid, int fd, char key[STREAM_PATH_MAX])
{
	char path[STREAM_PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	long mount = mount_of(pid, fd);
	if (mount <= 0 || has_mount(pid, mount))
		return false;
	(void)snprintf(key, STREAM_PATH_MAX, "%lx:%" PRIx64, (unsigned long)mount,
		       (uint64_t)st.st_ino);
	return true;
}

void checkpoint_put_streams(struct strbuf *b, pid_t init)
{
	char key[STREAM_PATH_MAX];

	for (int i = 0; i < 3; i++)
		if (is_outside(init, i, key))
			checkpoint_put_external(b, "file", key, NULL);
}

/* Adds the name of the stream's pipe, socket or file; "" for a closed one. */
static void put_stream(struct json_build *b, struct json_object *array, pid_t pid, int fd)
{
	char path[STREAM_PATH_MAX], key[STREAM_PATH_MAX], target[PATH_MAX];

	if (is_outside(pid, fd, key)) {
		(void)snprintf(target, sizeof(target), "file[%s]", key);
		return build_text(b, array, NULL, target);
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	build_text(b, array, NULL, target);
}

int checkpoint_write_streams(const struct checkpoint *c, int images, struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	struct json_build b = {0};

	for (int i = 0; i < 3; i++)
		put_stream(&b, array, c->init, i);
	const char *text = b.failed ? NULL : json_text(array, false);
	int r = text ? file_write_atomic(images, DESCRIPTORS_FILE, text, strlen(text), 0600, 0)
		     : -ENOMEM;
	return r < 0 ? err_sys(err, r, "write '%s/%s'", c->images, DESCRIPTORS_FILE) : 0;
}

static const char *replaceable(struct json_object *name)
{
	const char *text = json_object_get_string(name);

	return str_after(text, "pipe:[") || str_after(text, "socket:[") || str_after(text, "file[")
		       ? text
		       : NULL;
}

int checkpoint_read_streams(const struct checkpoint *c, int images, char *ret[3],
			    struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = NULL;
	int r = json_read_file(images, DESCRIPTORS_FILE, DESCRIPTORS_MAX, &array, err);

	if (r < 0) {
		(void)err_prefix(err, "'%s' is not a directory of a checkpoint", c->images);
		return r;
	}
	bool good = json_object_is_type(array, json_type_array) &&
		    json_object_array_length(array) == 3;
	for (size_t i = 0; good && i < 3; i++)
		good = json_object_is_type(json_object_array_get_idx(array, i), json_type_string);
	if (!good)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "'%s/%s' does not have the names of three streams", c->images,
			       DESCRIPTORS_FILE);
	for (size_t i = 0; i < 3; i++) {
		const char *name = replaceable(json_object_array_get_idx(array, i));

		ret[i] = name ? strdup(name) : NULL;
		if (name && !ret[i])
			return err_oom(err);
	}
	return 0;
}
