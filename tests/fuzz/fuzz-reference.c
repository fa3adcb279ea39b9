/* SPDX-License-Identifier: Apache-2.0 */
/* An image name: an accepted name, written and read again, is the same name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)bytes, size), *again = NULL, *name = NULL;
	_cleanup_reference_ struct reference ref = {0}, second = {0};

	if (!text || reference_parse(text, &ref, NULL) < 0)
		return 0;
	name = reference_to_string(&ref);
	if (!name || strstr(name, "/.") || strstr(name, "//"))
		abort();
	if (reference_parse(name, &second, NULL) < 0)
		abort();
	again = reference_to_string(&second);
	if (!again || strcmp(name, again) != 0)
		abort();
	return 0;
}
