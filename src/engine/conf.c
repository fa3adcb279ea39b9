/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/conf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/account.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/idmap.h"
#include "logs/driver.h"
#include "net/network.h"

#define FILE_NAME     "masu.conf"
#define DROP_IN_DIR   "masu.conf.d"
#define FILE_SIZE_MAX (1u << 20)

static void setting_clear(struct conf_setting *s)
{
	strv_free(s->values);
	free(s->source);
	*s = (struct conf_setting){0};
}

void conf_done(struct conf *c)
{
	conf_defaults_done(&c->defaults);
	for (size_t i = 0; i < CONF_KEYS_MAX; i++)
		setting_clear(&c->settings[i]);
	strv_free(c->files);
	*c = (struct conf){0};
}

struct reading {
	struct conf *conf;
	const char *file;
};

/* Of an extension that another program reads. */
static bool is_foreign(const struct ini_assignment *a)
{
	return str_after(a->section, "X-") || str_after(a->key, "X-");
}

static int unknown(const struct ini_assignment *a, struct masu_error *err)
{
	bool has_section = false;

	for (const struct conf_key *k = conf_keys; k->name; k++)
		has_section |= streq(k->section, a->section);
	(void)err_set(err, ERR_INVALID, EINVAL,
		      has_section ? "unknown key '%s' in [%s]"
				  : "key '%s' in the unknown section [%s]",
		      a->key, a->section);
	return err_hint(err, "masu.conf(5) has all sections and keys");
}

static int store(struct conf_setting *s, const struct conf_key *k, const char *file,
		 const struct ini_assignment *a)
{
	if (!k->is_list || !*a->value)
		setting_clear(s);
	if (!*a->value)
		return 0;
	free(s->source);
	s->source = str_printf("%s:%u", file, a->line);
	return s->source ? strv_push(&s->values, a->value) : -ENOMEM;
}

static int take(void *arg, const struct ini_assignment *a, struct masu_error *err)
{
	struct reading *r = arg;
	struct conf_defaults checked = {0};
	const struct conf_key *k = conf_keys;

	if (is_foreign(a))
		return 0;
	while (k->name && (!streq(k->section, a->section) || !streq(k->name, a->key)))
		k++;
	if (!k->name)
		return unknown(a, err);
	int bad = *a->value ? k->set(a->value, &checked, err) : 0;
	conf_defaults_done(&checked);
	if (bad < 0) {
		(void)err_prefix(err, "%s=%s", a->key, a->value);
		return bad;
	}
	return store(&r->conf->settings[k - conf_keys], k, r->file, a) < 0 ? err_oom(err) : 0;
}

int conf_parse(struct conf *c, const char *text, size_t size, const char *file,
	       struct masu_error *err)
{
	struct reading reading = {c, file};

	return ini_parse(text, size, file, take, &reading, err);
}

int conf_finish(struct conf *c, struct masu_error *err)
{
	for (size_t i = 0; i < CONF_KEYS_MAX; i++)
		STRV_FOREACH(value, c->settings[i].values) {
			int r = conf_keys[i].set(*value, &c->defaults, err);

			if (r < 0)
				return err_prefix(err, "%s", c->settings[i].source);
		}
	return 0;
}

/* A missing file is as good as an empty one. */
static int read_file(struct conf *c, int dirfd, const char *name, const char *path,
		     struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = file_read(dirfd, name, FILE_SIZE_MAX, &text, &size);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_sys(err, r, "cannot read '%s'", path);
	if (strv_push(&c->files, path) < 0)
		return err_oom(err);
	return conf_parse(c, text, size, path, err);
}

static int is_drop_in(const struct dirent *entry)
{
	return *entry->d_name != '.' && str_has_suffix(entry->d_name, ".conf");
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* in any locale */
}

