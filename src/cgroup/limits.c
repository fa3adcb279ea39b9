/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/limits.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/cpulist.h"

#define CPU_PERIOD_MIN 1000
#define CPU_PERIOD_MAX 1000000
#define CPU_QUOTA_MIN  1000
#define SHARES_MIN     2
#define SHARES_MAX     262144
#define SETTINGS_OWN   10 /* the most that the fields other than unified give */

void cgroup_settings_done(struct cgroup_settings *settings)
{
	free(settings->item);
	*settings = (struct cgroup_settings){0};
}

bool cgroup_limits_any(const struct oci_resources *limits)
{
	const struct oci_memory *m = &limits->memory;
	const struct oci_cpu *c = &limits->cpu;

	return m->limit || m->swap || m->reservation || m->kernel || m->kernel_tcp ||
	       m->has_swappiness || m->disable_oom_killer || c->shares || c->quota || c->period ||
	       c->burst || c->realtime_runtime || c->realtime_period || (c->cpus && *c->cpus) ||
	       (c->mems && *c->mems) || c->has_idle ||
	       (limits->has_pids_limit && limits->pids_limit > 0) || limits->unified.n > 0;
}

/*
 * Both scales are logarithmic in what they mean, with the defaults (1024 and 100) in the middle, so
 * a straight line between their ends would make 39 of 1024. The table has the weights of the powers
 * of two on the curve that runs through both ends and the defaults; between them it is a line.
 */
uint64_t cgroup_weight_of_shares(uint64_t shares)
{
	static const uint16_t of_power[] = {
		0, 1, 2, 3, 5, 8, 12, 21, 35, 59, 100, 174, 303, 532, 942, 1681, 3023, 5478, 10000,
	};
	unsigned power = 1;

	shares = MIN(MAX(shares, SHARES_MIN), SHARES_MAX);
	while (UINT64_C(2) << power <= shares)
		power++;
	uint64_t low = UINT64_C(1) << power;
	if (shares == low)
		return of_power[power];
	return of_power[power] + (of_power[power + 1] - of_power[power]) * (shares - low) / low;
}

static int bad(struct err *err, const char *what, int64_t value, const char *why)
{
	return err_set(err, ERR_INVALID, EINVAL, "%s of %" PRId64 " %s", what, value, why);
}

static struct cgroup_setting *add(struct cgroup_settings *s, int controller, const char *file)
{
	struct cgroup_setting *item = &s->item[s->n++];

	*item = (struct cgroup_setting){.controller = controller, .file = file};
	return item;
}

static void add_number(struct cgroup_settings *s, int controller, const char *file, int64_t value)
{
	struct cgroup_setting *item = add(s, controller, file);

	item->unlimited = value < 0;
	if (value < 0)
		(void)snprintf(item->value, sizeof(item->value), "max");
	else
		(void)snprintf(item->value, sizeof(item->value), "%" PRId64, value);
}

