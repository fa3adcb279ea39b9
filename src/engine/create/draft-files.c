/* SPDX-License-Identifier: Apache-2.0 */

/* The resolv.conf, hosts, hostname and localtime of a container. */

#include "engine/create/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "net/files.h"

#define RESOLV_MAX (64u << 10)
#define HOSTS_MAX  (16u << 20) /* lists of hosts to be blocked are long */
#define ZONE_MAX   (64u << 10)
#define ZONEINFO   "/usr/share/zoneinfo"
#define LOCALTIME  "localtime"

/* The address that reaches the host, if the container may reach it. */
static const char *host_address(const struct draft *d)
{
	return d->network.addresses.gateway_is_host ? d->network.addresses.gateway : NULL;
}

static const char *if_any(const char *text)
{
	return *text ? text : NULL;
}

/* The data of the host, so that an image without a time zone database has the zone, too. */
static int read_zone(const char *zone, char **ret, size_t *ret_size, struct masu_error *err)
{
	_cleanup_free_ char *path = streq(zone, "local") ? strdup("/etc/" LOCALTIME)
							 : path_join(ZONEINFO, zone);
	_cleanup_free_ char *data = NULL;
	size_t size;

	if (!path)
		return err_sys(err, ENOMEM, "read a time zone");
	/* A name leads to a file of the database, never to another file of the host. */
	int r = path_is_normal(path) ? file_read(AT_FDCWD, path, ZONE_MAX, &data, &size) : -EINVAL;
	if (r == 0 && !str_after(data, "TZif"))
		r = -EBADMSG;
	if (r < 0) {
		(void)err_sys(err, r, "cannot read the time zone \"%s\"", zone);
		return err_hint(err, "timedatectl list-timezones");
	}
	*ret = TAKE_PTR(data);
	*ret_size = size;
	return 0;
}

static int check_zone(const char *zone, struct masu_error *err)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	return read_zone(zone, &data, &size, err);
}

int draft_check_files(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	_cleanup_free_ char *resolv = NULL, *hosts = NULL;
	const struct net_resolv servers = {
		.host = "",
		.servers = o->dns,
		.search = o->dns_search,
		.options = o->dns_options,
	};
	const struct net_hosts names = {
		.hostname = "localhost",
		.gateway = host_address(d),
		.add_host = o->add_hosts,
	};
	int r = net_resolv_conf(&servers, &resolv, err);

	if (r < 0)
		return r;
	r = net_hosts_file(&names, &hosts, err);
	return r < 0 || !o->timezone ? r : check_zone(o->timezone, err);
}

static int write_text(int dirfd, const char *name, const char *text, struct masu_error *err)
{
	int r = file_write_new(dirfd, name, text, strlen(text), 0644);

	return r < 0 ? err_sys(err, r, "write the container's %s", name) : 0;
}

static int write_resolv_conf(int dirfd, const struct draft *d, const struct masu_create_options *o,
			     struct masu_error *err)
{
	_cleanup_free_ char *host = NULL, *text = NULL;
	int r = file_read(AT_FDCWD, "/etc/resolv.conf", RESOLV_MAX, &host, NULL);

	if (r < 0 && r != -ENOENT)
		return err_sys(err, r, "read /etc/resolv.conf");
	const struct net_resolv in = {
		.host = host ? host : "",
		.nameserver = if_any(d->network.addresses.nameserver),
		.host_network = d->network.backend->shares_host,
		.servers = o->dns,
		.search = o->dns_search,
		.options = o->dns_options,
	};
	r = net_resolv_conf(&in, &text, err);
	return r < 0 ? r : write_text(dirfd, "resolv.conf", text, err);
}

static int write_hosts(int dirfd, const struct draft *d, const struct masu_create_options *o,
		       struct masu_error *err)
{
	_cleanup_free_ char *host = NULL, *text = NULL;
	int r = 0;

	/* In the host's network, names resolve as on the host. */
	if (d->network.backend->shares_host)
		r = file_read(AT_FDCWD, "/etc/hosts", HOSTS_MAX, &host, NULL);
	if (r < 0 && r != -ENOENT)
		return err_sys(err, r, "read /etc/hosts");
	const struct net_hosts in = {
		.host = host,
		.hostname = d->record.hostname,
		.name = d->record.name,
		.address = if_any(d->network.addresses.container),
		.gateway = host_address(d),
		.add_host = o->add_hosts,
	};
	r = net_hosts_file(&in, &text, err);
	return r < 0 ? r : write_text(dirfd, "hosts", text, err);
}

static int write_localtime(int dirfd, const char *zone, struct masu_error *err)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r = read_zone(zone, &data, &size, err);

	if (r < 0)
		return r;
	r = file_write_new(dirfd, LOCALTIME, data, size, 0644);
	return r < 0 ? err_sys(err, r, "write the container's " LOCALTIME) : 0;
}

int draft_write_files(int dirfd, const struct draft *d, const struct masu_create_options *o,
		      struct masu_error *err)
{
	_cleanup_free_ char *hostname = NULL;
	int r = o->timezone ? write_localtime(dirfd, o->timezone, err) : 0;

	if (r < 0 || d->names_dir)
		return r;
	r = write_resolv_conf(dirfd, d, o, err);
	if (r < 0)
		return r;
	r = write_hosts(dirfd, d, o, err);
	if (r < 0)
		return r;
	r = net_hostname_file(d->record.hostname, &hostname, err);
	return r < 0 ? r : write_text(dirfd, "hostname", hostname, err);
}
