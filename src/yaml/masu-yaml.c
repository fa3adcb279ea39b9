/* SPDX-License-Identifier: Apache-2.0 */

/*
 * masu-yaml: reads a YAML document from standard input, and writes it as JSON. It is a program of its own, so that the
 * engine links no YAML library and a start without such a file loads none. After an error the output is its text, and the
 * exit status 1.
 */

#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "yaml/yaml-json.h"

#define SIZE_MAX_IN (1u << 20)

static int run(struct json_object **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = fd_read_all(STDIN_FILENO, SIZE_MAX_IN, &text, &size);

	return r < 0 ? err_sys(err, r, "read the document") : yaml_to_json(text, size, ret, err);
}

int main(void)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = run(&o, &err);
	const char *text = r < 0 ? err.message : json_text(o, false);

	if (fputs(text ? text : "null", stdout) == EOF || fflush(stdout) == EOF)
		return 1;
	return r < 0;
}
