/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/spec-reader.h"

/*
 * A semantic version of the major 1 ("1.0.2", "1.3.0-rc.1+dev"): the specification promises that
 * all of a major version are read alike. Its own example still bears a draft's, 0.5.0-dev.
 */
static bool is_version(const char *s)
{
	for (int part = 0; part < 3; part++) {
		size_t digits = strspn(s, "0123456789");

		if (digits == 0 || digits > 9 || (digits > 1 && *s == '0'))
			return false;
		if (part == 0 && (digits > 1 || *s > '1'))
			return false;
		s += digits;
		if (part < 2 && *s++ != '.')
			return false;
	}
	return !*s || *s == '-' || *s == '+';
}

static void parse_version(const struct spec_node *at, struct oci_spec *spec)
{
	struct spec_reader *r = at->r;

	if (spec_text(at, "ociVersion", SPEC_REQUIRED | SPEC_NO_CONTROL, &spec->version) &&
	    !is_version(spec->version))
		r->error = err_set(r->err, ERR_UNSUPPORTED, EOPNOTSUPP,
				   "ociVersion: '%s' is not 1.x.y", spec->version);
}

static void parse_root(const struct spec_node *at, struct oci_spec *spec)
{
	struct spec_node root;

	if (!spec_object(at, "root", &root))
		return;
	(void)spec_text(&root, "path", SPEC_REQUIRED | SPEC_NONEMPTY, &spec->root.path);
	(void)spec_bool(&root, "readonly", &spec->root.readonly);
}

/* Docker gives the domain name as a parameter alone, and nobody the host name. */
static void check_name_parameters(const struct spec_node *at, const struct oci_spec *spec)
{
	const char *domainname = oci_map_get(&spec->sysctl, "kernel.domainname");

	if (oci_map_get(&spec->sysctl, "kernel.hostname"))
		(void)spec_invalid(at, "linux.sysctl.kernel.hostname",
				   "conflicts with hostname, which sets it");
	if (domainname && spec->domainname && !streq(domainname, spec->domainname))
		(void)spec_invalid(at, "linux.sysctl.kernel.domainname",
				   "conflicts with domainname, which is '%s'", spec->domainname);
}

static void parse_name(const struct spec_node *at, const char *key, const struct oci_spec *spec,
		       char **ret)
{
	if (!spec_text(at, key, SPEC_NO_CONTROL, ret))
		return;
	/* __NEW_UTS_LEN of the kernel. */
	if (strlen(*ret) > 64)
		(void)spec_invalid(at, key, "is longer than 64 characters");
	/* It is set in the UTS namespace, which must not be the host's. */
	if (!spec->namespaces[OCI_NS_UTS].wanted)
		(void)spec_invalid(at, key, "needs a UTS namespace");
}

static void parse_process(const struct spec_node *at, struct oci_spec *spec)
{
	struct spec_node process;

	if (!spec_object(at, "process", &process))
		return;
	spec->process = calloc(1, sizeof(*spec->process));
	if (spec->process)
		spec_parse_process(&process, spec->process);
	else
		(void)spec_no_memory(at->r);
}

void spec_parse_hook(const struct spec_node *at, void *slot)
{
	struct oci_hook *h = slot;
	int64_t timeout = 0;

	(void)spec_text(at, "path", SPEC_REQUIRED | SPEC_ABSOLUTE, &h->path);
	(void)spec_texts(at, "args", 0, &h->args);
	(void)spec_texts(at, "env", 0, &h->env);
	(void)spec_int64(at, "timeout", 1, INT32_MAX, &timeout);
	h->timeout = (unsigned int)timeout;
}

static void parse_hooks(const struct spec_node *at, struct oci_spec *spec)
{
	struct spec_node hooks;

	if (!spec_object(at, "hooks", &hooks))
		return;
	for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_MAX; kind++) {
		struct oci_hooks *to = &spec->hooks[kind];

		(void)spec_array(&hooks, oci_hook_kind_name(kind),
				 SPEC_LIST(to->list, to->n, spec_parse_hook));
	}
}

