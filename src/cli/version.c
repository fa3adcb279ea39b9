/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/json-build.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/format.h"

struct version_options {
	const char *format;
};

static int version_run(const void *values, char **operands, struct masu_error *err)
{
	const struct version_options *o = values;
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};
	int r = format_check(o->format, false, err);

	if (r < 0)
		return r;
	if (!o->format) {
		(void)printf("masu version %s\nOCI runtime specification %s\n", masu_version(),
			     masu_oci_version());
		return 0;
	}
	build_text(&b, doc, "Version", masu_version());
	build_text(&b, doc, "OCIVersion", masu_oci_version());
	/* As docker and podman have it. */
	build_text(&b, build_object(&b, doc, "Client"), "Version", masu_version());
	return format_document(o->format, b.failed ? NULL : doc, err);
}

static const struct option_row version_options[] = {
	OPTION_ROW(OPTION_STRING, struct version_options, format, 'f', "format", "FORMAT",
		   "Print json or a template: masu-format(7)"),
	{0},
};

const struct command command_version = {
	.name = "version",
	.operands = "",
	.summary = "Show the version",
	.options = version_options,
	.values_size = sizeof(struct version_options),
	.run = version_run,
};
