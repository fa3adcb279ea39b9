/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mac.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAC_BYTES 6

int net_mac_parse(const char *text, char ret[NET_MAC_SIZE])
{
	static const char digits[] = "0123456789abcdefABCDEF";
	unsigned char first = 0;
	bool zero = true;

	if (strlen(text) != NET_MAC_SIZE - 1)
		return -EINVAL;
	for (size_t i = 0; i < MAC_BYTES; i++) {
		const char *byte = text + 3 * i;

		if (strspn(byte, digits) != 2 || byte[2] != (i + 1 < MAC_BYTES ? ':' : 0))
			return -EINVAL;
		unsigned char value = (unsigned char)strtoul(byte, NULL, 16);
		zero &= value == 0;
		first = i ? first : value;
	}
	if (zero || first & 1) /* of a group */
		return -EINVAL;
	for (size_t i = 0; i < NET_MAC_SIZE; i++)
		ret[i] = (char)tolower((unsigned char)text[i]);
	return 0;
}
