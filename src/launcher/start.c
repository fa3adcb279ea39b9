/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/start.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/container-map.h"
#include "engine/container/event.h"
#include "engine/container/health.h"
#include "engine/container/mounted.h"
#include "engine/container/name-files.h"
#include "engine/container/names.h"
#include "engine/container/on-demand.h"
#include "engine/container/session.h"
#include "engine/container/state.h"
#include "engine/create/cdi.h"
#include "engine/create/devices.h"
#include "engine/run-dir.h"
#include "launcher/host-message.h"
#include "launcher/inherit.h"
#include "runtime/bundle.h"
#include "runtime/state-dir.h"
#include "runtime/terminal.h"

#define SLICE "masu.slice"

/* The user manager listens for the commands of boxes from the first one on, and nobody has to enable that. */
static char *const session_units[] = {
	(char *)"Wants=['" HOST_SOCKET "']",
	(char *)"After=['" HOST_SOCKET "']",
	NULL,
};

void start_done(struct start *s)
{
	creation_done(&s->creation);
	overlay_done(&s->overlay);
	seccomp_filter_done(&s->filter);
	network_done(&s->network);
	port_list_done(&s->ports);
	volumes_done(&s->volumes);
	peers_done(&s->peers);
	overlays_done(&s->overlays);
	secrets_done(&s->secrets);
	idmap_done(&s->map);
	idmap_done(&s->files);
	lent_ids_done(&s->lent);
	free(s->scope);
	free(s->description);
	free(s->cgroup_link);
	free(s->root_dir);
	free(s->run_dir);
	closep(&s->run_fd);
	closep(&s->notify);
	*s = START_INIT;
}

int start_overlay(const masu_container *c, struct overlay *ret, struct masu_error *err)
{
	_cleanup_(overlay_done) struct overlay o = {
		.layers_dir = container_layers_path(c->engine, &c->record),
		.lowers = strv_copy(c->record.layers),
		.upper = path_join(c->dir, "upper"),
		.work = path_join(c->dir, "work"),
		.transient = c->record.auto_remove,
	};

	if (!o.layers_dir || !o.lowers || !o.upper || !o.work)
		return err_oom(err);
	*ret = TAKE(o, (struct overlay){0});
	return 0;
}

static int plan_root(struct start *s, struct masu_error *err)
{
	const struct record *record = &s->c->record;

	if (record->rootfs) {
		s->creation.rootfs = record->rootfs;
		return 0;
	}
	int r = start_overlay(s->c, &s->overlay, err);
	if (r < 0)
		return r;
	s->root_dir = path_join(s->c->dir, "root");
	if (!s->root_dir)
		return err_oom(err);
	s->creation.plan.overlay = &s->overlay;
	s->creation.plan.root_dir = s->creation.rootfs = s->root_dir;
	return 0;
}

static int plan_network(struct start *s, struct masu_error *err)
{
	int r = network_parse(s->c->record.network, &s->network, err);

	STRV_FOREACH(text, s->c->record.publish)
		if (r == 0 && !on_demand_is_port(*text)) /* systemd holds the others */
			r = ports_parse(*text, &s->ports, err);
	s->creation.plan.network = &s->network;
	s->creation.plan.ports = &s->ports;
	return r < 0 || s->c->fresh
		       ? r
		       : name_files_update(s->c->home.fd, &s->c->record, &s->network, err);
}

/* A container that had the name before may still run, in the scope with that name. */
static bool is_scope_kept(struct start *s)
{
	_cleanup_home_ struct home home = HOME_INIT;
	char id[ID_LENGTH + 1];

	if (names_find_scope(s->e, s->scope, id) < 0 || streq(id, s->c->home.id))
		return false;
	return home_open(s->e, id, &home, NULL) == 0 && home_is_held(&home);
}

static int name_scope(struct start *s, struct masu_error *err)
{
	const char *name = s->c->record.name;

	/* The process that restarts a container is still in the scope of the last run. */
	if (s->c->restarts.count > 0) {
		s->scope = str_printf("masu-%s-%.*s-%d.scope", name, ID_SHORT_LENGTH, s->c->home.id,
				      s->c->restarts.count);
		return s->scope ? 0 : err_oom(err);
	}
	s->scope = str_printf("masu-%s.scope", name);
	if (s->scope && is_scope_kept(s)) {
		free(s->scope);
		s->scope = str_printf("masu-%s-%.*s.scope", name, ID_SHORT_LENGTH, s->c->home.id);
	}
	return s->scope ? 0 : err_oom(err);
}

