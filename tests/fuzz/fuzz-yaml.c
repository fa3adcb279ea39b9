/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of YAML to JSON, which the engine's own reader accepts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "yaml/yaml-json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_json_ struct json_object *o = NULL, *again = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (yaml_to_json((const char *)bytes, size, &o, &err) < 0) {
		if (!err.message)
			abort();
		return 0;
	}
	const char *text = o ? json_text(o, false) : "null";
	/* A text that is not UTF-8 is refused there, and a number that is not JSON's must not get there. */
	if (json_parse(text, strlen(text), "JSON", &again, &err) < 0 &&
	    !strstr(err.message, "UTF-8"))
		abort();
	return 0;
}
