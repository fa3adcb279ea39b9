/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/features.h"

#include <stdio.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/strv.h"
#include "linux/mount-options.h"
#include "linux/schedule.h"
#include "oci/annotations.h"
#include "oci/spec.h"
#include "seccomp/library.h"

#define VERSION_MIN "1.0.0"

static void put_enabled(struct json_build *b, struct json_object *o, const char *key)
{
	build_bool(b, build_object(b, o, key), "enabled", true);
}

static void put_hooks(struct json_build *b, struct json_object *o)
{
	struct json_object *array = build_array(b, o, "hooks");

	for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_MAX; kind++)
		build_text(b, array, NULL, oci_hook_kind_name(kind));
}

static void put_mount_options(struct json_build *b, struct json_object *o)
{
	_cleanup_strv_ char **names = NULL;

	if (mount_options_names(&names) < 0)
		b->failed = true;
	else
		build_texts(b, o, "mountOptions", names);
}

/* The annotations that change the container. */
static void put_unsafe_annotations(struct json_build *b, struct json_object *o)
{
	struct json_object *array = build_array(b, o, "potentiallyUnsafeConfigAnnotations");

	for (const char *const *name = oci_annotations; *name; name++)
		build_text(b, array, NULL, *name);
}

static void put_annotations(struct json_build *b, struct json_object *o)
{
	_cleanup_(seccomp_library_done) struct seccomp_library l = {0};
	struct json_object *a = build_object(b, o, "annotations");
	char version[48];

	build_text(b, a, "io.github.masu.version", MASU_VERSION);
	if (seccomp_library_open(&l, NULL) < 0)
		return;
	const struct scmp_version *v = l.seccomp_version();
	(void)snprintf(version, sizeof(version), "%u.%u.%u", v->major, v->minor, v->micro);
	build_text(b, a, "io.github.seccomp.libseccomp.version", version);
}

static void put_namespaces(struct json_build *b, struct json_object *o)
{
	struct json_object *array = build_array(b, o, "namespaces");

	for (enum oci_namespace_type type = 0; type < OCI_NS_MAX; type++)
		build_text(b, array, NULL, oci_namespace_name(type));
}

static void put_capabilities(struct json_build *b, struct json_object *o)
{
	struct json_object *array = build_array(b, o, "capabilities");
	char name[CAPS_NAME_MAX];

	for (unsigned int number = 0; number < 64; number++)
		if (caps_name(number, name) == 0)
			build_text(b, array, NULL, name);
}

static void put_cgroup(struct json_build *b, struct json_object *o)
{
	static const char *const all[] = {"v1", "v2", "systemd", "systemdUser", "rdma"};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		build_bool(b, o, all[i], true);
}

static void put_words(struct json_build *b, struct json_object *o, const char *key,
		      const struct word *words)
{
	struct json_object *array = build_array(b, o, key);

	for (const struct word *w = words; w->name; w++)
		build_text(b, array, NULL, w->name);
}

static void put_seccomp(struct json_build *b, struct json_object *o)
{
	build_bool(b, o, "enabled", true);
	put_words(b, o, "actions", seccomp_actions);
	put_words(b, o, "operators", seccomp_operators);
	put_words(b, o, "archs", seccomp_arches);
	put_words(b, o, "knownFlags", seccomp_flags);
	struct json_object *array = build_array(b, o, "supportedFlags");

	for (const struct word *w = seccomp_flags; w->name; w++)
		if (seccomp_flag_is_supported(w->number))
			build_text(b, array, NULL, w->name);
}

static void put_linux(struct json_build *b, struct json_object *o)
{
	put_namespaces(b, o);
	put_capabilities(b, o);
	put_cgroup(b, build_object(b, o, "cgroup"));
	put_seccomp(b, build_object(b, o, "seccomp"));
	put_enabled(b, o, "apparmor");
	put_enabled(b, o, "selinux");
	put_enabled(b, o, "intelRdt");
	put_enabled(b, o, "netDevices");
	put_enabled(b, build_object(b, o, "mountExtensions"), "idmap");
	struct json_object *memory = build_object(b, o, "memoryPolicy");

	put_words(b, memory, "modes", schedule_memory_modes);
	put_words(b, memory, "flags", schedule_memory_flags);
}

int features_to_json(struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "ociVersionMin", VERSION_MIN);
	build_text(&b, o, "ociVersionMax", OCI_VERSION);
	put_hooks(&b, o);
	put_mount_options(&b, o);
	put_linux(&b, build_object(&b, o, "linux"));
	put_annotations(&b, o);
	put_unsafe_annotations(&b, o);
	if (!o || b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(o);
	return 0;
}
