/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "oci-cli/oci-cli.h"

int oci_find(const struct oci_options *o, const char *id, struct instance *ret,
	     struct masu_error *err)
{
	_cleanup_free_ char *root = NULL;
	int r = state_dir_root(o->globals->root, &root, err);

	return r < 0 ? r : instance_find(root, id, ret, err);
}

int oci_each(const struct oci_options *o, const char *pattern,
	     int (*call)(const struct oci_options *o, const char *id, void *arg,
			 struct masu_error *err),
	     void *arg, struct masu_error *err)
{
	_cleanup_free_ char *root = NULL;
	_cleanup_strv_ char **ids = NULL;
	int r = state_dir_root(o->globals->root, &root, err);

	if (r < 0)
		return r;
	r = state_dir_list(root, pattern, &ids, err);
	STRV_FOREACH(id, ids) {
		_cleanup_err_ struct masu_error failure = ERR_INIT;

		if (call(o, *id, arg, &failure) < 0 && r == 0)
			r = err_move(err, &failure);
	}
	return r;
}

int oci_format(const struct oci_options *o, bool *ret_json, struct masu_error *err)
{
	if (o->format && !streq(o->format, "json") && !streq(o->format, "table"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid --format '%s': must be table or json", o->format);
	*ret_json = o->format && streq(o->format, "json");
	return 0;
}
