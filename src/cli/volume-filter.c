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

static int push(char ***list, const char *value, struct err *err)
{
	return strv_push(list, value) < 0 ? err_sys(err, ENOMEM, "read the filters") : 0;
}

static int parse_choice(const char *value, enum masu_choice *ret, struct err *err)
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

static int parse_common(struct volume_filter *f, const char *key, const char *value,
			struct err *err)
{
	if (streq(key, "label"))
		return push(&f->labels, value, err);
	if (streq(key, "label!"))
		return push(&f->not_labels, value, err);
	if (time_parse(value, time_now(), &f->created_before) == 0)
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "invalid time");
}

static int parse_one(struct volume_filter *f, const char *key, const char *value, struct err *err)
{
	if (streq(key, "name"))
		return push(&f->names, value, err);
	if (streq(key, "dangling"))
		return parse_choice(value, &f->unused, err);
	if (streq(key, "anonymous"))
		return parse_choice(value, &f->anonymous, err);
	return streq(value, "local")
		       ? 0
		       : err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "supported drivers: local");
}

int volume_filter_parse(struct volume_filter *f, char *const *texts, bool prune, struct err *err)
{
	static const char *const common[] = {"label", "label!", "until"};
	static const char *const others[] = {"anonymous", "dangling", "driver", "name"};

	STRV_FOREACH(text, texts) {
		const char *equals = strchr(*text, '=');
		_cleanup_free_ char *key = strndup(*text, strcspn(*text, "="));
		bool is_common = false, is_other = false;

		if (!key)
			return err_sys(err, ENOMEM, "read the filters");
		for (size_t i = 0; i < ARRAY_SIZE(common); i++)
			is_common |= streq(key, common[i]);
		for (size_t i = 0; !prune && i < ARRAY_SIZE(others); i++)
			is_other |= streq(key, others[i]);
		if (!equals || (!is_common && !is_other))
			return err_set(
				err, ERR_INVALID, EINVAL,
				"option '--filter %s': must be one of label=, label!=, until=%s",
				*text, prune ? "" : ", anonymous=, dangling=, driver=, name=");
		int r = is_common ? parse_common(f, key, equals + 1, err)
				  : parse_one(f, key, equals + 1, err);
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
