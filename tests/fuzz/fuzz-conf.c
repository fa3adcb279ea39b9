/* SPDX-License-Identifier: Apache-2.0 */
/* Settings files: accepted values suit the creation of a container, and say the same when they are written again. */
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void write_again(const struct conf *c, struct strbuf *text)
{
	for (size_t i = 0; i < CONF_KEYS_MAX; i++)
		STRV_FOREACH(value, c->settings[i].values)
			require(strbuf_addf(text, "[%s]\n%s=%s \n", conf_keys[i].section,
					    conf_keys[i].name, *value) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_conf_ struct conf c = {0}, again = {0};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, text_again = STRBUF_INIT;
	_cleanup_conf_lists_ struct conf_lists lists = {0};
	struct masu_create_options o = {.size = sizeof(o)};

	if (conf_parse(&c, (const char *)bytes, size, "f", NULL) < 0)
		return 0;
	write_again(&c, &text);
	require(!text.text || conf_parse(&again, text.text, text.length, "f", NULL) == 0);
	write_again(&again, &text_again);
	require(streq(text.text ? text.text : "", text_again.text ? text_again.text : ""));
	if (conf_finish(&c, NULL) == 0) /* several name servers may be too many together */
		require(conf_complete(&c, &o, &lists, NULL) == 0);
	return 0;
}