static int plan_cgroup(struct start *s, struct masu_error *err)
{
	const struct record *record = &s->c->record;
	const struct oci_resources *limits = &s->c->spec->resources;
	int r = name_scope(s, err);

	if (r < 0)
		return r;
	s->description = str_printf("masu container %s (%s)", record->name, record->image);
	s->cgroup_link = path_join(s->c->dir, CGROUP_LINK);
	if (!s->description || !s->cgroup_link)
		return err_oom(err);
	state_dir_remove_cgroup(s->c->home.fd);
	s->cgroup = (struct cgroup_plan){
		.manager = record->no_cgroup	  ? CGROUP_MANAGER_NONE
			   : record->split_cgroup ? CGROUP_MANAGER_UNIT
						  : CGROUP_MANAGER_SYSTEMD,
		.lack = record->split_cgroup ? CGROUP_LACK_REFUSED : CGROUP_LACK_AUTO,
		.system = !s->e->idmap.userns,
		.scope = s->scope,
		.slice = record->cgroup_parent ? record->cgroup_parent : SLICE,
		.description = s->description,
		.stop_timeout_ms = (unsigned int)(MIN(record->stop_timeout, 86400) * 1000),
		.split = true,
		.everywhere = true,
		.limits = limits,
		/* In a user namespace no device node works but what its maker could open. */
		.device_filter = limits->n_devices > 0 && idmap_caller_is_host_root(),
		.record_link = s->cgroup_link,
	};
	if (record->session && s->e->idmap.userns)
		s->cgroup.properties = session_units;
	s->creation.plan.cgroup = &s->cgroup;
	return 0;
}

static int plan_session(struct start *s, struct masu_error *err)
{
	int r = session_add_mounts(s->c->spec, err);

	if (r < 0)
		return r;
	s->creation.plan.link_path = SESSION_CLIENT_LINK;
	s->creation.plan.link_target = SESSION_CLIENT;
	return session_add_client(s->c->spec, err);
}

static int plan_filter(struct start *s, struct masu_error *err)
{
	const char *word = s->c->record.seccomp;
	_cleanup_free_ char *cache = paths_run(&s->e->paths, "seccomp");

	if (!cache)
		return err_oom(err);
	s->creation.default_seccomp = !s->c->spec->seccomp &&
				      (!word || !streq(word, SECCOMP_UNCONFINED));
	int r = config_filter(s->c->spec, s->creation.default_seccomp, cache, &s->filter, err);
	if (r > 0)
		s->creation.plan.seccomp = &s->filter;
	return MIN(r, 0);
}

static int plan_volumes(struct start *s, struct masu_error *err)
{
	int r = volumes_take(s->e, &s->c->record, &s->volumes, err);

	s->creation.plan.new_volumes = s->volumes.to_fill;
	s->creation.plan.sync_volumes = s->volumes.sync;
	return r;
}

static int plan_secrets(struct start *s, struct masu_error *err)
{
	int r = secrets_read(s->e, &s->c->record, &s->secrets, err);

	if (r < 0)
		return r;
	s->creation.plan.secrets = s->secrets.files;
	s->creation.plan.n_secrets = s->secrets.n_files;
	return secrets_add_env(&s->secrets, &s->c->spec->process->env, err);
}

static int plan_run_dir(struct start *s, struct masu_error *err)
{
	s->run_fd = run_dir_create(s->e, s->c->home.id, &s->run_dir, err);
	s->creation.plan.run_dir = s->run_dir;
	return MIN(s->run_fd, 0);
}

static int plan_ids(struct start *s, struct masu_error *err)
{
	int r = container_map(s->e, &s->c->record, &s->map, err);

	if (r < 0 || !s->map.lent)
		return r;
	r = lent_ids_take(NSRESOURCE_DELEGATED, &s->lent, err);
	if (r < 0)
		return r;
	s->files = TAKE(s->map, (struct idmap){0});
	r = lent_ids_of_processes(&s->lent, &s->files, &s->map);
	if (r < 0)
		return err_sys(err, r, "create the id map of the container");
	s->creation.plan.lent = &s->lent;
	s->creation.plan.files = &s->files;
	return 0;
}

static int plan(struct start *s, struct masu_error *err)
{
	int r = mounted_check(s->c, "start", err);

	if (r == 0)
		r = plan_ids(s, err);
	if (r < 0)
		return r;
	r = plan_root(s, err);
	if (r < 0)
		return r;
	r = overlays_plan(s->c, &s->overlays, err);
	if (r < 0)
		return r;
	s->creation.plan.overlay_sources = s->overlays.list;
	s->creation.plan.n_overlay_sources = s->overlays.n;
	r = peers_join(s->c, &s->peers, err);
	if (r < 0)
		return r;
	s->creation.plan.shared_shm = s->peers.shm < 0 ? NULL : &s->peers.shm;
	r = cdi_start(s->e, &s->c->record, s->c->spec, err);
	if (r < 0)
		return r;
	r = s->c->record.privileged ? devices_add_all(s->c->spec, err) : 0;
	if (r < 0)
		return r;
	r = s->c->record.session ? plan_session(s, err) : 0;
	if (r < 0)
		return r;
	r = plan_network(s, err);
	if (r < 0)
		return r;
	r = plan_cgroup(s, err);
	if (r < 0)
		return r;
	r = plan_filter(s, err);
	if (r < 0)
		return r;
	r = plan_volumes(s, err);
	if (r < 0)
		return r;
	r = plan_secrets(s, err);
	if (r < 0)
		return r;
	r = plan_run_dir(s, err);
	return r < 0 ? r : inherit_plan(s, err);
}

