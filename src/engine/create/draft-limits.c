/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The limits of a container: resources of its cgroup and processes, capabilities, system calls, groups, kernel settings.
 */

#include "engine/create/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/limits.h"
#include "engine/create/cdi.h"
#include "engine/create/devices.h"
#include "engine/options.h"
#include "linux/caps.h"
#include "oci/annotations.h"
#include "oci/seccomp-profile.h"

#define NOFILE_MAX	 1048576
#define PROFILE_SIZE_MAX (1u << 20)

/* A creation has no earlier limit that -1 could remove. */
static int check_sign(const char *what, int64_t limit, struct masu_error *err)
{
	return limit < 0 ? err_set(err, ERR_INVALID, EINVAL, "invalid limit of %s: %lld", what,
				   (long long)limit)
			 : 0;
}

static int check_together(const struct masu_create_options *o, struct masu_error *err)
{
	if (check_sign("memory", o->memory, err) < 0 ||
	    check_sign("reserved memory", o->memory_reservation, err) < 0 ||
	    check_sign("processors", o->nano_cpus, err) < 0)
		return -EINVAL;
	if (o->memory && o->memory_reservation > o->memory)
		return err_set(err, ERR_INVALID, EINVAL,
			       "memory reservation %lld is over the memory limit %lld",
			       (long long)o->memory_reservation, (long long)o->memory);
	if (o->memory_swap && !o->memory)
		return err_set(err, ERR_INVALID, EINVAL,
			       "a limit of memory and swap needs a memory limit");
	if (o->memory_swap > 0 && o->memory_swap < o->memory)
		return err_set(
			err, ERR_INVALID, EINVAL,
			"limit %lld of memory and swap together is under the memory limit %lld",
			(long long)o->memory_swap, (long long)o->memory);
	return 0;
}

static int add_ulimit(struct oci_process *p, const struct masu_ulimit *given,
		      struct masu_error *err)
{
	struct rlimit_setting limit;
	struct masu_ulimit u;
	int r = options_take(&u, sizeof(u), given, err);

	if (r < 0)
		return r;
	limit = (struct rlimit_setting){.resource = u.name ? rlimit_number(u.name) : -EINVAL,
					.soft = u.soft,
					.hard = u.hard};
	if (limit.resource < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown ulimit '%s'",
			       u.name ? u.name : "");
	if (limit.soft > limit.hard)
		return err_set(err, ERR_INVALID, EINVAL,
			       "ulimit '%s': the soft limit is over the hard one", u.name);
	for (size_t i = 0; i < p->n_rlimits; i++) {
		if (p->rlimits[i].resource != limit.resource)
			continue;
		p->rlimits[i] = limit;
		return 0;
	}
	return oci_process_add_rlimit(p, limit) < 0 ? err_oom(err) : 0;
}

/* As many open files as the caller could have, which is what servers in containers are used to. */
static int default_ulimits(struct oci_process *p)
{
	struct rlimit own;

	if (getrlimit(RLIMIT_NOFILE, &own) < 0)
		return -errno;
	uint64_t n = MIN((uint64_t)own.rlim_max, NOFILE_MAX);
	return oci_process_add_rlimit(
		p, (struct rlimit_setting){.resource = RLIMIT_NOFILE, .soft = n, .hard = n});
}

/* The limits of the caller in place of the default. */
static int host_ulimits(struct oci_process *p)
{
	for (int resource = 0; resource < RLIMIT_NLIMITS; resource++) {
		struct rlimit own;

		if (getrlimit((unsigned int)resource, &own) < 0)
			return -errno;
		int r = oci_process_add_rlimit(p, (struct rlimit_setting){.resource = resource,
									  .soft = own.rlim_cur,
									  .hard = own.rlim_max});
		if (r < 0)
			return r;
	}
	return 0;
}

static int ulimits(struct oci_process *p, const struct masu_create_options *o,
		   struct masu_error *err)
{
	int r = o->host_ulimits ? host_ulimits(p) : default_ulimits(p);

