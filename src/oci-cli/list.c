/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "oci-cli/bundle.h"

static int add_to_array(struct json_object *array, const struct bundle_state *s,
			enum oci_status status)
{
	struct json_object *o = json_object_new_object();
	char stamp[TIME_STAMP_MAX];

	if (!o || json_object_array_add(array, o) < 0) {
		json_putp(&o);
		return -ENOMEM;
	}
	int r = json_add_string(o, "id", s->id);
	if (r == 0)
		r = json_add(o, "pid",
			     json_object_new_int(status == OCI_STATUS_STOPPED ? 0 : s->pid));
	if (r == 0)
		r = json_add_string(o, "status", oci_status_name(status));
	if (r == 0)
		r = json_add_string(o, "bundle", s->bundle);
	return r == 0 ? json_add_string(o, "created", time_stamp(s->created_ns, stamp)) : r;
}

static int list_one(const struct oci_options *o, const char *root, const char *id,
		    struct json_object *array)
{
	_cleanup_bundle_state_ struct bundle_state s = {0};
	_cleanup_close_ int dirfd = bundle_open(root, id, NULL), pidfd = -1;

	if (dirfd < 0 || bundle_read(dirfd, &s, NULL) < 0)
		return 0; /* being made or removed */
	enum oci_status status = bundle_status(dirfd, &s, &pidfd);
	if (array)
		return add_to_array(array, &s, status);
	if (o->quiet)
		(void)puts(s.id);
	else
		(void)printf("%-24s %-8d %-8s %s\n", s.id, status == OCI_STATUS_STOPPED ? 0 : s.pid,
			     oci_status_name(status), s.bundle);
	return 0;
}

static int list_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_json_ struct json_object *array = NULL;
	_cleanup_closedir_ DIR *d = NULL;
	_cleanup_free_ char *root = NULL;
	bool json = o->format && streq(o->format, "json");
	int r = bundle_root(o->globals, &root, err);

	if (r < 0)
		return r;
	if (o->format && !json && !streq(o->format, "table"))
		return err_set(err, ERR_INVALID, EINVAL, "--format '%s' is neither table nor json",
			       o->format);
	array = json ? json_object_new_array() : NULL;
	d = opendir(root);
	if (!d)
		return err_sys(err, errno, "open '%s'", root);
	if (!json && !o->quiet)
		(void)printf("%-24s %-8s %-8s %s\n", "ID", "PID", "STATUS", "BUNDLE");
	for (struct dirent *entry; r == 0 && (entry = readdir(d));)
		if (entry->d_name[0] != '.')
			r = list_one(o, root, entry->d_name, array);
	if (r < 0)
		return err_sys(err, r, "list the containers");
	if (json)
		(void)puts(json_text(array, false));
	return 0;
}

static const struct option_row list_rows[] = {
	OCI_ROW(OPTION_STRING, format, 'f', "format", "FORMAT", "table (default) or json"),
	OCI_ROW(OPTION_FLAG, quiet, 'q', "quiet", NULL, "ids alone"),
	{0},
};

const struct command oci_command_list = {
	.name = "list",
	.operands = "",
	.summary = "List the containers of this root",
	.options = list_rows,
	.values_size = sizeof(struct oci_options),
	.run = list_run,
};
