/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to the health check of an image: it is refused, or a container gets times that its supervisor can use. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/create/draft.h"

#define SECOND INT64_C(1000000000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct masu_create_options options = {.size = sizeof(options)};
	_cleanup_free_ char *text = strndup((const char *)bytes, size);
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	const struct record_health *h = &d.record.health;

	if (!text || draft_health(&d, &options, text, &err) < 0 || !h->test)
		return 0;
	if (!h->test[0] || !h->test[1] || h->interval_ns < SECOND || h->timeout_ns <= 0 ||
	    h->start_interval_ns < SECOND || h->start_period_ns < 0 || h->retries < 1)
		abort();
	return 0;
}
