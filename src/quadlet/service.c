/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/service.h"

#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"
#include "quadlet/checks.h"
#include "quadlet/keys.h"

/* A line of [Service] that calls masu with these words, and then the more ones. */
static void add_call(struct quadlet_draft *d, const char *key, const char *const *words,
		     char *const *more)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
	_cleanup_strv_ char **quoted = NULL;
	int r = 0;

	(void)strbuf_addf(&line, "%s%s", key, d->set->masu);
	for (; r == 0 && *words; words++)
		r = unit_words_push(&quoted, *words);
	for (; r == 0 && more && *more; more++)
		r = unit_words_push(&quoted, *more);
	STRV_FOREACH(word, quoted)
		(void)strbuf_addf(&line, " %s", *word);
	if (r < 0 || strv_push_owned(&d->service_lines, strbuf_take(&line)) < 0)
		d->set->failed = true;
}

static void add_reload(struct quadlet_draft *d)
{
	const struct quadlet_assignment *command = draft_last(d, "ReloadCmd");
	_cleanup_free_ char *signal = draft_value(d, "ReloadSignal");
	_cleanup_strv_ char **words = command ? draft_split(d, command) : NULL;

	if (command && signal)
		draft_refuse(d, command, "ReloadCmd= and ReloadSignal= exclude each other");
	if (signal) {
		quadlet_check_value(d, draft_last(d, "ReloadSignal"), signal, check_signal);
		add_call(d, "ExecReload=",
			 (const char *const[]){"kill", "--signal", signal, d->unit->object, NULL},
			 NULL);
	} else if (words)
		add_call(d, "ExecReload=", (const char *const[]){"exec", d->unit->object, NULL},
			 words);
}

/* Keys that would undo the service. */
static void check_service(struct quadlet_draft *d)
{
	static const char *const refused[] = {"ExecStart", "ExecStop",	  "ExecReload",	  "User",
					      "Group",	   "DynamicUser", "RootDirectory"};
	const struct quadlet_assignment *type = quadlet_source_last(&d->unit->source, "Service",
								    "Type");
	const struct quadlet_assignment *kill = quadlet_source_last(&d->unit->source, "Service",
								    "KillMode");

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		const struct quadlet_assignment *a = quadlet_source_last(&d->unit->source,
									 "Service", refused[i]);

		if (a)
			draft_refuse(d, a, "%s= of [Service] is not supported in a quadlet file",
				     a->key);
	}
	const struct quadlet_assignment *restart = quadlet_source_last(&d->unit->source, "Service",
								       "Restart");

	/* A word of docker's, which systemd ignores with a warning. */
	if (restart && streq(restart->value, "unless-stopped"))
		quadlet_notice(d->set, d->unit, restart,
			       "Restart=: systemd ignores 'unless-stopped': write always");
	if (type && !streq(type->value, "oneshot") && !streq(type->value, "notify"))
		draft_refuse(d, type, "Type=: '%s' is neither oneshot nor notify", type->value);
	if (kill && !streq(kill->value, "mixed") && !streq(kill->value, "control-group"))
		draft_refuse(d, kill, "KillMode=: '%s' is neither mixed nor control-group",
			     kill->value);
}

/*
 * The journal, and by a pipe: a program cannot open /dev/stdout if that is the journal's socket, as it is with passthrough. In
 * the foreground only standard input is attached, so that no line gets there twice.
 */
static void add_log(struct quadlet_draft *d, bool detached)
{
	_cleanup_free_ char *driver = draft_value(d, "LogDriver");

	if (driver && streq(driver, "passthrough") && !detached)
		return;
	if (!detached)
		draft_option(d, "--attach", "stdin");
	draft_option(d, "--log-driver", driver ? driver : "journald");
	if (!driver && !draft_last(d, "LogOpt"))
		draft_option(d, "--log-opt", "tag={{.Name}}");
}

/* "split" is the default, as with podman: the container is in the group of the service, and its limits hold for it. */
static bool is_split(struct quadlet_draft *d)
{
	_cleanup_free_ char *value = draft_value(d, "CgroupsMode");
	const char *mode = value ? value : "split";

	if (!streq(mode, "split") && !streq(mode, "enabled") && !streq(mode, "disabled"))
		draft_refuse(d, draft_last(d, "CgroupsMode"),
			     "CgroupsMode=: '%s' must be one of split, enabled, disabled", mode);
	draft_option(d, "--cgroups", mode);
	return streq(mode, "split");
}

static bool is_oneshot(const struct quadlet_draft *d)
{
	const struct quadlet_assignment *a = quadlet_source_last(&d->unit->source, "Service",
								 "Type");

	return a && streq(a->value, "oneshot");
}

/* The one that says when the service is ready: masu, the container or its health. */
static const char *notifier(struct quadlet_draft *d)
{
	const struct quadlet_assignment *a = draft_last(d, "Notify");

	if (a && streq(a->value, "healthy"))
		return "healthy";
	return draft_bool(d, "Container", "Notify", false) ? "container" : "conmon";
}

/* The container's process is the main process of the service. */
static void add_main_process(struct quadlet_draft *d)
{
	draft_line(d, &d->service_lines, "Type=notify");
	draft_line(d, &d->service_lines, "NotifyAccess=all");
	draft_words(d, "--detach", "--sdnotify", notifier(d), NULL);
}

/* masu is the main process, and ends with the exit status of the container. */
static void add_foreground(struct quadlet_draft *d, bool oneshot)
{
	const char *who = notifier(d);
	bool notifies = !streq(who, "conmon");

	if (notifies && oneshot)
		draft_refuse(d, draft_last(d, "Notify"),
			     "Notify= and Type=oneshot exclude each other");
	draft_line(d, &d->service_lines, notifies ? "Type=notify" : "Type=exec");
	if (notifies)
		draft_words(d, "--sdnotify", who, NULL);
}

void draft_service(struct quadlet_draft *d)
{
	const char *name = d->unit->object;
	bool detached;

	check_service(d);
	draft_words(d, "run", "--name", name, "--replace", "--rm", "--label",
		    "PODMAN_SYSTEMD_UNIT=%n", NULL);
	detached = is_split(d);
	if (detached)
		draft_line(d, &d->service_lines, "Delegate=yes");
	detached &= !is_oneshot(d);
	if (detached)
		add_main_process(d);
	else
		add_foreground(d, is_oneshot(d));
	draft_line(d, &d->service_lines, "KillMode=mixed");
	/* Shells, masu-init, Java and masu in the foreground end so after SIGTERM, the usual stop signal. */
	draft_line(d, &d->service_lines, "SuccessExitStatus=143");
	draft_line(d, &d->service_lines, "SyslogIdentifier=%%N");
	add_reload(d);
	add_call(d, "ExecStop=", (const char *const[]){"stop", "--ignore", name, NULL}, NULL);
	add_call(d, "ExecStopPost=-",
		 (const char *const[]){"rm", "--force", "--ignore", "--volumes", name, NULL}, NULL);
	add_log(d, detached);
}
