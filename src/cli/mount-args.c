/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mount-args.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"

/* A mount with the texts that it points to. */
struct mount_arg {
	struct masu_mount mount; /* first, so that it is freed by its own address */
	char *source, *target, *subpath, *upper_dir, *work_dir;
	char **options;
};

static void mount_arg_free(struct mount_arg *m)
{
	if (!m)
		return;
	free(m->source);
	free(m->target);
	free(m->subpath);
	free(m->upper_dir);
	free(m->work_dir);
	strv_free(m->options);
	free(m);
}

DEFINE_FREEP(mount_arg)
#define _cleanup_arg_ _cleanup_(mount_arg_freep)

void mount_args_done(struct mount_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		mount_arg_free((struct mount_arg *)args->item[i]);
	free(args->item);
	*args = (struct mount_args){0};
}

static struct mount_arg *arg_new(enum masu_mount_type type)
{
	struct mount_arg *m = calloc(1, sizeof(*m));

	if (m)
		m->mount = (struct masu_mount){.size = sizeof(m->mount), .type = type};
	return m;
}

static int append(struct mount_args *args, struct mount_arg **m, struct masu_error *err)
{
	(*m)->mount.source = (*m)->source;
	(*m)->mount.target = (*m)->target;
	(*m)->mount.options = (*m)->options;
	(*m)->mount.subpath = (*m)->subpath;
	(*m)->mount.upper_dir = (*m)->upper_dir;
	(*m)->mount.work_dir = (*m)->work_dir;
	if (array_push(&args->item, &args->n, &(*m)->mount) < 0)
		return err_oom(err);
	*m = NULL;
	return 0;
}

static int set_text(char **place, const char *text, struct masu_error *err)
{
	free(*place);
	*place = strdup(text);
	return *place ? 0 : err_oom(err);
}

static int set_source(struct mount_arg *m, const char *text, struct masu_error *err)
{
	if (!*text)
		return err_set(err, ERR_INVALID, EINVAL, "the source of the mount is empty");
	return set_text(&m->source, text, err);
}

/* masu cannot set a label yet. Without SELinux nothing needs one. */
static int relabel(const char *option, struct masu_error *err)
{
	if (access("/sys/fs/selinux/enforce", F_OK) < 0)
		return 0;
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		       "option '%s': masu cannot relabel files for SELinux yet", option);
}

