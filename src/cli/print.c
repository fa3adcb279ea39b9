/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/print.h"

#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"

/* Escapes control characters that json-c does not. Outside of strings JSON has none of them. */
static void print_escaped(const char *text)
{
	while (*text) {
		size_t n = 0, order = str_order_length(text);

		if (order)
			(void)printf("\\u%04x", (unsigned char)text[order - 1]);
		for (text += order; text[n] && !str_order_length(text + n);)
			n++;
		(void)fwrite(text, 1, n, stdout);
		text += n;
	}
}

int print_json(struct json_object *doc, bool pretty, struct masu_error *err)
{
	const char *text = doc ? json_text(doc, pretty) : NULL;

	if (!text)
		return err_oom(err);
	print_escaped(text);
	if (putchar('\n') == EOF || fflush(stdout) == EOF || ferror(stdout))
		return err_sys(err, errno, "print the result");
	return 0;
}
