/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/config.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "runtime/state-dir.h"

int config_parse(const char *text, size_t size, struct oci_spec **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = NULL;
	int r = json_parse(text, size, CONFIG_FILE, &doc, err);

	return r < 0 ? r : oci_spec_parse(doc, ret, err);
}

int config_keep(int dirfd, const char *text, struct masu_error *err)
{
	int r = file_write_new(dirfd, CONFIG_FILE, text, strlen(text), 0600);

	return r < 0 ? err_sys(err, r, "keep the container's %s", CONFIG_FILE) : 0;
}

int config_read(int dirfd, struct oci_spec **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = file_read(dirfd, CONFIG_FILE, OCI_SPEC_SIZE_MAX, &text, &size);

	if (r < 0)
		return err_sys(err, r, "read the container's %s", CONFIG_FILE);
	return config_parse(text, size, ret, err);
}

static void put_resources(struct json_build *b, struct json_object *doc,
			  struct json_object *resources)
{
	struct json_object *linux_part;

	if (!json_object_object_get_ex(doc, "linux", &linux_part))
		linux_part = build_object(b, doc, "linux");
	build_put(b, linux_part, "resources", resources);
}

int config_set_resources(int dirfd, const struct oci_resources *resources, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_object *part = NULL;
	struct json_build b = {0};
	int r = json_read_file(dirfd, CONFIG_FILE, OCI_SPEC_SIZE_MAX, &doc, err);

	if (r < 0)
		return r;
	r = oci_resources_to_json(resources, &part, err);
	if (r < 0)
		return r;
	put_resources(&b, doc, part);
	const char *text = b.failed ? NULL : json_text(doc, false);
	r = text ? file_write_atomic(dirfd, CONFIG_FILE, text, strlen(text), 0600, 0) : -ENOMEM;
	return r < 0 ? err_sys(err, r, "keep the new limits") : 0;
}
