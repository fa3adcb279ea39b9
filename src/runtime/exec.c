/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/termination.h"
#include "cgroup/join.h"
#include "runtime/bundle.h"
#include "runtime/config.h"
#include "runtime/supervise.h"

void exec_done(struct exec *e)
{
	free(e->start_socket);
	cgroup_free(e->cgroup);
	seccomp_filter_done(&e->filter);
	oci_spec_free(e->spec);
	*e = (struct exec){0};
}

static int check_status(const struct instance *c, bool ignore_paused, struct masu_error *err)
{
	switch (c->status) {
	case OCI_STATUS_CREATING:
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot exec in a container that is still being created");
	case OCI_STATUS_CREATED:
	case OCI_STATUS_RUNNING:
		return 0;
	case OCI_STATUS_PAUSED:
		if (ignore_paused)
			return 0;
		(void)err_set(err, ERR_CONFLICT, EBUSY, "cannot exec in a paused container");
		return err_hint(err,
				"with --ignore-paused it waits until the container is resumed");
	default:
		return err_set(err, ERR_CONFLICT, ESRCH, "cannot exec in a stopped container");
	}
}

/*
 * Init of a created container has all privileges until the start. It closes itself to holders of
 * CAP_SYS_PTRACE in the container's user namespace; those in masu's own could still trace it.
 */
static int plan_created(const struct instance *c, struct exec *e, struct masu_error *err)
{
	const struct caps_sets *caps = &e->spec->process->capabilities;
	bool traces = (caps->bounding | caps->permitted) & CAPS_BIT(CAP_SYS_PTRACE);

	if (c->status != OCI_STATUS_CREATED)
		return 0;
	if (traces && !e->spec->namespaces[OCI_NS_USER].wanted) {
		(void)err_set(err, ERR_CONFLICT, EBUSY,
			      "cannot exec in a created container that has CAP_SYS_PTRACE and no "
			      "user namespace");
		return err_hint(err, "it could take over init, which has all privileges until "
				     "the start: start it first");
	}
	e->plan.start_socket = e->start_socket = state_dir_path(&c->dir, START_SOCKET);
	return e->start_socket ? 0 : err_oom(err);
}

static int open_cgroup(const struct instance *c, char *const *sub_cgroups, struct cgroup **ret,
		       struct masu_error *err)
{
	const struct container_state *s = &c->state;

	if (s->cgroup) {
		int r = cgroup_open(s->cgroup, s->cgroup_flags, ret, err);

		if (r != -ENOENT)
			return r;
		err_done(err);
		return cgroup_open_present(s->pid, s->cgroup_flags, ret, err);
	}
	if (sub_cgroups)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "--cgroup '%s': the container has no cgroup", sub_cgroups[0]);
	return 0;
}

static bool names_user(const struct exec_options *o)
{
	return o->document || o->has_uid || o->has_gid;
}

int exec_prepare(const struct instance *c, const struct exec_options *o, struct exec *ret,
		 struct masu_error *err)
{
	struct exec *e = ret;
	int r = check_status(c, o->ignore_paused, err);

	*ret = (struct exec){0};
	if (r < 0)
		return r;
	r = config_read(c->dir.fd, &e->spec, err);
	if (r < 0)
		return r;
	if (!e->spec->process)
		return err_set(err, ERR_INVALID, EINVAL, "the container has no process");
	/* The container's filter, so before the process gets other capabilities. */
	int filtered = config_filter(e->spec, c->state.default_seccomp, o->seccomp_cache,
				     &e->filter, err);
	if (filtered < 0)
		return filtered;
	r = exec_process_set(e->spec, o, err);
	if (r < 0)
		return r;
	r = open_cgroup(c, o->sub_cgroups, &e->cgroup, err);
	if (r < 0)
		return r;
	e->plan = (struct exec_plan){
		.base = {.id = c->state.id,
			 .bundle = c->state.bundle,
			 .spec = e->spec,
			 .user = o->user	 ? o->user
				 : names_user(o) ? NULL
						 : c->state.user,
			 .new_keyring = !c->state.no_keyring,
			 .keyring_optional = c->state.keyring_optional,
			 .seccomp = filtered > 0 ? &e->filter : NULL,
			 .stdio = {o->stdio[0], o->stdio[1], o->stdio[2]},
			 .window = o->window,
			 .n_preserve_fds = o->n_preserve_fds,
			 .die_with_launcher = !o->detach,
			 .start_listener = -1},
		.init = c->state.pid,
		.init_pidfd = c->pidfd,
		.cgroup = e->cgroup,
		.sub_cgroups = o->sub_cgroups,
	};
	return plan_created(c, e, err);
}