	if (r < 0)
		return err_oom(err);
	for (const struct masu_ulimit *const *u = o->ulimits; u && *u; u++) {
		r = add_ulimit(p, *u, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_throttle(struct oci_block_io *io, const struct masu_throttle *given,
			struct masu_error *err)
{
	static const enum oci_throttle kinds[] = {
		[MASU_THROTTLE_READ_BYTES] = OCI_THROTTLE_READ_BPS,
		[MASU_THROTTLE_WRITE_BYTES] = OCI_THROTTLE_WRITE_BPS,
		[MASU_THROTTLE_READ_OPERATIONS] = OCI_THROTTLE_READ_IOPS,
		[MASU_THROTTLE_WRITE_OPERATIONS] = OCI_THROTTLE_WRITE_IOPS,
	};
	struct masu_throttle t;
	struct stat st;
	int r = options_take(&t, sizeof(t), given, err);

	if (r < 0)
		return r;
	if ((size_t)t.kind >= ARRAY_SIZE(kinds) || !t.device || t.rate == 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "a limit of block I/O needs a kind, a device and a rate");
	if (stat(t.device, &st) < 0)
		return err_sys(err, errno, "cannot limit block I/O of \"%s\"", t.device);
	if (!S_ISBLK(st.st_mode))
		return err_set(err, ERR_INVALID, ENOTBLK,
			       "cannot limit block I/O of \"%s\": not a block device", t.device);
	struct oci_throttle_device *device = array_add(
		&io->throttle[kinds[t.kind]].list, &io->throttle[kinds[t.kind]].n, sizeof(*device));
	if (!device)
		return err_oom(err);
	*device = (struct oci_throttle_device){
		.major = major(st.st_rdev), .minor = minor(st.st_rdev), .rate = t.rate};
	return 0;
}

int draft_limits(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	const struct masu_update_options limits = {
		.size = sizeof(limits),
		.memory = o->memory,
		.memory_reservation = o->memory_reservation,
		.memory_swap = o->memory_swap,
		.nano_cpus = o->nano_cpus,
		.cpu_shares = o->cpu_shares,
		.cpuset_cpus = o->cpuset_cpus,
		.cpuset_mems = o->cpuset_mems,
		.pids = o->pids,
		.cpu_quota = o->cpu_quota,
		.cpu_period = o->cpu_period,
		.blkio_weight = o->blkio_weight,
	};
	struct oci_process *p = d->spec->process;
	int r = limits_set(&d->spec->resources, &limits, err);

	if (r < 0)
		return r;
	r = check_together(o, err);
	if (r < 0)
		return r;
	if (o->oom_score_adj < -1000 || o->oom_score_adj > 1000)
		return err_set(err, ERR_INVALID, EINVAL,
			       "the OOM score must be from -1000 to 1000");
	p->has_oom_score_adj = o->has_oom_score_adj;
	p->oom_score_adj = o->oom_score_adj;
	for (const struct masu_throttle *const *t = o->throttles; t && *t; t++) {
		r = add_throttle(&d->spec->resources.block_io, *t, err);
		if (r < 0)
			return r;
	}
	return ulimits(p, o, err);
}

/* A user other than root gets no capabilities, but the bounding set still has the requested ones. */
static int capabilities(struct draft *d, const struct masu_create_options *o,
			struct masu_error *err)
{
	struct caps_sets *sets = &d->spec->process->capabilities;
	uint64_t caps;
	int r = caps_resolve(o->privileged ? caps_of_kernel() : caps_default, o->cap_add,
			     o->cap_drop, &caps, err);

	if (r < 0)
		return r;
	*sets = (struct caps_sets){.bounding = caps, .effective = caps, .permitted = caps};
	return 0;
}

static void unmask_all(struct oci_spec *spec)
{
	strv_free(spec->masked_paths);
	strv_free(spec->readonly_paths);
	spec->masked_paths = NULL;
	spec->readonly_paths = NULL;
}

/* Does the setting belong to a namespace of the container, so that it cannot change the host? */
static bool sysctl_is_namespaced(const struct draft *d, const char *key)
{
	static const char *const ipc[] = {"kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."};

	if (str_after(key, "net."))
		return d->spec->namespaces[OCI_NS_NETWORK].wanted && !d->network.backend->joins;
	for (size_t i = 0; i < ARRAY_SIZE(ipc); i++)
		if (str_after(key, ipc[i]))
			return d->spec->namespaces[OCI_NS_IPC].wanted;
	return false;
}

static int add_sysctl(struct draft *d, const char *text, struct masu_error *err)
{
	const char *equals = strchr(text, '=');
	_cleanup_free_ char *key = strndup(text, strcspn(text, "="));

	if (!key)
		return err_oom(err);
	if (!equals || !*key)
		return err_set(err, ERR_INVALID, EINVAL, "sysctl '%s' is not of the form KEY=VALUE",
			       text);
	if (!sysctl_is_namespaced(d, key))
		return err_set(
			err, ERR_INVALID, EINVAL,
			"cannot set sysctl '%s': it does not belong to a namespace of the container",
			key);
	return oci_map_set(&d->spec->sysctl, key, equals + 1) < 0 ? err_oom(err) : 0;
}

/* The container's files are known only at the start. */
static int set_group_names(struct oci_spec *spec, char *const *names, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;

	if (!names || !*names)
		return 0;
	STRV_FOREACH(name, names) {
		if (!**name || strpbrk(*name, ",:") || str_has_control(*name))
			return err_set(err, ERR_INVALID, EINVAL, "invalid name of a group: \"%s\"",
				       *name);
		(void)strbuf_addf(&list, "%s%s", name == names ? "" : ",", *name);
	}
	return list.failed || oci_map_set(&spec->annotations, OCI_ANNOTATION_GROUP_NAMES,
					  list.text) < 0
		       ? err_oom(err)
		       : 0;
}

static int set_groups(struct oci_spec *spec, const struct masu_create_options *o,
		      struct masu_error *err)
{
	struct oci_user *user = &spec->process->user;

	if (o->keep_groups && (o->n_groups || (o->group_names && *o->group_names)))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the caller's groups and further groups exclude each other");
	if (o->keep_groups)
		return oci_map_set(&spec->annotations, OCI_ANNOTATION_KEEP_GROUPS, "1") < 0
			       ? err_oom(err)
			       : 0;
	int r = set_group_names(spec, o->group_names, err);
	if (r < 0 || o->n_groups == 0)
		return r;
	user->additional_gids = calloc(o->n_groups, sizeof(gid_t));
	if (!user->additional_gids)
		return err_oom(err);
	memcpy(user->additional_gids, o->groups, o->n_groups * sizeof(gid_t));
	user->n_additional_gids = o->n_groups;
	return 0;
}

/* The default and no filter put no policy there: the default is compiled already. The capabilities are set. */
static int read_profile(const char *word, struct oci_spec *spec, struct masu_error *err)
{
	_cleanup_json_ struct json_object *profile = NULL;
	int r;

	if (streq(word, SECCOMP_DEFAULT) || streq(word, SECCOMP_UNCONFINED))
		return 0;
	r = json_read_file(AT_FDCWD, word, PROFILE_SIZE_MAX, &profile, err);
	if (r >= 0)
		r = seccomp_profile_policy(profile, spec->process->capabilities.bounding,
					   &spec->seccomp, err);
	return r < 0 ? err_prefix(err, "seccomp profile '%s'", word) : 0;
}

static int set_devices(const struct masu_engine *e, struct draft *d,
		       const struct masu_create_options *o, struct masu_error *err)
{
	_cleanup_strv_ char **cdi = NULL;

	STRV_FOREACH(text, o->devices) {
		_cleanup_free_ char *notice = NULL;
		char *entry = NULL;

		if (cdi_is_device_name(*text)) {
			if (strv_push(&cdi, *text) < 0)
				return err_oom(err);
			continue;
		}
		int r = devices_add(d->spec, *text, &entry, &notice, err);

		if (r < 0)
			return r;
		if (strv_push_owned(&d->record.devices, entry) < 0)
			return err_oom(err);
		engine_notice(e, notice);
	}
	const struct cdi_request request = {
		.dirs = o->cdi_spec_dirs, .names = cdi, .gpus = o->gpus};
	return cdi_create(e, &request, &d->record, d->spec, &d->cdi_env, err);
}

int draft_security(const struct masu_engine *e, struct draft *d,
		   const struct masu_create_options *o, struct masu_error *err)
{
	int r = capabilities(d, o, err);

	if (r < 0)
		return r;
	d->spec->process->no_new_privileges = o->no_new_privileges;
	if (o->unmask_all || o->privileged)
		unmask_all(d->spec);
	d->record.privileged = o->privileged;
	d->record.seccomp = strdup(o->seccomp	   ? o->seccomp
				   : o->privileged ? SECCOMP_UNCONFINED
						   : SECCOMP_DEFAULT);
	if (!d->record.seccomp)
		return err_oom(err);
	r = read_profile(d->record.seccomp, d->spec, err);
	if (r < 0)
		return r;
	STRV_FOREACH(text, o->sysctls) {
		r = add_sysctl(d, *text, err);
		if (r < 0)
			return r;
	}
	r = set_groups(d->spec, o, err);
	return r < 0 ? r : set_devices(e, d, o, err);
}
