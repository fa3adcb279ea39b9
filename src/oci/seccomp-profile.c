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

static int read_machine(struct profile_reader *p)
{
	if (uname(&p->uts) < 0)
		return err_sys(p->reader.err, errno, "read the machine's name");
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (streq(machines[i].machine, p->uts.machine)) {
			p->go = machines[i].go;
			p->arch = machines[i].arch;
		}
	return 0;
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

static int kernel_is_at_least(struct profile_reader *p, const char *where, const char *version)
{
	uint64_t wanted, running;
	int r = parse_version(version, &wanted);

	if (r == -EINVAL)
		return spec_invalid(&p->reader, where, "minKernel", "'%s' is not like 4.8",
				    version);
	if (r >= 0)
		r = parse_version(p->uts.release, &running);
	return r < 0 ? err_sys(p->reader.err, r, "read the kernel's version") : running >= wanted;
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

static int read_condition(struct profile_reader *p, struct json_object *rule, const char *where,
			  const char *key, struct condition *ret)
{
	char place[SPEC_WHERE_MAX];
	struct json_object *o;
	int n = json_get_object(rule, where, key, &o, p->reader.err);

	if (n <= 0)
		return n;
	(void)spec_place(place, where, key);
	n = spec_texts(&p->reader, o, place, "caps", SPEC_NONEMPTY, &ret->caps);
	if (n < 0)
		return n;
	n = spec_texts(&p->reader, o, place, "arches", SPEC_NONEMPTY, &ret->arches);
	if (n < 0)
		return n;
	return json_get_string(o, place, "minKernel", &ret->kernel, p->reader.err);
}

/* All conditions of "includes" must hold, and none of "excludes". 1, 0 or -errno. */
static int applies(struct profile_reader *p, struct json_object *rule, const char *where)
{
	_cleanup_(condition_done) struct condition includes = {0}, excludes = {0};
	int n = read_condition(p, rule, where, "includes", &includes);

	if (n < 0)
		return n;
	n = read_condition(p, rule, where, "excludes", &excludes);
	if (n < 0)
		return n;
	if (count_caps(p, includes.caps) < strv_length(includes.caps) ||
	    count_caps(p, excludes.caps) > 0)
		return 0;
	if (includes.arches && *includes.arches &&
	    !(p->go && strv_contains(includes.arches, p->go)))
		return 0;
	if (p->go && strv_contains(excludes.arches, p->go))
		return 0;
	n = includes.kernel ? kernel_is_at_least(p, where, includes.kernel) : 1;
	if (n > 0 && excludes.kernel) {
		n = kernel_is_at_least(p, where, excludes.kernel);
		return n < 0 ? n : !n;
	}
	return n;
}

/* Adds to `o` what `from` has under `key`. */
static int carry(struct profile_reader *p, struct json_object *o, struct json_object *from,
		 const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value) || !value)
		return 0;
	build_put(&p->build, o, key, json_object_get(value));
	return 0;
}

static int add_rules(struct profile_reader *p, struct json_object *o, struct json_object *profile)
{
	struct json_object *from, *to = build_array(&p->build, o, "syscalls");
	char place[SPEC_WHERE_MAX];
	int n = json_get_array(profile, "", "syscalls", &from, p->reader.err);

	if (n <= 0)
		return n;
	for (size_t i = 0; i < json_object_array_length(from); i++) {
		struct json_object *rule = json_object_array_get_idx(from, i);

		(void)spec_place_at(place, "", "syscalls", i);
		if (json_object_get_type(rule) != json_type_object)
			return spec_invalid(&p->reader, "", place, "must be an object");
		n = applies(p, rule, place);
		if (n < 0)
			return n;
		if (n > 0)
			build_put(&p->build, to, NULL, json_object_get(rule));
	}
	return 0;
}

/* "archMap": the entry of this machine names it and the others that its kernel runs. */
static int add_arches(struct profile_reader *p, struct json_object *o, struct json_object *profile)
{
	struct json_object *map;
	int n = json_get_array(profile, "", "archMap", &map, p->reader.err);

	if (n <= 0)
		return n < 0 ? n : carry(p, o, profile, "architectures");
	for (size_t i = 0; i < json_object_array_length(map); i++) {
		struct json_object *entry = json_object_array_get_idx(map, i), *more;
		const char *name = "";

		if (json_object_get_type(entry) != json_type_object)
			return spec_invalid(&p->reader, "", "archMap", "must hold objects");
		n = json_get_string(entry, "archMap", "architecture", &name, p->reader.err);
		if (n < 0)
			return n;
		if (!p->arch || !streq(name, p->arch))
			continue;
		n = json_get_array(entry, "archMap", "subArchitectures", &more, p->reader.err);
		if (n <= 0)
			return n;
		build_put(&p->build, o, "architectures", json_object_get(more));
		return 0;
	}
	return 0;
}

static int make_document(struct profile_reader *p, struct json_object *profile,
			 struct json_object *o)
{
	static const char *const same[] = {"defaultAction", "defaultErrnoRet", "flags",
					   "listenerPath", "listenerMetadata"};
	int n = read_machine(p);

	if (n >= 0 && json_object_get_type(profile) != json_type_object)
		return spec_invalid(&p->reader, "", "profile", "must be an object");
	for (size_t i = 0; i < ARRAY_SIZE(same) && n >= 0; i++)
		n = carry(p, o, profile, same[i]);
	if (n < 0)
		return n;
	n = add_arches(p, o, profile);
	if (n < 0)
		return n;
	return add_rules(p, o, profile);
}

int seccomp_profile_policy(struct json_object *profile, uint64_t caps, struct seccomp_policy **ret,
			   struct masu_error *err)
{
	_cleanup_seccomp_policy_ struct seccomp_policy *policy = calloc(1, sizeof(*policy));
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct profile_reader p = {.reader.err = err, .caps = caps};

	if (!policy || !o)
		return spec_no_memory(&p.reader);
	int n = make_document(&p, profile, o);

	if (p.build.failed)
		return spec_no_memory(&p.reader);
	if (n >= 0)
		n = spec_parse_seccomp(&p.reader, o, "", policy);
	if (n < 0)
		return n;
	*ret = TAKE_PTR(policy);
	return 0;
}

const char *seccomp_default_path(bool *ret_exists)
{
	*ret_exists = access(PROFILE_PATH, F_OK) == 0;
	return PROFILE_PATH;
}
