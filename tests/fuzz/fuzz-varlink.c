/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as the answer of a Varlink service: refused, or an answer whose error is a name that can be printed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "varlink/varlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_varlink_reply_ struct varlink_reply reply = {0};

	if (size >= VARLINK_REPLY_MAX ||
	    varlink_reply_parse((const char *)bytes, size, &reply, NULL) < 0)
		return 0;
	if (!json_object_is_type(reply.document, json_type_object) ||
	    (reply.parameters && !json_object_is_type(reply.parameters, json_type_object)))
		abort();
	for (const char *p = reply.error; p && (p == reply.error || *p); p++)
		if (*p <= ' ' || *p > '~')
			abort();
	return 0;
}