/* How closely Docker's virtual machines on other systems follow the host's files; on Linux fully. */
static bool is_consistency(const char *option)
{
	static const char *const known[] = {"default", "consistent", "cached", "delegated"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (streq(option, known[i]))
			return true;
	return false;
}

/* Options of bind mounts and volumes that mount(8) does not have: 1, or 0 for another one. */
static int add_engine_option(struct mount_arg *m, const char *option, struct masu_error *err)
{
	const char *upper = str_after(option, "upperdir="), *work = str_after(option, "workdir=");
	int r = 0;

	if (streq(option, "z") || streq(option, "Z"))
		r = relabel(option, err);
	else if (streq(option, "U"))
		m->mount.chown = true;
	else if (streq(option, "O"))
		m->mount.overlay = true;
	else if (upper)
		r = set_text(&m->upper_dir, upper, err);
	else if (work)
		r = set_text(&m->work_dir, work, err);
	else if (!is_consistency(option))
		return 0;
	return r < 0 ? r : 1;
}

static bool has_source_files(enum masu_mount_type type)
{
	return type == MASU_MOUNT_BIND || type == MASU_MOUNT_GLOB || type == MASU_MOUNT_VOLUME;
}

static int add_option(struct mount_arg *m, const char *option, struct masu_error *err)
{
	enum masu_mount_type type = m->mount.type;
	int r;

	if (type == MASU_MOUNT_IMAGE && (streq(option, "ro") || streq(option, "rw"))) {
		m->mount.writable = streq(option, "rw");
		return 0;
	}
	if (streq(option, "ro") || streq(option, "rw")) {
		m->mount.read_only = streq(option, "ro");
		return 0;
	}
	r = has_source_files(type) ? add_engine_option(m, option, err) : 0;
	if (r != 0)
		return MIN(r, 0);
	if (type == MASU_MOUNT_TMPFS &&
	    (streq(option, "tmpcopyup") || streq(option, "notmpcopyup"))) {
		m->mount.copy_up = streq(option, "tmpcopyup");
		return 0;
	}
	if (type == MASU_MOUNT_VOLUME && (streq(option, "copy") || streq(option, "nocopy"))) {
		m->mount.no_copy = streq(option, "nocopy");
		return 0;
	}
	return strv_push(&m->options, option) < 0 ? err_oom(err) : 0;
}

static int add_options(struct mount_arg *m, const char *text, struct masu_error *err)
{
	_cleanup_strv_ char **options = strv_split(text, ",");

	if (!options)
		return err_oom(err);
	STRV_FOREACH(option, options) {
		int r = add_option(m, *option, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_path(const char *s)
{
	return *s == '/' || streq(s, ".") || streq(s, "..") || str_after(s, "./") ||
	       str_after(s, "../");
}

static int parse_volume(const char *text, struct mount_arg *m, struct masu_error *err)
{
	_cleanup_strv_ char **parts = strv_split(text, ":");
	size_t n = strv_length(parts);

	if (!parts)
		return err_oom(err);
	if (n > 3 || !*parts[0])
		return err_set(err, ERR_INVALID, EINVAL,
			       "not of the form [SOURCE:]TARGET[:OPTIONS]");
	if (n > 1 && is_path(parts[0]))
		m->mount.type = MASU_MOUNT_BIND;
	int r = n > 1 ? set_source(m, parts[0], err) : 0;
	if (r < 0)
		return r;
	r = set_text(&m->target, parts[n > 1 ? 1 : 0], err);
	if (r < 0)
		return r;
	return n == 3 ? add_options(m, parts[2], err) : 0;
}

int mount_args_add_volume(const char *text, void *args, struct masu_error *err)
{
	_cleanup_arg_ struct mount_arg *m = arg_new(MASU_MOUNT_VOLUME);

	if (!m)
		return err_oom(err);
	int r = parse_volume(text, m, err);
	return r < 0 ? r : append(args, &m, err);
}

static int parse_tmpfs(const char *text, struct mount_arg *m, struct masu_error *err)
{
	size_t length = strcspn(text, ":");

	m->target = strndup(text, length);
	if (!m->target)
		return err_oom(err);
	return text[length] ? add_options(m, text + length + 1, err) : 0;
}

int mount_args_add_tmpfs(const char *text, void *args, struct masu_error *err)
{
	_cleanup_arg_ struct mount_arg *m = arg_new(MASU_MOUNT_TMPFS);

	if (!m)
		return err_oom(err);
	int r = parse_tmpfs(text, m, err);
	return r < 0 ? r : append(args, &m, err);
}

static int set_type(struct mount_arg *m, const char *name, struct masu_error *err)
{
	static const char *const names[] = {
		[MASU_MOUNT_BIND] = "bind",   [MASU_MOUNT_VOLUME] = "volume",
		[MASU_MOUNT_TMPFS] = "tmpfs", [MASU_MOUNT_GLOB] = "glob",
		[MASU_MOUNT_IMAGE] = "image", [MASU_MOUNT_DEVPTS] = "devpts",
		[MASU_MOUNT_RAMFS] = "ramfs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (streq(names[i], name)) {
			m->mount.type = (enum masu_mount_type)i;
			return 0;
		}
	}
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		       "type '%s' must be one of bind, volume, tmpfs, image, glob, devpts, ramfs",
		       name);
}

/* The value of "key=value" if the field has this key; "" for the key alone. */
static const char *field_value(const char *field, const char *key)
{
	const char *rest = str_after(field, key);

	if (!rest || (*rest && *rest != '='))
		return NULL;
	return *rest ? rest + 1 : rest;
}

static const char *field_value_of(const char *field, const char *const *keys)
{
	const char *value = NULL;

	for (; *keys && !value; keys++)
		value = field_value(field, *keys);
	return value;
}

/* In docker's words, of which the kernel does not know all ("1MB"). */
static int add_tmpfs_size(struct mount_arg *m, const char *value, struct masu_error *err)
{
	uint64_t bytes;

	if (str_to_size(value, &bytes) < 0) {
		(void)err_set(err, ERR_INVALID, EINVAL, "invalid size '%s'", value);
		return err_hint(err, SIZE_HINT);
	}
	return strv_pushf(&m->options, "size=%" PRIu64, bytes) < 0 ? err_oom(err) : 0;
}

static int add_tmpfs_mode(struct mount_arg *m, const char *value, struct masu_error *err)
{
	size_t n = strspn(value, "01234567");

	if (n == 0 || n > 5 || value[n])
		return err_set(err, ERR_INVALID, EINVAL, "invalid mode '%s': must be octal", value);
	return strv_pushf(&m->options, "mode=%s", value) < 0 ? err_oom(err) : 0;
}

static int set_flag(bool *flag, const char *value, struct masu_error *err)
{
	bool yes = !*value || streq(value, "true") || streq(value, "1");

	if (!yes && !streq(value, "false") && !streq(value, "0"))
		return err_set(err, ERR_INVALID, EINVAL, "'%s' must be one of true, false", value);
	*flag = yes;
	return 0;
}

static int add_nonrecursive(struct mount_arg *m, const char *value, struct masu_error *err)
{
	bool wanted;
	int r = set_flag(&wanted, value, err);

	return r == 0 && wanted ? add_option(m, "bind", err) : r;
}

/* podman's words, of which Docker has the second. */
static int add_relabel(const char *value, struct masu_error *err)
{
	if (!*value || streq(value, "shared") || streq(value, "private"))
		return relabel("relabel", err);
	return err_set(err, ERR_INVALID, EINVAL, "relabel=%s must be one of shared, private",
		       value);
}

static int add_dereference(struct mount_arg *m, const char *value, struct masu_error *err)
{
	bool wanted;
	int r = set_flag(&wanted, value, err);

	return r == 0 && wanted ? add_option(m, "copy-symlink", err) : r;
}

static int add_bind_field(struct mount_arg *m, const char *field, struct masu_error *err)
{
	static const char *const chown[] = {"chown", "U", NULL};
	const char *value;

	if ((value = field_value_of(field, chown)))
		return set_flag(&m->mount.chown, value, err);
	if ((value = field_value(field, "no-dereference")))
		return add_dereference(m, value, err);
	if ((value = field_value(field, "bind-propagation")))
		return add_option(m, value, err);
	if ((value = field_value(field, "bind-nonrecursive")))
		return add_nonrecursive(m, value, err);
	if ((value = field_value(field, "relabel")))
		return add_relabel(value, err);
	return add_option(m, field, err);
}

static int add_volume_field(struct mount_arg *m, const char *field, struct masu_error *err)
{
	static const char *const subpath[] = {"volume-subpath", "subpath", NULL}, *const chown[] = {
											  "chown",
											  "U",
											  NULL};
	const char *value;

	if ((value = field_value(field, "volume-nocopy")))
		return set_flag(&m->mount.no_copy, value, err);
	if ((value = field_value_of(field, subpath)))
		return set_text(&m->subpath, value, err);
	if ((value = field_value_of(field, chown)))
		return set_flag(&m->mount.chown, value, err);
	if ((value = field_value(field, "relabel")))
		return add_relabel(value, err);
	if ((value = field_value(field, "volume-driver")) && streq(value, "local"))
		return 0;
	if (field_value(field, "volume-label")) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			      "'%s': a mount gives a volume no labels", field);
		return err_hint(err, "masu volume create --label KEY=VALUE NAME");
	}
	if (field_value(field, "volume-opt"))
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "'%s': the driver local has no options", field);
	return add_option(m, field, err);
}

