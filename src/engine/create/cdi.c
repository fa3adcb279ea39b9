/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/cdi.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/create/cdi-files.h"
#include "engine/create/devices.h"
#include "oci/annotations.h"

typedef int (*edits_fn)(void *arg, const struct cdi_edits *edits, struct masu_error *err);

struct target {
	const struct masu_engine *e;
	struct oci_spec *spec;
	char ***env; /* of the creation */
};

/* Calls `apply` for the edits of each device, and once before them for those of its file. */
static int for_each_edits(const struct cdi_files *files, char *const *names, edits_fn apply,
			  void *arg, struct masu_error *err)
{
	_cleanup_free_ bool *seen = calloc(files->n + 1, sizeof(*seen));

	if (!seen)
		return err_oom(err);
	STRV_FOREACH(name, names) {
		const struct cdi_loaded *file;
		const struct cdi_device *device;
		int r = cdi_files_find(files, *name, &file, &device, err);

		if (r < 0)
			return r;
		bool *known = &seen[file - files->list];
		r = *known ? 0 : apply(arg, &file->file.edits, err);
		*known = true;
		if (r == 0)
			r = apply(arg, &device->edits, err);
		if (r < 0)
			return err_prefix(err, "CDI device \"%s\"", *name);
	}
	return 0;
}

static int add_hooks(struct oci_spec *spec, enum oci_hook_kind kind, const struct cdi_edits *edits)
{
	const struct oci_hooks *from = &edits->spec->hooks[kind];
	struct oci_hooks *to = &spec->hooks[kind];

	for (size_t i = 0; i < from->n; i++) {
		struct oci_hook *hook = array_add(&to->list, &to->n, sizeof(*hook));

		if (!hook)
			return -ENOMEM;
		hook->timeout = from->list[i].timeout;
		hook->path = strdup(from->list[i].path);
		if (!hook->path ||
		    (from->list[i].args && strv_extend(&hook->args, from->list[i].args) < 0) ||
		    (from->list[i].env && strv_extend(&hook->env, from->list[i].env) < 0))
			return -ENOMEM;
	}
	return 0;
}

static bool is_bind(const struct oci_mount *m)
{
	return !m->type || streq(m->type, "bind") || streq(m->type, "none") || !*m->type;
}

/* The user's own mount wins, and of two devices that share a file the first. */
static int add_mount(struct oci_spec *spec, const struct oci_mount *m)
{
	_cleanup_strbuf_ struct strbuf options = STRBUF_INIT;

	if (oci_spec_find_mount(spec, m->destination))
		return 0;
	if (is_bind(m) && !strv_contains(m->options, "bind") && !strv_contains(m->options, "rbind"))
		(void)strbuf_addf(&options, "rbind");
	STRV_FOREACH(option, m->options)
		(void)strbuf_addf(&options, "%s%s", options.length ? "," : "", *option);
	_cleanup_free_ char *text = options.length ? strbuf_take(&options) : strdup("rw");
	if (!text)
		return -ENOMEM;
	return oci_spec_add_mount(spec, m->destination, is_bind(m) ? "bind" : m->type, m->source,
				  text)
		       ? 0
		       : -ENOMEM;
}

static int add_net_device(struct oci_spec *spec, const struct oci_net_device *d)
{
	struct oci_net_device *own = array_add(&spec->net_devices, &spec->n_net_devices,
					       sizeof(*own));

	if (!own)
		return -ENOMEM;
	own->name = strdup(d->name);
	own->inside = strdup(d->inside);
	return own->name && own->inside ? 0 : -ENOMEM;
}

/* An edits_fn. */
static int apply_at_start(void *arg, const struct cdi_edits *edits, struct masu_error *err)
{
	const struct target *t = arg;
	int r = 0;

	for (size_t i = 0; i < edits->n_nodes; i++) {
		r = devices_add_node(t->spec, &edits->nodes[i], err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; r == 0 && edits->spec && i < edits->spec->n_mounts; i++)
		r = add_mount(t->spec, &edits->spec->mounts[i]);
	for (size_t i = 0; r == 0 && edits->spec && i < edits->spec->n_net_devices; i++)
		r = add_net_device(t->spec, &edits->spec->net_devices[i]);
	for (enum oci_hook_kind kind = 0; r == 0 && edits->spec && kind < OCI_HOOK_MAX; kind++)
		if (kind != OCI_HOOK_POSTSTOP)
			r = add_hooks(t->spec, kind, edits);
	return r < 0 ? err_oom(err) : 0;
}

/* Hooks of startContainer are files of the image. */
static int check_hooks(const struct cdi_edits *edits, struct masu_error *err)
{
	for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_MAX; kind++) {
		const struct oci_hooks *hooks = &edits->spec->hooks[kind];

		for (size_t i = 0; kind != OCI_HOOK_START_CONTAINER && i < hooks->n; i++)
			if (access(hooks->list[i].path, X_OK) < 0)
				return err_sys(err, errno, "%s hook \"%s\"",
					       oci_hook_kind_name(kind), hooks->list[i].path);
	}
	return 0;
}

