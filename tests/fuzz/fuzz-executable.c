/* SPDX-License-Identifier: Apache-2.0 */
/* The first bytes of a program of a container: no crash, and texts that end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "files/executable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct executable e;

	executable_parse((const char *)data, size, &e);
	if (!memchr(e.interpreter, 0, sizeof(e.interpreter)) ||
	    !memchr(e.argument, 0, sizeof(e.argument)))
		abort();
	return 0;
}
