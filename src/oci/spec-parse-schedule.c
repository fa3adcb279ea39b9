/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <string.h>

#include "base/cpulist.h"
#include "base/json.h"
#include "base/strv.h"
#include "oci/spec-reader.h"

static int parse_word(struct spec_reader *r, struct json_object *o, const char *where,
		      const char *key, enum schedule_word kind, uint32_t *ret)
{
	const char *name;
	int n = json_get_string(o, where, key, &name, r->err);

	if (n == 0)
		return spec_invalid(r, where, key, "is missing");
	if (n > 0 && schedule_word_number(kind, name, ret) < 0)
		return spec_invalid(r, where, key, "there is no '%s'", name);
	return n;
}

static int parse_flags(struct spec_reader *r, struct json_object *o, const char *where,
		       enum schedule_word kind, uint32_t *ret)
{
	_cleanup_strv_ char **names = NULL;
	int n = spec_texts(r, o, where, "flags", 0, &names);

	STRV_FOREACH(name, names) {
		uint32_t flag;

		if (schedule_word_number(kind, *name, &flag) < 0)
			return spec_invalid(r, where, "flags", "there is no '%s'", *name);
		*ret |= flag;
	}
	return n;
}

static bool is_realtime(const struct schedule *s)
{
	return s->policy == SCHED_FIFO || s->policy == SCHED_RR;
}

/*
 * Refuses values that another policy would silently ignore. A nice value with SCHED_IDLE or SCHED_DEADLINE is the
 * kernel's business.
 */
static int check_schedule(struct spec_reader *r, const char *where, const struct schedule *s)
{
	bool is_deadline = s->policy == SCHED_DEADLINE;

	if (s->nice && is_realtime(s))
		return spec_invalid(r, where, "nice", "is not for SCHED_FIFO and SCHED_RR");
	if (is_realtime(s) != (s->priority != 0))
		return spec_invalid(r, where, "priority",
				    is_realtime(s) ? "must be 1 to 99 for this policy"
						   : "is for SCHED_FIFO and SCHED_RR alone");
	if (!is_deadline && (s->runtime || s->deadline || s->period))
		return spec_invalid(r, where, "runtime",
				    "and deadline and period are for SCHED_DEADLINE alone");
	if (is_deadline &&
	    !(s->runtime && s->runtime <= s->deadline && (!s->period || s->deadline <= s->period)))
		return spec_invalid(r, where, "runtime",
				    "must be over 0, up to deadline, and that "
				    "up to period");
	return 0;
}

int spec_parse_scheduler(struct spec_reader *r, struct json_object *o, struct oci_process *p)
{
	static const char where[] = "process.scheduler";
	struct schedule *s = &p->scheduler;
	struct json_object *scheduler;
	int64_t nice = 0, priority = 0;
	uint32_t flags = 0;
	int n = json_get_object(o, "process", "scheduler", &scheduler, r->err);

	if (n <= 0)
		return n;
	p->has_scheduler = true;
	n = parse_word(r, scheduler, where, "policy", SCHEDULE_POLICY, &s->policy);
	if (n >= 0)
		n = json_get_int64(scheduler, where, "nice", -20, 19, &nice, r->err);
	if (n >= 0)
		n = json_get_int64(scheduler, where, "priority", 0, 99, &priority, r->err);
	if (n >= 0)
		n = parse_flags(r, scheduler, where, SCHEDULE_FLAG, &flags);
	if (n >= 0)
		n = json_get_uint64(scheduler, where, "runtime", &s->runtime, r->err);
	if (n >= 0)
		n = json_get_uint64(scheduler, where, "deadline", &s->deadline, r->err);
	if (n >= 0)
		n = json_get_uint64(scheduler, where, "period", &s->period, r->err);
	if (n < 0)
		return n;
	s->nice = (int32_t)nice;
	s->priority = (uint32_t)priority;
	s->flags = flags;
	return check_schedule(r, where, s);
}

int spec_parse_io_priority(struct spec_reader *r, struct json_object *o, struct oci_process *p)
{
	static const char where[] = "process.ioPriority";
	struct json_object *priority;
	int64_t level = 0;
	int n = json_get_object(o, "process", "ioPriority", &priority, r->err);

	if (n <= 0)
		return n;
	p->has_io_priority = true;
	n = parse_word(r, priority, where, "class", SCHEDULE_IO_CLASS, &p->io_priority.class);
	if (n < 0)
		return n;
	n = json_get_int64(priority, where, "priority", 0, 7, &level, r->err);
	p->io_priority.level = (uint32_t)level;
	return n;
}

static int parse_processors(struct spec_reader *r, struct json_object *o, const char *key,
			    char **ret)
{
	static const char where[] = "process.execCPUAffinity";
	int n = spec_text(r, o, where, key, 0, ret);

	if (n > 0 && cpulist_parse(*ret, NULL) < 0)
		return spec_invalid(r, where, key, "invalid list '%s': must be like 0-3,7", *ret);
	return n;
}

int spec_parse_affinity(struct spec_reader *r, struct json_object *o, struct oci_process *p)
{
	struct json_object *affinity;
	int n = json_get_object(o, "process", "execCPUAffinity", &affinity, r->err);

	if (n <= 0)
		return n;
	n = parse_processors(r, affinity, "initial", &p->exec_cpus_initial);
	if (n < 0)
		return n;
	return parse_processors(r, affinity, "final", &p->exec_cpus_final);
}

/* Which policies take nodes: set_mempolicy(2). */
static int check_nodes(struct spec_reader *r, const char *where, uint32_t mode, const char *nodes)
{
	bool needed = mode != MPOL_DEFAULT && mode != MPOL_LOCAL && mode != MPOL_PREFERRED;
	bool allowed = mode != MPOL_DEFAULT && mode != MPOL_LOCAL;

	if (needed && !nodes)
		return spec_invalid(r, where, "nodes", "is missing");
	if (!allowed && nodes)
		return spec_invalid(r, where, "nodes", "must be empty for %s",
				    schedule_word_name(SCHEDULE_MEMORY_MODE, mode));
	return 0;
}

int spec_parse_memory_policy(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	static const char where[] = "linux.memoryPolicy";
	struct memory_policy *p = &spec->memory_policy;
	_cleanup_free_ char *nodes = NULL;
	struct json_object *policy;
	int n = json_get_object(o, "linux", "memoryPolicy", &policy, r->err);

	if (n <= 0)
		return n;
	spec->has_memory_policy = true;
	n = parse_word(r, policy, where, "mode", SCHEDULE_MEMORY_MODE, &p->mode);
	if (n < 0)
		return n;
	n = parse_flags(r, policy, where, SCHEDULE_MEMORY_FLAG, &p->flags);
	if (n < 0)
		return n;
	n = spec_text(r, policy, where, "nodes", 0, &nodes);
	if (n < 0)
		return n;
	n = check_nodes(r, where, p->mode, nodes);
	if (n >= 0 && nodes && cpulist_parse(nodes, p->nodes) < 0)
		return spec_invalid(r, where, "nodes", "invalid list '%s': must be like 0-3,7",
				    nodes);
	return n;
}
