/* SPDX-License-Identifier: Apache-2.0 */
/* A registry's answer to a push: its reason is short and harmless, and its Location stays http with the digest in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "registry/answer.h"
#include "registry/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_location(const char *text)
{
	_cleanup_free_ char *session = NULL, *final = NULL;
	_cleanup_origin_ struct origin o = {0}, same = {0};

	if (url_join("https://registry.example/v2/x/blobs/uploads/", text, NULL, &session, NULL) <
		    0 ||
	    url_origin(session, &o, NULL) < 0)
		return;
	if (url_join(session, NULL, "digest=sha256:00", &final, NULL) < 0)
		return;
	if (url_origin(final, &same, NULL) < 0 || !origin_equal(&o, &same) ||
	    !strstr(final, "digest=sha256:00"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct strbuf body = {.text = (char *)bytes, .length = size};
	_cleanup_free_ char *text = strndup((const char *)bytes, size),
			    *reason = answer_reason(&body);
	uint64_t n;

	if (reason && (strlen(reason) > 300 || str_has_control(reason)))
		abort();
	if (!text)
		return 0;
	if (answer_range(text, &n) == 0 && n > INT64_MAX)
		abort();
	check_location(text);
	return 0;
}
