/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/mounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/glob.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/name.h"
#include "engine/options.h"

static const char *const type_names[] = {
	[MASU_MOUNT_BIND] = "bind",   [MASU_MOUNT_VOLUME] = "volume",
	[MASU_MOUNT_TMPFS] = "tmpfs", [MASU_MOUNT_GLOB] = "glob",
	[MASU_MOUNT_IMAGE] = "image", [MASU_MOUNT_DEVPTS] = "devpts",
	[MASU_MOUNT_RAMFS] = "ramfs",
};

/* Options that go to the spec as they are, for which types (bits), and with a value or not. */
#define B (1u << MASU_MOUNT_BIND)
#define V (1u << MASU_MOUNT_VOLUME)
#define T (1u << MASU_MOUNT_TMPFS)
#define P (1u << MASU_MOUNT_DEVPTS)
#define R (1u << MASU_MOUNT_RAMFS)
#define I (1u << MASU_MOUNT_IMAGE)
#define A (B | V | T | P | R | I)
static const struct {
	const char *name;
	unsigned int types;
	bool value;
} known_options[] = {
	{"exec", A, false},	    {"noexec", A, false},      {"suid", A, false},
	{"nosuid", A, false},	    {"dev", A, false},	       {"nodev", A, false},
	{"bind", B, false},	    {"rbind", B, false},       {"private", B | V, false},
	{"rprivate", B | V, false}, {"slave", B | V, false},   {"rslave", B | V, false},
	{"shared", B | V, false},   {"rshared", B | V, false}, {"unbindable", B, false},
	{"runbindable", B, false},  {"size", T, true},	       {"mode", T | P | R, true},
	{"nr_inodes", T, true},	    {"uid", T | P, true},      {"gid", T | P, true},
	{"noatime", A, false},	    {"max", P, true},	       {"copy-symlink", B, false},
	{"idmap", B | V, false},    {"idmap", B | V, true},    {"ridmap", B, false},
	{"ridmap", B, true},
};
#undef A
#undef I
#undef R
#undef P

const char *mount_type_name(enum masu_mount_type type)
{
	return type_names[type];
}

static void request_done(struct mount_request *m)
{
	free(m->source);
	free(m->target);
	strv_free(m->options);
	free(m->subpath);
	if (m->own_mount)
		volume_mount_done(m->own_mount);
	free(m->own_mount);
	free(m->digest);
	free(m->upper_dir);
	free(m->work_dir);
	strv_free(m->layers);
	*m = (struct mount_request){0};
}
#define _cleanup_request_ _cleanup_(request_done)

void mount_requests_done(struct mount_requests *list)
{
	for (size_t i = 0; i < list->n; i++)
		request_done(&list->item[i]);
	free(list->item);
	*list = (struct mount_requests){0};
}

static int append(struct mount_requests *list, struct mount_request *m, struct masu_error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!streq(list->item[i].target, m->target))
			continue;
		(void)err_set(err, ERR_INVALID, EINVAL, "duplicate mount point '%s'", m->target);
		return err_hint(err, "one directory can have one mount: remove one of the options");
	}
	struct mount_request *own = array_add(&list->item, &list->n, sizeof(*own));
	if (!own)
		return err_oom(err);
	*own = TAKE(*m, (struct mount_request){0});
	return 0;
}

static int set_target(struct mount_request *m, const char *text, struct masu_error *err)
{
	if (*text != '/' || str_has_control(text))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the place in the container, '%s', is not an absolute path", text);
	free(m->target);
	m->target = path_normalize(text);
	if (!m->target)
		return err_oom(err);
	if (streq(m->target, "/"))
		return err_set(err, ERR_INVALID, EINVAL, "a mount can't be at '/'");
	return 0;
}

static int set_bind_source(struct mount_request *m, const char *text, struct masu_error *err)
{
	if (!*text)
		return err_set(err, ERR_INVALID, EINVAL, "the source of the mount is empty");
	_cleanup_free_ char *absolute = path_absolute(text);
	if (!absolute)
		return err_sys(err, errno, "find '%s' from the working directory", text);
	free(m->source);
	m->source = path_normalize(absolute);
	if (!m->source)
		return err_oom(err);
	if (access(m->source, F_OK) == 0)
		return 0;
	(void)err_sys(err, errno, "source '%s' of the mount", m->source);
	return err_hint(err,
			"masu doesn't make missing sources: a directory appears with 'mkdir -p'");
}

