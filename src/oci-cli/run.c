/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "base/proc.h"
#include "engine/supervise.h"
#include "oci-cli/launch.h"
#include "oci-cli/poststart.h"
#include "oci-cli/readiness.h"

static int stand_by(struct launch *l, struct supervisor *s, struct err *err)
{
	struct readiness ready = {.fd = l->readiness};
	struct container *c = &l->container;
	bool own_console = c->console >= 0 && !l->options->console_socket;
	int r = poststart_run(l->spec, l->id, l->bundle, c->init, err);

	s->watched = ready.fd;
	s->watch = readiness_take;
	s->watch_arg = &ready;
	if (r == 0)
		r = supervisor_attach(s, c->init_pidfd, own_console ? c->console : -1, true, err);
	if (r < 0) {
		launch_abort(l);
		return r;
	}
	supervisor_wait(s);
	int status = proc_wait(c->init);
	if (!l->options->keep)
		r = launch_end(l, err);
	return r < 0 ? r : status;
}

/* What is restored was started long ago. */
static int create_and_start(struct launch *l, struct err *err)
{
	int r = launch_create(l, false, err);

	if (r < 0 || l->images)
		return r;
	r = container_start(&l->container, err);
	if (r < 0)
		launch_abort(l);
	return r;
}

static int run_foreground(struct launch *l, struct err *err)
{
	_cleanup_supervisor_ struct supervisor *s = NULL;
	int r = supervisor_new(true, &s, err);

	if (r == 0)
		r = create_and_start(l, err);
	return r < 0 ? r : stand_by(l, s, err);
}

static int run_detached(struct launch *l, struct err *err)
{
	const struct container *c = &l->container;
	int r = create_and_start(l, err);

	if (r < 0)
		return r;
	r = poststart_run(l->spec, l->id, l->bundle, c->init, err);
	if (r < 0)
		launch_abort(l);
	else
		readiness_wait(l->readiness, c->init_pidfd, c->init);
	return r;
}

int launch_run(struct launch *l, struct err *err)
{
	return l->options->detach ? run_detached(l, err) : run_foreground(l, err);
}

static int run_run(const void *values, char **operands, struct err *err)
{
	_cleanup_launch_ struct launch l = LAUNCH_INIT;
	int r = launch_prepare(&l, values, operands[0], err);

	return r < 0 ? r : launch_run(&l, err);
}

static const struct option_row run_rows[] = {
	OCI_ROW(OPTION_FLAG, detach, 'd', "detach", NULL, "return when it runs"),
	OCI_ROW(OPTION_FLAG, keep, 0, "keep", NULL, "don't delete it when it has ended"),
	{0},
};

const struct command oci_command_run = {
	.name = "run",
	.operands = "ID",
	.summary = "Make a container and start it",
	.options = run_rows,
	.more_options = oci_create_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.is_exposed = true,
	.run = run_run,
};
