/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/cpulist.h"
#include "base/file.h"
#include "base/str.h"
#include "cgroup/group.h"

#define CPU_PERIOD_MIN 1000
#define CPU_PERIOD_MAX 1000000
#define CPU_QUOTA_MIN  1000

bool cgroup_limits_any(const struct oci_resources *limits)
{
	const struct oci_memory *m = &limits->memory;
	const struct oci_cpu *c = &limits->cpu;
	const struct oci_block_io *io = &limits->block_io;
	size_t throttles = 0;

	for (int i = 0; i < OCI_THROTTLE_MAX; i++)
		throttles += io->throttle[i].n;
	return m->limit || m->swap || m->reservation || m->kernel || m->kernel_tcp ||
	       m->has_swappiness || m->disable_oom_killer || c->shares || c->quota || c->period ||
	       c->burst || c->realtime_runtime || c->realtime_period || (c->cpus && *c->cpus) ||
	       (c->mems && *c->mems) || c->has_idle ||
	       (limits->has_pids_limit && limits->pids_limit >= 0) || io->weight ||
	       io->leaf_weight || io->n_weights || throttles || limits->n_hugepages ||
	       limits->class_id || limits->n_priorities || limits->n_rdma || limits->unified.n > 0;
}

static int bad(struct masu_error *err, const char *what, int64_t value, const char *why)
{
	return err_set(err, ERR_INVALID, EINVAL, "%s of %" PRId64 " %s", what, value, why);
}

/*
 * Linux has no separate limit of kernel memory any more; kernel memory counts as memory. A limit at or above that of
 * all memory is met anyway.
 */
static int check_kernel_memory(const struct oci_memory *m, struct masu_error *err)
{
	if (m->kernel <= 0 || (m->limit > 0 && m->kernel >= m->limit))
		return 0;
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		       "linux.resources.memory.kernel of %" PRId64
		       ": Linux limits kernel memory only together with all memory (memory.limit)",
		       m->kernel);
}

static int check_memory(const struct oci_memory *m, struct masu_error *err)
{
	if (m->limit < -1)
		return bad(err, "a memory limit", m->limit, "must be a number of bytes, or -1");
	if (m->reservation < -1)
		return bad(err, "a memory reservation", m->reservation,
			   "must be a number of bytes, or -1");
	if (m->swap < -1)
		return bad(err, "a limit of memory and swap", m->swap,
			   "must be a number of bytes, or -1");
	if (m->swap > 0 && m->limit <= 0)
		return bad(err, "a limit of memory and swap", m->swap, "needs a memory limit too");
	if (m->swap > 0 && m->swap < m->limit)
		return bad(err, "a limit of memory and swap", m->swap,
			   "is below the memory limit; it counts both together");
	return check_kernel_memory(m, err);
}

static int check_cpu(const struct oci_cpu *c, struct masu_error *err)
{
	uint64_t period = c->period ? c->period : CGROUP_CPU_PERIOD_DEFAULT;

	if (c->shares && (c->shares < CGROUP_SHARES_MIN || c->shares > CGROUP_SHARES_MAX))
		return err_set(err, ERR_INVALID, EINVAL,
			       "cpu shares of %" PRIu64 " are not %d to %d", c->shares,
			       CGROUP_SHARES_MIN, CGROUP_SHARES_MAX);
	if (c->quota < -1 || (c->quota > 0 && c->quota < CPU_QUOTA_MIN))
		return bad(err, "a cpu quota", c->quota, "is below 1000 microseconds");
	if (period < CPU_PERIOD_MIN || period > CPU_PERIOD_MAX)
		return err_set(err, ERR_INVALID, EINVAL,
			       "a cpu period of %" PRIu64 " is not %d to %d microseconds", period,
			       CPU_PERIOD_MIN, CPU_PERIOD_MAX);
	if (c->quota > 0 && (uint64_t)c->quota > period * CPULIST_MAX)
		return bad(err, "a cpu quota", c->quota, "is more processors than there can be");
	if (c->burst && (c->quota <= 0 || c->burst > (uint64_t)c->quota))
		return err_set(err, ERR_INVALID, EINVAL,
			       "a cpu burst of %" PRIu64 " needs a quota at least as large",
			       c->burst);
	if (c->has_idle && c->idle != 0 && c->idle != 1)
		return bad(err, "cpu idle", c->idle, "is neither 0 nor 1");
	return 0;
}

static int check_cpuset(const struct oci_cpu *c, struct masu_error *err)
{
	const struct {
		const char *name, *list;
	} sets[] = {{"cpuset.cpus", c->cpus}, {"cpuset.mems", c->mems}};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (sets[i].list && *sets[i].list && cpulist_parse(sets[i].list, NULL) < 0)
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid %s '%s': must be a list like 0-3,7", sets[i].name,
				       sets[i].list);
	return 0;
}

int cgroup_limits_check(const struct oci_resources *limits, struct masu_error *err)
{
	int r = check_memory(&limits->memory, err);

	if (r < 0)
		return r;
	r = check_cpu(&limits->cpu, err);
	return r < 0 ? r : check_cpuset(&limits->cpu, err);
}

