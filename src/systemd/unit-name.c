/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/unit-name.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

/* Locale has no part in it: systemd's own list of bytes. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr(":_.-", c));
}

int unit_name_make(const char *prefix, const char *name, char **ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (!*name)
		return -EINVAL;
	if (prefix && *prefix)
		(void)strbuf_addf(&b, "%s-", prefix); /* strbuf_take() reports a failure */
	for (const char *p = name; *p; p++) {
		/* A leading dot would make a hidden file of a drop-in directory. */
		if (is_plain(*p) && !(*p == '.' && b.length == 0))
			(void)strbuf_add(&b, p, 1);
		else
			(void)strbuf_addf(&b, "\\x%02x", (unsigned int)(unsigned char)*p);
	}
	(void)strbuf_addf(&b, ".scope");
	if (b.length > UNIT_NAME_MAX)
		return -ENAMETOOLONG;
	*ret = strbuf_take(&b);
	return *ret ? 0 : -ENOMEM;
}

bool unit_name_is_valid(const char *name, const char *suffix)
{
	size_t length = strlen(name);

	if (length > UNIT_NAME_MAX || length <= strlen(suffix) || !str_has_suffix(name, suffix))
		return false;
	for (const char *p = name; *p; p++)
		if (!is_plain(*p) && !strchr("\\@", *p))
			return false;
	return name[0] != '.';
}
