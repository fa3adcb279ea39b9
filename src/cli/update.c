/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/limit-args.h"
#include "cli/restart-args.h"

#define ROW(kind, field, name, value, help) \
	OPTION_ROW(kind, struct masu_update_options, field, 0, name, value, help)
#define PARSE(fn, field, letter, name, value, help) \
	OPTION_ROW_PARSE(fn, struct masu_update_options, field, letter, name, value, help)

static int update_one(masu_container *c, const void *options, struct masu_error *err)
{
	return masu_container_update(c, options, err);
}

static int update_run(const void *values, char **operands, struct masu_error *err)
{
	return cli_each_container(operands, false, update_one, values, err);
}

static void update_init(void *values)
{
	struct masu_update_options *o = values;

	o->size = sizeof(*o);
}

static int parse_restart(const char *text, void *field, struct masu_error *err)
{
	struct masu_update_options *o = field;

	return restart_args_parse(text, &o->restart, &o->restart_max, err);
}

static const struct option_row update_options[] = {
	PARSE(limit_parse_weight, blkio_weight, 0, "blkio-weight", "NUMBER",
	      "Set the weight for block I/O (10 to 1000)"),
	PARSE(limit_parse_period, cpu_period, 0, "cpu-period", "MICROSECONDS",
	      "Set the period of --cpu-quota"),
	PARSE(limit_parse_quota, cpu_quota, 0, "cpu-quota", "MICROSECONDS",
	      "Limit the processor time in each period; -1: no limit"),
	PARSE(limit_parse_shares, cpu_shares, 'c', "cpu-shares", "NUMBER",
	      "Set the weight for processor time (2 to 262144)"),
	PARSE(limit_parse_cpus_or_none, nano_cpus, 0, "cpus", "NUMBER",
	      "Limit the processors, like 0.5; -1: no limit"),
	ROW(OPTION_STRING, cpuset_cpus, "cpuset-cpus", "LIST",
	    "Use only these processors, like 0-2,4"),
	ROW(OPTION_STRING, cpuset_mems, "cpuset-mems", "LIST",
	    "Use only memory of these NUMA nodes"),
	PARSE(limit_parse_size_or_none, memory, 'm', "memory", "SIZE",
	      "Limit the memory, like 256M; -1: no limit"),
	PARSE(limit_parse_size_or_none, memory_reservation, 0, "memory-reservation", "SIZE",
	      "Leave it this memory under pressure; -1: none"),
	PARSE(limit_parse_size_or_none, memory_swap, 0, "memory-swap", "SIZE",
	      "Limit memory and swap together; -1: no limit"),
	PARSE(limit_parse_pids, pids, 0, "pids-limit", "NUMBER",
	      "Limit the number of processes and threads; -1: no limit"),
	{"restart", 0, OPTION_PARSE, 0, "POLICY",
	 "Set the restart policy: no, on-failure[:MAX], always or unless-stopped", parse_restart},
	{0},
};

const struct command command_update = {
	.name = "update",
	.operands = "CONTAINER...",
	.summary = "Change limits and restart policy of containers",
	.options = update_options,
	.values_size = sizeof(struct masu_update_options),
	.init = update_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = update_run,
};
