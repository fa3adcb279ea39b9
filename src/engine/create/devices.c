/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/array.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/device-group.h"
#include "oci/annotations.h"

#define DEVICES_MAX 4096

/* One node, and where it is in the container. */
struct node {
	const char *host, *inside, *access;
	struct stat st;
};

static bool is_bound(const struct oci_spec *spec)
{
	return spec->namespaces[OCI_NS_USER].wanted;
}

static bool is_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

static bool may_open(const char *path)
{
	return faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0;
}

static bool is_present(const struct oci_spec *spec, const char *inside)
{
	if (oci_spec_find_mount(spec, inside))
		return true;
	for (size_t i = 0; i < spec->n_devices; i++)
		if (streq(spec->devices[i].path, inside))
			return true;
	return false;
}

static int bind_node(struct oci_spec *spec, const struct node *n)
{
	return oci_spec_add_mount(spec, n->inside, "bind", n->host, "bind,rprivate,nosuid,noexec")
		       ? 0
		       : -ENOMEM;
}

static int allow(struct oci_resources *r, const struct node *n, char type)
{
	struct oci_device_rule *rule = array_add(&r->devices, &r->n_devices, sizeof(*rule));

	if (!rule)
		return -ENOMEM;
	*rule = (struct oci_device_rule){.allow = true,
					 .type = type,
					 .major = major(n->st.st_rdev),
					 .minor = minor(n->st.st_rdev)};
	(void)snprintf(rule->access, sizeof(rule->access), "%s", n->access);
	return 0;
}

static int make_node(struct oci_spec *spec, const struct node *n)
{
	const char type = S_ISBLK(n->st.st_mode) ? 'b' : 'c';
	_cleanup_free_ char *path = strdup(n->inside);

	if (!path)
		return -ENOMEM;
	struct oci_device *device = array_add(&spec->devices, &spec->n_devices, sizeof(*device));
	if (!device)
		return -ENOMEM;
	*device = (struct oci_device){.type = type,
				      .path = TAKE_PTR(path),
				      .major = major(n->st.st_rdev),
				      .minor = minor(n->st.st_rdev),
				      .has_file_mode = true,
				      .file_mode = n->st.st_mode & 07777,
				      .uid = n->st.st_uid,
				      .gid = n->st.st_gid};
	return allow(&spec->resources, n, type);
}

static int add_node(struct oci_spec *spec, const struct node *n, struct masu_error *err)
{
	if (is_present(spec, n->inside))
		return err_set(err, ERR_INVALID, EEXIST, "duplicate mount point \"%s\"", n->inside);
	if (spec->n_mounts + spec->n_devices > DEVICES_MAX)
		return err_set(err, ERR_INVALID, E2BIG, "more than %d devices", DEVICES_MAX);
	return (is_bound(spec) ? bind_node(spec, n) : make_node(spec, n)) < 0 ? err_oom(err) : 0;
}

/* A node, terminal or file system that each container has of its own, or a terminal of the console. */
static bool is_own_place(const char *path)
{
	static const char *const own[] = {"null",    "zero", "full",   "random",
					  "urandom", "ptmx", "pts",    "console",
					  "fd",	     "shm",  "mqueue", "initctl"};
	const char *name = str_after(path, "/dev/");

	for (size_t i = 0; name && i < ARRAY_SIZE(own); i++)
		if (streq(name, own[i]))
			return true;
	return name && str_after(name, "tty") && strspn(name + 3, "0123456789") == strlen(name + 3);
}

