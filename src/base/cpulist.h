/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lists of processors or memory nodes, as cpuset.cpus has them: "0-3,7". */

#include <stddef.h>
#include <stdint.h>

#define CPULIST_MAX   8192 /* the most processors that Linux can be built for */
#define CPULIST_BYTES (CPULIST_MAX / 8)

/*
 * Checks the list and sets its bits in `mask`, which may be NULL. Processor 0 is the lowest bit of byte 0. Returns the
 * number of bytes up to the last bit, or -EINVAL.
 */
int cpulist_parse(const char *text, uint8_t mask[CPULIST_BYTES]);
