/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/print.h"

#include <errno.h>
#include <stdio.h>

#include "base/json.h"

/* What json-c leaves as it is, and a terminal could take for an order: DEL, and U+0080 to U+009F. */
static size_t order_length(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;

	return *c == 0x7f ? 1 : *c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f ? 2 : 0;
}

/* As escapes, which mean the same: outside of strings JSON has none of these. */
static void print_escaped(const char *text)
{
	while (*text) {
		size_t n = 0, order = order_length(text);

		if (order)
			(void)printf("\\u%04x", (unsigned char)text[order - 1]);
		for (text += order; text[n] && !order_length(text + n);)
			n++;
		(void)fwrite(text, 1, n, stdout);
		text += n;
	}
}

int print_json(struct json_object *doc, bool pretty, struct err *err)
{
	const char *text = doc ? json_text(doc, pretty) : NULL;

	if (!text)
		return err_sys(err, ENOMEM, "print the result");
	print_escaped(text);
	if (putchar('\n') == EOF || fflush(stdout) == EOF || ferror(stdout))
		return err_sys(err, errno, "print the result");
	return 0;
}
