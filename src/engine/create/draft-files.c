/* SPDX-License-Identifier: Apache-2.0 */

/* The resolv.conf, hosts, hostname and localtime of a container. */

#include "engine/create/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/name-files.h"
#include "net/files.h"

#define ZONE_MAX  (64u << 10)
#define ZONEINFO  "/usr/share/zoneinfo"
#define LOCALTIME "localtime"

/* The data of the host, so that an image without a time zone database has the zone, too. */
static int read_zone(const char *zone, char **ret, size_t *ret_size, struct masu_error *err)
{
	_cleanup_free_ char *path = streq(zone, "local") ? strdup("/etc/" LOCALTIME)
							 : path_join(ZONEINFO, zone);
	_cleanup_free_ char *data = NULL;
	size_t size;

	if (!path)
		return err_oom(err);
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

static bool any(char *const *list)
{
	return list && *list;
}

/* The image's file has no lines of the user. */
static int check_images_files(const struct masu_create_options *o, struct masu_error *err)
{
	if (o->image_hosts && (any(o->add_hosts) || o->hosts_file))
		return draft_conflict("--no-hosts", o->hosts_file ? "--hosts-file" : "--add-host",
				      err);
	if (o->image_resolv_conf && (any(o->dns) || any(o->dns_search) || any(o->dns_options)))
		return draft_conflict("--dns none",
				      any(o->dns)	   ? "--dns"
				      : any(o->dns_search) ? "--dns-search"
							   : "--dns-option",
				      err);
	return 0;
}

static int check_gateway(const char *gateway, struct masu_error *err)
{
	return !gateway || streq(gateway, "none") || net_is_address(gateway)
		       ? 0
		       : err_set(err, ERR_INVALID, EINVAL, "invalid address of the host: \"%s\"",
				 gateway);
}

/* Later starts write the files anew: so the record has all that they need. */
static int record_options(struct record *r, const struct masu_create_options *o)
{
	r->image_hosts |= o->image_hosts;
	r->image_resolv_conf |= o->image_resolv_conf;
	r->image_hostname |= o->image_hostname;
	if (strv_extend(&r->add_hosts, o->add_hosts) < 0 || strv_extend(&r->dns, o->dns) < 0 ||
	    strv_extend(&r->dns_search, o->dns_search) < 0 ||
	    strv_extend(&r->dns_options, o->dns_options) < 0 ||
	    (o->host_gateway && !(r->host_gateway = strdup(o->host_gateway))))
		return -ENOMEM;
	if (!o->hosts_file)
		return 0;
	r->hosts_file = streq(o->hosts_file, "none") ? strdup(o->hosts_file)
						     : path_absolute(o->hosts_file);
	return r->hosts_file ? 0 : -errno;
}

int draft_check_files(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	int r = check_images_files(o, err);

	if (r < 0)
		return r;
	if (o->hosts_file && streq(o->hosts_file, "image")) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "the hosts file of the image cannot be a base for others");
		return err_hint(err, "--no-hosts leaves it to the container as it is");
	}
	r = check_gateway(o->host_gateway, err);
	if (r < 0)
		return r;
	r = record_options(&d->record, o);
	if (r < 0)
		return err_sys(err, r, "describe the container's files");
	r = d->names_dir ? 0 : name_files_check(&d->record, &d->network, err);
	return r < 0 || !o->timezone ? r : check_zone(o->timezone, err);
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
	int r = o->timezone ? write_localtime(dirfd, o->timezone, err) : 0;

	return r < 0 || d->names_dir ? r : name_files_create(dirfd, &d->record, &d->network, err);
}
