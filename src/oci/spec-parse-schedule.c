/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/mempolicy.h>
#include <linux/sched.h>

#include "base/cpulist.h"
#include "base/json.h"
#include "base/strv.h"
#include "oci/spec-reader.h"

static bool is_realtime(const struct schedule *s)
{
	return s->policy == SCHED_FIFO || s->policy == SCHED_RR;
}

/*
 * Refuses values that another policy would silently ignore. A nice value with SCHED_IDLE or SCHED_DEADLINE is the
 * kernel's business.
 */
static void check_schedule(const struct spec_node *at, const struct schedule *s)
{
	bool is_deadline = s->policy == SCHED_DEADLINE;

	if (s->nice && is_realtime(s))
		(void)spec_invalid(at, "nice", "is not for SCHED_FIFO and SCHED_RR");
	if (is_realtime(s) != (s->priority != 0))
		(void)spec_invalid(at, "priority",
				   is_realtime(s) ? "must be 1 to 99 for this policy"
						  : "is for SCHED_FIFO and SCHED_RR alone");
	if (!is_deadline && (s->runtime || s->deadline || s->period))
		(void)spec_invalid(at, "runtime",
				   "and deadline and period are for SCHED_DEADLINE alone");
	if (is_deadline &&
	    !(s->runtime && s->runtime <= s->deadline && (!s->period || s->deadline <= s->period)))
		(void)spec_invalid(at, "runtime",
				   "must be over 0, up to deadline, and that up to period");
}

static void parse_scheduler(const struct spec_node *at, struct oci_process *p)
{
	struct schedule *s = &p->scheduler;
	int64_t nice = 0, priority = 0;
	struct spec_node node;
	uint32_t flags = 0;

	p->has_scheduler = spec_object(at, "scheduler", &node);
	if (!p->has_scheduler)
		return;
	spec_word(&node, "policy", schedule_policies, &s->policy);
	(void)spec_int64(&node, "nice", -20, 19, &nice);
	(void)spec_int64(&node, "priority", 0, 99, &priority);
	spec_flags(&node, "flags", schedule_flags, &flags);
	(void)spec_uint64(&node, "runtime", &s->runtime);
	(void)spec_uint64(&node, "deadline", &s->deadline);
	(void)spec_uint64(&node, "period", &s->period);
	s->nice = (int32_t)nice;
	s->priority = (uint32_t)priority;
	s->flags = flags;
	check_schedule(&node, s);
}

static void parse_io_priority(const struct spec_node *at, struct oci_process *p)
{
	struct spec_node node;
	int64_t level = 0;

	p->has_io_priority = spec_object(at, "ioPriority", &node);
	if (!p->has_io_priority)
		return;
	spec_word(&node, "class", schedule_io_classes, &p->io_priority.class);
	(void)spec_int64(&node, "priority", 0, 7, &level);
	p->io_priority.level = (uint32_t)level;
}

static void parse_processors(const struct spec_node *at, const char *key, char **ret)
{
	if (spec_text(at, key, 0, ret) && cpulist_parse(*ret, NULL) < 0)
		(void)spec_invalid(at, key, "invalid list '%s': must be like 0-3,7", *ret);
}

void spec_parse_schedule(const struct spec_node *at, struct oci_process *p)
{
	struct spec_node affinity;

	parse_scheduler(at, p);
	parse_io_priority(at, p);
	if (!spec_object(at, "execCPUAffinity", &affinity))
		return;
	parse_processors(&affinity, "initial", &p->exec_cpus_initial);
	parse_processors(&affinity, "final", &p->exec_cpus_final);
}

/* The policies that take nodes: set_mempolicy(2). */
static void check_nodes(const struct spec_node *at, uint32_t mode, const char *nodes)
{
	bool needed = mode != MPOL_DEFAULT && mode != MPOL_LOCAL && mode != MPOL_PREFERRED;
	bool allowed = mode != MPOL_DEFAULT && mode != MPOL_LOCAL;

	if (needed)
		(void)spec_require(at, "nodes", nodes);
	if (!allowed && nodes)
		(void)spec_invalid(at, "nodes", "must be empty for %s",
				   word_name(schedule_memory_modes, mode));
}

void spec_parse_memory_policy(const struct spec_node *at, struct oci_spec *spec)
{
	struct memory_policy *p = &spec->memory_policy;
	_cleanup_free_ char *nodes = NULL;
	struct spec_node node;

	spec->has_memory_policy = spec_object(at, "memoryPolicy", &node);
	if (!spec->has_memory_policy)
		return;
	spec_word(&node, "mode", schedule_memory_modes, &p->mode);
	spec_flags(&node, "flags", schedule_memory_flags, &p->flags);
	(void)spec_text(&node, "nodes", 0, &nodes);
	check_nodes(&node, p->mode, nodes);
	if (nodes && cpulist_parse(nodes, p->nodes) < 0)
		(void)spec_invalid(&node, "nodes", "invalid list '%s': must be like 0-3,7", nodes);
}