static int read_drop_ins(struct conf *c, int dirfd, const char *dir, struct masu_error *err)
{
	struct dirent **entries = NULL;
	int n = scandirat(dirfd, DROP_IN_DIR, &entries, is_drop_in, compare_names), r = 0;

	if (n < 0)
		return errno == ENOENT
			       ? 0
			       : err_sys(err, errno, "cannot list '%s/%s'", dir, DROP_IN_DIR);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *name = str_printf("%s/%s", DROP_IN_DIR, entries[i]->d_name);
		_cleanup_free_ char *path = name ? path_join(dir, name) : NULL;

		if (r == 0)
			r = path ? read_file(c, dirfd, name, path, err) : err_oom(err);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int read_dir(struct conf *c, const char *dir, struct masu_error *err)
{
	_cleanup_close_ int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *path = path_join(dir, FILE_NAME);

	if (dirfd < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : err_sys(err, errno, "cannot open '%s'", dir);
	if (!path)
		return err_oom(err);
	int r = read_file(c, dirfd, FILE_NAME, path, err);
	return r < 0 ? r : read_drop_ins(c, dirfd, dir, err);
}

/* One file in place of all. */
static int read_only_file(struct conf *c, const char *path, struct masu_error *err)
{
	if (*path != '/')
		return err_set(err, ERR_INVALID, EINVAL, "MASU_CONF '%s' is not an absolute path",
			       path);
	int r = read_file(c, AT_FDCWD, path, path, err);
	if (r == 0 && !c->files)
		return err_sys(err, ENOENT, "cannot read '%s', the file of MASU_CONF", path);
	return r;
}

/* Root could have the environment of another user, as sudo(8) may keep it: the files of /etc are enough for it. */
static int read_all(struct conf *c, struct masu_error *err)
{
	const char *only = getenv("MASU_CONF");

	if (only && *only)
		return read_only_file(c, only, err);
	int r = read_dir(c, MASU_SYSCONFDIR, err);
	if (r < 0 || idmap_caller_is_host_root())
		return r;
	_cleanup_free_ char *dir = account_config_path("masu");
	return dir ? read_dir(c, dir, err) : err_oom(err);
}

int conf_load(struct conf *ret, struct masu_error *err)
{
	_cleanup_conf_ struct conf c = {0};
	int r = read_all(&c, err);

	if (r < 0)
		return r;
	r = conf_finish(&c, err);
	if (r < 0)
		return r;
	*ret = TAKE(c, (struct conf){0});
	return 0;
}

void conf_lists_done(struct conf_lists *l)
{
	free(l->network);
	strv_free(l->env);
	free(l->ulimits);
	*l = (struct conf_lists){0};
}

/* The limits of the options come last, and so replace those of the same name. */
static int add_ulimits(const struct conf_defaults *d, struct masu_create_options *o,
		       struct conf_lists *lists, struct masu_error *err)
{
	size_t n = 0;

	if (o->host_ulimits || d->n_ulimits == 0)
		return 0;
	while (o->ulimits && o->ulimits[n])
		n++;
	lists->ulimits = calloc(d->n_ulimits + n + 1, sizeof(const struct masu_ulimit *));
	if (!lists->ulimits)
		return err_oom(err);
	for (size_t i = 0; i < d->n_ulimits; i++)
		lists->ulimits[i] = &d->ulimits[i];
	for (size_t i = 0; i < n; i++)
		lists->ulimits[d->n_ulimits + i] = o->ulimits[i];
	o->ulimits = lists->ulimits;
	return 0;
}

static int add_env(const struct conf_defaults *d, struct masu_create_options *o,
		   struct conf_lists *lists, struct masu_error *err)
{
	if (!d->env)
		return 0;
	if (strv_extend(&lists->env, d->env) < 0 || strv_extend(&lists->env, o->default_env) < 0)
		return err_oom(err);
	o->default_env = lists->env;
	return 0;
}

static bool has_own_network(const char *text)
{
	struct network network = NETWORK_INIT;
	bool own = network_parse(text, &network, NULL) == 0 && network_has_helper(&network);

	network_done(&network);
	return own;
}

/* The words "bridge" and "private" want a network of its own, "default" any. */
static int add_network(const struct conf_defaults *d, struct masu_create_options *o,
		       struct conf_lists *lists, struct masu_error *err)
{
	const struct {
		const char *backend, *options;
	} all[] = {{"slirp4netns", d->slirp_options}, {"pasta", d->pasta_options}};
	bool any = !o->network || !*o->network || streq(o->network, "default");

	if (any || (network_is_default(o->network) && d->network && has_own_network(d->network)))
		o->network = d->network;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!all[i].options)
			continue;
		int r = network_add_options(o->network, all[i].backend, all[i].options,
					    &lists->network, err);
		if (r < 0)
			return r;
		if (lists->network) {
			o->network = lists->network;
			return 0;
		}
	}
	return 0;
}

/* In the network of the host or of another container, names resolve as they do there. */
static void add_resolver(const struct conf_defaults *d, struct masu_create_options *o)
{
	const char *mode = str_or_empty(o->network);

	if (streq(mode, "host") || str_after(mode, "container:") || str_after(mode, "ns:"))
		return;
	if (!o->dns || !*o->dns)
		o->dns = d->dns;
	if (!o->dns_search || !*o->dns_search)
		o->dns_search = d->dns_search;
	if (!o->dns_options || !*o->dns_options)
		o->dns_options = d->dns_options;
}

static void add_hosts(const struct conf_defaults *d, struct masu_create_options *o)
{
	if (!o->host_gateway)
		o->host_gateway = d->host_gateway;
	if (!o->hosts_file && !o->image_hosts && !str_after(str_or_empty(o->network), "container:"))
		o->hosts_file = d->hosts_file;
}

static void add_log(const struct conf_defaults *d, struct masu_create_options *o)
{
	const struct log_driver *driver = log_driver_find(o->log_driver ? o->log_driver
									: d->log_driver);

	if (driver && driver->parse && !o->log_max_size)
		o->log_max_size = d->log_max_size;
	if (driver && driver->parse && !o->log_max_files)
		o->log_max_files = d->log_max_files;
	if (driver && driver->has_tag && !o->log_tag)
		o->log_tag = d->log_tag;
}

int conf_complete(const struct conf *c, struct masu_create_options *o, struct conf_lists *lists,
		  struct masu_error *err)
{
	const struct conf_defaults *d = &c->defaults;

	int r = add_network(d, o, lists, err);

	if (r < 0)
		return r;
	if (!o->image_resolv_conf)
		add_resolver(d, o);
	add_hosts(d, o);
	add_log(d, o);
	if (!o->timezone)
		o->timezone = d->timezone;
	if (!o->has_umask && d->has_umask) {
		o->has_umask = true;
		o->umask = d->umask;
	}
	if (!o->stop_timeout_s)
		o->stop_timeout_s = d->stop_timeout_s;
	if (!o->pids)
		o->pids = d->pids;
	if (!o->shm_size && !o->ipc_mode) /* only its own /dev/shm has a size */
		o->shm_size = d->shm_size;
	r = add_ulimits(d, o, lists, err);
	return r < 0 ? r : add_env(d, o, lists, err);
}
