/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci-cli/oci-cli.h"
#include "runtime/instance.h"

#define RESOURCES_MAX (1u << 20)

static int bad_value(const char *value, const char *what, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "invalid %s: '%s'", what, value);
}

/* "64M", or -1 for no limit. */
static int parse_bytes(const char *value, void *field, struct masu_error *err)
{
	int64_t *bytes = field;
	uint64_t n;

	if (streq(value, "-1")) {
		*bytes = -1;
		return 0;
	}
	if (str_to_size(value, &n) < 0 || n > INT64_MAX)
		return bad_value(value, "number of bytes", err);
	*bytes = (int64_t)n;
	return 0;
}

static int parse_int64(const char *value, void *field, struct masu_error *err)
{
	return str_to_int64(value, field) < 0 ? bad_value(value, "number", err) : 0;
}

static int parse_uint64(const char *value, void *field, struct masu_error *err)
{
	return str_to_uint64(value, UINT64_MAX, field) < 0 ? bad_value(value, "number", err) : 0;
}

static int parse_weight(const char *value, void *field, struct masu_error *err)
{
	uint16_t *weight = field;
	uint64_t n;

	if (str_to_uint64(value, 1000, &n) < 0 || (n > 0 && n < 10))
		return bad_value(value, "weight from 10 to 1000", err);
	*weight = (uint16_t)n;
	return 0;
}

static int parse_pids(const char *value, void *field, struct masu_error *err)
{
	struct oci_resources *r = field;

	r->has_pids_limit = true;
	return parse_int64(value, &r->pids_limit, err);
}

static int parse_burst(const char *value, void *field, struct masu_error *err)
{
	struct oci_cpu *cpu = field;

	cpu->has_burst = true;
	return parse_uint64(value, &cpu->burst, err);
}

static int parse_idle(const char *value, void *field, struct masu_error *err)
{
	struct oci_cpu *cpu = field;

	cpu->has_idle = true;
	return parse_int64(value, &cpu->idle, err);
}

#define ROW(fn, field, name, value, help) \
	OPTION_ROW_PARSE(fn, struct oci_options, update.field, 0, name, value, help)

static const struct option_row update_rows[] = {
	OCI_ROW(OPTION_STRING, resources, 'r', "resources", "FILE",
		"Read a document like linux.resources (- is standard input)"),
	ROW(parse_weight, block_io.weight, "blkio-weight", "N",
	    "Set the weight for block I/O (10 to 1000)"),
	ROW(parse_uint64, cpu.period, "cpu-period", "USEC",
	    "Set the length of the period of --cpu-quota"),
	ROW(parse_int64, cpu.quota, "cpu-quota", "USEC",
	    "Limit the processor time in a period; -1: no limit"),
	OPTION_ROW_PARSE(parse_burst, struct oci_options, update.cpu, 0, "cpu-burst", "USEC",
			 "Set the time that may be saved for later periods; 0: none"),
	OPTION_ROW_PARSE(parse_idle, struct oci_options, update.cpu, 0, "cpu-idle", "0|1",
			 "Run only when no other process wants to, with 1"),
	ROW(parse_uint64, cpu.realtime_period, "cpu-rt-period", "USEC",
	    "Set the realtime period (cgroup v1)"),
	ROW(parse_int64, cpu.realtime_runtime, "cpu-rt-runtime", "USEC",
	    "Limit the realtime of a period (cgroup v1)"),
	ROW(parse_uint64, cpu.shares, "cpu-share", "N", "Set the weight (2 to 262144)"),
	OCI_ROW(OPTION_STRING, update.cpu.cpus, 0, "cpuset-cpus", "LIST",
		"Use only these processors: 0-3,7"),
	OCI_ROW(OPTION_STRING, update.cpu.mems, 0, "cpuset-mems", "LIST",
		"Use only these memory nodes"),
	ROW(parse_bytes, memory.kernel, "kernel-memory", "BYTES", NULL),
	ROW(parse_bytes, memory.kernel_tcp, "kernel-memory-tcp", "BYTES",
	    "Limit the memory of TCP (cgroup v1)"),
	ROW(parse_bytes, memory.limit, "memory", "BYTES",
	    "Limit the memory, like 64M; -1: no limit"),
	ROW(parse_bytes, memory.reservation, "memory-reservation", "BYTES", "Set a soft limit"),
	ROW(parse_bytes, memory.swap, "memory-swap", "BYTES", "Limit memory and swap together"),
	OPTION_ROW_PARSE(parse_pids, struct oci_options, update, 0, "pids-limit", "N",
			 "Limit processes and threads; -1: no limit"),
	OCI_ROW(OPTION_STRING, l3_cache_schema, 0, "l3-cache-schema", "TEXT",
		"Set the share of the caches, for a container with linux.intelRdt"),
	OCI_ROW(OPTION_STRING, mem_bw_schema, 0, "mem-bw-schema", "TEXT",
		"Set the share of the memory bandwidth, likewise"),
	{0},
};

static int read_document(const char *path, struct oci_resources *ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_strv_ char **unsupported = NULL;
	int r = json_read_file(AT_FDCWD, streq(path, "-") ? "/dev/stdin" : path, RESOURCES_MAX,
			       &doc, err);

	if (r < 0)
		return r;
	r = oci_resources_parse(doc, ret, &unsupported, err);
	if (r < 0)
		return r;
	return unsupported ? err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "%s is not supported",
				     unsupported[0])
			   : 0;
}

/* The document, and over it the options, whose texts are borrowed: copies are taken. */
static int read_given(const struct oci_options *o, struct oci_resources *given,
		      struct masu_error *err)
{
	struct oci_resources options = o->update;
	int r = o->resources ? read_document(o->resources, given, err) : 0;

	if (r < 0)
		return r;
	options.cpu.cpus = o->update.cpu.cpus ? strdup(o->update.cpu.cpus) : NULL;
	options.cpu.mems = o->update.cpu.mems ? strdup(o->update.cpu.mems) : NULL;
	if (!options.cpu.cpus != !o->update.cpu.cpus || !options.cpu.mems != !o->update.cpu.mems ||
	    oci_resources_merge(given, &options) < 0)
		r = err_oom(err);
	oci_resources_done(&options);
	return r;
}

static int update_run(const void *values, char **operands, struct masu_error *err)
{
	const struct oci_options *o = values;
	_cleanup_(oci_resources_done) struct oci_resources given = {0};
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	int r = read_given(o, &given, err);

	if (r < 0)
		return r;
	r = oci_find(o, operands[0], &c, err);
	if (r < 0)
		return r;
	if (o->l3_cache_schema || o->mem_bw_schema) {
		r = instance_update_schemata(&c, o->l3_cache_schema, o->mem_bw_schema, err);
		if (r < 0)
			return r;
	}
	return instance_update(&c, &given, err);
}

const struct command oci_command_update = {
	.name = "update",
	.operands = "ID",
	.summary = "Change the limits of a container",
	.options = update_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = update_run,
};
