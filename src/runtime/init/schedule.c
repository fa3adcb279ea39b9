/* SPDX-License-Identifier: Apache-2.0 */

/* Scheduling of the process, set while init may still do more than the container's user. */

#include "runtime/init/init.h"

#include "linux/schedule.h"

int init_schedule(struct init *init, struct masu_error *err)
{
	const struct oci_process *p = init->spec->process;
	int r = p->has_scheduler ? schedule_apply(&p->scheduler) : 0;

	if (r < 0)
		return err_sys(err, r, "process.scheduler: %s",
			       schedule_word_name(SCHEDULE_POLICY, p->scheduler.policy));
	r = p->has_io_priority ? schedule_apply_io(&p->io_priority) : 0;
	if (r < 0)
		return err_sys(err, r, "process.ioPriority: %s",
			       schedule_word_name(SCHEDULE_IO_CLASS, p->io_priority.class));
	r = init->spec->has_memory_policy ? schedule_apply_memory(&init->spec->memory_policy) : 0;
	return r < 0 ? err_sys(err, r, "linux.memoryPolicy: %s",
			       schedule_word_name(SCHEDULE_MEMORY_MODE,
						  init->spec->memory_policy.mode))
		     : 0;
}

static int set_affinity(const char *cpus, const char *which, struct masu_error *err)
{
	int r = cpus ? schedule_apply_affinity(cpus) : 0;

	return r < 0 ? err_sys(err, r, "process.execCPUAffinity.%s: '%s'", which, cpus) : 0;
}

int init_affinity_initial(struct init *init, struct masu_error *err)
{
	return set_affinity(init->spec->process->exec_cpus_initial, "initial", err);
}

int init_affinity_final(struct init *init, struct masu_error *err)
{
	return set_affinity(init->spec->process->exec_cpus_final, "final", err);
}
