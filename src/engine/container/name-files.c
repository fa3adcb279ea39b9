/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/name-files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "net/files.h"
#include "net/host-address.h"

#define RESOLV_MAX  (64u << 10)
#define HOSTS_MAX   (16u << 20) /* lists of hosts to be blocked are long */

#define NONE	    "none"
#define RESOLV	    "/etc/resolv.conf"
#define REAL_RESOLV "/run/systemd/resolve/resolv.conf" /* of which the stub is the front */
#define HOSTS	    "/etc/hosts"

static const char *if_any(const char *text)
{
	return *text ? text : NULL;
}

/* The address by which the container reaches the host's services, in `buffer` if it is found out now. */
static const char *host_address(const struct record *r, const struct network *network,
				char buffer[INET_ADDRSTRLEN])
{
	if (r->host_gateway)
		return streq(r->host_gateway, NONE) ? NULL : r->host_gateway;
	if (*network->addresses.host)
		return network->addresses.host;
	if (network->backend->shares_host)
		return "127.0.0.1";
	return network_has_helper(network) && net_host_address(buffer) == 0 ? buffer : NULL;
}

static int make_resolv(const struct record *r, const struct network *network, const char *host,
		       char **ret, struct masu_error *err)
{
	const struct net_resolv in = {
		.host = host,
		.nameserver = if_any(network->addresses.nameserver),
		.host_network = network->backend->shares_host,
		.servers = r->dns,
		.search = r->dns_search,
		.options = r->dns_options,
	};

	return net_resolv_conf(&in, ret, err);
}

static int make_hosts(const struct record *r, const struct network *network, const char *base,
		      char **ret, struct masu_error *err)
{
	char buffer[INET_ADDRSTRLEN];
	const struct net_hosts in = {
		.base = base,
		.hostname = r->hostname ? r->hostname : "localhost",
		.name = r->name,
		.address = if_any(network->addresses.container),
		.gateway = host_address(r, network, buffer),
		.add_host = r->add_hosts,
	};

	return net_hosts_file(&in, ret, err);
}

/* Without the network's name server, a container cannot use the stub of systemd-resolved: it gets the servers behind. */
static int read_resolv(const struct record *r, const struct network *network, char **ret,
		       struct masu_error *err)
{
	bool reaches_stub = network->backend->shares_host || *network->addresses.nameserver ||
			    (r->dns && *r->dns);
	_cleanup_free_ char *text = NULL, *real = NULL;
	int code = file_read(AT_FDCWD, RESOLV, RESOLV_MAX, &text, NULL);

	if (code < 0 && code != -ENOENT)
		return err_sys(err, code, "read " RESOLV);
	if (text && !reaches_stub && net_resolv_is_stub(text) &&
	    file_read(AT_FDCWD, REAL_RESOLV, RESOLV_MAX, &real, NULL) == 0) {
		*ret = TAKE_PTR(real);
		return 0;
	}
	*ret = text ? TAKE_PTR(text) : strdup("");
	return *ret ? 0 : err_oom(err);
}

/* The file that the lines of the container are added to; NULL for none. In the host's network names resolve as there. */
static int read_base(const struct record *r, const struct network *network, char **ret,
		     struct masu_error *err)
{
	const char *path = r->hosts_file ? r->hosts_file : HOSTS;

	*ret = NULL;
	if (r->hosts_file ? streq(r->hosts_file, NONE) : !network->backend->shares_host)
		return 0;
	int code = file_read(AT_FDCWD, path, HOSTS_MAX, ret, NULL);
	return code < 0 && (r->hosts_file || code != -ENOENT)
		       ? err_sys(err, code, "cannot read the hosts file \"%s\"", path)
		       : 0;
}

int name_files_check(const struct record *r, const struct network *network, struct masu_error *err)
{
	_cleanup_free_ char *resolv = NULL, *hosts = NULL, *base = NULL;
	int code = make_resolv(r, network, "", &resolv, err);

	if (code < 0)
		return code;
	code = r->hosts_file ? read_base(r, network, &base, err) : 0;
	return code < 0 ? code : make_hosts(r, network, base, &hosts, err);
}

bool name_files_are_of_image(const struct record *r, const char *name)
{
	return streq(name, "hosts")	    ? r->image_hosts
	       : streq(name, "resolv.conf") ? r->image_resolv_conf
					    : r->image_hostname;
}

/* The contents of a file. NULL in *ret: it is the image's. */
static int make(const struct record *r, const struct network *network, const char *name, char **ret,
		struct masu_error *err)
{
	_cleanup_free_ char *base = NULL;
	int code;

	*ret = NULL;
	if (name_files_are_of_image(r, name))
		return 0;
	if (streq(name, "hosts")) {
		code = read_base(r, network, &base, err);
		return code < 0 ? code : make_hosts(r, network, base, ret, err);
	}
	if (streq(name, "hostname"))
		return net_hostname_file(r->hostname, ret, err);
	code = read_resolv(r, network, &base, err);
	return code < 0 ? code : make_resolv(r, network, base, ret, err);
}

static int replace(int dirfd, const char *name, const char *text)
{
	_cleanup_free_ char *old = NULL;

	if (file_read(dirfd, name, HOSTS_MAX, &old, NULL) == 0 && streq(old, text))
		return 0;
	return file_write_atomic(dirfd, name, text, strlen(text), 0644, 0);
}

/* Without a route to the outside, or without the user's hosts file, the container keeps an older file. */
static int write_all(int dirfd, const struct record *r, const struct network *network, bool again,
		     struct masu_error *err)
{
	static const char *const names[] = {"resolv.conf", "hosts", "hostname"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *text = NULL;
		int code = make(r, network, names[i], &text, err);

		if (again && (code == -ENETUNREACH || code == -ENOENT)) {
			err_done(err);
			continue;
		}
		if (code < 0)
			return code;
		if (text)
			code = again ? replace(dirfd, names[i], text)
				     : file_write_new(dirfd, names[i], text, strlen(text), 0644);
		if (code < 0)
			return err_sys(err, code, "write the container's %s", names[i]);
	}
	return 0;
}

int name_files_create(int dirfd, const struct record *r, const struct network *network,
		      struct masu_error *err)
{
	return write_all(dirfd, r, network, false, err);
}

int name_files_update(int dirfd, const struct record *r, const struct network *network,
		      struct masu_error *err)
{
	/* They are those of the other container. */
	if (network->backend->joins && !network->backend->by_path)
		return 0;
	return write_all(dirfd, r, network, true, err);
}
