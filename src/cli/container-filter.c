/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container-filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/restart-args.h"

static int parse_status(const char *value, void *filter, struct masu_error *err)
{
	struct masu_list_options *f = filter;
	_cleanup_strbuf_ struct strbuf words = STRBUF_INIT;

	for (enum masu_status s = 0; s <= MASU_STATUS_INITIALIZED; s++) {
		const char *name = masu_status_name(s);

		if (streq(value, name)) {
			f->statuses |= 1u << s;
			return 0;
		}
		(void)strbuf_addf(&words, "%s%s", s ? ", " : "", name);
	}
	return err_set(err, ERR_INVALID, EINVAL, "must be one of %s", str_or_empty(words.text));
}

static int parse_health(const char *value, void *filter, struct masu_error *err)
{
	struct masu_list_options *f = filter;

	for (enum masu_health h = MASU_HEALTH_NONE; h <= MASU_HEALTH_UNHEALTHY; h++)
		if (streq(value, masu_health_name(h))) {
			f->healths |= 1u << h;
			return 0;
		}
	return err_set(err, ERR_INVALID, EINVAL,
		       "must be one of none, starting, healthy, unhealthy");
}

static int parse_exited(const char *value, void *filter, struct masu_error *err)
{
	struct masu_list_options *f = filter;
	uint64_t code;

	if (str_to_uint64(value, 255, &code) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be an exit code, 0 to 255");
	int *codes = calloc(f->n_exit_codes + 1, sizeof(*codes));
	if (!codes)
		return err_oom(err);
	if (f->n_exit_codes)
		memcpy(codes, f->exit_codes, f->n_exit_codes * sizeof(*codes));
	codes[f->n_exit_codes++] = (int)code;
	free((void *)f->exit_codes);
	f->exit_codes = codes;
	return 0;
}

static int parse_restart_policy(const char *value, void *filter, struct masu_error *err)
{
	struct masu_list_options *f = filter;
	enum masu_restart policy;
	int max = 0;
	int r = restart_args_parse(value, &policy, &max, err);

	if (r == 0 && max > 0)
		r = err_set(err, ERR_INVALID, EINVAL,
			    "must be a policy without its maximum, like on-failure");
	if (r == 0)
		f->restart_policies |= 1u << policy;
	return r;
}

const struct filter_row container_filters[] = {
	FILTER_ROW("ancestor", FILTER_LIST, struct masu_list_options, ancestors),
	FILTER_ROW("before", FILTER_TEXT, struct masu_list_options, before),
	FILTER_ROW_PARSE("exited", parse_exited),
	FILTER_ROW("expose", FILTER_LIST, struct masu_list_options, exposed),
	FILTER_ROW_PARSE("health", parse_health),
	FILTER_ROW("id", FILTER_LIST, struct masu_list_options, ids),
	FILTER_ROW("label", FILTER_LIST, struct masu_list_options, labels),
	FILTER_ROW("label!", FILTER_LIST, struct masu_list_options, not_labels),
	FILTER_ROW("name", FILTER_LIST, struct masu_list_options, names),
	FILTER_ROW("network", FILTER_LIST, struct masu_list_options, networks),
	FILTER_ROW("publish", FILTER_LIST, struct masu_list_options, published),
	FILTER_ROW_PARSE("restart-policy", parse_restart_policy),
	FILTER_ROW("should-start-on-boot", FILTER_CHOICE, struct masu_list_options, start_on_boot),
	FILTER_ROW("since", FILTER_TEXT, struct masu_list_options, since),
	FILTER_ROW_PARSE("status", parse_status),
	FILTER_ROW("until", FILTER_TIME, struct masu_list_options, created_before),
	FILTER_ROW("volume", FILTER_LIST, struct masu_list_options, volumes),
	{0},
};

void container_filter_done(struct masu_list_options *filter)
{
	filter_done(container_filters, filter);
	free((void *)filter->exit_codes);
	filter->exit_codes = NULL;
}
