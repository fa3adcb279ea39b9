/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount-options.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"

/* One attribute: its names, and the "r" forms of both that act on all mounts below. */
static const struct {
	const char *name;
	uint64_t set, clear;
} attributes[] = {
	{"ro", MOUNT_ATTR_RDONLY, 0},
	{"rw", 0, MOUNT_ATTR_RDONLY},
	{"nosuid", MOUNT_ATTR_NOSUID, 0},
	{"suid", 0, MOUNT_ATTR_NOSUID},
	{"nodev", MOUNT_ATTR_NODEV, 0},
	{"dev", 0, MOUNT_ATTR_NODEV},
	{"noexec", MOUNT_ATTR_NOEXEC, 0},
	{"exec", 0, MOUNT_ATTR_NOEXEC},
	{"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
	{"diratime", 0, MOUNT_ATTR_NODIRATIME},
	{"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
	{"symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
	/* The three ways to keep access times are one field; setting one clears the others. */
	{"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
	{"norelatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
	{"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
	{"atime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
	{"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
	{"nostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
};

static const struct {
	const char *name;
	uint64_t propagation;
} propagations[] = {
	{"private", MS_PRIVATE},
	{"shared", MS_SHARED},
	{"slave", MS_SLAVE},
	{"unbindable", MS_UNBINDABLE},
};

/* Accepted and without effect: the defaults of mount(8), and what only fstab readers use. */
static const char *const ignored[] = {"defaults", "silent", "loud"};

/* Words that take a file system's parameter away, which a word before them gave. */
static const struct {
	const char *name, *parameter;
} opposites[] = {
	{"async", "sync"},	    {"nomand", "mand"}, {"nolazytime", "lazytime"},
	{"noiversion", "iversion"}, {"noacl", "acl"},
};

void mount_options_done(struct mount_options *options)
{
	for (size_t i = 0; i < options->n_parameters; i++) {
		free((char *)options->parameters[i].key);
		free((char *)options->parameters[i].value);
	}
	free(options->parameters);
	free(options->subpath);
	idmap_done(&options->own_map);
	*options = (struct mount_options){0};
}

static void add_attribute(uint64_t *set, uint64_t *clear, uint64_t to_set, uint64_t to_clear)
{
	*set = (*set & ~to_clear) | to_set;
	*clear = (*clear & ~to_set) | to_clear;
}

static bool take_attribute(struct mount_options *o, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (streq(name, attributes[i].name)) {
			add_attribute(&o->set, &o->clear, attributes[i].set, attributes[i].clear);
			return true;
		}
		if (*name == 'r' && streq(name + 1, attributes[i].name)) {
			add_attribute(&o->set_recursive, &o->clear_recursive, attributes[i].set,
				      attributes[i].clear);
			return true;
		}
	}
	return false;
}

static bool take_propagation(struct mount_options *o, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++) {
		bool recursive = *name == 'r' && streq(name + 1, propagations[i].name);

		if (!recursive && !streq(name, propagations[i].name))
			continue;
		o->propagation = propagations[i].propagation;
		o->propagation_recursive = recursive;
		return true;
	}
	return false;
}

static bool is_ignored(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		if (streq(name, ignored[i]))
			return true;
	return false;
}

void mount_options_remove(struct mount_options *o, size_t index)
{
	free((char *)o->parameters[index].key);
	free((char *)o->parameters[index].value);
	o->parameters[index] = o->parameters[--o->n_parameters];
}

static void remove_parameter(struct mount_options *o, const char *key)
{
	for (size_t i = o->n_parameters; i-- > 0;)
		if (streq(o->parameters[i].key, key))
			mount_options_remove(o, i);
}

static bool take_opposite(struct mount_options *o, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(opposites); i++)
		if (streq(name, opposites[i].name)) {
			remove_parameter(o, opposites[i].parameter);
			return true;
		}
	return false;
}

int mount_options_add(struct mount_options *o, const char *key, const char *value)
{
	_cleanup_free_ char *own_key = strdup(key);
	_cleanup_free_ char *own_value = value ? strdup(value) : NULL;

	if (!own_key || (value && !own_value))
		return -ENOMEM;
	struct mount_parameter *p = array_add(&o->parameters, &o->n_parameters, sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct mount_parameter){TAKE_PTR(own_key), TAKE_PTR(own_value)};
	return 0;
}

static int add_parameter(struct mount_options *o, const char *option)
{
	size_t n = strcspn(option, "=");
	_cleanup_free_ char *key = strndup(option, n);

	return key ? mount_options_add(o, key, option[n] ? option + n + 1 : NULL) : -ENOMEM;
}

static bool take_switch(struct mount_options *o, const char *name)
{
	const struct {
		const char *name;
		bool *to;
	} switches[] = {
		{"bind", &o->bind},
		{"remount", &o->remount},
		{"tmpcopyup", &o->tmpcopyup},
		{"copy-symlink", &o->copy_symlink},
		{"src-nofollow", &o->source_nofollow},
		{"dest-nofollow", &o->destination_nofollow},
		{"chown", &o->chown},
	};

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		if (streq(name, switches[i].name)) {
			*switches[i].to = true;
			return true;
		}
	if (streq(name, "rbind"))
		o->bind = o->bind_recursive = true;
	else if (streq(name, "nofollow"))
		o->source_nofollow = o->destination_nofollow = true;
	else
		return false;
	return true;
}

/* "0-1000-10#10-2000-5": ranges of a first id on the disk, the one that is seen, and a count. */
static int parse_ranges(const char *text, struct id_range **ranges, size_t *n)
{
	_cleanup_strv_ char **parts = strv_split(text, "#");

	if (!parts)
		return -ENOMEM;
	STRV_FOREACH(part, parts) {
		_cleanup_strv_ char **numbers = strv_split(*part, "-");
		struct id_range range;

		if (!numbers)
			return -ENOMEM;
		if (strv_length(numbers) != 3 || str_to_uint32(numbers[0], &range.inside) < 0 ||
		    str_to_uint32(numbers[1], &range.outside) < 0 ||
		    str_to_uint32(numbers[2], &range.count) < 0)
			return -EINVAL;
		int r = idmap_add(ranges, n, range);

		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_own_map(const char *text, struct idmap *map)
{
	_cleanup_strv_ char **parts = strv_split(text, ";");

	if (!parts)
		return -ENOMEM;
	STRV_FOREACH(part, parts) {
		const char *uids = str_after(*part, "uids="), *gids = str_after(*part, "gids=");
		int r = uids   ? parse_ranges(uids, &map->uids, &map->n_uids)
			: gids ? parse_ranges(gids, &map->gids, &map->n_gids)
			       : -EINVAL;

		if (r < 0)
			return r;
	}
	map->userns = true;
	return map->n_uids && map->n_gids ? 0 : -EINVAL;
}

/* 1 when it is one of these. */
static int take_idmap(struct mount_options *o, const char *option, struct masu_error *err)
{
	bool recursive = str_after(option, "ridmap");
	const char *rest = str_after(option + recursive, "idmap");

	if (!rest || (*rest && *rest != '='))
		return 0;
	o->idmap = recursive ? MOUNT_IDMAP_TREE : MOUNT_IDMAP_ONE;
	if (!*rest)
		return 1;
	idmap_done(&o->own_map);
	int r = parse_own_map(rest + 1, &o->own_map);
	if (r == 0)
		return 1;
	return r == -ENOMEM ? err_oom(err)
			    : err_set(err, ERR_INVALID, EINVAL,
				      "mount option '%s' is not idmap=uids=ID-ID-COUNT;gids=ID-ID-"
				      "COUNT, with more ranges after '#'",
				      option);
}

/* 1 when it is this. */
static int take_subpath(struct mount_options *o, const char *option, struct masu_error *err)
{
	const char *path = str_after(option, "subpath=");

	if (!path)
		return 0;
	free(o->subpath);
	o->subpath = strdup(path);
	return o->subpath ? 1 : err_oom(err);
}

static int take_option(struct mount_options *o, const char *name, struct masu_error *err)
{
	int r = take_idmap(o, name, err);

	if (r == 0)
		r = take_subpath(o, name, err);
	if (r != 0)
		return MIN(r, 0);
	if (take_switch(o, name) || take_attribute(o, name) || take_propagation(o, name) ||
	    take_opposite(o, name) || is_ignored(name))
		return 0;
	return add_parameter(o, name) < 0 ? err_oom(err) : 0;
}

static int check_kind(const struct mount_options *o, const char *type, struct masu_error *err)
{
	if (o->bind && o->n_parameters > 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid option of a bind mount: '%s'",
			       o->parameters[0].key);
	if (!o->bind && o->idmap)
		return err_set(err, ERR_INVALID, EINVAL,
			       "option 'idmap': only bind mounts can be id-mapped");
	if (!o->bind && (o->copy_symlink || o->source_nofollow))
		return err_set(err, ERR_INVALID, EINVAL,
			       "options 'copy-symlink' and 'src-nofollow' are for bind mounts");
	if (!o->bind && (o->chown || o->subpath))
		return err_set(err, ERR_INVALID, EINVAL,
			       "options 'chown' and 'subpath' are for bind mounts");
	if (o->idmap && o->subpath)
		return err_set(err, ERR_INVALID, EINVAL,
			       "options 'idmap' and 'subpath' exclude each other");
	if (o->tmpcopyup && (o->bind || !type || !streq(type, "tmpfs")))
		return err_set(err, ERR_INVALID, EINVAL, "option 'tmpcopyup' needs type tmpfs");
	return 0;
}

int mount_options_parse(const char *type, char *const *options, struct mount_options *ret,
			struct masu_error *err)
{
	_cleanup_mount_options_ struct mount_options o = {0};
	int r;

	for (; options && *options; options++) {
		r = take_option(&o, *options, err);
		if (r < 0)
			return r;
	}
	if (type && streq(type, "bind"))
		o.bind = true;
	r = check_kind(&o, type, err);
	if (r < 0)
		return r;
	*ret = TAKE(o, (struct mount_options){0});
	return 0;
}

const char *mount_options_find_recursive(char *const *options)
{
	for (; options && *options; options++) {
		struct mount_options o = {0};

		if (take_attribute(&o, *options) && (o.set_recursive || o.clear_recursive))
			return *options;
	}
	return NULL;
}

int mount_option_refused(const char *option, const char *call, struct masu_error *err)
{
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		       "option '%s' needs %s, which this kernel doesn't have", option, call);
}

/* The recursive form of each that has one follows it. */
static int add_name(char ***l, const char *name, bool recursive)
{
	int r = strv_push(l, name);

	return r == 0 && recursive ? strv_pushf(l, "r%s", name) : r;
}

int mount_options_names(char ***ret)
{
	static const char *const own[] = {
		"bind",		"rbind",    "idmap",	    "ridmap",	     "remount",
		"copy-symlink", "nofollow", "src-nofollow", "dest-nofollow", "tmpcopyup",
		"dirsync",	"chown",    "subpath",
	};
	_cleanup_strv_ char **l = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(own); i++)
		r = add_name(&l, own[i], false);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(attributes); i++)
		r = add_name(&l, attributes[i].name, true);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(propagations); i++)
		r = add_name(&l, propagations[i].name, true);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(ignored); i++)
		r = add_name(&l, ignored[i], false);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(opposites); i++) {
		r = add_name(&l, opposites[i].name, false);
		if (r == 0)
			r = add_name(&l, opposites[i].parameter, false);
	}
	if (r == 0)
		*ret = TAKE_PTR(l);
	return r;
}
