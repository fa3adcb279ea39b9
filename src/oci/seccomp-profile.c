/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/seccomp-profile.h"

#include <errno.h>
#include <sys/utsname.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/caps.h"
#include "oci/spec-reader.h"

/* The profile's names of machines are Go's, uname(2)'s are the kernel's. */
#define PROFILE_PATH MASU_SYSCONFDIR "/seccomp.json"

static const struct {
	const char *machine, *go, *arch;
} machines[] = {
	{"x86_64", "amd64", "SCMP_ARCH_X86_64"},
	{"aarch64", "arm64", "SCMP_ARCH_AARCH64"},
	{"riscv64", "riscv64", "SCMP_ARCH_RISCV64"},
	{"s390x", "s390x", "SCMP_ARCH_S390X"},
	{"ppc64le", "ppc64le", "SCMP_ARCH_PPC64LE"},
	{"loongarch64", "loong64", "SCMP_ARCH_LOONGARCH64"},
	{"mips64", "mips64", "SCMP_ARCH_MIPS64"},
	{"i686", "x86", "SCMP_ARCH_X86"},
	{"armv7l", "arm", "SCMP_ARCH_ARM"},
};

struct profile_reader {
	struct spec_reader reader;
	struct utsname uts;
	const char *go;	  /* NULL: a machine that no profile names */
	const char *arch; /* the same */
	uint64_t caps;
	struct json_build build; /* of the document that spec-parse-seccomp.c reads */
};

static void read_machine(struct profile_reader *p)
{
	if (uname(&p->uts) < 0)
		p->reader.error = err_sys(p->reader.err, errno, "read the machine's name");
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (streq(machines[i].machine, p->uts.machine)) {
			p->go = machines[i].go;
			p->arch = machines[i].arch;
		}
}

/* How many of the capabilities that a condition names the container has; unknown ones it hasn't. */
static size_t count_caps(const struct profile_reader *p, char *const *names)
{
	size_t n = 0;

	for (; names && *names; names++) {
		int number = caps_number(*names);

		n += number >= 0 && (p->caps & CAPS_BIT(number));
	}
	return n;
}

/* "4.8" or "6.18.44-2" as one number that compares. -EINVAL. */
static int parse_version(const char *s, uint64_t *ret)
{
	_cleanup_strv_ char **parts = strv_split(s, ".-+");
	uint32_t major, minor;

	if (!parts)
		return -ENOMEM;
	if (!parts[0] || !parts[1] || str_to_uint32(parts[0], &major) < 0 ||
	    str_to_uint32(parts[1], &minor) < 0)
		return -EINVAL;
	*ret = (uint64_t)major << 32 | minor;
	return 0;
}

static bool kernel_is_at_least(struct profile_reader *p, const struct spec_node *rule,
			       const char *version)
{
	uint64_t wanted, running;
	int r = parse_version(version, &wanted);

	if (r == -EINVAL)
		return spec_invalid(rule, "minKernel", "'%s' is not like 4.8", version);
	if (r >= 0)
		r = parse_version(p->uts.release, &running);
	if (r < 0)
		p->reader.error = err_sys(p->reader.err, r, "read the kernel's version");
	return r >= 0 && running >= wanted;
}

struct condition {
	char **caps;
	char **arches;
	const char *kernel;
};

static void condition_done(struct condition *c)
{
	strv_free(c->caps);
	strv_free(c->arches);
}

static void read_condition(const struct spec_node *rule, const char *key, struct condition *ret)
{
	struct spec_node node;

	if (!spec_object(rule, key, &node))
		return;
	(void)spec_texts(&node, "caps", SPEC_NONEMPTY, &ret->caps);
	(void)spec_texts(&node, "arches", SPEC_NONEMPTY, &ret->arches);
	(void)spec_string(&node, "minKernel", &ret->kernel);
}

