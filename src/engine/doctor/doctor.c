/* SPDX-License-Identifier: Apache-2.0 */
/* The examination of a container, topic by topic. */

#include <errno.h>

#include "base/str.h"
#include "cgroup/detect.h"
#include "cgroup/limits.h"
#include "cgroup/ops.h"
#include "engine/doctor/checkup.h"
#include "engine/doctor/host-facts.h"
#include "net/network.h"

/* Is it the program or the device of a network? */
static bool is_of_network(const struct fact *f)
{
	const struct net_backend *b;

	for (size_t i = 0; (b = network_backend(i)); i++)
		if (streq(f->name, b->name))
			return true;
	return streq(f->name, "/dev/net/tun");
}

/* The names of the controllers of cgroup v2 that the container's limits need are not all in a list of words. */
static bool lacks_controller(const struct oci_resources *limits, const char *words)
{
	_cleanup_settings_ struct cgroup_settings settings = {0};
	unsigned int needed, present = cgroup_controllers_parse(words);

	if (cgroup_v2_ops.translate(limits, &settings, NULL) < 0)
		return false;
	needed = cgroup_settings_controllers(&settings);
	return needed & ~present;
}

/* Does the problem keep the host from limiting the container? Then it does not start. */
static bool prevents_limits(const struct fact *f, const struct oci_resources *limits)
{
	if (!cgroup_limits_any(limits))
		return false;
	if (streq(f->id, "cgroup-delegation"))
		return lacks_controller(limits, f->value);
	return streq(f->id, "cgroup-version") || streq(f->id, "user-manager");
}

/* Errors of the host keep each container from its start, but for those of networks that it does not use. */
static bool concerns(const struct fact *f, const struct network *network,
		     const struct oci_resources *limits)
{
	if (!f->id)
		return false;
	if (!is_of_network(f))
		return f->severity == MASU_SEVERITY_ERROR || prevents_limits(f, limits);
	return network->backend && network_has_helper(network) &&
	       (*f->name == '/' || streq(f->name, network->backend->name));
}

static void add_host(struct checkup *k)
{
	_cleanup_(network_done) struct network network = NETWORK_INIT;
	_cleanup_facts_ struct facts f = {0};

	host_facts(k->c->engine, &f);
	k->failed |= f.failed;
	(void)network_parse(k->c->record.network, &network, NULL); /* it was checked before */
	for (size_t i = 0; !f.failed && i < f.n; i++) {
		if (!concerns(&f.item[i], &network, &k->c->spec->resources))
			continue;
		f.item[i].severity = MASU_SEVERITY_ERROR;
		facts_report(&f.item[i], k->list);
	}
}

/* As at a start: the files cannot be brought together. */
static void add_files(struct checkup *k, const struct masu_error *err)
{
	checkup_add(k, &(struct checkup_finding){
			       .id = "files",
			       .severity = MASU_SEVERITY_ERROR,
			       .object = strdup("root"),
			       .message = strdup(str_or_empty(err->message)),
		       });
}

static int examine_files(struct checkup *k, struct masu_error *err)
{
	_cleanup_examined_ struct examined e = {0};
	bool is_alive = state_is_alive(&k->c->state);
	int r = is_alive ? examined_running(k->c, &e)
			 : examined_read(k->c, checkup_command(k), &e, err);

	if (is_alive && r < 0)
		return 0; /* it has just ended, or its user is not one of the container's */
	if (r == 0 && !is_alive)
		checkup_start(k, &e);
	if (r == 0 && !e.no_user)
		r = checkup_mounts(k, &e, err);
	if (r >= 0 || r == -ENOMEM || r == -ECANCELED || r == -EBUSY)
		return r;
	add_files(k, err);
	err_done(err);
	return 0;
}

static int examine(struct checkup *k, struct masu_error *err)
{
	masu_container *c = k->c;
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = container_read_spec(c, err);
	if (r == 0) {
		checkup_health(k);
		checkup_end(k);
		checkup_mounted(k);
	}
	container_close(c);
	if (r < 0)
		return r;
	checkup_sources(k);
	checkup_devices(k);
	r = k->files_missing ? 0 : examine_files(k, err);
	if (r == 0)
		r = checkup_network(k, err);
	if (r == 0 && !state_is_alive(&c->state))
		add_host(k);
	return r;
}

int masu_container_doctor(masu_container *c, masu_finding_list **ret, masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	_cleanup_masu_finding_list_ masu_finding_list *list = findings_new();
	struct checkup k = {.c = c, .list = list};
	int r = list ? masu_container_refresh(c, err) : -ENOMEM;

	if (r == 0)
		r = examine(&k, &own);
	if (r < 0 && own.code)
		return err_move(err, &own);
	if (r < 0 || k.failed)
		return r < 0 && err && err->code ? r : err_oom(err);
	return findings_finish(&list, ret, err);
}
