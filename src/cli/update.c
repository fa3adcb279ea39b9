/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/strv.h"
#include "cli/cli.h"
#include "cli/health-args.h"
#include "cli/limit-args.h"
#include "cli/restart-args.h"

struct update_options {
	struct masu_update_options update;
	struct masu_health_options health;
	char **health_test;
	bool no_healthcheck, latest;
};

#define ROW(kind, field, name, value, help) \
	OPTION_ROW(kind, struct update_options, update.field, 0, name, value, help)
#define PARSE(fn, field, letter, name, value, help) \
	OPTION_ROW_PARSE(fn, struct update_options, update.field, letter, name, value, help)

#define HEALTH(fn, field, name, value, help) \
	OPTION_ROW_PARSE(fn, struct update_options, health.field, 0, name, value, help)

static int update_one(masu_container *c, const void *options, struct masu_error *err)
{
	return masu_container_update(c, options, err);
}

static int update_run(const void *values, char **operands, struct masu_error *err)
{
	static char *const no_health[] = {(char *)"NONE", NULL};
	const struct update_options *o = values;
	struct masu_update_options update = o->update;
	struct masu_health_options health = o->health;

	if (o->no_healthcheck && o->health_test)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--no-healthcheck and --health-cmd exclude each other");
	health.test = o->no_healthcheck ? no_health : o->health_test;
	update.health = &health;
	return cli_each_container(operands, false, update_one, &update, err);
}

static void update_init(void *values)
{
	struct update_options *o = values;

	o->update.size = sizeof(o->update);
	o->health.size = sizeof(o->health);
}

static void update_done(void *values)
{
	strv_free(((struct update_options *)values)->health_test);
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
	OPTION_ROW_PARSE(health_args_command, struct update_options, health_test, 0, "health-cmd",
			 "COMMAND", "Check the health by this command; or none"),
	HEALTH(health_args_interval, interval, "health-interval", "TIME",
	       "Set the time between health checks from the next start on, or disable"),
	HEALTH(health_args_action, on_failure, "health-on-failure", "ACTION",
	       "Do this when it becomes unhealthy: none, kill, restart or stop"),
	HEALTH(health_args_retries, retries, "health-retries", "NUMBER",
	       "Count so many failures in a row as unhealthy"),
	HEALTH(health_args_time, start_interval, "health-start-interval", "TIME",
	       "Set the time between health checks in the start period from the next start on"),
	HEALTH(health_args_start_period, start_period, "health-start-period", "TIME",
	       "Count no failures for this time, until a success"),
	HEALTH(health_args_time, timeout, "health-timeout", "TIME",
	       "Kill a health check after this time"),
	LATEST_ROW(struct update_options),
	PARSE(limit_parse_size_or_none, memory, 'm', "memory", "SIZE",
	      "Limit the memory, like 256M; -1: no limit"),
	PARSE(limit_parse_size_or_none, memory_reservation, 0, "memory-reservation", "SIZE",
	      "Leave it this memory under pressure; -1: none"),
	PARSE(limit_parse_size_or_none, memory_swap, 0, "memory-swap", "SIZE",
	      "Limit memory and swap together; -1: no limit"),
	OPTION_ROW(OPTION_FLAG, struct update_options, no_healthcheck, 0, "no-healthcheck", NULL,
		   "Do not check the health any more"),
	PARSE(limit_parse_pids, pids, 0, "pids-limit", "NUMBER",
	      "Limit the number of processes and threads; -1: no limit"),
	{"restart", 0, OPTION_PARSE, 0, "POLICY",
	 "Set the restart policy: no, on-failure[:MAX], always or unless-stopped", parse_restart},
	{0},
};

#define AT_START "it has an effect only at the creation of a container"
#define ANEW	 "create the container again: masu run --replace --name NAME"

static const struct refused_option refused[] = {
	{"device-read-bps", AT_START, ANEW},
	{"device-read-iops", AT_START, ANEW},
	{"device-write-bps", AT_START, ANEW},
	{"device-write-iops", AT_START, ANEW},
	{"env", AT_START, ANEW},
	{"unsetenv", AT_START, ANEW},
	{0},
};

const struct command command_update = {
	.name = "update",
	.operands = "CONTAINER...",
	.summary = "Change limits, restart policy and health check of containers",
	.options = update_options,
	.refused = refused,
	.values_size = sizeof(struct update_options),
	.init = update_init,
	.done = update_done,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.latest = LATEST_ALL,
	.run = update_run,
};
