/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a property, from an annotation: what is accepted can be written into a message. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "systemd/variant.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)bytes, size);
	_cleanup_dbus_body_ struct dbus_body body = DBUS_BODY_INIT;
	struct unit_properties p = {0};

	if (!text)
		return 0;
	if (unit_properties_add(&p, "RuntimeMaxSec", text, NULL) == 0 &&
	    p.item[0].value.signature[0] != 't')
		abort();
	if (unit_properties_add(&p, "CPUWeight", text, NULL) == 0)
		variant_put(&body, &p.item[p.n - 1].value);
	unit_properties_done(&p);
	return 0;
}
