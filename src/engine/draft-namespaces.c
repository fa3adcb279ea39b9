/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Namespaces that a container shares with the host or another container.
 *
 * Power over a namespace comes from the user namespace that it belongs to. So an ordinary user's container that joins
 * the namespaces of another one joins its user namespace, too. Then the two are not isolated from each other by ids and
 * capabilities, only by the namespaces that they do not share. A helper of a network of its own could not reach such a
 * container: its init is closed to the caller, because members of the joined namespaces could trace it.
 */

#include "engine/draft.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container.h"

static int no_memory(struct masu_error *err)
{
	return err_sys(err, ENOMEM, "describe the container's namespaces");
}

static bool is_private(const char *mode)
{
	return !mode || !*mode || streq(mode, "private");
}

static int set_mode(char **place, const char *mode, struct masu_error *err)
{
	*place = strdup(mode);
	return *place ? 0 : no_memory(err);
}

static int conflict(const char *option, const char *mode, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "\"%s\" and \"%s\" exclude each other", option,
		       mode);
}

/* "host" or a namespace of its own. */
static int set_simple(struct draft *d, enum oci_namespace_type type, const char *mode,
		      char **record, struct masu_error *err)
{
	if (is_private(mode))
		return 0;
	if (!streq(mode, "host"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid %s namespace \"%s\": must be one of private, host",
			       oci_namespace_name(type), mode);
	d->spec->namespaces[type].wanted = false;
	return set_mode(record, mode, err);
}

/* The form of a mode that survives a rename. */
static int record_peer(char **place, const masu_container *peer, struct masu_error *err)
{
	free(*place);
	*place = str_printf("container:%s", peer->home.id);
	return *place ? 0 : no_memory(err);
}

static int join_pid(struct masu_engine *e, struct draft *d, const char *mode,
		    struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	const char *name = str_after(str_or_empty(mode), "container:");

	if (name) {
		int r = masu_container_find(e, name, &peer, err);

		return r < 0 ? r : record_peer(&d->record.pid_mode, peer, err);
	}
	if (is_private(mode))
		return 0;
	if (!streq(mode, "host"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid pid namespace \"%s\": must be one of private, host, "
			       "container:NAME",
			       mode);
	if (d->spec->namespaces[OCI_NS_USER].wanted) {
		(void)err_set(err, ERR_UNSUPPORTED, EPERM,
			      "the pid namespace of the host can only be joined by root");
		return err_hint(err, "join that of a container: --pid container:NAME");
	}
	d->spec->namespaces[OCI_NS_PID].wanted = false;
	return set_mode(&d->record.pid_mode, mode, err);
}

/* Names and name servers are those of the other container: the two have one address. */
static int join_network(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
			struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	int r = masu_container_find(e, d->network.target, &peer, err);

	if (r < 0)
		return r;
	if (o->hostname)
		return conflict("--hostname", o->network, err);
	if ((o->add_hosts && *o->add_hosts) || (o->dns && *o->dns) ||
	    (o->dns_search && *o->dns_search) || (o->dns_options && *o->dns_options))
		return conflict("--add-host and --dns", o->network, err);
	free(d->record.hostname);
	d->record.hostname = strdup(str_or_empty(peer->record.hostname));
	d->names_dir = strdup(peer->dir);
	if (!d->record.hostname || !d->names_dir)
		return no_memory(err);
	return record_peer(&d->record.network, peer, err);
}

/* All joined namespaces belong to one user namespace. */
static int check_user_namespace(const struct draft *d, struct masu_error *err)
{
	const char *pid = str_after(str_or_empty(d->record.pid_mode), "container:");

	if (!d->spec->namespaces[OCI_NS_USER].wanted || !pid)
		return 0;
	if (d->network.backend->joins ? streq(d->record.network, d->record.pid_mode)
				      : !network_has_helper(&d->network))
		return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "a container that joins a pid namespace cannot have the network \"%s\"",
		      d->record.network ? d->record.network : network_default());
	return err_hint(err, "without root: --network container:%.*s, none or host",
			ID_SHORT_LENGTH, pid);
}

int draft_namespaces(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		     struct masu_error *err)
{
	int r = set_simple(d, OCI_NS_UTS, o->uts_mode, &d->record.uts_mode, err);

	if (r < 0)
		return r;
	r = set_simple(d, OCI_NS_IPC, o->ipc_mode, &d->record.ipc_mode, err);
	if (r < 0)
		return r;
	if (d->record.uts_mode && o->hostname)
		return conflict("--hostname", "--uts host", err);
	if (d->record.ipc_mode && o->shm_size)
		return conflict("--shm-size", "--ipc host", err);
	r = join_pid(e, d, o->pid_mode, err);
	if (r < 0)
		return r;
	if (d->network.backend->joins) {
		r = join_network(e, d, o, err);
		if (r < 0)
			return r;
	}
	return check_user_namespace(d, err);
}
