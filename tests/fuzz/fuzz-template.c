/* SPDX-License-Identifier: Apache-2.0 */
/* Templates of --format: one that renders has passed the check of its syntax. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char document[] =
	"{\"Id\": \"0123456789abcdef\", \"Names\": [\"web\", \"www\"], \"Pid\": 42, \"Cpu\": 0.1, \"On\": true,"
	" \"Nothing\": null, \"State\": {\"Status\": \"running\"}, \"Labels\": {\"a\": \"1\", \"b\": \"2\"}}";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)bytes, MIN(size, (size_t)400));
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (!text || json_parse(document, sizeof(document) - 1, "fuzz", &o, NULL) < 0)
		return 0;
	if (template_render(text, o, &b, NULL) == 0 && template_check(text, NULL) < 0)
		abort();
	return 0;
}
