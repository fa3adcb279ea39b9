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

static int parse_version(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	int n = spec_text(r, o, "", "ociVersion", SPEC_REQUIRED | SPEC_NO_CONTROL, &spec->version);

	if (n < 0)
		return n;
	if (!is_version(spec->version))
		return err_set(r->err, ERR_UNSUPPORTED, EOPNOTSUPP, "ociVersion: '%s' is not 1.x.y",
			       spec->version);
	return 0;
}

static int parse_root(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *root;
	int n = json_get_object(o, "", "root", &root, r->err);

	if (n <= 0)
		return n;
	n = spec_text(r, root, "root", "path", SPEC_REQUIRED | SPEC_NONEMPTY, &spec->root.path);
	if (n < 0)
		return n;
	return json_get_bool(root, "root", "readonly", &spec->root.readonly, r->err);
}

/* Docker gives the domain name as a parameter alone, and nobody the host name. */
static int check_name_parameters(struct spec_reader *r, const struct oci_spec *spec)
{
	const char *domainname = oci_map_get(&spec->sysctl, "kernel.domainname");

	if (oci_map_get(&spec->sysctl, "kernel.hostname"))
		return spec_invalid(r, "linux.sysctl", "kernel.hostname",
				    "conflicts with hostname, which sets it");
	if (domainname && spec->domainname && !streq(domainname, spec->domainname))
		return spec_invalid(r, "linux.sysctl", "kernel.domainname",
				    "conflicts with domainname, which is '%s'", spec->domainname);
	return 0;
}

/* Both names are set in the UTS namespace, which must not be the host's. */
static int parse_names(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	int n = spec_text(r, o, "", "hostname", SPEC_NO_CONTROL, &spec->hostname);

	if (n >= 0)
		n = spec_text(r, o, "", "domainname", SPEC_NO_CONTROL, &spec->domainname);
	if (n < 0)
		return n;
	/* __NEW_UTS_LEN of the kernel. */
	if (spec->hostname && strlen(spec->hostname) > 64)
		return spec_invalid(r, "", "hostname", "is longer than 64 characters");
	if (spec->domainname && strlen(spec->domainname) > 64)
		return spec_invalid(r, "", "domainname", "is longer than 64 characters");
	if ((spec->hostname || spec->domainname) && !spec->namespaces[OCI_NS_UTS].wanted)
		return spec_invalid(r, "", spec->hostname ? "hostname" : "domainname",
				    "needs a UTS namespace");
	return check_name_parameters(r, spec);
}

static int parse_process(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *process;
	int n = json_get_object(o, "", "process", &process, r->err);

	if (n <= 0)
		return n;
	spec->process = calloc(1, sizeof(*spec->process));
	if (!spec->process)
		return spec_no_memory(r);
	return spec_parse_process(r, process, spec->process);
}

static int parse_hook(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct oci_hook *h = slot;
	int64_t timeout = 0;
	int n = spec_text(r, o, where, "path", SPEC_REQUIRED | SPEC_ABSOLUTE, &h->path);

	if (n < 0)
		return n;
	n = spec_texts(r, o, where, "args", 0, &h->args);
	if (n < 0)
		return n;
	n = spec_texts(r, o, where, "env", 0, &h->env);
	if (n < 0)
		return n;
	n = json_get_int64(o, where, "timeout", 1, INT32_MAX, &timeout, r->err);
	h->timeout = (unsigned int)timeout;
	return n;
}

static int parse_hooks(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *hooks;
	int n = json_get_object(o, "", "hooks", &hooks, r->err);

	if (n <= 0)
		return n;
	for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_MAX; kind++) {
		struct oci_hooks *to = &spec->hooks[kind];

		n = spec_array(r, hooks, "hooks", oci_hook_kind_name(kind),
			       SPEC_LIST(to->list, to->n, parse_hook));
		if (n < 0)
			return n;
	}
	return 0;
}

