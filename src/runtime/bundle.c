/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/path.h"
#include "oci/seccomp-profile.h"
#include "runtime/config.h"
#include "runtime/state-dir.h"
#include "storage/paths.h"

void bundle_done(struct bundle *b)
{
	free(b->path);
	free(b->rootfs);
	free(b->config);
	oci_spec_free(b->spec);
	idmap_done(&b->idmap);
	seccomp_filter_done(&b->filter);
	*b = (struct bundle){0};
}

static int read_config(struct bundle *b, const char *given, struct masu_error *err)
{
	_cleanup_free_ char *own = given ? NULL : path_join(b->path, CONFIG_FILE);
	const char *path = given ? given : own;
	size_t size = 0;

	if (!path)
		return err_oom(err);
	int r = file_read(AT_FDCWD, path, OCI_SPEC_SIZE_MAX, &b->config, &size);
	if (r < 0)
		return err_sys(err, r, "read '%s'", path);
	r = config_parse(b->config, size, &b->spec, err);
	return r < 0 ? err_prefix(err, "'%s'", path) : 0;
}

static int find_rootfs(struct bundle *b, struct masu_error *err)
{
	const char *path = b->spec->root.path;

	if (!path)
		return 0;
	b->rootfs = *path == '/' ? strdup(path) : path_join(b->path, path);
	return b->rootfs ? 0 : err_oom(err);
}

static int read_idmap(struct bundle *b, struct masu_error *err)
{
	const struct oci_spec *s = b->spec;
	struct idmap *map = &b->idmap;

	map->userns = oci_namespace_is_new(&s->namespaces[OCI_NS_USER]);
	if (!map->userns)
		return 0;
	if (!s->n_uid_mappings || !s->n_gid_mappings)
		return err_set(
			err, ERR_INVALID, EINVAL,
			"linux.uidMappings and gidMappings: a new user namespace needs both");
	int r = oci_id_map_ranges(s->uid_mappings, s->n_uid_mappings, &map->uids, &map->n_uids);
	if (r < 0)
		return err_sys(err, r, "linux.uidMappings");
	r = oci_id_map_ranges(s->gid_mappings, s->n_gid_mappings, &map->gids, &map->n_gids);
	return r < 0 ? err_sys(err, r, "linux.gidMappings") : 0;
}

int bundle_read(const char *path, const char *config, struct bundle *ret, struct masu_error *err)
{
	_cleanup_(bundle_done) struct bundle b = {.path = realpath(path, NULL)};

	if (!b.path)
		return err_sys(err, errno, "open the bundle '%s'", path);
	int r = read_config(&b, config, err);
	if (r < 0)
		return r;
	r = find_rootfs(&b, err);
	if (r < 0)
		return r;
	r = read_idmap(&b, err);
	if (r < 0)
		return r;
	r = config_filter(b.spec, false, NULL, &b.filter, err);
	if (r < 0)
		return r;
	b.has_filter = r > 0;
	*ret = TAKE(b, (struct bundle){0});
	return 0;
}

/* The cache is optional: without a run-time directory the filter is compiled each time. */
static char *find_cache(void)
{
	_cleanup_paths_ struct paths paths = {0};
	_cleanup_free_ char *notice = NULL;

	return paths_init_run(&paths, &notice, NULL) < 0 ? NULL : paths_run(&paths, "seccomp");
}

int config_filter(const struct oci_spec *spec, bool use_default, const char *cache,
		  struct seccomp_filter *ret, struct masu_error *err)
{
	_cleanup_free_ char *found = NULL;
	int r;

	if (!spec->seccomp && !use_default)
		return 0;
	if (!cache)
		cache = found = find_cache();
	if (!spec->seccomp)
		r = seccomp_default_filter(spec->process->capabilities.bounding, cache, ret, err);
	else if (cache)
		r = seccomp_policy_compile_cached(spec->seccomp, cache, ret, err);
	else
		r = seccomp_policy_compile(spec->seccomp, ret, err);
	return r < 0 ? r : 1;
}