static int add_image_field(struct mount_arg *m, const char *field, struct masu_error *err)
{
	static const char *const writable[] = {"rw", "readwrite", NULL}, *const subpath[] = {
										 "subpath",
										 "image-subpath",
										 NULL};
	const char *value;

	if ((value = field_value_of(field, writable)))
		return set_flag(&m->mount.writable, value, err);
	if ((value = field_value_of(field, subpath)))
		return set_text(&m->subpath, value, err);
	return add_option(m, field, err);
}

static int add_tmpfs_field(struct mount_arg *m, const char *field, struct masu_error *err)
{
	const char *value;

	if ((value = field_value(field, "tmpfs-size")))
		return add_tmpfs_size(m, value, err);
	if ((value = field_value(field, "tmpfs-mode")))
		return add_tmpfs_mode(m, value, err);
	return add_option(m, field, err);
}

static int add_field_of_type(struct mount_arg *m, const char *field, struct masu_error *err)
{
	switch (m->mount.type) {
	case MASU_MOUNT_BIND:
	case MASU_MOUNT_GLOB:
		return add_bind_field(m, field, err);
	case MASU_MOUNT_VOLUME:
		return add_volume_field(m, field, err);
	case MASU_MOUNT_IMAGE:
		return add_image_field(m, field, err);
	case MASU_MOUNT_TMPFS:
		return add_tmpfs_field(m, field, err);
	default:
		return add_option(m, field, err);
	}
}