static int refuse_v1(const struct oci_resources *limits, struct err *err)
{
	const struct {
		bool asked;
		const char *name;
	} gone[] = {
		{limits->memory.kernel != 0, "memory.kernel"},
		{limits->memory.kernel_tcp != 0, "memory.kernelTCP"},
		{limits->memory.has_swappiness, "memory.swappiness"},
		{limits->memory.disable_oom_killer, "memory.disableOOMKiller"},
		{limits->cpu.realtime_runtime != 0, "cpu.realtimeRuntime"},
		{limits->cpu.realtime_period != 0, "cpu.realtimePeriod"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		if (gone[i].asked)
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "linux.resources.%s does not exist in cgroup v2",
				       gone[i].name);
	return 0;
}

static int translate_memory(const struct oci_memory *m, struct cgroup_settings *s, struct err *err)
{
	if (m->limit < -1)
		return bad(err, "a memory limit", m->limit, "is no number of bytes, nor -1");
	if (m->reservation < -1)
		return bad(err, "a memory reservation", m->reservation, "is no number of bytes");
	if (m->limit > 0 && m->reservation > m->limit)
		return bad(err, "a memory reservation", m->reservation, "is over the memory limit");
	if (m->swap < -1)
		return bad(err, "a limit of memory and swap", m->swap, "is no number, nor -1");
	if (m->swap > 0 && m->limit <= 0)
		return bad(err, "a limit of memory and swap", m->swap, "needs a memory limit too");
	if (m->swap > 0 && m->swap < m->limit)
		return bad(err, "a limit of memory and swap", m->swap,
			   "is below the memory limit; it counts both together");
	if (m->limit)
		add_number(s, CGROUP_MEMORY, "memory.max", m->limit);
	if (m->swap)
		add_number(s, CGROUP_MEMORY, CGROUP_FILE_SWAP,
			   m->swap < 0 ? -1 : m->swap - m->limit);
	if (m->reservation)
		add_number(s, CGROUP_MEMORY, "memory.low", m->reservation);
	return 0;
}

static int check_cpu(const struct oci_cpu *c, struct err *err)
{
	uint64_t period = c->period ? c->period : CGROUP_CPU_PERIOD_DEFAULT;

	if (c->shares && (c->shares < SHARES_MIN || c->shares > SHARES_MAX))
		return err_set(err, ERR_INVALID, EINVAL,
			       "cpu shares of %" PRIu64 " are not %d to %d", c->shares, SHARES_MIN,
			       SHARES_MAX);
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

static int translate_cpu(const struct oci_cpu *c, struct cgroup_settings *s, struct err *err)
{
	uint64_t period = c->period ? c->period : CGROUP_CPU_PERIOD_DEFAULT;
	int r = check_cpu(c, err);

	if (r < 0)
		return r;
	if (c->shares)
		add_number(s, CGROUP_CPU, "cpu.weight",
			   (int64_t)cgroup_weight_of_shares(c->shares));
	if (c->quota || c->period) {
		struct cgroup_setting *item = add(s, CGROUP_CPU, "cpu.max");

		item->unlimited = c->quota <= 0;
		if (c->quota > 0)
			(void)snprintf(item->value, sizeof(item->value), "%" PRId64 " %" PRIu64,
				       c->quota, period);
		else
			(void)snprintf(item->value, sizeof(item->value), "max %" PRIu64, period);
	}
	if (c->burst)
		add_number(s, CGROUP_CPU, "cpu.max.burst", (int64_t)c->burst);
	/* After the weight, which an idle group refuses. */
	if (c->has_idle)
		add_number(s, CGROUP_CPU, "cpu.idle", c->idle);
	return 0;
}

static int translate_cpuset(const struct oci_cpu *c, struct cgroup_settings *s, struct err *err)
{
	const struct {
		const char *file, *list;
	} sets[] = {{"cpuset.cpus", c->cpus}, {"cpuset.mems", c->mems}};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		if (!sets[i].list || !*sets[i].list)
			continue;
		if (cpulist_parse(sets[i].list, NULL) < 0)
			return err_set(err, ERR_INVALID, EINVAL, "%s '%s' is no list like 0-3,7",
				       sets[i].file, sets[i].list);
		add(s, CGROUP_CPUSET, sets[i].file)->text = sets[i].list;
	}
	return 0;
}

/* The controller of a file "NAME.what", or -1. */
static int controller_of_file(const char *file)
{
	for (int i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		const char *rest = str_after(file,
					     cgroup_controller_name((enum cgroup_controller)i));

		if (rest && *rest == '.')
			return i;
	}
	return -1;
}

/*
 * Any file of a controller, but of the core's only the two limits: the others would move or kill
 * processes, or take the group from masu.
 */
static bool is_unified_key(const char *key)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-KMGB";

	if (strspn(key, set) != strlen(key) || key[0] == '.' || !strchr(key, '.'))
		return false;
	return !str_after(key, "cgroup.") || streq(key, "cgroup.max.depth") ||
	       streq(key, "cgroup.max.descendants");
}

static int translate_unified(const struct oci_map *map, struct cgroup_settings *s, struct err *err)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct oci_pair *pair = &map->pairs[i];

		if (!is_unified_key(pair->key))
			return err_set(err, ERR_INVALID, EINVAL,
				       "linux.resources.unified has '%s', which is no limit",
				       pair->key);
		if (!*pair->value || strchr(pair->value, '\n'))
			return err_set(err, ERR_INVALID, EINVAL,
				       "linux.resources.unified has no one-line value for '%s'",
				       pair->key);
		add(s, controller_of_file(pair->key), pair->key)->text = pair->value;
	}
	return 0;
}

