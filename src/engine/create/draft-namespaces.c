/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Namespaces that a container shares with the host, another container, or a file.
 *
 * Power over a namespace comes from the user namespace that it belongs to. So an ordinary user's container that joins
 * the namespaces of another one joins its user namespace, too. Then the two are not isolated from each other by ids and
 * capabilities, only by the namespaces that they do not share. A helper of a network of its own could not reach such a
 * container: its init is closed to the caller, because members of the joined namespaces could trace it.
 */

#include "engine/create/draft.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-map.h"
#include "engine/container/container.h"

/* One kind of namespace, the mode that the caller wants, and its place in the record. */
struct mode {
	enum oci_namespace_type type;
	const char *given;
	char **record;
};

static int set_mode(const struct mode *m, struct masu_error *err)
{
	*m->record = strdup(m->given);
	return *m->record ? 0 : err_oom(err);
}

int draft_conflict(const char *option, const char *other, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "\"%s\" and \"%s\" exclude each other", option,
		       other);
}

static int invalid_mode(const struct mode *m, struct masu_error *err)
{
	return err_set(
		err, ERR_INVALID, EINVAL,
		"invalid %s namespace \"%s\": must be one of private, %shost, container:NAME, "
		"ns:PATH",
		oci_namespace_name(m->type), m->given,
		m->type == OCI_NS_IPC ? "shareable, none, " : "");
}

/* The form of a mode that survives a rename. */
static int record_peer(char **place, const masu_container *peer, struct masu_error *err)
{
	free(*place);
	*place = str_printf("container:%s", peer->home.id);
	return *place ? 0 : err_oom(err);
}

static int set_path(const struct mode *m, const char *path, struct masu_error *err)
{
	if (*path == '/' && !str_has_control(path))
		return set_mode(m, err);
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid path of the %s namespace: \"%s\"",
		      oci_namespace_name(m->type), path);
	return err_hint(err, "write an absolute path, like ns:/proc/PID/ns/TYPE");
}

static int join_peer(struct masu_engine *e, struct draft *d, const struct mode *m, const char *name,
		     masu_container **ret_peer, struct masu_error *err)
{
	int r = masu_container_find(e, name, ret_peer, err);

	if (r == 0)
		r = draft_join_map(d, *ret_peer, m->type, err);
	return r < 0 ? r : record_peer(m->record, *ret_peer, err);
}

/* An explicit "private" is recorded, too: it forbids others to join. */
static bool is_own_ipc(const char *mode)
{
	return streq(mode, "private") || streq(mode, "shareable") || streq(mode, "none");
}

/* Returns 1 for a mode that was given, or 0. `ret_peer` is the container of "container:NAME". */
static int take_mode(struct masu_engine *e, struct draft *d, const struct mode *m,
		     masu_container **ret_peer, struct masu_error *err)
{
	int r = 0;

	if (!m->given || !*m->given)
		return 0;
	const char *name = str_after(m->given, "container:"), *path = str_after(m->given, "ns:");
	if (name) {
		r = join_peer(e, d, m, name, ret_peer, err);
	} else if (path) {
		r = set_path(m, path, err);
	} else if (streq(m->given, "host")) {
		d->spec->namespaces[m->type].wanted = false;
		r = set_mode(m, err);
	} else if (m->type == OCI_NS_IPC && is_own_ipc(m->given)) {
		r = set_mode(m, err);
	} else if (!streq(m->given, "private")) {
		r = invalid_mode(m, err);
	}
	return r < 0 ? r : 1;
}

static int set_uts(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		   struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	const struct mode m = {OCI_NS_UTS, o->uts_mode, &d->record.uts_mode};
	int r = take_mode(e, d, &m, &peer, err);

	if (r <= 0)
		return r;
	if (d->record.uts_mode && o->hostname)
		return draft_conflict("--hostname", "--uts", err);
	if (!peer)
		return 0;
	d->record.hostname = strdup(str_or_empty(peer->record.hostname));
	return d->record.hostname ? 0 : err_oom(err);
}

static int set_ipc(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		   struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	const struct mode m = {OCI_NS_IPC, o->ipc_mode, &d->record.ipc_mode};
	int r = take_mode(e, d, &m, &peer, err);

	if (r <= 0)
		return r;
	if (peer && peer->record.ipc_mode &&
	    (streq(peer->record.ipc_mode, "private") || streq(peer->record.ipc_mode, "none"))) {
		(void)err_set(err, ERR_CONFLICT, EPERM,
			      "cannot join the ipc namespace of container \"%s\": its mode is %s",
			      peer->record.name, peer->record.ipc_mode);
		return err_hint(err, "create it with --ipc shareable, the default");
	}
	if (o->shm_size && !draft_has_own_shm(d))
		return draft_conflict("--shm-size", o->ipc_mode, err);
	return 0;
}

