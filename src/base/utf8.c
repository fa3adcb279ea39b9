/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

size_t utf8_length(const char *s, size_t size)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead = (unsigned char)*s;
	size_t bytes = lead >= 0xf8   ? 0
		       : lead >= 0xf0 ? 4
		       : lead >= 0xe0 ? 3
		       : lead >= 0xc0 ? 2
				      : 0;
	uint32_t n = lead & (0x7fU >> bytes);

	if (lead < 0x80)
		return 1;
	if (bytes == 0 || bytes > size)
		return 0;
	for (size_t i = 1; i < bytes; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		n = n << 6 | ((unsigned char)s[i] & 0x3f);
	}
	return n >= least[bytes] && n <= 0x10ffff && (n < 0xd800 || n > 0xdfff) ? bytes : 0;
}

bool utf8_is_valid(const char *s)
{
	size_t n;

	for (size_t left = strlen(s); left > 0; s += n, left -= n) {
		n = utf8_length(s, left);
		if (n == 0)
			return false;
	}
	return true;
}