static int set_volume_source(struct mount_request *m, const char *text, struct masu_error *err)
{
	if (!name_is_valid(text)) {
		(void)err_set(err, ERR_INVALID, EINVAL, "bad name '%s' for a volume", text);
		return err_hint(err, "a directory of the host begins with '/', './' or '../'");
	}
	free(m->source);
	m->source = strdup(text);
	return m->source ? 0 : err_oom(err);
}

static bool is_known_option(enum masu_mount_type type, const char *option)
{
	size_t length = strcspn(option, "=");

	for (size_t i = 0; i < ARRAY_SIZE(known_options); i++)
		if (strlen(known_options[i].name) == length &&
		    strncmp(known_options[i].name, option, length) == 0 &&
		    known_options[i].types & 1u << type &&
		    known_options[i].value == (option[length] == '='))
			return true;
	return false;
}

/* Options are joined by commas: one with a comma would begin another. */
static int set_options(struct mount_request *m, char *const *options, struct masu_error *err)
{
	STRV_FOREACH(option, options)
		if (strchr(*option, ',') || !is_known_option(m->type, *option))
			return err_set(err, ERR_INVALID, EINVAL,
				       "unknown option '%s' for a %s mount", *option,
				       mount_type_name(m->type));
	return strv_extend(&m->options, options) < 0 ? err_oom(err) : 0;
}

static int set_source(struct mount_request *m, const char *source, struct masu_error *err)
{
	switch (m->type) {
	case MASU_MOUNT_BIND:
		return set_bind_source(m, source ? source : "", err);
	case MASU_MOUNT_VOLUME:
		return source ? set_volume_source(m, source, err) : 0;
	case MASU_MOUNT_IMAGE:
		if (!source || !*source)
			return err_set(err, ERR_INVALID, EINVAL,
				       "missing name of the image: src=NAME");
		m->source = strdup(source);
		return m->source ? 0 : err_oom(err);
	default:
		return source ? err_set(err, ERR_INVALID, EINVAL, "a %s has no source",
					mount_type_name(m->type))
			      : 0;
	}
}

/* Resolved inside the volume or image at each start. */
static int set_subpath(struct mount_request *m, const char *path, struct masu_error *err)
{
	if (!path)
		return 0;
	if (m->type != MASU_MOUNT_VOLUME && m->type != MASU_MOUNT_IMAGE)
		return err_set(err, ERR_INVALID, EINVAL, "a %s mount has no subpath",
			       mount_type_name(m->type));
	if (!*path || strchr(path, ',') || str_has_control(path))
		return err_set(err, ERR_INVALID, EINVAL, "invalid subpath '%s'", path);
	m->subpath = strdup(path);
	return m->subpath ? 0 : err_oom(err);
}

/* Nobody means to give these away: "/", "/home", and all that is the caller's. */
static bool is_precious(const char *path)
{
	const char *home = getenv("HOME"), *rest = path;
	size_t length, parts = 0;

	while (path_next_part(&rest, &length))
		parts++;
	return parts < 2 || (home && streq(path, home));
}

static int set_chown(struct mount_request *m, bool wanted, struct masu_error *err)
{
	m->chown = wanted;
	if (!wanted || m->type == MASU_MOUNT_VOLUME)
		return 0;
	if (m->type != MASU_MOUNT_BIND)
		return err_set(err, ERR_INVALID, EINVAL, "a %s mount cannot change owners",
			       mount_type_name(m->type));
	if (!is_precious(m->source))
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "cannot change the owner of all files in '%s'",
		      m->source);
	return err_hint(err, "mount a directory further down");
}

static int set_dir(char **place, const char *text, struct masu_error *err)
{
	_cleanup_free_ char *absolute = path_absolute(text);
	struct stat st;

	if (!absolute)
		return err_sys(err, errno, "find '%s' from the working directory", text);
	if (stat(absolute, &st) < 0 || (!S_ISDIR(st.st_mode) && (errno = ENOTDIR)))
		return err_sys(err, errno, "directory '%s' of the overlay", absolute);
	*place = path_normalize(absolute);
	return *place ? 0 : err_oom(err);
}

static int set_overlay(struct mount_request *m, const struct masu_mount *given,
		       struct masu_error *err)
{
	struct stat st;