int cgroup_limits_translate(const struct oci_resources *limits, struct cgroup_settings *ret,
			    struct err *err)
{
	_cleanup_settings_ struct cgroup_settings s = {0};
	int r = refuse_v1(limits, err);

	if (r < 0)
		return r;
	s.item = calloc(SETTINGS_OWN + limits->unified.n, sizeof(*s.item));
	if (!s.item)
		return err_sys(err, ENOMEM, "translate the limits");
	r = translate_memory(&limits->memory, &s, err);
	if (r == 0)
		r = translate_cpu(&limits->cpu, &s, err);
	if (r == 0)
		r = translate_cpuset(&limits->cpu, &s, err);
	if (r == 0 && limits->has_pids_limit)
		add_number(&s, CGROUP_PIDS, "pids.max",
			   limits->pids_limit > 0 ? limits->pids_limit : -1);
	if (r == 0)
		r = translate_unified(&limits->unified, &s, err);
	if (r < 0)
		return r;
	*ret = s;
	s = (struct cgroup_settings){0};
	return 0;
}

unsigned cgroup_settings_controllers(const struct cgroup_settings *settings)
{
	unsigned set = 0;

	for (size_t i = 0; i < settings->n; i++)
		if (settings->item[i].controller >= 0 && !settings->item[i].unlimited)
			set |= 1u << settings->item[i].controller;
	return set;
}

static int missing(enum cgroup_controller controller, bool system, struct err *err)
{
	_cleanup_close_ int root = cgroup_open_root();
	const char *name = cgroup_controller_name(controller);
	unsigned host = 0;

	if (root >= 0)
		(void)cgroup_controllers(root, &host); /* unreadable: as if it had none */
	if (!(host & 1u << controller)) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "this kernel has no cgroup v2 controller '%s'", name);
		return err_hint(err, "see /sys/fs/cgroup/cgroup.controllers and the kernel's "
				     "cgroup_disable= option");
	}
	(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP, "the cgroup controller '%s' is not delegated",
		      name);
	if (system)
		return err_hint(err, "enable it in cgroup.subtree_control of the groups above");
	return err_hint(err, "sudo mkdir -p /etc/systemd/system/user@.service.d && printf "
			     "'[Service]\\nDelegate=cpu cpuset io memory pids\\n' | sudo tee "
			     "/etc/systemd/system/user@.service.d/50-masu-delegate.conf && sudo "
			     "systemctl daemon-reload, then log in again");
}

int cgroup_require(unsigned wanted, unsigned present, bool system, struct err *err)
{
	for (int i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		if (wanted & ~present & 1u << i)
			return missing((enum cgroup_controller)i, system, err);
	return 0;
}

/* Without swap there is nothing to limit, and kernels without it have no such file. */
static bool host_has_swap(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 || info.totalswap > 0;
}

static int apply_one(int cgroup_fd, const struct cgroup_setting *item, struct err *err)
{
	const char *value = item->value[0] ? item->value : item->text;
	int r = file_write_value(cgroup_fd, item->file, value);

	if (r == -ENOENT &&
	    (item->unlimited || (streq(item->file, CGROUP_FILE_SWAP) && !host_has_swap())))
		return 0;
	if (r == -ENOENT)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "this kernel has no '%s'",
			       item->file);
	if (r < 0)
		return err_sys(err, r, "write '%s' to %s", value, item->file);
	return 0;
}

int cgroup_limits_apply(int cgroup_fd, const struct oci_resources *limits, bool system,
			struct err *err)
{
	_cleanup_settings_ struct cgroup_settings settings = {0};
	unsigned present;
	int r = cgroup_limits_translate(limits, &settings, err);

	if (r < 0)
		return r;
	r = cgroup_controllers(cgroup_fd, &present);
	if (r < 0)
		return err_sys(err, r, "read cgroup.controllers");
	r = cgroup_require(cgroup_settings_controllers(&settings), present, system, err);
	for (size_t i = 0; r == 0 && i < settings.n; i++)
		r = apply_one(cgroup_fd, &settings.item[i], err);
	return r;
}
