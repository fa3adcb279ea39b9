/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/container.h"

#include <errno.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"
#include "engine/container/freeze.h"
#include "engine/container/health.h"
#include "engine/container/names.h"
#include "engine/container/on-demand.h"
#include "engine/options.h"

#define LOCK_TIMEOUT_MS	 15000 /* a supervisor drains, records and cleans up */
#define START_TIMEOUT_MS 30000
#define LOCK_PAUSE_MS	 3 /* locks cannot be polled */

int container_new(struct masu_engine *e, const char *id, masu_container **ret,
		  struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = calloc(1, sizeof(*c));

	if (!c)
		return err_oom(err);
	c->engine = e;
	c->home = HOME_INIT;
	c->state = STATE_INIT;
	(void)snprintf(c->home.id, sizeof(c->home.id), "%s", id);
	if (*id && !(c->dir = paths_data(&e->paths, "containers/%s", id)))
		return err_oom(err);
	*ret = TAKE_PTR(c);
	return 0;
}

void masu_container_free(masu_container *c)
{
	if (!c)
		return;
	home_done(&c->home);
	free(c->dir);
	record_done(&c->record);
	state_done(&c->state);
	oci_spec_free(c->spec);
	free(c);
}

int container_open(masu_container *c, struct masu_error *err)
{
	struct home home;

	if (c->home.fd >= 0)
		return 0;
	int r = home_open(c->engine, c->home.id, &home, err);
	if (r < 0)
		return r;
	c->home = home;
	return 0;
}

void container_close(masu_container *c)
{
	closep(&c->home.fd);
	c->home.fd = -1;
	c->home.held = false;
}

int container_read_record(const masu_container *c, struct record *ret, struct masu_error *err)
{
	int r = record_read(c->home.fd, ret, err);

	if (r == 0)
		r = names_correct(c->engine, c->home.id, &ret->name);
	return r == -ENOMEM ? err_oom(err) : r;
}

static int read_state(const masu_container *c, struct state *ret, struct masu_error *err)
{
	int r = state_get(c->engine, &c->home, ret, err);

	if (r < 0 || ret->status != MASU_STATUS_PAUSED || !freeze_recover(c, c->home.fd))
		return r;
	state_done(ret);
	return state_get(c->engine, &c->home, ret, err);
}

int container_read_spec(masu_container *c, struct masu_error *err)
{
	if (c->spec)
		return 0;
	int r = oci_spec_read(c->home.fd, c->dir, &c->spec, err);
	return r < 0 ? err_prefix(err, "container '%s'", c->record.name) : 0;
}

/* 1, 0 or -errno. */
static int is_up(const masu_container *c, struct masu_error *err)
{
	_cleanup_state_ struct state s = STATE_INIT;
	int r = state_get(c->engine, &c->home, &s, err);

	return r < 0 ? r : state_has_init(&s) || s.status == MASU_STATUS_STARTING;
}

static int lock_opened(masu_container *c, struct masu_error *err)
{
	const int64_t deadline = time_monotonic_ms() + LOCK_TIMEOUT_MS;
	int r;

	/* Others hold it for a moment: the clean-up after its exit, an update. */
	while ((r = home_hold(&c->home, c->engine, 0)) == -EWOULDBLOCK) {
		r = is_up(c, err);
		if (r < 0)
			return r;
		if (r > 0)
			return err_set(err, ERR_CONFLICT, EBUSY, "container '%s' is running",
				       c->record.name);
		if (time_monotonic_ms() > deadline)
			return err_set(err, ERR_CONFLICT, EBUSY,
				       "container '%s' is stopping or being copied",
				       c->record.name);
		r = engine_await(c->engine, -1, LOCK_PAUSE_MS, err);
		if (r != -ETIMEDOUT)
			return r;
	}
	if (r == -ENOENT)
		return home_removed(&c->home, err);
	return r < 0 ? err_sys(err, r, "lock container '%s'", c->record.name) : 0;
}

int container_lock(masu_container *c, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = lock_opened(c, err);
	if (r < 0)
		container_close(c);
	return r;
}

