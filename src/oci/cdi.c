/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/cdi.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/spec-reader.h"

#define LETTERS	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define ALNUM	    LETTERS "0123456789"
#define KIND_MAX    253
#define NAME_LEN    63
#define DEVICES_MAX 4096

static void free_nodes(struct cdi_edits *e)
{
	for (size_t i = 0; i < e->n_nodes; i++) {
		free(e->nodes[i].path);
		free(e->nodes[i].host_path);
	}
	free(e->nodes);
}

static void edits_done(struct cdi_edits *e)
{
	strv_free(e->env);
	free_nodes(e);
	oci_spec_free(e->spec);
	free(e->gids);
	*e = (struct cdi_edits){0};
}

void cdi_file_done(struct cdi_file *f)
{
	free(f->kind);
	for (size_t i = 0; i < f->n_devices; i++) {
		free(f->devices[i].name);
		edits_done(&f->devices[i].edits);
	}
	free(f->devices);
	edits_done(&f->edits);
	*f = (struct cdi_file){0};
}

/* Alphanumeric at both ends, with `between` in between. */
static bool is_word(const char *text, size_t length, const char *between)
{
	if (length == 0 || !strchr(ALNUM, text[0]) || !strchr(ALNUM, text[length - 1]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!strchr(ALNUM, text[i]) && !strchr(between, text[i]))
			return false;
	return true;
}

static bool is_kind(const char *text, size_t length)
{
	const char *slash = memchr(text, '/', length);
	size_t vendor = slash ? (size_t)(slash - text) : 0;

	return slash && vendor <= KIND_MAX && is_word(text, vendor, ".-_") &&
	       length - vendor - 1 <= NAME_LEN && is_word(slash + 1, length - vendor - 1, ".-_");
}

/* Parts of GPUs have names like "0:1". */
static bool is_name(const char *text)
{
	return is_word(text, strlen(text), ".-_:");
}

bool cdi_is_device_name(const char *text)
{
	const char *equals = strchr(text, '=');

	return equals && is_kind(text, (size_t)(equals - text)) && is_name(equals + 1);
}

static void parse_type(const struct spec_node *at, struct cdi_node *node)
{
	const char *type;

	if (!spec_string(at, "type", &type) || !*type)
		return;
	if (strlen(type) != 1 || !strchr("cubp", *type))
		(void)spec_invalid(at, "type", "'%s' must be one of c, u, b, p", type);
	else
		node->type = *type;
}

static void parse_access(const struct spec_node *at, struct cdi_node *node)
{
	const char *access = NULL;

	(void)snprintf(node->access, sizeof(node->access), "rwm");
	if (!spec_string(at, "permissions", &access) || !*access)
		return;
	if (strlen(access) >= sizeof(node->access) || strspn(access, "rwm") != strlen(access))
		(void)spec_invalid(at, "permissions", "'%s' must be made of r, w, m", access);
	else
		(void)snprintf(node->access, sizeof(node->access), "%s", access);
}

static void parse_node(const struct spec_node *at, void *slot)
{
	struct cdi_node *node = slot;
	const enum spec_text_flags path = SPEC_NONEMPTY | SPEC_ABSOLUTE | SPEC_NO_CONTROL |
					  SPEC_NORMAL;

	node->major = node->minor = -1;
	(void)spec_text(at, "path", SPEC_REQUIRED | path, &node->path);
	(void)spec_text(at, "hostPath", SPEC_ABSOLUTE | SPEC_NO_CONTROL, &node->host_path);
	parse_type(at, node);
	(void)spec_int64(at, "major", 0, UINT32_MAX, &node->major);
	(void)spec_int64(at, "minor", 0, UINT32_MAX, &node->minor);
	node->has_file_mode = spec_uint32(at, "fileMode", &node->file_mode);
	node->has_uid = spec_id(at, "uid", &node->uid);
	node->has_gid = spec_id(at, "gid", &node->gid);
	parse_access(at, node);
}

static void parse_mount(const struct spec_node *at, void *slot)
{
	struct oci_mount *m = slot;

	(void)spec_text(at, "hostPath", SPEC_REQUIRED | SPEC_NONEMPTY | SPEC_NO_CONTROL,
			&m->source);
	(void)spec_text(at, "containerPath",
			SPEC_REQUIRED | SPEC_NONEMPTY | SPEC_ABSOLUTE | SPEC_NO_CONTROL |
				SPEC_NORMAL,
			&m->destination);
	(void)spec_text(at, "type", SPEC_NO_CONTROL, &m->type);
	(void)spec_texts(at, "options", SPEC_NO_CONTROL, &m->options);
}

static void parse_hook(const struct spec_node *at, struct oci_spec *spec)
{
	const char *name;

	if (!spec_require(at, "hookName", spec_string(at, "hookName", &name)))
		return;
	for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_MAX; kind++) {
		struct oci_hooks *to = &spec->hooks[kind];

		if (!streq(name, oci_hook_kind_name(kind)))
			continue;
		struct oci_hook *hook = array_add(&to->list, &to->n, sizeof(*hook));
		if (hook)
			spec_parse_hook(at, hook);
		else
			(void)spec_no_memory(at->r);
		return;
	}
	(void)spec_invalid(at, "hookName", "unknown hook '%s'", name);
}

