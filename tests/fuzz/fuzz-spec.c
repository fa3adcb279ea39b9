/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to a spec, back to JSON, and again: the two documents must be equal. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "oci/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char *write_spec(const struct oci_spec *spec)
{
	_cleanup_json_ struct json_object *o = NULL;

	if (oci_spec_to_json(spec, &o, NULL) < 0)
		abort();
	return strdup(json_text(o, false));
}

static struct oci_spec *read_spec(const char *text, size_t size)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct oci_spec *spec = NULL;

	if (json_parse(text, size, "config.json", &o, &err) >= 0)
		(void)oci_spec_parse(o, &spec, &err); /* NULL then */
	return spec;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_oci_spec_ struct oci_spec *spec = read_spec((const char *)bytes, size);

	if (!spec)
		return 0;
	_cleanup_free_ char *first = write_spec(spec);
	_cleanup_oci_spec_ struct oci_spec *again = first ? read_spec(first, strlen(first)) : NULL;

	if (!again)
		abort();
	_cleanup_free_ char *second = write_spec(again);

	if (!second || strcmp(first, second) != 0)
		abort();
	return 0;
}
