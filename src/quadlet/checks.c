/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/checks.h"

#include <errno.h>
#include <string.h>

#include "base/port-mapping.h"
#include "base/signal-name.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "base/ulimit.h"

static int invalid(const char *value, const char *kind, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "'%s' is not %s", value, kind);
}

int check_size(const char *value, struct masu_error *err)
{
	uint64_t bytes;

	return str_to_size(value, &bytes) < 0 ? invalid(value, "a size: " SIZE_HINT, err) : 0;
}

int check_count(const char *value, struct masu_error *err)
{
	int64_t n;

	return str_to_int64(value, &n) < 0 || n < -1 ? invalid(value, "a number", err) : 0;
}

int check_duration(const char *value, struct masu_error *err)
{
	int64_t ns;

	return time_parse_duration(value, &ns) < 0 ? invalid(value, "a time like 1m30s", err) : 0;
}

int check_interval(const char *value, struct masu_error *err)
{
	return streq(value, "disable") ? 0 : check_duration(value, err);
}

int check_signal(const char *value, struct masu_error *err)
{
	return signal_from_string(value) < 0 ? invalid(value, "a signal", err) : 0;
}

int check_ulimit(const char *value, struct masu_error *err)
{
	_cleanup_free_ char *name = NULL;
	uint64_t soft, hard;

	return streq(value, "host") ? 0 : ulimit_parse(value, &name, &soft, &hard, err);
}

int check_port(const char *value, struct masu_error *err)
{
	struct port_mapping m;

	return port_mapping_parse(value, &m, err);
}

static int check_word(const char *value, const char *words, struct masu_error *err)
{
	_cleanup_strv_ char **list = strv_split(words, " ");

	if (!list)
		return err_oom(err);
	if (strv_contains(list, value))
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid word '%s'", value);
	return err_hint(err, "supported: %s", words);
}

int check_pull(const char *value, struct masu_error *err)
{
	return check_word(value, "missing always never newer", err);
}

int check_failure(const char *value, struct masu_error *err)
{
	/* systemd restarts the service, by Restart=. */
	return check_word(value, "none kill stop", err);
}

int check_assignment(const char *value, struct masu_error *err)
{
	return strchr(value, '=') && *value != '=' ? 0 : invalid(value, "KEY=VALUE", err);
}

int check_absolute(const char *value, struct masu_error *err)
{
	return *value == '/' ? 0 : invalid(value, "an absolute path", err);
}

int check_network(const char *value, struct masu_error *err)
{
	static const char *const modes[] = {"slirp4netns", "pasta",	"none",
					    "host",	   "default",	"bridge",
					    "private",	   "container", "ns"};
	size_t n = strcspn(value, ":");

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (strlen(modes[i]) == n && strncmp(modes[i], value, n) == 0)
			return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "'%s' is not a network of masu", value);
	return err_hint(err, "each container has a network of its own; see masu-quadlet(5)");
}

int check_id_range(const char *value, struct masu_error *err)
{
	return value[strspn(value, "0123456789:@")] ? invalid(value, "CONTAINER:HOST[:COUNT]", err)
						    : 0;
}
