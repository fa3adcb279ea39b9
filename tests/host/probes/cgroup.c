/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command in a cgroup as the runtime would, for checks/cgroup.sh: clones, begins, finishes,
 * lets the command go, and prints its observations.
 *
 *	cgroup [OPTION...] NAME COMMAND...
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "cgroup/detect.h"
#include "cgroup/manager.h"

struct options {
	struct cgroup_plan plan;
	struct oci_resources limits;
	struct oci_device_rule devices[2];
	bool with_self; /* as a launcher that becomes the monitor */
	bool freeze;
	char **command;
};

static void set_limit(struct oci_resources *limits, int option, char *value)
{
	int64_t number = 0;

	(void)str_to_int64(value, &number); /* a list of processors is none */
	switch (option) {
	case 'm':
		limits->memory.limit = limits->memory.swap = number;
		break;
	case 'q':
		limits->cpu.quota = number;
		break;
	case 'p':
		limits->has_pids_limit = true;
		limits->pids_limit = number;
		break;
	case 'c':
		limits->cpu.cpus = value;
		break;
	}
}

static void set_devices(struct options *o)
{
	o->plan.device_filter = true;
	o->devices[0] = (struct oci_device_rule){
		.allow = true, .type = 'c', .major = 1, .minor = 3, .access = "rwm"};
	o->limits.devices = o->devices;
	o->limits.n_devices = 1;
}

static int parse(int argc, char **argv, struct options *o)
{
	static char scope[256];
	int c;

	*o = (struct options){.plan = {.manager = CGROUP_MANAGER_SYSTEMD,
				       .slice = "masu.slice",
				       .description = "A probe",
				       .split = true}};
	o->plan.system = geteuid() == 0;
	while ((c = getopt(argc, argv, "+m:q:p:c:g:owdf")) >= 0) {
		if (c == 'g') {
			o->plan.manager = CGROUP_MANAGER_CGROUPFS;
			o->plan.path = optarg;
		} else if (c == 'o') {
			o->plan.split = false;
		} else if (c == 'w') {
			o->with_self = true;
		} else if (c == 'd') {
			set_devices(o);
		} else if (c == 'f') {
			o->freeze = true;
		} else if (c == '?') {
			return -EINVAL;
		} else {
			set_limit(&o->limits, c, optarg);
		}
	}
	if (argc - optind < 2)
		return -EINVAL;
	(void)snprintf(scope, sizeof(scope), "masu-%s.scope", argv[optind]);
	o->plan.scope = scope;
	o->plan.limits = &o->limits;
	o->command = &argv[optind + 1];
	return 0;
}

/* Stands for init: waits for the word, then becomes the command. */
static pid_t start(char **command, int *ret_go)
{
	int go[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		char byte;

		(void)close(go[1]);
		if (fd_read_full(go[0], &byte, 1) == 1)
			(void)execvp(command[0], command);
		_exit(127);
	}
	(void)close(go[0]);
	*ret_go = go[1];
	return pid;
}

static void tell(const struct cgroup *cg, pid_t pid)
{
	_cleanup_free_ char *mine = NULL, *its = NULL;

	(void)cgroup_path_of(0, &mine);
	(void)cgroup_path_of(pid, &its);
	(void)printf("scope %s\ncontainer %s\nself %s\n", cg->path ? cg->path : "none",
		     its ? its : "none", mine ? mine : "none");
	(void)fflush(stdout);
}

static int check_freezer(const struct cgroup *cg, struct masu_error *err)
{
	int r = cgroup_freeze(cg, true, 2000, err);

	if (r == 0)
		(void)printf("frozen %d\n", cgroup_is_frozen(cg));
	if (r == 0)
		r = cgroup_freeze(cg, false, 2000, err);
	if (r == 0)
		(void)printf("frozen %d\n", cgroup_is_frozen(cg));
	return r;
}

static int finish(const struct cgroup *cg, pid_t pid, struct masu_error *err)
{
	struct cgroup_stats stats;
	int status = proc_wait(pid);

	(void)printf("status %d\n", status);
	if (!cg->path)
		return 0;
	int r = cgroup_stats(cg, &stats, err);
	if (r == 0)
		(void)printf("oom_kills %" PRIu64 "\ncpu_usec %" PRIu64 "\npids_limit %" PRIu64
			     "\n",
			     stats.oom_kills, stats.cpu_usec, stats.pids_limit);
	if (r == 0)
		r = cgroup_kill(cg, err);
	return r < 0 ? r : cgroup_remove(cg, err);
}

static int run(const struct options *o, struct masu_error *err)
{
	_cleanup_cgroup_job_ struct cgroup_job *job = NULL;
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	_cleanup_free_ char *notice = NULL;
	_cleanup_close_ int go = -1;
	pid_t pids[] = {start(o->command, &go), getpid()};
	int64_t begin = time_now();
	int r = cgroup_prepare(&o->plan, &job, err);

	if (r == 0)
		r = cgroup_begin(job, pids, o->with_self ? 2 : 1, err);
	if (r < 0)
		return r;
	notice = cgroup_take_notice(job);
	if (notice)
		(void)printf("notice %s\n", notice);
	int64_t begun = time_now();
	r = cgroup_finish(job, pids[0], &cg, err);
	if (r < 0) {
		(void)kill(pids[0], SIGKILL);
		return r;
	}
	(void)printf("took %" PRId64 " + %" PRId64 " us\n", (begun - begin) / 1000,
		     (time_now() - begun) / 1000);
	tell(cg, pids[0]);
	if (fd_write_full(go, "", 1) < 0)
		return -EPIPE;
	if (o->freeze)
		r = check_freezer(cg, err);
	return r < 0 ? r : finish(cg, pids[0], err);
}

int main(int argc, char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct options o;

	log_init("cgroup");
	if (parse(argc, argv, &o) < 0) {
		(void)fprintf(stderr, "usage: cgroup [OPTION...] NAME COMMAND...\n");
		return 2;
	}
	return run(&o, &err) < 0 ? log_err(&err) : 0;
}