/* All nodes below a directory, but those that the caller may not open. */
static int add_tree(struct oci_spec *spec, const char *host, const char *inside, const char *access,
		    size_t *ret_n, struct masu_error *err)
{
	char *roots[] = {(char *)host, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	int r = fts ? 0 : err_sys(err, errno, "cannot list the devices in \"%s\"", host);

	for (FTSENT *entry; r == 0 && (entry = fts_read(fts));) {
		struct node n = {
			.host = entry->fts_path, .access = access, .st = *entry->fts_statp};
		_cleanup_free_ char *place = path_join(inside, entry->fts_path + strlen(host));

		if (!place)
			r = err_oom(err);
		else if (entry->fts_info == FTS_D && is_own_place(place))
			(void)fts_set(fts, entry, FTS_SKIP);
		else if (entry->fts_info == FTS_DEFAULT && is_device(&n.st) &&
			 !is_own_place(place) && !is_present(spec, place) && may_open(n.host)) {
			n.inside = place;
			r = add_node(spec, &n, err);
			(*ret_n)++;
		}
	}
	if (fts)
		(void)fts_close(fts);
	return r;
}

/* The kernel gives no reason: a group of the device is the usual one. */
static int cannot_open(const struct node *n, int code, enum device_access access, const char *group,
		       struct masu_error *err)
{
	_cleanup_free_ char *fix = access == DEVICE_NO_MEMBER ? device_group_fix(group) : NULL;

	(void)err_sys(err, code, "cannot pass on the device \"%s\"", n->host);
	if (fix)
		return err_hint(err, "it belongs to the group %s: %s, and log in again", group,
				fix);
	if (access == DEVICE_NEW_LOGIN)
		return err_hint(err,
				"it belongs to the group %s, which you have joined: log in again",
				group);
	return err_hint(err, "ls -l \"%s\" shows its owner and mode", n->host);
}

static int check_single(const struct oci_spec *spec, const struct node *n, char **ret_notice,
			struct masu_error *err)
{
	_cleanup_free_ char *group = NULL;

	if (!is_device(&n->st))
		return err_set(err, ERR_INVALID, ENODEV,
			       "cannot pass on the device \"%s\": not a device", n->host);
	int code = may_open(n->host) ? 0 : errno;
	enum device_access access = device_group_examine(n->host, &group);
	if (code)
		return cannot_open(n, code, access, group, err);
	if (!is_bound(spec) || access != DEVICE_BY_GROUP ||
	    oci_annotation_is_on(spec, OCI_ANNOTATION_KEEP_GROUPS))
		return 0;
	*ret_notice = str_printf(
		"only a group lets you open \"%s\": the container can't (--group-add keep-groups)",
		n->host);
	return *ret_notice ? 0 : err_oom(err);
}

static int add_single(struct oci_spec *spec, const struct node *n, char **ret_notice,
		      struct masu_error *err)
{
	int r = check_single(spec, n, ret_notice, err);

	return r < 0 ? r : add_node(spec, n, err);
}

static bool is_access(const char *text)
{
	return *text && strlen(text) <= 3 && strspn(text, "rwm") == strlen(text);
}

/* The parts of HOST[:INSIDE][:ACCESS]; they point into `parts`. */
static int split(char *const *parts, struct node *ret, struct masu_error *err)
{
	const size_t n = strv_length(parts);
	const char *last = n > 1 ? parts[n - 1] : "";
	const bool has_access = n == 3 || is_access(last);

	if (n == 0 || n > 3 || (has_access && !is_access(last)))
		return err_set(err, ERR_INVALID, EINVAL,
			       "not of the form HOST[:CONTAINER][:ACCESS], with ACCESS of r, w, m");
	if (*parts[0] != '/' && strchr(parts[0], '='))
		return err_set(err, ERR_INVALID, EINVAL,
			       "\"%s\" is not of the form VENDOR/CLASS=NAME", parts[0]);
	if (*parts[0] != '/')
		return err_set(err, ERR_INVALID, EINVAL, "\"%s\" is not an absolute path",
			       parts[0]);
	ret->host = parts[0];
	ret->access = has_access ? last : "rwm";
	ret->inside = n == 3 || (n == 2 && !has_access) ? parts[1] : parts[0];
	return 0;
}

/* In the container no node works outside of /dev. */
static int check_place(const struct oci_spec *spec, const struct node *n, struct masu_error *err)
{
	if (!path_is_normal(n->inside) || !str_after(n->inside, "/dev/") ||
	    str_has_control(n->inside))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the place in the container, \"%s\", is not below /dev", n->inside);
	if (!is_bound(spec) || (strchr(n->access, 'r') && strchr(n->access, 'w')))
		return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "the access \"%s\" to \"%s\" cannot be enforced without root", n->access,
		      n->host);
	return err_hint(err, "leave it out: the container may do with the device what you may do");
}

