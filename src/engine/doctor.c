/* SPDX-License-Identifier: Apache-2.0 */
/* The examination of a container, topic by topic. */

#include <errno.h>

#include "engine/checkup.h"
#include "engine/host-facts.h"

/* Errors of the host keep every container from its start. */
static void add_host(struct checkup *k)
{
	_cleanup_facts_ struct facts f = {0};

	host_facts(k->c->engine, &f);
	k->failed |= f.failed;
	for (size_t i = 0; !f.failed && i < f.n; i++)
		if (f.item[i].id && f.item[i].severity == MASU_SEVERITY_ERROR)
			facts_report(&f.item[i], k->list);
}

static int examine(struct checkup *k, struct masu_error *err)
{
	masu_container *c = k->c;
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = container_read_spec(c, err);
	if (r == 0)
		checkup_end(k);
	container_close(c);
	if (r < 0)
		return r;
	checkup_sources(k);
	r = checkup_network(k, err);
	if (r == 0 && !state_is_alive(&c->state))
		add_host(k);
	return r;
}

int masu_container_doctor(masu_container *c, masu_finding_list **ret, masu_error *err)
{
	_cleanup_masu_finding_list_ masu_finding_list *list = findings_new();
	struct checkup k = {.c = c, .list = list};
	int r = list ? masu_container_refresh(c, err) : -ENOMEM;

	if (r == 0)
		r = examine(&k, err);
	if (r == 0 && k.failed)
		r = -ENOMEM;
	if (r < 0)
		return err && err->code ? r : err_sys(err, r, "examine the container");
	return findings_finish(&list, ret, err);
}