static int check_edits(const struct target *t, const struct cdi_edits *edits,
		       struct masu_error *err)
{
	if (edits->wants_intel_rdt)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "intelRdt of a CDI file is not supported");
	for (size_t i = 0; i < edits->n_nodes; i++) {
		_cleanup_free_ char *notice = NULL;
		int r = devices_check_node(t->spec, &edits->nodes[i], &notice, err);

		if (r < 0)
			return r;
		engine_notice(t->e, notice);
	}
	for (size_t i = 0; edits->spec && i < edits->spec->n_mounts; i++) {
		const struct oci_mount *m = &edits->spec->mounts[i];

		if (is_bind(m) && access(m->source, F_OK) < 0)
			return err_sys(err, errno, "source \"%s\" of the mount at \"%s\"",
				       m->source, m->destination);
	}
	return edits->spec ? check_hooks(edits, err) : 0;
}

/* With --group-add keep-groups the groups are the caller's. */
static int add_gids(struct oci_spec *spec, const struct cdi_edits *edits)
{
	struct oci_user *user = &spec->process->user;

	for (size_t i = 0; i < edits->n_gids; i++) {
		if (oci_annotation_is_on(spec, OCI_ANNOTATION_KEEP_GROUPS))
			return 0;
		gid_t *gid = array_add(&user->additional_gids, &user->n_additional_gids,
				       sizeof(*gid));
		if (!gid)
			return -ENOMEM;
		*gid = edits->gids[i];
	}
	return 0;
}

/* An edits_fn. */
static int apply_at_creation(void *arg, const struct cdi_edits *edits, struct masu_error *err)
{
	const struct target *t = arg;
	int r = check_edits(t, edits, err);

	if (r < 0)
		return r;
	if (add_gids(t->spec, edits) < 0 ||
	    (edits->spec && add_hooks(t->spec, OCI_HOOK_POSTSTOP, edits) < 0))
		return err_oom(err);
	STRV_FOREACH(variable, edits->env)
		if (strv_env_set(t->env, *variable) < 0)
			return err_oom(err);
	return 0;
}

static int record_request(const struct cdi_request *request, const struct cdi_files *files,
			  struct record *record, struct masu_error *err)
{
	STRV_FOREACH(dir, request->dirs) {
		char *absolute = path_absolute(*dir);

		if (!absolute || strv_push_owned(&record->cdi_dirs, absolute) < 0)
			return err_oom(err);
	}
	if (strv_extend(&record->cdi_devices, request->names) < 0)
		return err_oom(err);
	return request->gpus ? cdi_files_find_gpus(files, request->gpus, &record->cdi_devices, err)
			     : 0;
}

int cdi_create(const struct masu_engine *e, const struct cdi_request *request,
	       struct record *record, struct oci_spec *spec, char ***env, struct masu_error *err)
{
	_cleanup_cdi_files_ struct cdi_files files = {0};
	struct target t = {.e = e, .spec = spec, .env = env};

	if ((!request->names || !*request->names) && !request->gpus)
		return 0;
	int r = cdi_files_read(e, request->dirs, &files, err);
	if (r < 0)
		return r;
	r = record_request(request, &files, record, err);
	return r < 0 ? r : for_each_edits(&files, record->cdi_devices, apply_at_creation, &t, err);
}

int cdi_start(const struct masu_engine *e, const struct record *record, struct oci_spec *spec,
	      struct masu_error *err)
{
	_cleanup_cdi_files_ struct cdi_files files = {0};
	struct target t = {.e = e, .spec = spec};

	if (!record->cdi_devices || !*record->cdi_devices)
		return 0;
	int r = cdi_files_read(e, record->cdi_dirs, &files, err);
	return r < 0 ? r : for_each_edits(&files, record->cdi_devices, apply_at_start, &t, err);
}