int container_lock_unless_running(masu_container *c, struct masu_error *err)
{
	const int64_t deadline = time_monotonic_ms() + START_TIMEOUT_MS;

	for (;;) {
		int r = masu_container_refresh(c, err);

		if (r < 0 || state_is_alive(&c->state) ||
		    c->state.status == MASU_STATUS_INITIALIZED)
			return r;
		r = container_lock(c, err);
		if (r == 0)
			return 1;
		if (r != -EBUSY || time_monotonic_ms() > deadline)
			return r;
		err_done(err);
		r = engine_await(c->engine, -1, LOCK_PAUSE_MS, err);
		if (r != -ETIMEDOUT)
			return r;
	}
}

int container_take_up(masu_container *c, struct masu_error *err)
{
	int r = container_lock(c, err);

	if (r < 0)
		return r;
	r = engine_load_idmap(c->engine, err);
	if (r == 0)
		r = container_read_spec(c, err);
	if (r < 0)
		container_close(c);
	return r;
}

int masu_container_find(masu_engine *e, const char *name, masu_container **ret, masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	char id[ID_LENGTH + 1];
	int r = home_find(e, name, id, err);

	if (r < 0)
		return r;
	r = container_new(e, id, &c, err);
	if (r < 0)
		return r;
	r = container_open(c, err);
	if (r < 0)
		return r;
	r = container_read_record(c, &c->record, err);
	if (r < 0)
		return r;
	r = masu_container_refresh(c, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

int container_look(masu_container *c, struct masu_error *err)
{
	_cleanup_state_ struct state state = STATE_INIT;
	int r = read_state(c, &state, err);

	if (r == 0)
		r = on_demand_correct(c, &state, err);
	if (r < 0)
		return r;
	state_done(&c->state);
	c->state = TAKE(state, STATE_INIT);
	c->health = state_is_alive(&c->state) ? health_status(c->home.fd, &c->record)
					      : MASU_HEALTH_NONE;
	return 0;
}

int masu_container_refresh(masu_container *c, masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = container_look(c, err);
	container_close(c);
	return r;
}

enum masu_health masu_container_health(const masu_container *c)
{
	return c->health;
}

const char *masu_container_id(const masu_container *c)
{
	return c->home.id;
}

const char *masu_container_name(const masu_container *c)
{
	return c->record.name;
}

const char *masu_container_image(const masu_container *c)
{
	return c->record.image_name ? c->record.image_name : c->record.image;
}

char *const *masu_container_entrypoint(const masu_container *c)
{
	return c->record.entrypoint;
}

char *const *masu_container_command(const masu_container *c)
{
	return c->record.command;
}

const char *masu_container_label(const masu_container *c, const char *key)
{
	return oci_map_get(&c->record.labels, key);
}

enum masu_status masu_container_status(const masu_container *c)
{
	return c->state.status;
}

pid_t masu_container_pid(const masu_container *c)
{
	return state_is_alive(&c->state) ? c->state.run.pid : 0;
}

int masu_container_exit_code(const masu_container *c)
{
	return c->state.exit_code;
}

bool masu_container_oom_killed(const masu_container *c)
{
	return c->state.oom_killed;
}

int64_t masu_container_created(const masu_container *c)
{
	return c->record.created_ns;
}

int64_t masu_container_started(const masu_container *c)
{
	return c->state.started_ns;
}

int64_t masu_container_finished(const masu_container *c)
{
	return c->state.finished_ns;
}

int masu_container_port(const masu_container *c, size_t index, struct masu_port *port)
{
	const struct port_list *ports = &c->state.ports;

	if (index >= ports->n)
		return -ENOENT;
	const struct port *p = &ports->item[index];
	const struct masu_port own = {
		.host_ip = p->host_ip,
		.host_port = p->host_port,
		.host_port_last = p->host_port,
		.container_port = p->container_port,
		.container_port_last = p->container_port,
		.udp = p->udp,
		.on_demand_s = p->on_demand_s,
	};
	options_give(port, &own, sizeof(own));
	return 0;
}
