/* SPDX-License-Identifier: Apache-2.0 */
/* What a bus sends: parsed or refused, and its body read to the end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "systemd/dbus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ssize_t length = dbus_message_size(data, size);
	struct dbus_message m;
	const char *text;
	uint32_t number;

	if (length <= 0 || (size_t)length > size)
		return 0;
	uint8_t *exact = malloc((size_t)length); /* so that a read beyond its end is seen */
	if (!exact)
		return 0;
	memcpy(exact, data, (size_t)length);
	if (dbus_parse(exact, (size_t)length, &m) == 0) {
		struct dbus_reader r = {.bytes = m.body, .n = m.body_size};

		while (dbus_read_uint32(&r, &number) == 0 && dbus_read_string(&r, &text) == 0)
			if (strlen(text) >= m.body_size)
				abort();
	}
	free(exact);
	return 0;
}
