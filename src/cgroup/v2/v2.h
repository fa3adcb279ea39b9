/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The back end of cgroup v2, and what v1 uses of it on a hybrid host. */

#include <linux/bpf.h>

#include "cgroup/group.h"

/* As the members of struct cgroup_ops. */
int v2_translate(const struct oci_resources *limits, struct cgroup_settings *ret,
		 struct masu_error *err);
int v2_choose(struct cgroup *cg, const struct cgroup_request *request, struct masu_error *err);
int v2_make(struct cgroup *cg, unsigned wanted, unsigned useful, bool exclusive,
	    struct masu_error *err);
int v2_require(const struct cgroup *cg, const struct cgroup_settings *settings,
	       struct masu_error *err);
int v2_is_frozen(const struct cgroup *cg);
int v2_freeze(const struct cgroup *cg, bool frozen, int timeout_ms);
int v2_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct masu_error *err);
int v2_oom_kills(const struct cgroup *cg, uint64_t *ret);
void v2_metrics(const struct cgroup *cg, struct metrics *m);
int v2_remove(const struct cgroup *cg);

/* The program for device rules. -EINVAL (ERR_INVALID) for a bad rule, -E2BIG for too many, -ENOMEM. */
int v2_device_program(const struct oci_device_rule *rules, size_t n, struct bpf_insn **ret,
		      size_t *ret_n, struct masu_error *err);

/* Attaches it to the container's group. */
int v2_set_devices(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
		   struct masu_error *err);

/* Is the event of cgroup.events on? 1, 0 (also if the group is gone) or -errno. */
int v2_event(int group, const char *key);

/* The same of an open cgroup.events. 1, 0 or -errno. */
int v2_read_event(int fd, const char *key);

/* The count in a group's memory.events, or -errno. */
int v2_count_oom_kills(int group, uint64_t *ret);

/* Parts of v2_translate() that v1 needs too. `like` is a setting of the controller. */
void v2_translate_hugepages(const struct oci_resources *limits, struct cgroup_settings *s);
void v2_translate_rdma(const struct oci_resources *limits, struct cgroup_setting like,
		       struct cgroup_settings *s);

/* The weights of cgroup v2 (1 to 10000) for v1's cpu shares (2 to 262144) and blkio (10 to 1000). */
uint64_t v2_weight_of_shares(uint64_t shares);
uint64_t v2_weight_of_block_io(uint16_t weight);