static int add_directory(struct oci_spec *spec, const struct node *n, struct masu_error *err)
{
	size_t found = 0;
	int r = add_tree(spec, n->host, n->inside, n->access, &found, err);

	if (r < 0 || found)
		return r;
	return err_set(err, ERR_DENIED, EACCES, "no device below \"%s\" that you may open",
		       n->host);
}

int devices_add(struct oci_spec *spec, const char *text, char **ret_entry, char **ret_notice,
		struct masu_error *err)
{
	_cleanup_strv_ char **parts = strv_split(text, ":");
	_cleanup_free_ char *entry = NULL, *notice = NULL;
	struct node n;

	if (!parts)
		return err_oom(err);
	int r = split(parts, &n, err);
	if (r == 0)
		r = check_place(spec, &n, err);
	if (r < 0)
		return r;
	if (stat(n.host, &n.st) < 0)
		return err_sys(err, errno, "cannot pass on the device \"%s\"", n.host);
	entry = str_printf("%s:%s:%s", n.host, n.inside, n.access);
	if (!entry)
		return err_oom(err);
	r = S_ISDIR(n.st.st_mode) ? add_directory(spec, &n, err)
				  : add_single(spec, &n, &notice, err);
	if (r < 0)
		return r;
	*ret_entry = TAKE_PTR(entry);
	*ret_notice = TAKE_PTR(notice);
	return 0;
}

/* Has the container a /dev of its own, rather than a directory that the user mounts there? */
static bool has_own_dev(const struct oci_spec *spec)
{
	const struct oci_mount *dev = oci_spec_find_mount(spec, "/dev");

	return dev && dev->type && streq(dev->type, "tmpfs");
}

int devices_add_all(struct oci_spec *spec, struct masu_error *err)
{
	size_t found = 0;

	return has_own_dev(spec) ? add_tree(spec, "/dev", "/dev", "rwm", &found, err) : 0;
}

/* Root can make a node that the host lacks, if the file describes it whole. */
static int find_described(const struct oci_spec *spec, const struct cdi_node *given,
			  struct node *ret, struct masu_error *err)
{
	const bool is_whole = given->type && given->major >= 0 && given->minor >= 0;

	*ret = (struct node){.host = given->host_path ? given->host_path : given->path,
			     .inside = given->path,
			     .access = given->access};
	if (stat(ret->host, &ret->st) < 0) {
		if (is_bound(spec) || !is_whole || given->type == 'p')
			return err_sys(err, errno, "cannot pass on the device \"%s\"", ret->host);
		ret->st = (struct stat){.st_mode = 0666};
	}
	if (!is_bound(spec) && is_whole) {
		ret->st.st_mode = (ret->st.st_mode & 07777) |
				  (given->type == 'b' ? S_IFBLK : S_IFCHR);
		ret->st.st_rdev = makedev((unsigned int)given->major, (unsigned int)given->minor);
	}
	if (given->has_file_mode)
		ret->st.st_mode = (ret->st.st_mode & S_IFMT) | (given->file_mode & 07777);
	if (given->has_uid)
		ret->st.st_uid = given->uid;
	if (given->has_gid)
		ret->st.st_gid = given->gid;
	return check_place(spec, ret, err);
}

int devices_check_node(const struct oci_spec *spec, const struct cdi_node *given, char **ret_notice,
		       struct masu_error *err)
{
	struct node n;
	int r = find_described(spec, given, &n, err);

	if (r < 0 || access(n.host, F_OK) < 0) /* a node that root makes */
		return r;
	if (is_bound(spec) && stat(n.host, &n.st) < 0) /* the owner and mode that hold */
		return err_sys(err, errno, "cannot pass on the device \"%s\"", n.host);
	return check_single(spec, &n, ret_notice, err);
}

int devices_add_node(struct oci_spec *spec, const struct cdi_node *given, struct masu_error *err)
{
	struct node n;
	int r = find_described(spec, given, &n, err);

	if (r < 0 || is_present(spec, n.inside))
		return r;
	if (!is_device(&n.st))
		return err_set(err, ERR_INVALID, ENODEV,
			       "cannot pass on the device \"%s\": not a device", n.host);
	return add_node(spec, &n, err);
}
