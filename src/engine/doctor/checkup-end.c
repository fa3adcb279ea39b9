/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/doctor/checkup.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"
#include "engine/container/container-log.h"
#include "engine/container/on-demand.h"
#include "engine/container/restart.h"

#define MIB (INT64_C(1) << 20)

/* The reasons by which the container process is ended. */
struct end {
	int code;
	int signal; /* 0: it has exited by itself */
	bool is_recorded, terminated;
};

/* The output of the last run, where a log has it. */
static char *see_log(const struct checkup *k)
{
	const struct log_driver *driver = container_log_driver(&k->c->record);

	return checkup_masu(k, streq(driver->name, "none") ? "start -a" : "logs --tail 20");
}

/* "128m", or bytes. */
static char *limit_text(int64_t bytes)
{
	return bytes % MIB ? str_printf("%" PRId64, bytes)
			   : str_printf("%" PRId64 "m", bytes / MIB);
}

/* Swap, if it is limited, in proportion. */
static char *double_memory(const struct checkup *k)
{
	const struct oci_memory *m = &k->c->spec->resources.memory;
	_cleanup_free_ char *memory = limit_text(2 * m->limit), *swap = limit_text(2 * m->swap);

	if (!memory || !swap)
		return NULL;
	return str_printf("masu update --memory %s%s%s %s", memory,
			  m->swap > 0 ? " --memory-swap " : "", m->swap > 0 ? swap : "",
			  k->c->record.name);
}

static char *double_and_start(const struct checkup *k)
{
	_cleanup_free_ char *update = double_memory(k);

	return update ? str_printf("%s && masu start %s", update, k->c->record.name) : NULL;
}

static void add_oom(struct checkup *k, bool is_alive)
{
	int64_t limit = k->c->spec->resources.memory.limit;
	_cleanup_free_ char *text = limit > 0 ? limit_text(limit) : NULL;

	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "out-of-memory",
			    .severity = is_alive ? MASU_SEVERITY_WARNING : MASU_SEVERITY_ERROR,
			    .object = text ? str_printf("memory limit %s", text) : strdup("memory"),
			    .message = strdup(text ? "the kernel has killed a process of it, "
						     "because it needs more memory"
						   : "the kernel has killed a process of it, "
						     "because the host has no more memory"),
			    .has_fix = text,
			    .fix = !text      ? NULL
				   : is_alive ? double_memory(k)
					      : double_and_start(k),
		    });
}

/* A process may have been killed that is not init. */
static void examine_memory(struct checkup *k)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	uint64_t kills;

	if (container_state_cgroup(&k->c->state.run, &cg, NULL) == 0 &&
	    cgroup_oom_kills(cg, &kills) == 0 && kills > 0)
		add_oom(k, true);
}

/* Did the last start happen before this boot? The clock may have been set since: by less than a minute. */
static bool is_of_earlier_boot(const struct state *s)
{
	struct timespec now, up;

	if (s->run.pid > 0)
		return container_state_is_current(&s->run) == 0;
	if (!s->started_ns || clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) < 0)
		return false;
	return s->started_ns / NS_PER_MS / 1000 < now.tv_sec - up.tv_sec - 60;
}

static void add_unrecorded(struct checkup *k)
{
	bool rebooted = is_of_earlier_boot(&k->c->state);

	checkup_add(k, &(struct checkup_finding){
			       .id = rebooted ? "host-restarted" : "supervisor-killed",
			       .severity = MASU_SEVERITY_ERROR,
			       .object = strdup("supervisor"),
			       .message = strdup(rebooted ? "the host went down while it ran"
							  : "its supervisor was killed, and the "
							    "container ends with it"),
			       .has_fix = true,
			       .fix = checkup_masu(k, "start"),
		       });
}

static void add_terminated(struct checkup *k)
{
	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "session-ended",
			    .severity = MASU_SEVERITY_ERROR,
			    .object = strdup("supervisor"),
			    .message = strdup("it was stopped with the user's last session or "
					      "with the host: see 'masu doctor' about lingering"),
			    .has_fix = true,
			    .fix = checkup_masu(k, "start"),
		    });
}

/* Whole seconds, as a start is recorded a moment before the supervisor counts. */
static bool had_its_time(const struct state *s, const struct record *r)
{
	return r->run_timeout &&
	       (s->finished_ns - s->started_ns) / NS_PER_MS / 1000 >= r->run_timeout;
}

static char *about_signal(const struct checkup *k, int signal)
{
	const struct record *r = &k->c->record;

	switch (signal) {
	case SIGKILL:
		if (had_its_time(&k->c->state, r))
			return str_printf("its --timeout of %" PRId64 " s has expired",
					  r->run_timeout);
		return str_printf("another process has killed it, or 'masu stop' after its timeout "
				  "of %" PRId64 " s: a command that does not handle the stop "
				  "signal needs --init or --stop-signal",
				  MAX(r->stop_timeout, 0));
	case SIGTERM:
	case SIGINT:
	case SIGHUP:
	case SIGQUIT:
		return strdup("the signal asked it to end, like that of 'masu stop'");
	case SIGILL:
		return strdup(
			"its program is for a processor with more instructions than this one");
	case SIGSYS:
		return strdup("its seccomp profile has refused a system call");
	default:
		return strdup(
			"the signal has ended its program: the log may have its last messages");
	}
}