bool draft_has_own_shm(const struct draft *d)
{
	const char *mode = d->record.ipc_mode;

	return !mode || streq(mode, "private") || streq(mode, "shareable") ||
	       str_after(mode, "ns:");
}

static int set_pid(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		   struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	const struct mode m = {OCI_NS_PID, o->pid_mode, &d->record.pid_mode};
	int r = take_mode(e, d, &m, &peer, err);

	if (r <= 0)
		return r;
	if (d->spec->namespaces[OCI_NS_PID].wanted || !d->spec->namespaces[OCI_NS_USER].wanted)
		return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EPERM,
		      "the pid namespace of the host can only be joined by root");
	return err_hint(err, "join that of a container: --pid container:NAME");
}

/* "private" and "host" are host_cgroupns. */
static int set_cgroup(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		      struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	const struct mode m = {OCI_NS_CGROUP, o->cgroupns_mode, &d->record.cgroupns_mode};

	if (o->host_cgroupns && m.given && *m.given)
		return draft_conflict("host_cgroupns", m.given, err);
	return MIN(take_mode(e, d, &m, &peer, err), 0);
}

static int check_network_options(const struct masu_create_options *o, struct masu_error *err)
{
	if (o->hostname)
		return draft_conflict("--hostname", o->network, err);
	if ((o->add_hosts && *o->add_hosts) || (o->dns && *o->dns) ||
	    (o->dns_search && *o->dns_search) || (o->dns_options && *o->dns_options))
		return draft_conflict("--add-host and --dns", o->network, err);
	if (o->image_hosts || o->image_resolv_conf || o->image_hostname || o->hosts_file)
		return draft_conflict("--no-hosts, --no-hostname, --hosts-file and --dns none",
				      o->network, err);
	return 0;
}

/* Names and name servers are those of the other container: the two have one address. */
static int join_network(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
			struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	int r = masu_container_find(e, d->network.target, &peer, err);

	if (r == 0)
		r = draft_join_map(d, peer, OCI_NS_NETWORK, err);
	if (r < 0)
		return r;
	r = check_network_options(o, err);
	if (r < 0)
		return r;
	if (!d->record.hostname) {
		d->record.hostname = strdup(str_or_empty(peer->record.hostname));
		if (!d->record.hostname)
			return err_oom(err);
	}
	d->record.image_hosts = peer->record.image_hosts;
	d->record.image_resolv_conf = peer->record.image_resolv_conf;
	d->record.image_hostname = peer->record.image_hostname;
	d->names_dir = strdup(peer->dir);
	if (!d->names_dir)
		return err_oom(err);
	return record_peer(&d->record.network, peer, err);
}

static bool is_joined(const char *mode)
{
	return mode && (str_after(mode, "container:") || str_after(mode, "ns:"));
}

/* All joined namespaces belong to one user namespace, which the start verifies. */
static int check_user_namespace(const struct draft *d, struct masu_error *err)
{
	const char *const modes[] = {d->record.pid_mode, d->record.ipc_mode, d->record.uts_mode,
				     d->record.cgroupns_mode, d->record.userns};
	const char *joined = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(modes) && !joined; i++)
		joined = is_joined(modes[i]) ? modes[i] : NULL;
	if (!joined || !d->spec->namespaces[OCI_NS_USER].wanted || !network_has_helper(&d->network))
		return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "a container that joins a namespace cannot have the network \"%s\"",
		      d->record.network ? d->record.network : network_default());
	const char *id = str_after(joined, "container:");
	return id ? err_hint(err, "without root: --network container:%.*s, none or host",
			     ID_SHORT_LENGTH, id)
		  : err_hint(err, "without root: --network ns:PATH, none or host");
}

int draft_namespaces(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		     struct masu_error *err)
{
	int r = set_uts(e, d, o, err);

	if (r < 0)
		return r;
	r = set_ipc(e, d, o, err);
	if (r < 0)
		return r;
	r = set_pid(e, d, o, err);
	if (r < 0)
		return r;
	r = set_cgroup(e, d, o, err);
	if (r < 0)
		return r;
	if (d->network.backend->joins && !d->network.backend->by_path) {
		r = join_network(e, d, o, err);
		if (r < 0)
			return r;
	}
	r = check_user_namespace(d, err);
	return r < 0 ? r : container_map_write(e, &d->record, d->spec, err);
}
