/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/annotations.h"

#include <errno.h>

#include "base/str.h"

const char *const oci_annotations[] = {
	OCI_ANNOTATION_CRIU_CONFIG,	 OCI_ANNOTATION_DELEGATE_CGROUP,
	OCI_ANNOTATION_GROUP_NAMES,	 OCI_ANNOTATION_HANDLER,
	OCI_ANNOTATION_HOOKS_STDERR,	 OCI_ANNOTATION_HOOKS_STDOUT,
	OCI_ANNOTATION_KEEP_GROUPS,	 OCI_ANNOTATION_MOUNT_CONTEXT_TYPE,
	OCI_ANNOTATION_PIDFD_RECEIVER,	 OCI_ANNOTATION_SECCOMP_FAIL_UNKNOWN,
	OCI_ANNOTATION_SECCOMP_RECEIVER, OCI_ANNOTATION_SYSTEMD_SUBGROUP,
	OCI_ANNOTATION_PROPERTY,	 NULL,
};

static const char *value_of(const struct oci_spec *spec, const char *name)
{
	return oci_map_get(&spec->annotations, name);
}

static bool is_one_of(const char *value, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (streq(value, words[i]))
			return true;
	return false;
}

static int bad_value(const char *name, const char *value, const char *wanted,
		     struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "annotation %s: '%s' is not %s", name, value,
		       wanted);
}

static int check_switches(const struct oci_spec *spec, struct masu_error *err)
{
	static const char *const names[] = {
		OCI_ANNOTATION_KEEP_GROUPS,
		OCI_ANNOTATION_SECCOMP_FAIL_UNKNOWN,
	};
	static const char *const words[] = {"1", "true", "0", "false"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = value_of(spec, names[i]);

		if (value && !is_one_of(value, words, ARRAY_SIZE(words)))
			return bad_value(names[i], value, "1 or 0", err);
	}
	return 0;
}

static int check_paths(const struct oci_spec *spec, struct masu_error *err)
{
	static const char *const names[] = {
		OCI_ANNOTATION_CRIU_CONFIG,	 OCI_ANNOTATION_HOOKS_STDERR,
		OCI_ANNOTATION_HOOKS_STDOUT,	 OCI_ANNOTATION_PIDFD_RECEIVER,
		OCI_ANNOTATION_SECCOMP_RECEIVER,
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = value_of(spec, names[i]);

		if (value && *value != '/')
			return bad_value(names[i], value, "an absolute path", err);
	}
	return 0;
}

static const char *const context_options[] = {"context", "fscontext", "defcontext", "rootcontext"};

int oci_annotations_check(const struct oci_spec *spec, struct masu_error *err)
{
	const char *handler = value_of(spec, OCI_ANNOTATION_HANDLER);
	const char *type = value_of(spec, OCI_ANNOTATION_MOUNT_CONTEXT_TYPE);

	if (spec->annotations.n == 0)
		return 0;
	/* Another handler runs the command in a virtual machine, or is a WebAssembly runtime. */
	if (handler && *handler && !streq(handler, "masu") && !streq(handler, "crun"))
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "annotation %s: unknown handler: '%s'", OCI_ANNOTATION_HANDLER,
			       handler);
	if (type && !is_one_of(type, context_options, ARRAY_SIZE(context_options)))
		return bad_value(OCI_ANNOTATION_MOUNT_CONTEXT_TYPE, type,
				 "context, fscontext, defcontext or rootcontext", err);
	int r = check_switches(spec, err);
	return r < 0 ? r : check_paths(spec, err);
}

bool oci_annotation_is_on(const struct oci_spec *spec, const char *name)
{
	const char *value = value_of(spec, name);

	return value && (streq(value, "1") || streq(value, "true"));
}

const char *oci_mount_context_option(const struct oci_spec *spec)
{
	const char *type = value_of(spec, OCI_ANNOTATION_MOUNT_CONTEXT_TYPE);

	return type ? type : context_options[0];
}
