/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volume/volume-mount.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

void volume_mount_done(struct volume_mount *m)
{
	free(m->device);
	strv_free(m->options);
	*m = (struct volume_mount){0};
}

enum { BIND = 1, TMPFS = 2, BOTH = BIND | TMPFS };

static const struct {
	const char *name;
	int types;
	bool value;
} words[] = {
	{"bind", BIND, false},	   {"rbind", BIND, false},     {"private", BIND, false},
	{"rprivate", BIND, false}, {"slave", BIND, false},     {"rslave", BIND, false},
	{"shared", BIND, false},   {"rshared", BIND, false},   {"exec", BOTH, false},
	{"noexec", BOTH, false},   {"suid", BOTH, false},      {"nosuid", BOTH, false},
	{"dev", BOTH, false},	   {"nodev", BOTH, false},     {"noatime", BOTH, false},
	{"size", TMPFS, true},	   {"mode", TMPFS, true},      {"uid", TMPFS, true},
	{"gid", TMPFS, true},	   {"nr_inodes", TMPFS, true},
};

/* All values are numbers, sizes with a unit. */
static int check_value(const char *word, size_t length, bool wanted, struct masu_error *err)
{
	const char *value = word[length] == '=' ? word + length + 1 : NULL;

	if (wanted ? value && *value && !value[strspn(value, "0123456789kKmMgG%")] : !value)
		return 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       wanted ? "the word \"%s\" in the option o of a volume must have a number "
				"as its value"
			      : "the word \"%s\" in the option o of a volume must have no value",
		       word);
}

static int check_word(const char *word, bool tmpfs, struct masu_error *err)
{
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].name) == length && strncmp(words[i].name, word, length) == 0 &&
		    words[i].types & (tmpfs ? TMPFS : BIND))
			return check_value(word, length, words[i].value, err);
	return err_set(err, ERR_INVALID, EINVAL,
		       "unknown word \"%s\" in the option o of a %s volume", word,
		       tmpfs ? "tmpfs" : "bind");
}

static int add_word(struct volume_mount *m, const char *word, struct masu_error *err)
{
	if (streq(word, "ro") || streq(word, "rw")) {
		m->readonly = streq(word, "ro");
		return 0;
	}
	int r = check_word(word, m->tmpfs, err);
	if (r < 0)
		return r;
	return strv_push(&m->options, word) < 0 ? err_oom(err) : 0;
}

/* Docker writes a bind mount as "type=none" with "o=bind". */
static int set_type(struct volume_mount *m, const char *type, char *const *list,
		    struct masu_error *err)
{
	bool binds = strv_contains(list, "bind") || strv_contains(list, "rbind");

	m->tmpfs = streq(type, "tmpfs");
	if (m->tmpfs || streq(type, "bind") || (streq(type, "none") && binds))
		return 0;
	if (!*type || streq(type, "none"))
		return err_set(
			err, ERR_INVALID, EINVAL,
			"missing option of the volume: type=tmpfs, or type=none with o=bind");
	(void)err_set(
		err, ERR_UNSUPPORTED, EOPNOTSUPP,
		"volumes of type \"%s\" are not supported: a user namespace may not mount them",
		type);
	return err_hint(err, "mount it on the host, and use -o type=none -o o=bind -o device=DIR");
}

static int set_device(struct volume_mount *m, const char *device, struct masu_error *err)
{
	if (!m->tmpfs && (!device || *device != '/' || str_has_control(device)))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the option device of the volume is not an absolute path: \"%s\"",
			       str_or_empty(device));
	m->device = m->tmpfs ? strdup("tmpfs") : path_normalize(device);
	return m->device ? 0 : err_oom(err);
}

static int check_keys(const struct oci_map *options, struct masu_error *err)
{
	static char *const known[] = {(char *)"device", (char *)"o", (char *)"type", NULL};

	for (size_t i = 0; i < options->n; i++)
		if (!strv_contains(known, options->pairs[i].key))
			return err_set(
				err, ERR_INVALID, EINVAL,
				"unknown option \"%s\" of a volume: must be one of device, o, "
				"type",
				options->pairs[i].key);
	return 0;
}

int volume_mount_parse(const struct oci_map *options, struct volume_mount *ret,
		       struct masu_error *err)
{
	const char *o = str_or_empty(oci_map_get(options, "o"));
	_cleanup_strv_ char **list = *o ? strv_split(o, ",") : NULL;
	_cleanup_volume_mount_ struct volume_mount m = {0};
	int r = check_keys(options, err);

	if (*o && !list)
		return err_oom(err);
	if (r == 0)
		r = set_type(&m, str_or_empty(oci_map_get(options, "type")), list, err);
	if (r == 0)
		r = set_device(&m, oci_map_get(options, "device"), err);
	STRV_FOREACH(word, list)
		if (r == 0)
			r = add_word(&m, *word, err);
	if (r < 0)
		return r;
	*ret = TAKE(m, (struct volume_mount){0});
	return 0;
}
