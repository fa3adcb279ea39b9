/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "oci-cli/oci-cli.h"
#include "oci/spec.h"

static int spec_run(const void *values, char **operands, struct masu_error *err)
{
	const struct oci_options *o = values;
	const char *bundle = o->bundle ? o->bundle : ".";
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_close_ int fd = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "open the bundle '%s'", bundle);
	int r = oci_spec_default(o->rootless, &spec, err);
	if (r < 0)
		return r;
	r = oci_spec_to_json(spec, &doc, err);
	if (r < 0)
		return r;
	const char *text = json_text(doc, true);
	r = text ? file_write_atomic(fd, "config.json", text, strlen(text), 0644, FILE_EXCL)
		 : -ENOMEM;
	if (r == -EEXIST)
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "file config.json exists in '%s': remove it first", bundle);
	return r < 0 ? err_sys(err, r, "write config.json") : 0;
}

static const struct option_row spec_rows[] = {
	OCI_ROW(OPTION_STRING, bundle, 'b', "bundle", "DIR",
		"Write in this directory (default: here)"),
	OCI_ROW(OPTION_FLAG, rootless, 0, "rootless", NULL, "Write it for a user other than root"),
	{0},
};

const struct command oci_command_spec = {
	.name = "spec",
	.operands = "",
	.summary = "Write a config.json to start from",
	.options = spec_rows,
	.values_size = sizeof(struct oci_options),
	.run = spec_run,
};
