/* SPDX-License-Identifier: Apache-2.0 */

/* An update changes the given values, and no others. */

#include <errno.h>
#include <string.h>

#include "oci/spec.h"

#define MOVE_NUMBER(field)                         \
	do {                                       \
		if (from->field)                   \
			into->field = from->field; \
	} while (0)

static void move_text(char **into, char **from)
{
	if (!*from)
		return;
	free(*into);
	*into = TAKE_PTR(*from);
}

static void merge_memory(struct oci_memory *into, struct oci_memory *from)
{
	/* Without a limit of memory there can be none of both together. */
	if (from->limit == -1 && from->swap == 0)
		from->swap = -1;
	MOVE_NUMBER(limit);
	MOVE_NUMBER(reservation);
	MOVE_NUMBER(swap);
	MOVE_NUMBER(kernel);
	MOVE_NUMBER(kernel_tcp);
	if (from->has_swappiness) {
		into->has_swappiness = true;
		into->swappiness = from->swappiness;
	}
	MOVE_NUMBER(disable_oom_killer);
	MOVE_NUMBER(use_hierarchy);
	MOVE_NUMBER(check_before_update);
}

static void merge_cpu(struct oci_cpu *into, struct oci_cpu *from)
{
	MOVE_NUMBER(shares);
	MOVE_NUMBER(quota);
	MOVE_NUMBER(period);
	MOVE_NUMBER(realtime_runtime);
	MOVE_NUMBER(realtime_period);
	move_text(&into->cpus, &from->cpus);
	move_text(&into->mems, &from->mems);
	if (from->has_burst) {
		into->has_burst = true;
		into->burst = from->burst;
	}
	if (from->has_idle) {
		into->has_idle = true;
		into->idle = from->idle;
	}
}

/* A list replaces the whole old list. */
#define SWAP_LIST(list, n)                                       \
	do {                                                     \
		if (from->n) {                                   \
			__typeof__(into->list) old = into->list; \
			size_t old_n = into->n;                  \
			into->list = from->list;                 \
			into->n = from->n;                       \
			from->list = old;                        \
			from->n = old_n;                         \
		}                                                \
	} while (0)

static void merge_block_io(struct oci_block_io *into, struct oci_block_io *from)
{
	MOVE_NUMBER(weight);
	MOVE_NUMBER(leaf_weight);
	SWAP_LIST(weights, n_weights);
	for (int i = 0; i < OCI_THROTTLE_MAX; i++)
		SWAP_LIST(throttle[i].list, throttle[i].n);
}

int oci_resources_merge(struct oci_resources *into, struct oci_resources *from)
{
	merge_memory(&into->memory, &from->memory);
	merge_cpu(&into->cpu, &from->cpu);
	merge_block_io(&into->block_io, &from->block_io);
	if (from->has_pids_limit) {
		into->has_pids_limit = true;
		into->pids_limit = from->pids_limit;
	}
	MOVE_NUMBER(class_id);
	SWAP_LIST(hugepages, n_hugepages);
	SWAP_LIST(priorities, n_priorities);
	SWAP_LIST(rdma, n_rdma);
	SWAP_LIST(devices, n_devices);
	for (size_t i = 0; i < from->unified.n; i++)
		if (oci_map_set(&into->unified, from->unified.pairs[i].key,
				from->unified.pairs[i].value) < 0)
			return -ENOMEM;
	return 0;
}
