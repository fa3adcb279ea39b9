/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What this build does, as the specification's features.md has it: by what is implemented here,
 * whatever the host's kernel has. Only the flags of seccomp are said twice, known and supported.
 */

#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "base/strv.h"
#include "cli/print.h"
#include "linux/mount-options.h"
#include "linux/schedule.h"
#include "oci-cli/oci-cli.h"
#include "oci/annotations.h"
#include "oci/spec-writer.h"
#include "seccomp/library.h"

#define VERSION_MIN "1.0.0"

static void put_bool(struct spec_writer *w, struct json_object *o, const char *key, bool value)
{
	spec_put(w, o, key, json_object_new_boolean(value));
}

static void put_enabled(struct spec_writer *w, struct json_object *o, const char *key)
{
	put_bool(w, spec_open_object(w, o, key), "enabled", true);
}

static void put_hooks(struct spec_writer *w, struct json_object *o)
{
	struct json_object *array = spec_open_array(w, o, "hooks");

	for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_MAX; kind++)
		spec_put_text(w, array, NULL, oci_hook_kind_name(kind));
}

static void put_mount_options(struct spec_writer *w, struct json_object *o)
{
	_cleanup_strv_ char **names = NULL;

	if (mount_options_names(&names) < 0)
		w->failed = true;
	else
		spec_put_texts(w, o, "mountOptions", names);
}

/* Those that change what is done. */
static void put_unsafe_annotations(struct spec_writer *w, struct json_object *o)
{
	struct json_object *array = spec_open_array(w, o, "potentiallyUnsafeConfigAnnotations");

	for (const char *const *name = oci_annotations; *name; name++)
		spec_put_text(w, array, NULL, *name);
}

static void put_annotations(struct spec_writer *w, struct json_object *o)
{
	_cleanup_(seccomp_library_done) struct seccomp_library l = {0};
	struct json_object *a = spec_open_object(w, o, "annotations");
	char version[48];

	spec_put_text(w, a, "io.github.masu.version", MASU_VERSION);
	if (seccomp_library_open(&l, NULL) < 0)
		return;
	const struct scmp_version *v = l.seccomp_version();
	(void)snprintf(version, sizeof(version), "%u.%u.%u", v->major, v->minor, v->micro);
	spec_put_text(w, a, "io.github.seccomp.libseccomp.version", version);
}

static void put_namespaces(struct spec_writer *w, struct json_object *o)
{
	struct json_object *array = spec_open_array(w, o, "namespaces");

	for (enum oci_namespace_type type = 0; type < OCI_NS_MAX; type++)
		spec_put_text(w, array, NULL, oci_namespace_name(type));
}

static void put_capabilities(struct spec_writer *w, struct json_object *o)
{
	struct json_object *array = spec_open_array(w, o, "capabilities");
	char name[CAPS_NAME_MAX];

	for (unsigned int number = 0; number < 64; number++)
		if (caps_name(number, name) == 0)
			spec_put_text(w, array, NULL, name);
}

static void put_cgroup(struct spec_writer *w, struct json_object *o)
{
	static const char *const all[] = {"v1", "v2", "systemd", "systemdUser", "rdma"};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		put_bool(w, o, all[i], true);
}

static void put_words(struct spec_writer *w, struct json_object *o, const char *key,
		      enum seccomp_word kind)
{
	struct json_object *array = spec_open_array(w, o, key);

	for (size_t i = 0; seccomp_word_at(kind, i); i++)
		spec_put_text(w, array, NULL, seccomp_word_at(kind, i));
}

static void put_seccomp(struct spec_writer *w, struct json_object *o)
{
	put_bool(w, o, "enabled", true);
	put_words(w, o, "actions", SECCOMP_ACTION);
	put_words(w, o, "operators", SECCOMP_OP);
	put_words(w, o, "archs", SECCOMP_ARCH);
	put_words(w, o, "knownFlags", SECCOMP_FLAG);
	struct json_object *array = spec_open_array(w, o, "supportedFlags");

	for (size_t i = 0; seccomp_word_at(SECCOMP_FLAG, i); i++) {
		const char *name = seccomp_word_at(SECCOMP_FLAG, i);
		uint32_t flag = 0;

		if (seccomp_word_number(SECCOMP_FLAG, name, &flag) == 0 &&
		    seccomp_flag_is_supported(flag))
			spec_put_text(w, array, NULL, name);
	}
}

static void put_schedule_words(struct spec_writer *w, struct json_object *o, const char *key,
			       enum schedule_word kind)
{
	struct json_object *array = spec_open_array(w, o, key);

	for (size_t i = 0; schedule_word_at(kind, i); i++)
		spec_put_text(w, array, NULL, schedule_word_at(kind, i));
}

static void put_linux(struct spec_writer *w, struct json_object *o)
{
	put_namespaces(w, o);
	put_capabilities(w, o);
	put_cgroup(w, spec_open_object(w, o, "cgroup"));
	put_seccomp(w, spec_open_object(w, o, "seccomp"));
	put_enabled(w, o, "apparmor");
	put_enabled(w, o, "selinux");
	put_enabled(w, o, "intelRdt");
	put_enabled(w, o, "netDevices");
	put_enabled(w, spec_open_object(w, o, "mountExtensions"), "idmap");
	struct json_object *memory = spec_open_object(w, o, "memoryPolicy");

	put_schedule_words(w, memory, "modes", SCHEDULE_MEMORY_MODE);
	put_schedule_words(w, memory, "flags", SCHEDULE_MEMORY_FLAG);
}

static int features_run(const void *values, char **operands, struct err *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct spec_writer w = {0};

	spec_put_text(&w, o, "ociVersionMin", VERSION_MIN);
	spec_put_text(&w, o, "ociVersionMax", OCI_VERSION);
	put_hooks(&w, o);
	put_mount_options(&w, o);
	put_linux(&w, spec_open_object(&w, o, "linux"));
	put_annotations(&w, o);
	put_unsafe_annotations(&w, o);
	return print_json(w.failed ? NULL : o, true, err);
}

const struct command oci_command_features = {
	.name = "features",
	.operands = "",
	.summary = "Show what this build can do, as JSON",
	.values_size = sizeof(struct oci_options),
	.run = features_run,
};
