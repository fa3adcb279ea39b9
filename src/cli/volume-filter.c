/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume-filter.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"

void volume_filter_done(struct volume_filter *f)
{
	strv_free(f->labels);
	strv_free(f->not_labels);
	strv_free(f->names);
	*f = (struct volume_filter){0};
}

static int push(char ***list, const char *value, struct masu_error *err)
{
	return strv_push(list, value) < 0 ? err_sys(err, ENOMEM, "read the filters") : 0;
}

static int parse_choice(const char *value, enum masu_choice *ret, struct masu_error *err)
{
	static const char *const yes[] = {"true", "1"}, *const no[] = {"false", "0"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!streq(value, yes[i]) && !streq(value, no[i]))
			continue;
		*ret = streq(value, yes[i]) ? MASU_YES : MASU_NO;
		return 0;
	}
	return err_set(err, ERR_INVALID, EINVAL, "must be one of true, false");
}

static int parse_time(const char *value, int64_t *ret_ns, struct masu_error *err)
{
	return time_parse(value, time_now(), ret_ns) == 0
		       ? 0
		       : err_set(err, ERR_INVALID, EINVAL, "invalid time");
}

static int check_driver(const char *value, struct masu_error *err)
{
	return streq(value, "local")
		       ? 0
		       : err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "supported drivers: local");
}

/* One filter. -ENOENT, without an error, for an unknown key. */
static int parse_one(struct volume_filter *f, const char *key, const char *value, bool prune,
		     struct masu_error *err)
{
	if (streq(key, "label"))
		return push(&f->labels, value, err);
	if (streq(key, "label!"))
		return push(&f->not_labels, value, err);
	if (streq(key, "until"))
		return parse_time(value, &f->created_before, err);
	if (prune)
		return -ENOENT;
	if (streq(key, "name"))
		return push(&f->names, value, err);
	if (streq(key, "dangling"))
		return parse_choice(value, &f->unused, err);
	if (streq(key, "anonymous"))
		return parse_choice(value, &f->anonymous, err);
	return streq(key, "driver") ? check_driver(value, err) : -ENOENT;
}

int volume_filter_parse(struct volume_filter *f, char *const *texts, bool prune,
			struct masu_error *err)
{
	STRV_FOREACH(text, texts) {
		const char *equals = strchr(*text, '=');
		_cleanup_free_ char *key = strndup(*text, strcspn(*text, "="));

		if (!key)
			return err_sys(err, ENOMEM, "read the filters");
		int r = equals ? parse_one(f, key, equals + 1, prune, err) : -ENOENT;
		if (r == -ENOENT)
			return err_set(
				err, ERR_INVALID, EINVAL,
				"option '--filter %s': must be one of label=, label!=, until=%s",
				*text, prune ? "" : ", anonymous=, dangling=, driver=, name=");
		if (r < 0)
			return err_prefix(err, "option '--filter %s'", *text);
	}
	return 0;
}

struct masu_volume_filter volume_filter_get(const struct volume_filter *f)
{
	return (struct masu_volume_filter){
		.size = sizeof(struct masu_volume_filter),
		.labels = f->labels,
		.not_labels = f->not_labels,
		.names = f->names,
		.created_before = f->created_before,
		.unused = f->unused,
		.anonymous = f->anonymous,
	};
}
