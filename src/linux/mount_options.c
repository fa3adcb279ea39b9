/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount_options.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

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
static const char *const ignored[] = {"defaults", "async", "nomand", "silent", "loud"};

void mount_options_done(struct mount_options *options)
{
	for (size_t i = 0; i < options->n_parameters; i++) {
		free((char *)options->parameters[i].key);
		free((char *)options->parameters[i].value);
	}
	free(options->parameters);
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

static int add_parameter(struct mount_options *o, const char *option)
{
	size_t key = strcspn(option, "=");
	struct mount_parameter *grown = reallocarray(o->parameters, o->n_parameters + 1,
						     sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	o->parameters = grown;
	grown[o->n_parameters] = (struct mount_parameter){.key = strndup(option, key)};
	if (!grown[o->n_parameters].key)
		return -ENOMEM;
	o->n_parameters++;
	if (option[key]) {
		grown[o->n_parameters - 1].value = strdup(option + key + 1);
		if (!grown[o->n_parameters - 1].value)
			return -ENOMEM;
	}
	return 0;
}

static int take_option(struct mount_options *o, const char *name, struct err *err)
{
	if (streq(name, "bind") || streq(name, "rbind")) {
		o->bind = true;
		o->bind_recursive |= *name == 'r';
		return 0;
	}
	if (streq(name, "tmpcopyup")) {
		o->tmpcopyup = true;
		return 0;
	}
	if (streq(name, "idmap") || streq(name, "ridmap") || str_after(name, "idmap="))
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "mount option '%s' is not supported yet", name);
	if (take_attribute(o, name) || take_propagation(o, name) || is_ignored(name))
		return 0;
	return add_parameter(o, name) < 0 ? err_sys(err, ENOMEM, "read mount options") : 0;
}

int mount_options_parse(const char *type, char *const *options, struct mount_options *ret,
			struct err *err)
{
	_cleanup_mount_options_ struct mount_options o = {0};

	for (; options && *options; options++) {
		int r = take_option(&o, *options, err);
		if (r < 0)
			return r;
	}
	if (type && streq(type, "bind"))
		o.bind = true;
	if (o.bind && o.n_parameters > 0)
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is no option of a bind mount",
			       o.parameters[0].key);
	*ret = o;
	o = (struct mount_options){0};
	return 0;
}
