/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/print.h"

#include <errno.h>
#include <stdio.h>

#include "base/json.h"

int print_json(struct json_object *doc, bool pretty, struct err *err)
{
	const char *text = doc ? json_text(doc, pretty) : NULL;

	if (!text)
		return err_sys(err, ENOMEM, "print the result");
	if (puts(text) == EOF || fflush(stdout) == EOF)
		return err_sys(err, errno, "print the result");
	return 0;
}