/* All conditions of "includes" must hold, and none of "excludes". */
static bool applies(struct profile_reader *p, const struct spec_node *rule)
{
	_cleanup_(condition_done) struct condition includes = {0}, excludes = {0};

	read_condition(rule, "includes", &includes);
	read_condition(rule, "excludes", &excludes);
	if (count_caps(p, includes.caps) < strv_length(includes.caps) ||
	    count_caps(p, excludes.caps) > 0)
		return false;
	if (includes.arches && *includes.arches &&
	    !(p->go && strv_contains(includes.arches, p->go)))
		return false;
	if (p->go && strv_contains(excludes.arches, p->go))
		return false;
	if (includes.kernel && !kernel_is_at_least(p, rule, includes.kernel))
		return false;
	return !excludes.kernel || !kernel_is_at_least(p, rule, excludes.kernel);
}

/* Adds to `o` what `from` has under `key`. */
static void carry(struct profile_reader *p, struct json_object *o, struct json_object *from,
		  const char *key)
{
	struct json_object *value;

	if (json_object_object_get_ex(from, key, &value) && value)
		build_put(&p->build, o, key, json_object_get(value));
}

static void add_rules(struct profile_reader *p, struct json_object *o,
		      const struct spec_node *profile)
{
	static const char key[] = "syscalls";
	struct json_object *from, *to = build_array(&p->build, o, key);
	struct spec_node rule;

	if (!spec_items(profile, key, &from))
		return;
	for (size_t i = 0; i < json_object_array_length(from); i++)
		if (spec_item(profile, key, from, i, &rule) && applies(p, &rule))
			build_put(&p->build, to, NULL, json_object_get(rule.json));
}

/* "archMap": the entry of this machine names it and the others that its kernel runs. */
static void add_arches(struct profile_reader *p, struct json_object *o,
		       const struct spec_node *profile)
{
	static const char key[] = "archMap";
	struct json_object *map, *more;
	struct spec_node entry;

	if (!spec_items(profile, key, &map)) {
		carry(p, o, profile->json, "architectures");
		return;
	}
	for (size_t i = 0; i < json_object_array_length(map); i++) {
		const char *name = "";

		if (!spec_item(profile, key, map, i, &entry))
			return;
		(void)spec_string(&entry, "architecture", &name);
		if (!p->arch || !streq(name, p->arch))
			continue;
		if (spec_items(&entry, "subArchitectures", &more))
			build_put(&p->build, o, "architectures", json_object_get(more));
		return;
	}
}

static void make_document(struct profile_reader *p, const struct spec_node *profile,
			  struct json_object *o)
{
	static const char *const same[] = {"defaultAction", "defaultErrnoRet", "flags",
					   "listenerPath", "listenerMetadata"};

	read_machine(p);
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		carry(p, o, profile->json, same[i]);
	add_arches(p, o, profile);
	add_rules(p, o, profile);
	if (p->build.failed)
		(void)spec_no_memory(&p->reader);
}

int seccomp_profile_policy(struct json_object *profile, uint64_t caps, struct seccomp_policy **ret,
			   struct masu_error *err)
{
	_cleanup_seccomp_policy_ struct seccomp_policy *policy = calloc(1, sizeof(*policy));
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct profile_reader p = {.reader.err = err, .caps = caps};
	struct spec_node top, document;

	if (!policy || !o)
		return err_oom(err);
	if (!json_object_is_type(profile, json_type_object))
		return err_set(err, ERR_INVALID, EINVAL, "profile: must be an object");
	if (spec_top(&p.reader, profile, "", &top))
		make_document(&p, &top, o);
	if (spec_top(&p.reader, o, "", &document))
		spec_parse_seccomp(&document, policy);
	if (p.reader.error)
		return p.reader.error;
	*ret = TAKE_PTR(policy);
	return 0;
}

const char *seccomp_default_path(bool *ret_exists)
{
	*ret_exists = access(PROFILE_PATH, F_OK) == 0;
	return PROFILE_PATH;
}
