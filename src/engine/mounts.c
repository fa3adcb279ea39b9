/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/name.h"

static const char *const kind_names[] = {
	[MOUNT_BIND] = "bind",
	[MOUNT_VOLUME] = "volume",
	[MOUNT_TMPFS] = "tmpfs",
};
static_assert(ARRAY_SIZE(kind_names) == MOUNT_KIND_MAX, "every kind has a name");

/* Options that go to the spec as they are, in which kinds (bits), and with a value or not. */
#define B (1u << MOUNT_BIND)
#define V (1u << MOUNT_VOLUME)
#define T (1u << MOUNT_TMPFS)
static const struct {
	const char *name;
	unsigned int kinds;
	bool value;
} known_options[] = {
	{"exec", B | V | T, false}, {"noexec", B | V | T, false},
	{"suid", B | V | T, false}, {"nosuid", B | V | T, false},
	{"dev", B | V | T, false},  {"nodev", B | V | T, false},
	{"bind", B, false},	    {"rbind", B, false},
	{"private", B | V, false},  {"rprivate", B | V, false},
	{"slave", B | V, false},    {"rslave", B | V, false},
	{"shared", B | V, false},   {"rshared", B | V, false},
	{"unbindable", B, false},   {"runbindable", B, false},
	{"size", T, true},	    {"mode", T, true},
	{"nr_inodes", T, true},	    {"uid", T, true},
	{"gid", T, true},	    {"noatime", B | V | T, false},
};

const char *mount_kind_name(enum mount_kind kind)
{
	return kind_names[kind];
}

static void request_done(struct mount_request *m)
{
	free(m->source);
	free(m->target);
	strv_free(m->options);
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

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "read a mount");
}

static int append(struct mount_requests *list, struct mount_request *m, struct err *err)
{
	struct mount_request *grown;

	for (size_t i = 0; i < list->n; i++) {
		if (!streq(list->item[i].target, m->target))
			continue;
		(void)err_set(err, ERR_INVALID, EINVAL, "duplicate mount point '%s'", m->target);
		return err_hint(err, "one directory can have one mount: remove one of the options");
	}
	grown = reallocarray(list->item, list->n + 1, sizeof(*grown));
	if (!grown)
		return no_memory(err);
	list->item = grown;
	list->item[list->n++] = TAKE(*m, (struct mount_request){0});
	return 0;
}

static int set_target(struct mount_request *m, const char *text, struct err *err)
{
	if (*text != '/' || str_has_control(text))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the place in the container, '%s', is not an absolute path", text);
	free(m->target);
	m->target = path_normalize(text);
	if (!m->target)
		return no_memory(err);
	if (streq(m->target, "/"))
		return err_set(err, ERR_INVALID, EINVAL, "a mount can't be at '/'");
	return 0;
}

static int set_bind_source(struct mount_request *m, const char *text, struct err *err)
{
	if (!*text)
		return err_set(err, ERR_INVALID, EINVAL, "the source of the mount is empty");
	_cleanup_free_ char *absolute = path_absolute(text);
	if (!absolute)
		return err_sys(err, errno, "find '%s' from the working directory", text);
	free(m->source);
	m->source = path_normalize(absolute);
	if (!m->source)
		return no_memory(err);
	if (access(m->source, F_OK) == 0)
		return 0;
	(void)err_sys(err, errno, "source '%s' of the mount", m->source);
	return err_hint(err,
			"masu doesn't make missing sources: a directory appears with 'mkdir -p'");
}

static int set_volume_source(struct mount_request *m, const char *text, struct err *err)
{
	if (!name_is_valid(text)) {
		(void)err_set(err, ERR_INVALID, EINVAL, "bad name '%s' for a volume", text);
		return err_hint(err, "a directory of the host begins with '/', './' or '../'");
	}
	free(m->source);
	m->source = strdup(text);
	return m->source ? 0 : no_memory(err);
}

/* SELinux labels: nothing is to be done where there are none, which is all that masu can do yet. */
static int relabel(const char *option, struct err *err)
{
	if (access("/sys/fs/selinux/enforce", F_OK) < 0)
		return 0;
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		       "option '%s': masu can't relabel files for SELinux yet", option);
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