static int parse_mount(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct oci_mount *m = slot;
	/* A relative destination is deprecated and means "from /". */
	int n = spec_text(r, o, where, "destination",
			  SPEC_REQUIRED | SPEC_NONEMPTY | SPEC_NO_CONTROL | SPEC_NORMAL,
			  &m->destination);

	if (n < 0)
		return n;
	n = spec_text(r, o, where, "type", SPEC_NO_CONTROL, &m->type);
	if (n < 0)
		return n;
	n = spec_text(r, o, where, "source", 0, &m->source);
	if (n < 0)
		return n;
	n = spec_texts(r, o, where, "options", 0, &m->options);
	if (n < 0)
		return n;
	n = spec_id_maps(r, o, where, "uidMappings", &m->uid_mappings, &m->n_uid_mappings);
	if (n < 0)
		return n;
	n = spec_id_maps(r, o, where, "gidMappings", &m->gid_mappings, &m->n_gid_mappings);
	if (n >= 0 && !m->n_uid_mappings != !m->n_gid_mappings)
		return spec_invalid(r, "", where, "has only one of uidMappings and gidMappings");
	return n;
}

static int parse_mounts(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	int n = spec_array(r, o, "", "mounts",
			   SPEC_LIST(spec->mounts, spec->n_mounts, parse_mount));

	return n < 0 ? n : 0;
}

static int parse_parts(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *os;
	int n = parse_version(r, o, spec);

	if (n < 0)
		return n;
	n = parse_root(r, o, spec);
	if (n < 0)
		return n;
	n = parse_process(r, o, spec);
	if (n < 0)
		return n;
	n = parse_mounts(r, o, spec);
	if (n < 0)
		return n;
	n = parse_hooks(r, o, spec);
	if (n < 0)
		return n;
	n = spec_map(r, o, "", "annotations", &spec->annotations);
	if (n < 0)
		return n;
	n = json_get_object(o, "", "linux", &os, r->err);
	if (n > 0)
		n = spec_parse_linux(r, os, spec);
	if (n < 0)
		return n;
	n = parse_names(r, o, spec);
	if (n < 0)
		return n;
	return spec_note_unsupported(r, SPEC_PART_TOP, o, "");
}

static int require_object(struct json_object *o, const char *what, struct masu_error *err)
{
	if (json_object_get_type(o) == json_type_object)
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "%s: must be an object", what);
}

int oci_spec_parse(struct json_object *o, struct oci_spec **ret, struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = calloc(1, sizeof(*spec));
	struct spec_reader r = {.err = err};

	if (!spec)
		return spec_no_memory(&r);
	int n = require_object(o, "config.json", err);

	if (n < 0)
		return n;
	n = parse_parts(&r, o, spec);
	spec->unsupported = r.unsupported;
	if (n < 0) {
		(void)err_prefix(err, "config.json");
		return n;
	}
	/* As crun has it. In the runtime's own the mounts would be the host's, and stay (runc). */
	spec->namespaces[OCI_NS_MOUNT].wanted = true;
	*ret = TAKE_PTR(spec);
	return 0;
}

int oci_spec_read(int bundle_fd, const char *bundle, struct oci_spec **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int n = json_read_file(bundle_fd, "config.json", OCI_SPEC_SIZE_MAX, &o, err);

	if (n >= 0)
		n = oci_spec_parse(o, ret, err);
	return n < 0 ? err_prefix(err, "bundle '%s'", bundle) : 0;
}

int oci_process_parse(struct json_object *o, struct oci_process **ret, char ***ret_unsupported,
		      struct masu_error *err)
{
	_cleanup_oci_process_ struct oci_process *process = calloc(1, sizeof(*process));
	struct spec_reader r = {.err = err};

	if (!process)
		return spec_no_memory(&r);
	int n = require_object(o, "process", err);

	if (n >= 0)
		n = spec_parse_process(&r, o, process);
	if (n < 0) {
		strv_free(r.unsupported);
		return n;
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
	int n = require_object(o, "resources", err);

	if (n >= 0)
		n = spec_parse_resources(&r, o, "resources", &resources);
	if (n < 0) {
		strv_free(r.unsupported);
		return n;
	}
	*ret = TAKE(resources, ((struct oci_resources){0}));
	*ret_unsupported = r.unsupported;
	return 0;
}
