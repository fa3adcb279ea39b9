/* SPDX-License-Identifier: Apache-2.0 */

/* The file of a volume's options. */

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "engine/volume/volume-dir.h"
#include "engine/volume/volume-mount.h"

#define OPTIONS_SIZE_MAX (64u << 10)

int volume_mount_options(int dirfd, const char *name, struct oci_map *ret, struct masu_error *err)
{
	_cleanup_free_ char *path = volume_options(name);
	_cleanup_json_ struct json_object *o = NULL;

	if (!path)
		return err_oom(err);
	int r = json_read_object(dirfd, path, OPTIONS_SIZE_MAX, &o, err);
	if (r == -ENOENT) {
		err_done(err);
		return 0;
	}
	return r < 0 ? r : oci_map_from_json(ret, path, o, err);
}

int volume_mount_write(int dirfd, const char *name, const struct oci_map *options,
		       struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *path = volume_options(name);
	struct json_build b = {0};

	if (options->n == 0)
		return 0;
	for (size_t i = 0; i < options->n; i++)
		build_text(&b, o, options->pairs[i].key, options->pairs[i].value);
	const char *text = path && !b.failed ? json_text(o, true) : NULL;
	if (!text)
		return err_oom(err);
	if (strlen(text) > OPTIONS_SIZE_MAX)
		return err_set(err, ERR_INVALID, EFBIG,
			       "the options of the volume are larger than %u bytes",
			       OPTIONS_SIZE_MAX);
	int r = file_write_atomic(dirfd, path, text, strlen(text), 0600, FILE_SYNC);
	return r < 0 ? err_sys(err, r, "write the options of the volume \"%s\"", name) : 0;
}

int volume_mount_find(const struct masu_engine *e, const char *name, struct volume_mount *ret,
		      struct masu_error *err)
{
	_cleanup_oci_map_ struct oci_map options = {0};
	_cleanup_close_ int dirfd = volume_dir_open(e, err);

	if (dirfd == -ENOENT) {
		err_done(err);
		return 0;
	}
	if (dirfd < 0)
		return dirfd;
	int r = volume_dir_has(dirfd, name) ? volume_mount_options(dirfd, name, &options, err) : 0;
	if (r == 0 && options.n > 0)
		r = volume_mount_parse(&options, ret, err);
	return r < 0 ? err_prefix(err, "volume \"%s\"", name) : options.n > 0;
}