static void parse_mount(const struct spec_node *at, void *slot)
{
	struct oci_mount *m = slot;

	/* A relative destination is deprecated and means "from /". */
	(void)spec_text(at, "destination",
			SPEC_REQUIRED | SPEC_NONEMPTY | SPEC_NO_CONTROL | SPEC_NORMAL,
			&m->destination);
	(void)spec_text(at, "type", SPEC_NO_CONTROL, &m->type);
	(void)spec_text(at, "source", 0, &m->source);
	(void)spec_texts(at, "options", 0, &m->options);
	(void)spec_id_maps(at, "uidMappings", &m->uid_mappings, &m->n_uid_mappings);
	(void)spec_id_maps(at, "gidMappings", &m->gid_mappings, &m->n_gid_mappings);
	if (!m->n_uid_mappings != !m->n_gid_mappings)
		(void)spec_invalid(at, "", "has only one of uidMappings and gidMappings");
}

static void parse_document(const struct spec_node *at, struct oci_spec *spec)
{
	struct spec_node os;

	parse_version(at, spec);
	parse_root(at, spec);
	parse_process(at, spec);
	(void)spec_array(at, "mounts", SPEC_LIST(spec->mounts, spec->n_mounts, parse_mount));
	parse_hooks(at, spec);
	(void)spec_map(at, "annotations", &spec->annotations);
	if (spec_object(at, "linux", &os))
		spec_parse_linux(&os, spec);
	parse_name(at, "hostname", spec, &spec->hostname);
	parse_name(at, "domainname", spec, &spec->domainname);
	check_name_parameters(at, spec);
	spec_note_unsupported(at, SPEC_PART_TOP);
}

int oci_spec_parse(struct json_object *o, struct oci_spec **ret, struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = calloc(1, sizeof(*spec));
	struct spec_reader r = {.err = err};
	struct spec_node top;

	if (!spec)
		return err_oom(err);
	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EINVAL, "config.json: must be an object");
	if (spec_top(&r, o, "", &top))
		parse_document(&top, spec);
	spec->unsupported = r.unsupported;
	if (r.error) {
		(void)err_prefix(err, "config.json");
		return r.error;
	}
	/* As crun has it. In the runtime's own the mounts would be the host's, and stay (runc). */
	spec->namespaces[OCI_NS_MOUNT].wanted = true;
	*ret = TAKE_PTR(spec);
	return 0;
}

int oci_spec_read(int bundle_fd, const char *bundle, struct oci_spec **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = json_read_file(bundle_fd, "config.json", OCI_SPEC_SIZE_MAX, &o, err);

	if (r >= 0)
		r = oci_spec_parse(o, ret, err);
	return r < 0 ? err_prefix(err, "bundle '%s'", bundle) : 0;
}

int oci_process_parse(struct json_object *o, struct oci_process **ret, char ***ret_unsupported,
		      struct masu_error *err)
{
	_cleanup_oci_process_ struct oci_process *process = calloc(1, sizeof(*process));
	struct spec_reader r = {.err = err};
	struct spec_node top;

	if (!process)
		return err_oom(err);
	if (spec_top(&r, o, "process", &top))
		spec_parse_process(&top, process);
	if (r.error) {
		strv_free(r.unsupported);
		return r.error;
	}
	*ret = TAKE_PTR(process);
	*ret_unsupported = r.unsupported;
	return 0;
}

int oci_resources_parse(struct json_object *o, struct oci_resources *ret, char ***ret_unsupported,
			struct masu_error *err)
{
	_cleanup_(oci_resources_done) struct oci_resources resources = {0};
	struct spec_reader r = {.err = err};
	struct spec_node top;

	if (spec_top(&r, o, "resources", &top))
		spec_parse_resources(&top, &resources);
	if (r.error) {
		strv_free(r.unsupported);
		return r.error;
	}
	*ret = TAKE(resources, ((struct oci_resources){0}));
	*ret_unsupported = r.unsupported;
	return 0;
}
