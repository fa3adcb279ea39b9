/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/on-demand.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/port-mapping.h"
#include "base/str.h"
#include "base/strv.h"
#include "systemd/socket-unit.h"

static_assert(ON_DEMAND_PORTS_MAX <= SOCKET_UNIT_LISTENERS_MAX, "one unit holds all ports");

bool on_demand_is_port(const char *text)
{
	return strchr(text, ',');
}

unsigned int on_demand_seconds(const struct record *record)
{
	unsigned int seconds = 0;
	struct port_mapping m;

	STRV_FOREACH(text, record->publish)
		if (on_demand_is_port(*text) && port_mapping_parse(*text, &m, NULL) == 0)
			seconds = MAX(seconds, m.on_demand_s);
	return seconds;
}

int on_demand_check(const struct record *record, struct masu_error *err)
{
	if (!on_demand_seconds(record))
		return 0;
	if (record->auto_remove)
		return err_set(
			err, ERR_CONFLICT, EINVAL,
			"a container that is removed when it exits cannot have ports on demand");
	if (!record->split_cgroup)
		return 0;
	(void)err_set(err, ERR_CONFLICT, EINVAL,
		      "a container in the cgroup of a unit cannot have ports on demand");
	return err_hint(err, "write OnDemand= in its quadlet file: masu-quadlet(5)");
}

char *on_demand_fifo(const struct masu_engine *e, const char *id)
{
	return paths_run(&e->paths, "ondemand/%s", id);
}

char *on_demand_unit(const char *id)
{
	return str_printf("masu-ondemand-%.*s", ID_SHORT_LENGTH, id);
}

bool on_demand_is_held(const struct masu_engine *e, const char *id)
{
	_cleanup_free_ char *path = on_demand_fifo(e, id);
	struct stat st;

	return path && lstat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

void on_demand_wake(const struct masu_engine *e, const char *id)
{
	_cleanup_free_ char *path = on_demand_fifo(e, id);
	_cleanup_close_ int fd = path ? open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
				      : -1;

	/* A full FIFO has woken it already; without a reader nobody holds the ports. */
	if (fd >= 0)
		(void)!write(fd, "", 1);
}

int on_demand_correct(const masu_container *c, struct state *s, struct masu_error *err)
{
	const bool ended = s->status == MASU_STATUS_CREATED || s->status == MASU_STATUS_EXITED;
	int r = 0;

	if (!on_demand_seconds(&c->record))
		return 0;
	if (ended && on_demand_is_held(c->engine, c->home.id))
		s->status = MASU_STATUS_ON_DEMAND;
	if (s->status != MASU_STATUS_ON_DEMAND && !state_is_alive(s))
		return 0;
	port_list_done(&s->ports);
	STRV_FOREACH(text, c->record.publish)
		if (r == 0)
			r = ports_parse(*text, &s->ports, err);
	return r;
}