static void parse_hooks(const struct spec_node *at, struct oci_spec *spec)
{
	struct json_object *items;

	if (!spec_items(at, "hooks", &items))
		return;
	for (size_t i = 0; i < json_object_array_length(items); i++) {
		struct spec_node item;

		if (spec_item(at, "hooks", items, i, &item))
			parse_hook(&item, spec);
	}
}

static void parse_net_device(const struct spec_node *at, void *slot)
{
	struct oci_net_device *d = slot;

	(void)spec_text(at, "hostInterfaceName", SPEC_REQUIRED | SPEC_NONEMPTY, &d->name);
	(void)spec_text(at, "name", SPEC_REQUIRED | SPEC_NONEMPTY, &d->inside);
}

/* A list of numbers; 0 is ignored, as the specification demands. */
static void parse_gids(const struct spec_node *at, struct cdi_edits *e)
{
	struct json_object *items;

	if (!spec_items(at, "additionalGids", &items))
		return;
	for (size_t i = 0; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);
		int64_t gid = json_object_is_type(item, json_type_int) ? json_object_get_int64(item)
								       : -1;

		if (gid < 0 || gid >= UINT32_MAX) {
			(void)spec_invalid(at, "additionalGids", "must be a list of group ids");
			return;
		}
		if (gid == 0)
			continue;
		uint32_t *own = array_add(&e->gids, &e->n_gids, sizeof(*own));
		if (!own) {
			(void)spec_no_memory(at->r);
			return;
		}
		*own = (uint32_t)gid;
	}
}

static void check_env(const struct spec_node *at, char *const *env)
{
	STRV_FOREACH(variable, env)
		if (**variable == '=' || !strchr(*variable, '='))
			(void)spec_invalid(at, "env", "'%s' is not of the form NAME=value",
					   *variable);
}

static void parse_edits(const struct spec_node *parent, struct cdi_edits *e)
{
	struct spec_node at, rdt;

	if (!spec_object(parent, "containerEdits", &at))
		return;
	e->spec = calloc(1, sizeof(*e->spec));
	if (!e->spec) {
		(void)spec_no_memory(parent->r);
		return;
	}
	(void)spec_texts(&at, "env", SPEC_NONEMPTY, &e->env);
	check_env(&at, e->env);
	(void)spec_array(&at, "deviceNodes", SPEC_LIST(e->nodes, e->n_nodes, parse_node));
	(void)spec_array(&at, "mounts", SPEC_LIST(e->spec->mounts, e->spec->n_mounts, parse_mount));
	parse_hooks(&at, e->spec);
	(void)spec_array(&at, "netDevices",
			 SPEC_LIST(e->spec->net_devices, e->spec->n_net_devices, parse_net_device));
	parse_gids(&at, e);
	e->wants_intel_rdt = spec_object(&at, "intelRdt", &rdt);
}

static void parse_device(const struct spec_node *at, void *slot)
{
	struct cdi_device *d = slot;

	if (spec_text(at, "name", SPEC_REQUIRED | SPEC_NONEMPTY, &d->name) && !is_name(d->name))
		(void)spec_invalid(at, "name", "invalid name '%s'", d->name);
	parse_edits(at, &d->edits);
}

/* Versions 0.x and 1.x are read alike: each only adds members to the one before. */
static void check_version(const struct spec_node *at)
{
	const char *version;

	if (!spec_require(at, "cdiVersion", spec_string(at, "cdiVersion", &version)))
		return;
	if (!str_after(version, "0.") && !str_after(version, "1."))
		at->r->error = err_set(at->r->err, ERR_UNSUPPORTED, EOPNOTSUPP,
				       "cdiVersion: '%s' is not 0.x or 1.x", version);
}

static void check_names(const struct spec_node *at, const struct cdi_file *f)
{
	if (f->n_devices > DEVICES_MAX)
		(void)spec_invalid(at, "devices", "has more than %d devices", DEVICES_MAX);
	for (size_t i = 0; i < f->n_devices && f->n_devices <= DEVICES_MAX; i++)
		for (size_t j = i + 1; j < f->n_devices && f->devices[i].name; j++)
			if (f->devices[j].name && streq(f->devices[i].name, f->devices[j].name)) {
				(void)spec_invalid(at, "devices", "the name '%s' is there twice",
						   f->devices[i].name);
				return;
			}
}

int cdi_file_parse(struct json_object *o, struct cdi_file *ret, struct masu_error *err)
{
	_cleanup_cdi_file_ struct cdi_file file = {0};
	struct spec_reader r = {.err = err};
	struct spec_node top;

	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EINVAL, "must be an object");
	if (spec_top(&r, o, "", &top)) {
		check_version(&top);
		if (spec_text(&top, "kind", SPEC_REQUIRED | SPEC_NONEMPTY, &file.kind) &&
		    !is_kind(file.kind, strlen(file.kind)))
			(void)spec_invalid(&top, "kind", "'%s' is not of the form VENDOR/CLASS",
					   file.kind);
		(void)spec_array(&top, "devices",
				 SPEC_LIST(file.devices, file.n_devices, parse_device));
		parse_edits(&top, &file.edits);
		if (!file.n_devices)
			(void)spec_invalid(&top, "devices", "has no device");
		check_names(&top, &file);
	}
	strv_free(r.unsupported);
	if (r.error)
		return r.error;
	*ret = TAKE(file, (struct cdi_file){0});
	return 0;
}