static void add_signal(struct checkup *k, int code, int signal)
{
	const char *name = sigabbrev_np(signal);
	bool asked = signal == SIGTERM || signal == SIGINT || signal == SIGHUP ||
		     signal == SIGQUIT || signal == (int)k->c->record.stop_signal;

	checkup_add(
		k,
		&(struct checkup_finding){
			.id = "signal",
			.severity = asked ? MASU_SEVERITY_NOTE : MASU_SEVERITY_ERROR,
			.object = name ? str_printf("exit status %d (SIG%s)", code, name)
				       : str_printf("exit status %d (signal %d)", code, signal),
			.message = about_signal(k, signal),
			.has_fix = true,
			.fix = asked || signal == SIGKILL ? checkup_masu(k, "start") : see_log(k),
		});
}

static void add_status(struct checkup *k, int code)
{
	const char *message =
		code == 127   ? "the command, or a shell in it, has not found a program"
		: code == 126 ? "the command, or a shell in it, could not execute a program"
			      : "the command itself reports a failure: its output tells more";

	checkup_add(k, &(struct checkup_finding){
			       .id = "exit-status",
			       .severity = MASU_SEVERITY_ERROR,
			       .object = str_printf("exit status %d", code),
			       .message = strdup(message),
			       .has_fix = true,
			       .fix = see_log(k),
		       });
}

/* Many programs write to /tmp, /run or their home directory. */
static void add_read_only(struct checkup *k)
{
	checkup_add(k, &(struct checkup_finding){
			       .id = "read-only-root",
			       .severity = MASU_SEVERITY_NOTE,
			       .object = strdup("--read-only"),
			       .message = strdup("a command that writes files fails, unless it is "
						 "created again with a volume or --tmpfs there"),
		       });
}

static void add_ending(struct checkup *k, const struct end *end)
{
	if (k->c->state.oom_killed)
		return add_oom(k, false);
	if (!end->is_recorded)
		return add_unrecorded(k);
	if (end->terminated)
		return add_terminated(k);
	if (end->code == 0)
		return;
	/* A shell and masu-init report the signal of their child in this way. */
	if (end->signal || (end->code > 128 && sigabbrev_np(end->code - 128)))
		add_signal(k, end->code, end->signal ? end->signal : end->code - 128);
	else
		add_status(k, end->code);
	if (k->c->spec->root.readonly)
		add_read_only(k);
}

static void add_wait(struct checkup *k)
{
	const struct state *s = &k->c->state;
	const struct restarts last = state_restarts(&k->c->home);
	int64_t end = s->finished_ns +
		      restart_delay_ms(last.delay_ms, s->finished_ns - s->started_ns) * NS_PER_MS,
		left = MAX(end - time_now(), 0) / NS_PER_MS;

	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "restarting",
			    .severity = MASU_SEVERITY_WARNING,
			    .object = str_printf("restart policy %s",
						 restart_name(restart_policy(&k->c->record))),
			    .message = str_printf("it has ended with exit status %d, and restart "
						  "%d follows in %" PRId64 ".%" PRId64 " s",
						  s->exit_code, last.count + 1, left / 1000,
						  left % 1000 / 100),
			    .has_fix = true,
			    .fix = checkup_masu(k, "stop"),
		    });
}

/* No further restart follows. */
static void add_given_up(struct checkup *k)
{
	const struct record *r = &k->c->record;

	if (r->restart_max == 0 || k->c->state.exit_code == 0 ||
	    state_restarts(&k->c->home).count < r->restart_max)
		return;
	checkup_add(
		k,
		&(struct checkup_finding){
			.id = "restart-limit",
			.severity = MASU_SEVERITY_ERROR,
			.object = str_printf("restart policy on-failure:%" PRId64, r->restart_max),
			.message = strdup("it was restarted that often, and has failed again"),
			.has_fix = true,
			.fix = checkup_masu(k, "start"),
		});
}

static void add_paused(struct checkup *k)
{
	checkup_add(k, &(struct checkup_finding){
			       .id = "paused",
			       .severity = MASU_SEVERITY_WARNING,
			       .object = strdup("container"),
			       .message = strdup("its processes are frozen"),
			       .has_fix = true,
			       .fix = checkup_masu(k, "unpause"),
		       });
}

void checkup_end(struct checkup *k)
{
	const struct state *s = &k->c->state;
	struct ending ending = {0};

	bool held = on_demand_seconds(&k->c->record) &&
		    on_demand_is_held(k->c->engine, k->c->home.id);

	if (s->status == MASU_STATUS_PAUSED && !held)
		add_paused(k);
	if (state_is_alive(s))
		examine_memory(k);
	if (s->status != MASU_STATUS_EXITED && s->status != MASU_STATUS_RESTARTING)
		return;
	bool found = ending_read(k->c->home.fd, &ending) == 0;
	add_ending(k, &(struct end){.code = s->exit_code,
				    .signal = ending.signal,
				    .is_recorded = found || s->finished_ns > 0,
				    .terminated = ending.terminated});
	if (s->status == MASU_STATUS_RESTARTING)
		add_wait(k);
	else
		add_given_up(k);
}