	if (!given->overlay && !given->upper_dir && !given->work_dir)
		return 0;
	if (m->type != MASU_MOUNT_BIND || !given->overlay || m->chown)
		return err_set(err, ERR_INVALID, EINVAL,
			       "an overlay needs a directory of the host, and keeps its owners");
	if (!given->upper_dir != !given->work_dir)
		return err_set(err, ERR_INVALID, EINVAL,
			       "an overlay needs both upperdir and workdir, or none");
	if (stat(m->source, &st) < 0 || (!S_ISDIR(st.st_mode) && (errno = ENOTDIR)))
		return err_sys(err, errno, "an overlay over '%s'", m->source);
	m->overlay = true;
	int r = given->upper_dir ? set_dir(&m->upper_dir, given->upper_dir, err) : 0;
	return r == 0 && given->work_dir ? set_dir(&m->work_dir, given->work_dir, err) : r;
}

static int fill(struct mount_request *m, const struct masu_mount *given, struct masu_error *err)
{
	if ((unsigned int)given->type > MASU_MOUNT_RAMFS)
		return err_set(err, ERR_INVALID, EINVAL, "unknown type %d of a mount", given->type);
	m->type = given->type;
	m->readonly = given->read_only;
	m->nocopy = given->no_copy;
	m->copy_up = given->copy_up;
	m->writable = given->writable && m->type == MASU_MOUNT_IMAGE;
	int r = set_source(m, given->source, err);
	if (r < 0)
		return r;
	r = set_subpath(m, given->subpath, err);
	if (r < 0)
		return r;
	r = set_chown(m, given->chown, err);
	if (r < 0)
		return r;
	r = set_overlay(m, given, err);
	if (r < 0)
		return r;
	r = set_target(m, given->target ? given->target : "", err);
	return r < 0 ? r : set_options(m, given->options, err);
}

static int add_one(struct mount_requests *list, const struct masu_mount *given,
		   struct masu_error *err)
{
	_cleanup_request_ struct mount_request m = {0};
	int r = fill(&m, given, err);

	if (r == 0)
		r = append(list, &m, err);
	return r < 0 ? err_prefix(err, "mount at '%s'", given->target ? given->target : "") : 0;
}

static int add_matches(struct mount_requests *list, const struct masu_mount *given,
		       struct masu_error *err)
{
	_cleanup_strv_ char **paths = NULL;
	_cleanup_free_ char *pattern = given->source && *given->source
					       ? path_absolute(given->source)
					       : NULL;
	int r = pattern ? glob_paths(pattern, &paths) : -EINVAL;

	if (r < 0)
		return err_sys(err, r, "find the files of the pattern '%s'",
			       str_or_empty(given->source));
	if (!paths)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no file fits the pattern '%s'",
			       pattern);
	STRV_FOREACH(path, paths) {
		_cleanup_free_ char *target = given->target
						      ? path_join(given->target, path_last(*path))
						      : strdup(*path);
		struct masu_mount single = *given;

		if (!target)
			return err_oom(err);
		single.type = MASU_MOUNT_BIND;
		single.source = *path;
		single.target = target;
		r = add_one(list, &single, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int mounts_add(struct mount_requests *list, const struct masu_mount *mount, struct masu_error *err)
{
	struct masu_mount given;
	int r = options_take(&given, sizeof(given), mount, err);

	if (r < 0)
		return r;
	return given.type == MASU_MOUNT_GLOB ? add_matches(list, &given, err)
					     : add_one(list, &given, err);
}

static bool is_taken(const struct mount_requests *list, const char *target)
{
	for (size_t i = 0; i < list->n; i++)
		if (streq(list->item[i].target, target))
			return true;
	return false;
}

int mounts_add_inherited(struct mount_requests *list, const struct masu_mount *mount,
			 struct masu_error *err)
{
	_cleanup_strv_ char **options = NULL;
	struct masu_mount m = *mount;

	if (is_taken(list, mount->target))
		return 0;
	STRV_FOREACH(option, mount->options)
		if (is_known_option(mount->type, *option) && strv_push(&options, *option) < 0)
			return err_oom(err);
	m.options = options;
	return mounts_add(list, &m, err);
}

int mounts_add_missing(struct mount_requests *list, const char *target, struct masu_error *err)
{
	_cleanup_request_ struct mount_request m = {.type = MASU_MOUNT_VOLUME};
	int r = set_target(&m, target, err);

	return r < 0 || is_taken(list, m.target) ? r : append(list, &m, err);
}

int mounts_add_missing_tmpfs(struct mount_requests *list, const char *target,
			     struct masu_error *err)
{
	static char *const options[] = {(char *)"nosuid", (char *)"nodev", NULL};
	const struct masu_mount mount = {.size = sizeof(mount),
					 .type = MASU_MOUNT_TMPFS,
					 .target = target,
					 .copy_up = true,
					 .options = options};

	return mounts_add_inherited(list, &mount, err);
}
