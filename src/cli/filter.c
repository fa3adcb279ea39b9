/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "cli/option-values.h"
#include "masu.h"

static int push(void *member, const char *value, struct masu_error *err)
{
	char **list;

	memcpy(&list, member, sizeof(list)); /* masu.h declares it as constant */
	int r = strv_push(&list, value);
	memcpy(member, &list, sizeof(list));
	return r < 0 ? err_sys(err, r, "read the filters") : 0;
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

static int take(const struct filter_row *row, const char *value, void *filter,
		struct masu_error *err)
{
	void *member = (char *)filter + row->offset;

	switch (row->kind) {
	case FILTER_LIST:
		return push(member, value, err);
	case FILTER_TEXT:
		*(const char **)member = value;
		return 0;
	case FILTER_CHOICE:
		return parse_choice(value, member, err);
	case FILTER_TIME:
		return option_time(value, member, err);
	default:
		return row->parse(value, filter, err);
	}
}

static int unknown_key(const struct filter_row *rows, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf keys = STRBUF_INIT;

	for (const struct filter_row *row = rows; row->key; row++)
		(void)strbuf_addf(&keys, "%s%s=", keys.length ? ", " : "", row->key);
	return keys.failed ? err_oom(err)
			   : err_set(err, ERR_INVALID, EINVAL, "must be one of %s", keys.text);
}

int filter_add(const struct filter_row *rows, const char *text, void *filter,
	       struct masu_error *err)
{
	for (const struct filter_row *row = rows; row->key; row++) {
		const char *rest = str_after(text, row->key);

		if (rest && *rest == '=')
			return take(row, rest + 1, filter, err);
	}
	return unknown_key(rows, err);
}

void filter_done(const struct filter_row *rows, void *filter)
{
	for (const struct filter_row *row = rows; row->key; row++) {
		void *member = (char *)filter + row->offset;
		char **list;

		if (row->kind != FILTER_LIST)
			continue;
		memcpy(&list, member, sizeof(list));
		strv_free(list);
		memset(member, 0, sizeof(list));
	}
}