/* Kubernetes limits to 0 all sizes there are; what the host has no pages of is limited to 0. */
bool cgroup_host_has_hugepages(const char *page_size)
{
	static const char *const counts[] = {"nr_hugepages", "nr_overcommit_hugepages"};
	char *unit, path[96];
	unsigned long long kib = strtoull(page_size, &unit, 10);

	kib <<= *unit == 'G' ? 20 : *unit == 'M' ? 10 : 0;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		_cleanup_free_ char *text = NULL;

		(void)snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%llukB/%s",
			       kib, counts[i]);
		if (file_read(AT_FDCWD, path, 64, &text, NULL) == 0 && !streq(text, "0\n"))
			return true;
	}
	return false;
}

/* Without swap there is nothing to limit, and kernels without it have no such file. */
static bool host_has_swap(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 || info.totalswap > 0;
}

static bool may_be_missing(const struct cgroup_setting *item)
{
	return item->flags ||
	       ((streq(item->file, CGROUP_FILE_SWAP) || streq(item->file, CGROUP_V1_FILE_SWAP)) &&
		!host_has_swap());
}

/* 1 when it was written, 0 when it needn't be, -errno. */
static int write_one(const struct cgroup *cg, const struct cgroup_setting *item)
{
	int group = item->v1 ? cgroup_fd_v1(cg, item->v1) : cgroup_limits_group(cg);
	int r = group < 0 ? -ENOENT : file_write_value(group, item->file, item->value);

	if (r == -ENOENT && may_be_missing(item))
		return 0;
	return r < 0 ? r : 1;
}

static int refused(const struct cgroup_setting *item, int code, struct masu_error *err)
{
	if (code == -ENOENT)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "this kernel has no '%s'",
			       item->file);
	return err_sys(err, code, "write '%s' to %s", item->value, item->file);
}

/*
 * Some can be written only in an order that depends on the present values: a memory limit never above the
 * limit of memory and swap together, a burst never above the quota. So a value that the kernel refuses is
 * written again after all others, and only the second refusal is an error.
 */
static int write_settings(const struct cgroup *cg, const struct cgroup_settings *s,
			  struct masu_error *err)
{
	_cleanup_free_ bool *again = calloc(s->n + 1, sizeof(*again));

	if (!again)
		return err_oom(err);
	for (size_t i = 0; i < s->n; i++) {
		int r = write_one(cg, &s->item[i]);

		if (r == -EINVAL || r == -EBUSY)
			again[i] = true;
		else if (r < 0)
			return refused(&s->item[i], r, err);
		while (r > 0 && s->item[i].flags & SETTING_OR_NEXT && i + 1 < s->n)
			i++;
	}
	for (size_t i = 0; i < s->n; i++) {
		int r = again[i] ? write_one(cg, &s->item[i]) : 0;

		if (r < 0)
			return refused(&s->item[i], r, err);
	}
	return 0;
}

int cgroup_limits_apply(const struct cgroup *cg, const struct oci_resources *limits,
			struct masu_error *err)
{
	_cleanup_settings_ struct cgroup_settings settings = {0};
	int r = cg->ops->translate(limits, &settings, err);

	if (r < 0)
		return r;
	r = cg->ops->require(cg, &settings, err);
	return r < 0 ? r : write_settings(cg, &settings, err);
}

void cgroup_settings_done(struct cgroup_settings *settings)
{
	for (size_t i = 0; i < settings->n; i++) {
		free(settings->item[i].file);
		free(settings->item[i].value);
	}
	free(settings->item);
	*settings = (struct cgroup_settings){0};
}

static struct cgroup_setting *next(struct cgroup_settings *s)
{
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 16;
		struct cgroup_setting *more = reallocarray(s->item, room, sizeof(*more));

		if (!more)
			return NULL;
		s->item = more;
		s->room = room;
	}
	return &s->item[s->n++];
}

void settings_add(struct cgroup_settings *s, struct cgroup_setting like, const char *file,
		  const char *format, ...)
{
	struct cgroup_setting *item = next(s);
	va_list args;

	if (!item) {
		s->failed = true;
		return;
	}
	*item = like;
	item->file = strdup(file);
	va_start(args, format);
	if (vasprintf(&item->value, format, args) < 0)
		item->value = NULL;
	va_end(args);
	s->failed |= !item->file || !item->value;
}

void settings_add_number(struct cgroup_settings *s, int controller, const char *file, int64_t value)
{
	struct cgroup_setting like = SETTING_V2(controller);

	like.flags = value < 0 ? SETTING_UNLIMITED : 0;
	if (value < 0)
		settings_add(s, like, file, "max");
	else
		settings_add(s, like, file, "%" PRId64, value);
}

unsigned cgroup_settings_controllers(const struct cgroup_settings *settings)
{
	unsigned set = 0;

	for (size_t i = 0; i < settings->n; i++) {
		const struct cgroup_setting *item = &settings->item[i];

		if (item->controller >= 0 && !(item->flags & SETTING_UNLIMITED))
			set |= 1u << item->controller;
	}
	return set;
}