static int add_option(struct mount_request *m, const char *option, struct err *err)
{
	size_t length = strcspn(option, "=");

	if (streq(option, "ro") || streq(option, "rw")) {
		m->readonly = streq(option, "ro");
		return 0;
	}
	if (m->kind != MOUNT_TMPFS && (streq(option, "z") || streq(option, "Z")))
		return relabel(option, err);
	if (streq(option, "U") || streq(option, "O") || str_after(option, "idmap"))
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "masu doesn't have the mount option '%s' yet", option);
	if (m->kind != MOUNT_TMPFS && is_consistency(option))
		return 0;
	if (m->kind == MOUNT_TMPFS &&
	    (streq(option, "tmpcopyup") || streq(option, "notmpcopyup"))) {
		m->copy_up = streq(option, "tmpcopyup");
		return 0;
	}
	if (m->kind == MOUNT_VOLUME && (streq(option, "copy") || streq(option, "nocopy"))) {
		m->nocopy = streq(option, "nocopy");
		return 0;
	}
	/* Options are joined by commas: one in a quoted field would begin an option of its own. */
	for (size_t i = 0; i < ARRAY_SIZE(known_options); i++) {
		if (strlen(known_options[i].name) != length ||
		    strncmp(known_options[i].name, option, length) != 0 ||
		    !(known_options[i].kinds & 1u << m->kind) || strchr(option, ',') ||
		    known_options[i].value != (option[length] == '='))
			continue;
		return strv_push(&m->options, option) < 0 ? no_memory(err) : 0;
	}
	return err_set(err, ERR_INVALID, EINVAL, "unknown option '%s' for a %s mount", option,
		       kind_names[m->kind]);
}

static int add_options(struct mount_request *m, const char *text, struct err *err)
{
	_cleanup_strv_ char **options = strv_split(text, ",");

	if (!options)
		return no_memory(err);
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

static int parse_volume(const char *text, struct mount_request *m, struct err *err)
{
	_cleanup_strv_ char **parts = strv_split(text, ":");
	size_t n = strv_length(parts);
	int r = 0;

	if (!parts)
		return no_memory(err);
	if (n > 3 || !*parts[0])
		return err_set(err, ERR_INVALID, EINVAL,
			       "not of the form [SOURCE:]TARGET[:OPTIONS]");
	m->kind = n > 1 && is_path(parts[0]) ? MOUNT_BIND : MOUNT_VOLUME;
	if (n > 1)
		r = m->kind == MOUNT_BIND ? set_bind_source(m, parts[0], err)
					  : set_volume_source(m, parts[0], err);
	if (r == 0)
		r = set_target(m, parts[n > 1 ? 1 : 0], err);
	if (r == 0 && n == 3)
		r = add_options(m, parts[2], err);
	return r;
}

int mounts_add_volume(struct mount_requests *list, const char *text, struct err *err)
{
	_cleanup_request_ struct mount_request m = {0};
	int r = parse_volume(text, &m, err);

	if (r == 0)
		r = append(list, &m, err);
	return r < 0 ? err_prefix(err, "volume '%s'", text) : 0;
}

int mounts_add_tmpfs(struct mount_requests *list, const char *text, struct err *err)
{
	_cleanup_request_ struct mount_request m = {.kind = MOUNT_TMPFS};
	size_t length = strcspn(text, ":");
	_cleanup_free_ char *target = strndup(text, length);

	if (!target)
		return no_memory(err);
	int r = set_target(&m, target, err);
	if (r == 0 && text[length])
		r = add_options(&m, text + length + 1, err);
	if (r == 0)
		r = append(list, &m, err);
	return r < 0 ? err_prefix(err, "tmpfs '%s'", text) : 0;
}

int mounts_add_missing(struct mount_requests *list, const char *target, struct err *err)
{
	_cleanup_request_ struct mount_request m = {.kind = MOUNT_VOLUME};
	int r = set_target(&m, target, err);

	for (size_t i = 0; r == 0 && i < list->n; i++)
		if (streq(list->item[i].target, m.target))
			return 0;
	return r == 0 ? append(list, &m, err) : r;
}

static int set_kind(struct mount_request *m, const char *name, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(kind_names); i++) {
		if (streq(kind_names[i], name)) {
			m->kind = (enum mount_kind)i;
			return 0;
		}
	}
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		       "type '%s' is none of bind, volume and tmpfs", name);
}

/* The value of "key=value" when the field has this key; "" for the key alone. */
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