static int add_field(struct mount_arg *m, const char *field, struct masu_error *err)
{
	static const char *const source[] = {"src", "source", NULL};
	static const char *const target[] = {"dst", "destination", "target", NULL};
	static const char *const readonly[] = {"ro", "readonly", NULL};
	const char *value;

	if (field_value(field, "type"))
		return 0; /* was read first */
	if ((value = field_value_of(field, source)) &&
	    (has_source_files(m->mount.type) || m->mount.type == MASU_MOUNT_IMAGE))
		return set_source(m, value, err);
	if ((value = field_value_of(field, target)))
		return set_text(&m->target, value, err);
	if ((value = field_value_of(field, readonly)))
		return set_flag(&m->mount.read_only, value, err);
	if ((value = field_value(field, "consistency")) && is_consistency(value))
		return 0;
	return add_field_of_type(m, field, err);
}

static int parse_mount(const char *text, struct mount_arg *m, struct masu_error *err)
{
	_cleanup_strv_ char **fields = NULL;
	int r = strv_split_csv(text, &fields);

	if (r == -EINVAL) {
		(void)err_set(err, ERR_INVALID, EINVAL, "a quote is misplaced or not closed");
		return err_hint(err, "quote whole fields: type=bind,\"src=/a,b\",dst=/c");
	}
	if (r < 0)
		return err_oom(err);
	/* The meaning of the other fields depends on the type, which may stand behind them. */
	STRV_FOREACH(field, fields) {
		const char *value = field_value(*field, "type");

		if (value && r == 0)
			r = set_type(m, value, err);
	}
	STRV_FOREACH(field, fields)
		if (r == 0)
			r = add_field(m, *field, err);
	if (r < 0)
		return r;
	if (!m->target && m->mount.type != MASU_MOUNT_GLOB)
		return err_set(err, ERR_INVALID, EINVAL, "no dst=");
	if (m->mount.type != MASU_MOUNT_VOLUME && !m->source &&
	    (has_source_files(m->mount.type) || m->mount.type == MASU_MOUNT_IMAGE))
		return err_set(err, ERR_INVALID, EINVAL, "no src=");
	return 0;
}

int mount_args_add_mount(const char *text, void *args, struct masu_error *err)
{
	_cleanup_arg_ struct mount_arg *m = arg_new(MASU_MOUNT_VOLUME);

	if (!m)
		return err_oom(err);
	int r = parse_mount(text, m, err);
	return r < 0 ? r : append(args, &m, err);
}