int start_prepare(masu_container *c, struct start *s, struct masu_error *err)
{
	const struct record *record = &c->record;

	*s = START_INIT;
	s->e = c->engine;
	s->c = c;
	s->creation.dirfd = c->home.fd;
	s->creation.user = record->user;
	s->creation.plan = (struct container_plan){
		.root_nodev = true,
		.id = c->home.id,
		.bundle = c->dir,
		.spec = c->spec,
		.idmap = &s->map,
		.opener_map = container_needs_opener(s->e, record) ? &s->e->idmap : NULL,
		.passwd = record->passwd,
		.group = record->group,
		.owns_user = record->session,
		.user = record->user,
		/* A user has 200 keys. The default filter keeps the container from all of them. */
		.new_keyring = true,
		.keyring_optional = record->seccomp && streq(record->seccomp, SECCOMP_DEFAULT),
		.stdio = {-1, -1, -1},
		/* A container without supervisor would have no log, no network and no end. */
		.die_with_launcher = true,
		.allow_ping = true,
		.blocks_signals = record->init,
		.start_listener = -1,
	};
	if (record->tty)
		s->creation.plan.window = terminal_size();
	int r = plan(s, err);
	if (r < 0)
		start_done(s);
	return r;
}

int start_mark(const masu_container *c, struct masu_error *err)
{
	if (health_is_checked(&c->record))
		health_reset(c->home.fd);
	return state_mark_started(&c->home, time_now(), &c->restarts, err);
}

void start_report(masu_container *c)
{
	/* Wakes those that wait until it runs. */
	(void)futimens(c->home.fd, NULL);
	event_container(c, &(struct masu_event){.action = "start"});
}

/* All that others find of it is written before it runs. */
static int record_start(struct start *s, struct masu_error *err)
{
	const struct cgroup *cg = s->creation.container.cgroup;
	const struct home *home = &s->c->home;
	int r = volumes_finish(s->e, &s->volumes, err);

	if (r < 0)
		return r;
	r = state_write_ports(home, &s->ports, err);
	if (r < 0)
		return r;
	if (!s->initialize)
		r = start_mark(s->c, err);
	if (r == 0)
		r = creation_publish(&s->creation, err);
	if (r == 0 && cg && cg->flags & CGROUP_OWN) /* the state has it */
		(void)unlinkat(home->fd, CGROUP_LINK, 0);
	return r;
}

char *start_program(void)
{
	const char *dir = getenv("MASU_PROGRAM_DIR");
	char path[PATH_MAX];
	ssize_t n;

	if (dir)
		return path_join(dir, "masu");
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	return n < 0 ? NULL : strndup(path, (size_t)n);
}

static int write_pid_file(const struct start *s, struct masu_error *err)
{
	const char *path = s->c->record.pid_file;
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", (int)s->creation.container.init);
	int r = file_write_atomic(AT_FDCWD, path, text, (size_t)n, 0644, 0);

	return r < 0 ? err_sys(err, r, "cannot write the pid file \"%s\"", path) : 0;
}

int start_run(struct start *s, struct masu_error *err)
{
	struct container *c = &s->creation.container;
	int r = creation_create(&s->creation, err);

	secrets_forget(&s->secrets, s->c->spec->process->env); /* init has its copy */
	if (r < 0) {
		state_remove(s->e, &s->c->home);
		return r;
	}
	engine_notice_host(s->e, c->notice);
	r = record_start(s, err);
	if (r == 0 && s->c->record.pid_file)
		r = write_pid_file(s, err);
	if (r == 0 && s->before_start)
		r = s->before_start(s->start_arg, err);
	if (r == 0)
		r = s->initialize ? container_leave(c, err) : container_start(c, err);
	if (r < 0) {
		if (s->failed)
			s->failed(s->start_arg, err);
		container_abort(c);
		state_remove(s->e, &s->c->home);
		return r;
	}
	if (s->initialize)
		event_container(s->c, &(struct masu_event){.action = "init"});
	else
		start_report(s->c);
	return 0;
}

int start_env(bool notifies, char ***ret)
{
	static const char *const names[] = {"PATH",
					    "HOME",
					    "XDG_RUNTIME_DIR",
					    "XDG_DATA_HOME",
					    "MASU_DATA_DIR",
					    "MASU_RUN_DIR",
					    "MASU_LIBEXEC_DIR",
					    "MASU_PROGRAM_DIR",
					    "DBUS_SESSION_BUS_ADDRESS",
					    "NOTIFY_SOCKET"};
	int r = strv_push(ret, "LANG=C.UTF-8");

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names) - !notifies; i++) {
		const char *value = getenv(names[i]);

		if (value)
			r = strv_pushf(ret, "%s=%s", names[i], value);
	}
	return r;
}
