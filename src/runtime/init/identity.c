/* SPDX-License-Identifier: Apache-2.0 */

/* The container's namespaces from inside: host name, network devices, kernel parameters. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/str.h"
#include "net/devices.h"
#include "net/namespace.h"
#include "runtime/init/init.h"
#include "runtime/init/messages.h"

int init_set_names(struct init *init, struct masu_error *err)
{
	const struct oci_spec *spec = init->spec;
	bool own_uts = spec->namespaces[OCI_NS_UTS].wanted;

	if ((spec->hostname || spec->domainname) && !own_uts)
		return err_set(err, ERR_INVALID, EINVAL,
			       "hostname or domainname need a UTS namespace for the container");
	if (spec->hostname && sethostname(spec->hostname, strlen(spec->hostname)) < 0)
		return err_sys(err, errno, "set the host name '%s'", spec->hostname);
	if (spec->domainname && setdomainname(spec->domainname, strlen(spec->domainname)) < 0)
		return err_sys(err, errno, "set the domain name '%s'", spec->domainname);
	return 0;
}

/* The network devices that the launcher moves here. They lose their addresses on the way. */
int init_take_devices(struct init *init, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	const struct oci_spec *spec = init->spec;
	_cleanup_free_ struct net_address *list = NULL;

	if (spec->n_net_devices == 0)
		return 0;
	int r = init_send(init, INIT_NEED_DEVICES, err);
	if (r < 0)
		return r;
	r = init_receive(init, INIT_DEVICES, "it moved the network devices", &m, err);
	if (r < 0)
		return r;
	list = malloc(m.size + 1); /* aligned, which the message is not */
	if (!list)
		return err_oom(err);
	memcpy(list, m.bytes, m.size);
	for (size_t i = 0; i < spec->n_net_devices; i++) {
		const char *inside = spec->net_devices[i].inside;
		char name[IFNAMSIZ];

		r = net_device_set_up(net_device_arrival(inside, i, name), inside, list,
				      m.size / sizeof(*list), err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The namespace of a parameter. A parameter of none would change the host. */
static int namespace_of(const char *key)
{
	static const struct {
		const char *prefix;
		int namespace;
	} known[] = {
		{"net.", OCI_NS_NETWORK},	 {"kernel.msg", OCI_NS_IPC},
		{"kernel.sem", OCI_NS_IPC},	 {"kernel.shm", OCI_NS_IPC},
		{"fs.mqueue.", OCI_NS_IPC},	 {"kernel.domainname", OCI_NS_UTS},
		{"kernel.hostname", OCI_NS_UTS},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (str_after(key, known[i].prefix))
			return known[i].namespace;
	return -ENOENT;
}

static int set_parameter(const struct init *init, const char *key, const char *value,
			 struct masu_error *err)
{
	int namespace = namespace_of(key);
	_cleanup_free_ char *path = str_printf("sys/%s", key);

	if (namespace < 0 || !init->spec->namespaces[namespace].wanted)
		return err_set(err, ERR_DENIED, EPERM,
			       "sysctl '%s' belongs to no namespace of the container", key);
	if (strstr(key, "..") || !path)
		return err_set(err, ERR_INVALID, EINVAL, "sysctl '%s' is malformed", key);
	/* A key with slashes has dots in a name of an interface (sysctl(8)). */
	for (char *p = path; !strchr(key, '/') && *p; p++)
		if (*p == '.')
			*p = '/';
	_cleanup_close_ int fd = init_open_proc(init, path, O_WRONLY);
	int r = fd < 0 ? fd : fd_write_full(fd, value, strlen(value));
	if (r < 0)
		(void)err_sys(err, r, "set sysctl '%s'", key);
	if (r == -EXDEV || r == -EROFS)
		return err_hint(err,
				"/proc/sys is a mount of its own here, as it is in containers");
	return r;
}

/*
 * For all groups that the container has. No user asked for it explicitly: if it fails (masu in a container whose
 * /proc/sys is read-only), the container does without.
 */
static void allow_ping(const struct init *init)
{
	const struct oci_spec *spec = init->spec;
	uint64_t groups = 0;
	char range[32];

	for (size_t i = 0; i < spec->n_gid_mappings; i++)
		if (spec->gid_mappings[i].container_id == groups)
			groups += spec->gid_mappings[i].size;
	if (!spec->namespaces[OCI_NS_USER].wanted || groups > INT32_MAX)
		groups = INT32_MAX;
	if (groups == 0) /* a joined user namespace */
		return;
	int n = snprintf(range, sizeof(range), "0 %llu", (unsigned long long)(groups - 1));
	_cleanup_close_ int fd = init_open_proc(init, "sys/net/ipv4/ping_group_range", O_WRONLY);
	if (fd >= 0)
		(void)!write(fd, range, (size_t)n); /* optional */
}

static int refuse_advertisements(const struct init *init, struct masu_error *err)
{
	static const char *const accept_ra[] = {"sys/net/ipv6/conf/default/accept_ra",
						"sys/net/ipv6/conf/all/accept_ra"};

	for (size_t i = 0; i < ARRAY_SIZE(accept_ra); i++) {
		_cleanup_close_ int fd = init_open_proc(init, accept_ra[i], O_WRONLY);

		if (fd >= 0 && write(fd, "0", 1) < 0)
			return err_sys(err, errno, "set %s", accept_ra[i]);
	}
	return 0;
}

/*
 * In a new network namespace: loopback is up, and router advertisements, which a neighbour could forge, are off, unless
 * the only neighbour is a helper that sends them.
 */
int init_prepare_network(struct init *init, struct masu_error *err)
{
	const struct network *network = init->plan->network;

	if (!oci_namespace_is_new(&init->spec->namespaces[OCI_NS_NETWORK]))
		return 0;
	int r = network && network->advertises ? 0 : refuse_advertisements(init, err);
	if (r < 0)
		return r;
	if (init->plan->allow_ping)
		allow_ping(init);
	return init->birth->network ? net_loopback_up(err) : 0;
}

int init_set_sysctl(struct init *init, struct masu_error *err)
{
	const struct oci_map *map = &init->spec->sysctl;

	for (size_t i = 0; i < map->n; i++) {
		int r = set_parameter(init, map->pairs[i].key, map->pairs[i].value, err);
		if (r < 0)
			return r;
	}
	return 0;
}