/* In docker's words, of which the kernel doesn't know all ("1MB"). */
static int add_tmpfs_size(struct mount_request *m, const char *value, struct err *err)
{
	uint64_t bytes;

	if (str_to_size(value, &bytes) < 0) {
		(void)err_set(err, ERR_INVALID, EINVAL, "invalid size '%s'", value);
		return err_hint(err, SIZE_HINT);
	}
	return strv_pushf(&m->options, "size=%" PRIu64, bytes) < 0 ? no_memory(err) : 0;
}

static int add_tmpfs_mode(struct mount_request *m, const char *value, struct err *err)
{
	size_t n = strspn(value, "01234567");

	if (n == 0 || n > 5 || value[n])
		return err_set(err, ERR_INVALID, EINVAL, "invalid mode '%s': it must be octal",
			       value);
	return strv_pushf(&m->options, "mode=%s", value) < 0 ? no_memory(err) : 0;
}

static int set_flag(bool *flag, const char *value, struct err *err)
{
	if (*value && !streq(value, "true") && !streq(value, "1") && !streq(value, "false") &&
	    !streq(value, "0"))
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is neither true nor false", value);
	*flag = !*value || streq(value, "true") || streq(value, "1");
	return 0;
}

static int add_nonrecursive(struct mount_request *m, const char *value, struct err *err)
{
	bool wanted;
	int r = set_flag(&wanted, value, err);

	return r == 0 && wanted ? add_option(m, "bind", err) : r;
}

static int add_field(struct mount_request *m, const char *field, struct err *err)
{
	static const char *const source[] = {"src", "source", NULL};
	static const char *const target[] = {"dst", "destination", "target", NULL};
	static const char *const readonly[] = {"ro", "readonly", NULL};
	const char *value;

	if (field_value(field, "type"))
		return 0; /* was read first */
	if ((value = field_value_of(field, source)) && m->kind == MOUNT_BIND)
		return set_bind_source(m, value, err);
	if (value && m->kind == MOUNT_VOLUME)
		return set_volume_source(m, value, err);
	if ((value = field_value_of(field, target)))
		return set_target(m, value, err);
	if ((value = field_value_of(field, readonly)))
		return set_flag(&m->readonly, value, err);
	if ((value = field_value(field, "bind-propagation")) && m->kind == MOUNT_BIND)
		return add_option(m, value, err);
	if ((value = field_value(field, "bind-nonrecursive")) && m->kind == MOUNT_BIND)
		return add_nonrecursive(m, value, err);
	if ((value = field_value(field, "consistency")) && is_consistency(value))
		return 0;
	if ((value = field_value(field, "relabel")) && m->kind == MOUNT_BIND)
		return relabel("relabel", err);
	if ((value = field_value(field, "tmpfs-size")) && m->kind == MOUNT_TMPFS)
		return add_tmpfs_size(m, value, err);
	if ((value = field_value(field, "tmpfs-mode")) && m->kind == MOUNT_TMPFS)
		return add_tmpfs_mode(m, value, err);
	if ((value = field_value(field, "volume-nocopy")) && m->kind == MOUNT_VOLUME)
		return set_flag(&m->nocopy, value, err);
	return add_option(m, field, err);
}

static int parse_mount(const char *text, struct mount_request *m, struct err *err)
{
	_cleanup_strv_ char **fields = NULL;
	int r = csv_split(text, &fields);

	if (r == -EINVAL) {
		(void)err_set(err, ERR_INVALID, EINVAL, "a quote is misplaced or not closed");
		return err_hint(err, "quote whole fields: type=bind,\"src=/a,b\",dst=/c");
	}
	if (r < 0)
		return no_memory(err);
	m->kind = MOUNT_VOLUME;
	/* What the other fields mean depends on the type, which may stand behind them. */
	STRV_FOREACH(field, fields) {
		const char *value = field_value(*field, "type");

		if (value && r == 0)
			r = set_kind(m, value, err);
	}
	STRV_FOREACH(field, fields)
		if (r == 0)
			r = add_field(m, *field, err);
	if (r == 0 && !m->target)
		r = err_set(err, ERR_INVALID, EINVAL, "no dst=");
	if (r == 0 && m->kind == MOUNT_BIND && !m->source)
		r = err_set(err, ERR_INVALID, EINVAL, "no src=");
	return r;
}

int mounts_add_mount(struct mount_requests *list, const char *text, struct err *err)
{
	_cleanup_request_ struct mount_request m = {0};
	int r = parse_mount(text, &m, err);

	if (r == 0)
		r = append(list, &m, err);
	return r < 0 ? err_prefix(err, "mount '%s'", text) : 0;
}
