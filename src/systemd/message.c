/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/message.h"

#include <errno.h>
#include <string.h>

#include "base/strv.h"
#include "base/text.h"

int message_pack(char *const *strings, struct strbuf *to)
{
	STRV_FOREACH(s, strings) {
		int r = strbuf_add(to, *s, strlen(*s) + 1);

		if (r < 0)
			return r;
	}
	return 0;
}

int message_unpack(const char *bytes, size_t size, char ***ret)
{
	_cleanup_strv_ char **strings = strv_copy(NULL);
	size_t n = 0;

	if (!strings)
		return -ENOMEM;
	if (size && bytes[size - 1])
		return -EBADMSG;
	for (size_t at = 0; at < size; at += strlen(bytes + at) + 1) {
		if (n == SYSTEMD_STRINGS_MAX)
			return -E2BIG;
		if (!utf8_is_valid(bytes + at))
			return -EILSEQ;
		int r = strv_push_counted(&strings, &n, bytes + at);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(strings);
	return 0;
}
