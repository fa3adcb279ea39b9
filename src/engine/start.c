/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/start.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/seccomp.h"
#include "runtime/terminal.h"
#include "systemd/unit_name.h"

#define SLICE "masu.slice"

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "prepare the start");
}

void start_done(struct start *s)
{
	container_done(&s->container);
	overlay_done(&s->overlay);
	seccomp_filter_done(&s->filter);
	network_done(&s->network);
	port_list_done(&s->ports);
	volumes_done(&s->volumes);
	free(s->scope);
	free(s->description);
	free(s->root_dir);
	free(s->run_dir);
	closep(&s->run_fd);
	*s = START_INIT;
}

static int plan_root(struct start *s, struct err *err)
{
	const struct record *r = &s->c->record;

	if (r->rootfs)
		return 0;
	s->overlay.layers_dir = paths_data(&s->e->paths, "layers");
	s->overlay.lowers = strv_copy(r->layers);
	s->overlay.upper = path_join(s->c->dir, "upper");
	s->overlay.work = path_join(s->c->dir, "work");
	s->overlay.transient = r->auto_remove;
	s->root_dir = path_join(s->c->dir, "root");
	if (!s->overlay.layers_dir || !s->overlay.lowers || !s->overlay.upper || !s->overlay.work ||
	    !s->root_dir)
		return no_memory(err);
	s->plan.overlay = &s->overlay;
	s->plan.root_dir = s->root_dir;
	return 0;
}

static int plan_network(struct start *s, struct err *err)
{
	int r = network_parse(s->c->record.network, &s->network, err);

	STRV_FOREACH(text, s->c->record.publish)
		if (r == 0)
			r = ports_parse(*text, &s->ports, err);
	s->plan.network = &s->network;
	s->plan.ports = &s->ports;
	return r;
}

static int plan_cgroup(struct start *s, struct err *err)
{
	const struct record *record = &s->c->record;
	const struct oci_resources *limits = &s->c->spec->resources;
	int r = unit_name_make("masu", record->name, ".scope", &s->scope);

	if (r < 0)
		return err_sys(err, r, "name the scope of container '%s'", record->name);
	if (asprintf(&s->description, "masu container %s (%s)", record->name, record->image) < 0) {
		s->description = NULL;
		return no_memory(err);
	}
	s->cgroup = (struct cgroup_plan){
		.manager = CGROUP_MANAGER_SYSTEMD,
		.system = !s->e->idmap.userns,
		.scope = s->scope,
		.slice = SLICE,
		.description = s->description,
		.stop_timeout_ms = (unsigned int)(MIN(record->stop_timeout, 86400) * 1000),
		.split = true,
		.everywhere = true,
		.limits = limits,
		/* In a user namespace no device node works but what its maker could open. */
		.device_filter = limits->n_devices > 0 && idmap_caller_is_host_root(),
	};
	s->plan.cgroup = &s->cgroup;
	return 0;
}

static int plan_filter(struct start *s, struct err *err)
{
	bool any;
	int r = seccomp_filter_for(s->e, s->c->record.seccomp, s->c->spec, &s->filter, &any, err);

	if (r == 0 && any)
		s->plan.seccomp = &s->filter;
	return r;
}

static int plan_volumes(struct start *s, struct err *err)
{
	int r = volumes_take(s->e, &s->c->record, &s->volumes, err);

	s->plan.new_volumes = s->volumes.to_fill;
	s->plan.sync_volumes = s->volumes.sync;
	return r;
}

static int plan_run_dir(struct start *s, struct err *err)
{
	s->run_dir = paths_run(&s->e->paths, "containers/%s", s->c->home.id);
	if (!s->run_dir)
		return no_memory(err);
	s->run_fd = home_run_dir(s->e, s->c->home.id, true);
	if (s->run_fd < 0)
		return err_sys(err, s->run_fd, "make the run-time directory '%s'", s->run_dir);
	s->plan.run_dir = s->run_dir;
	return 0;
}

int start_prepare(masu_container *c, struct start *s, struct err *err)
{
	static int (*const parts[])(struct start *, struct err *) = {
		plan_root, plan_network, plan_cgroup, plan_filter, plan_volumes, plan_run_dir,
	};
	int r = 0;

	*s = START_INIT;
	s->e = c->engine;
	s->c = c;
	s->plan = (struct container_plan){
		.root_nodev = true,
		.id = c->home.id,
		.bundle = c->dir,
		.spec = c->spec,
		.idmap = &c->engine->idmap,
		.user = c->record.user,
		/* A user has 200 keys. The default filter keeps the container from all of them. */
		.new_keyring = true,
		.keyring_optional = c->record.seccomp && streq(c->record.seccomp, SECCOMP_DEFAULT),
		.stdio = {-1, -1, -1},
		/* A container that nobody looks after would have no log, no network and no end. */
		.die_with_launcher = true,
		.allow_ping = true,
		.start_listener = -1,
	};
	if (c->record.tty)
		s->plan.window = terminal_size();
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](s, err);
	if (r < 0)
		start_done(s);
	return r;
}

static int record_run(struct start *s, struct err *err)
{
	const struct container *c = &s->container;
	bool any = c->cgroup && c->cgroup->path;
	int64_t now = time_now();
	const struct run_state state = {
		.pid = c->init,
		.start_time = c->init_start_time,
		.started_ns = now,
		.scope = any && !(c->cgroup->flags & CGROUP_OWN) ? s->scope : NULL,
		.cgroup = any ? c->cgroup->record : NULL,
		.cgroup_flags = any ? c->cgroup->flags : 0,
		.ports = s->ports, /* borrowed */
	};
	int r = state_mark_started(&s->c->home, now, err);

	return r < 0 ? r : run_state_write(&s->c->home, &state, err);
}

int start_run(struct start *s, struct err *err)
{
	int r = container_create(&s->plan, &s->container, err);

	if (r < 0)
		goto failed;
	engine_notice_host(s->e, s->container.notice);
	r = volumes_finish(&s->volumes, err);
	if (r == 0)
		r = record_run(s, err);
	if (r == 0)
		r = container_start(&s->container, err);
	if (r == 0)
		return 0;
	container_abort(&s->container);
failed:
	run_state_remove(s->e, &s->c->home);
	return r;
}
