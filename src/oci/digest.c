/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/digest.h"

#include <errno.h>
#include <stdio.h>

#include "base/str.h"

bool digest_is_hex(const char *s)
{
	return strspn(s, "0123456789abcdef") == DIGEST_HEX_LENGTH && !s[DIGEST_HEX_LENGTH];
}

int digest_parse(const char *s, struct digest *ret)
{
	const char *hex = str_after(s, DIGEST_PREFIX);

	if (!hex || !digest_is_hex(hex))
		return -EINVAL;
	memcpy(ret->hex, hex, sizeof(ret->hex));
	return 0;
}

void digest_from_bytes(const unsigned char bytes[32], struct digest *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		ret->hex[2 * i] = digits[bytes[i] >> 4];
		ret->hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret->hex[DIGEST_HEX_LENGTH] = 0;
}

const char *digest_text(const struct digest *d, char buffer[DIGEST_TEXT_MAX])
{
	(void)snprintf(buffer, DIGEST_TEXT_MAX, DIGEST_PREFIX "%s", d->hex);
	return buffer;
}