int exec_start(const struct exec *e, struct exec_process *ret, struct masu_error *err)
{
	int r = joiner_run(&e->plan, ret, err);

	if (r == 0)
		log_debug("process %d was executed in container '%s'", (int)ret->pid,
			  e->plan.base.id);
	return r;
}

static int start_and_give(const struct exec *e, struct handover *h, struct exec_process *ret,
			  struct masu_error *err)
{
	int r = handover_connect(h, err);

	if (r < 0)
		return r;
	r = exec_start(e, ret, err);
	if (r < 0)
		return r;
	r = handover_give(h, ret->console, ret->pidfd, ret->pid, err);
	if (r < 0) {
		(void)pidfd_kill(ret->pidfd, SIGKILL);
		(void)proc_wait(ret->pid);
	}
	return r;
}

/* Signals that end the caller are held back meanwhile: they undo the start. */
static int run_detached(const struct exec *e, struct handover *h, struct masu_error *err)
{
	_cleanup_exec_process_ struct exec_process process = EXEC_PROCESS_INIT;
	sigset_t saved;

	termination_hold(&saved);
	int r = start_and_give(e, h, &process, err);
	if (r == 0) /* otherwise the caller has only the error to report */
		(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	return r;
}

static int run_foreground(const struct exec *e, struct handover *h, struct masu_error *err)
{
	_cleanup_supervisor_ struct supervisor *s = NULL;
	_cleanup_exec_process_ struct exec_process process = EXEC_PROCESS_INIT;
	int r = supervisor_new(true, &s, err);

	if (r < 0)
		return r;
	r = start_and_give(e, h, &process, err);
	if (r < 0)
		return r;
	bool own_console = process.console >= 0 && !h->console_socket;
	r = supervisor_attach(s, process.pidfd, own_console ? process.console : -1, true, err);
	if (r < 0)
		(void)pidfd_kill(process.pidfd, SIGKILL);
	else
		supervisor_wait(s);
	int status = proc_wait(process.pid);
	return r < 0 ? r : status;
}

int exec_run(const struct instance *c, const struct exec_options *o,
	     const struct handover *handover, struct masu_error *err)
{
	_cleanup_exec_ struct exec e = {0};
	_cleanup_(handover_done) struct handover h = *handover;
	int r = exec_prepare(c, o, &e, err);

	if (r < 0)
		return r;
	r = handover_check(&h, e.spec->process->terminal, "--tty", !o->detach, err);
	if (r < 0)
		return r;
	return o->detach ? run_detached(&e, &h, err) : run_foreground(&e, &h, err);
}

static int add_groups(struct oci_user *user, const gid_t *groups, size_t n, struct masu_error *err)
{
	gid_t *grown = n ? reallocarray(user->additional_gids, user->n_additional_gids + n,
					sizeof(gid_t))
			 : NULL;

	if (!n)
		return 0;
	if (!grown)
		return err_oom(err);
	memcpy(grown + user->n_additional_gids, groups, n * sizeof(gid_t));
	user->additional_gids = grown;
	user->n_additional_gids += n;
	return 0;
}

/* Not into the sets that pass on to programs that are executed later. */
static void add_caps(struct caps_sets *sets, uint64_t caps)
{
	sets->bounding |= caps;
	sets->effective |= caps;
	sets->permitted |= caps;
}

static int add_env(struct oci_process *p, char *const *entries, struct masu_error *err)
{
	STRV_FOREACH(entry, entries) {
		if (**entry == '=' || !strchr(*entry, '='))
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid variable: '%s' (must be NAME=VALUE)", *entry);
		if (strv_env_set(&p->env, *entry) < 0)
			return err_oom(err);
	}
	return 0;
}

static int set_text(char **place, const char *value, struct masu_error *err)
{
	char *copy = value ? strdup(value) : NULL;

	if (!value)
		return 0;
	if (!copy)
		return err_oom(err);
	free(*place);
	*place = copy;
	return 0;
}

static int apply_options(struct oci_process *p, const struct exec_options *o,
			 struct masu_error *err)
{
	if (o->cwd && *o->cwd != '/')
		return err_set(err, ERR_INVALID, EINVAL, "--cwd '%s' must be an absolute path",
			       o->cwd);
	if (o->has_uid)
		p->user.uid = o->uid;
	if (o->has_gid)
		p->user.gid = o->gid;
	add_caps(&p->capabilities, o->caps);
	p->no_new_privileges |= o->no_new_privileges;
	p->terminal |= o->terminal;
	int r = add_groups(&p->user, o->groups, o->n_groups, err);
	if (r < 0)
		return r;
	r = add_env(p, o->env, err);
	if (r < 0)
		return r;
	r = set_text(&p->cwd, o->cwd, err);
	if (r < 0)
		return r;
	r = set_text(&p->apparmor_profile, o->apparmor, err);
	return r < 0 ? r : set_text(&p->selinux_label, o->selinux, err);
}

static int set_args(struct oci_process *p, char *const *args, struct masu_error *err)
{
	char **copy = strv_copy(args);

	if (!copy)
		return err_oom(err);
	strv_free(p->args);
	p->args = copy;
	return 0;
}

/* Takes what the document leaves out from the container's own process. */
static void inherit(struct oci_process *p, struct oci_process *from)
{
	if (!p->has_capabilities)
		p->capabilities = from->capabilities;
	if (!p->n_rlimits) {
		p->rlimits = TAKE_PTR(from->rlimits);
		p->n_rlimits = from->n_rlimits;
	}
	if (!p->user.has_umask) {
		p->user.has_umask = from->user.has_umask;
		p->user.umask = from->user.umask;
	}
	if (!p->has_oom_score_adj) {
		p->has_oom_score_adj = from->has_oom_score_adj;
		p->oom_score_adj = from->oom_score_adj;
	}
	if (!p->apparmor_profile)
		p->apparmor_profile = TAKE_PTR(from->apparmor_profile);
	if (!p->selinux_label)
		p->selinux_label = TAKE_PTR(from->selinux_label);
	/* The document cannot tell false from absent. */
	p->no_new_privileges |= from->no_new_privileges;
}

static int read_process(const char *path, struct oci_spec *spec, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_oci_process_ struct oci_process *p = NULL;
	_cleanup_strv_ char **unsupported = NULL;

	if (json_read_file(AT_FDCWD, path, OCI_SPEC_SIZE_MAX, &doc, err) < 0 ||
	    oci_process_parse(doc, &p, &unsupported, err) < 0)
		return err_prefix(err, "--process '%s'", path);
	if (strv_extend(&spec->unsupported, unsupported) < 0)
		return err_oom(err);
	inherit(p, spec->process);
	oci_process_free(spec->process);
	spec->process = TAKE_PTR(p);
	return 0;
}

int exec_process_set(struct oci_spec *spec, const struct exec_options *o, struct masu_error *err)
{
	bool has_args = o->args && *o->args;

	if (!o->document == !has_args)
		return err_set(err, ERR_INVALID, EINVAL, "%s: exec wants a command, or --process",
			       has_args ? "process args are there twice"
					: "process args cannot be empty");
	if (!o->document)
		spec->process->terminal = false;
	int r = o->document ? read_process(o->document, spec, err) : 0;
	if (r < 0)
		return r;
	r = has_args ? set_args(spec->process, o->args, err) : 0;
	return r < 0 ? r : apply_options(spec->process, o, err);
}
