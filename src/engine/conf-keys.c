/* SPDX-License-Identifier: Apache-2.0 */

/* The table of the keys of masu.conf(5), and their values. */

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/keys.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/ulimit.h"
#include "engine/conf.h"
#include "engine/log-tag.h"
#include "linux/rlimit.h"
#include "logs/driver.h"
#include "logs/writer.h"
#include "net/files.h"
#include "net/network.h"

#define INFINITY_WORD "infinity"

void conf_defaults_done(struct conf_defaults *d)
{
	strv_free(d->env);
	strv_free(d->dns);
	strv_free(d->dns_search);
	strv_free(d->dns_options);
	for (size_t i = 0; i < d->n_ulimits; i++)
		free((char *)d->ulimits[i].name);
	free(d->ulimits);
	*d = (struct conf_defaults){0};
}

static int invalid(const char *expected, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "must be %s", expected);
}

/* A number of seconds; of masu_create_options 0 is the default and -1 "at once". */
static int set_stop_timeout(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	uint64_t n;

	if (str_to_uint64(value, INT32_MAX, &n) < 0)
		return invalid("a number of seconds", err);
	d->stop_timeout_s = n ? (int)n : -1;
	return 0;
}

static int set_time_zone(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	d->timezone = value;
	return 0;
}

static int set_umask(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	uint32_t mask;

	if (str_to_octal(value, 0777, &mask) < 0)
		return invalid("an octal number from 0 to 777", err);
	d->has_umask = true;
	d->umask = mask;
	return 0;
}

static int set_environment(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	if (*value == '=' || !strchr(value, '='))
		return invalid("of the form NAME=value", err);
	return strv_push(&d->env, value) < 0 ? err_oom(err) : 0;
}

static int set_detach_keys(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	bool none = streq(value, "none");
	struct keys keys;
	int r = keys_parse(none ? "" : value, &keys, err);

	d->detach_keys = none ? "" : value;
	return r;
}

/* The namespace of one container cannot be the default of all. */
static int set_mode(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	struct network network = NETWORK_INIT;
	int r = network_parse(value, &network, err);
	bool joins = r == 0 && network.backend->joins;

	network_done(&network);
	if (joins)
		return invalid("a network of its own, none, or host", err);
	d->network = value;
	return r;
}

static int check_options(const char *backend, const char *options, struct masu_error *err)
{
	_cleanup_(network_done) struct network network = NETWORK_INIT;
	_cleanup_free_ char *text = str_printf("%s:%s", backend, options);

	return text ? network_parse(text, &network, err) : err_oom(err);
}

static int set_slirp_options(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	d->slirp_options = value;
	return check_options("slirp4netns", value, err);
}

static int set_pasta_options(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	d->pasta_options = value;
	return check_options("pasta", value, err);
}

static int set_hosts_file(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	d->hosts_file = value;
	return *value == '/' || streq(value, "none") ? 0
						     : invalid("an absolute path, or none", err);
}

static int set_host_gateway(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	d->host_gateway = value;
	return streq(value, "none") || net_is_address(value) ? 0
							     : invalid("an address, or none", err);
}

/* Adds the words of a value. */
static int add_words(char ***list, const char *value, struct masu_error *err)
{
	_cleanup_strv_ char **words = strv_split(value, " \t");

	if (!words)
		return err_oom(err);
	STRV_FOREACH(word, words)
		if (**word && strv_push(list, *word) < 0)
			return err_oom(err);
	return 0;
}

static int check_resolver(const struct conf_defaults *d, struct masu_error *err)
{
	const struct net_resolv all = {
		.host = "", .servers = d->dns, .search = d->dns_search, .options = d->dns_options};
	_cleanup_free_ char *text = NULL;

	return net_resolv_conf(&all, &text, err);
}

static int set_dns(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	int r = add_words(&d->dns, value, err);

	return r < 0 ? r : check_resolver(d, err);
}

static int set_domains(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	int r = add_words(&d->dns_search, value, err);

	return r < 0 ? r : check_resolver(d, err);
}

static int set_dns_options(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	int r = add_words(&d->dns_options, value, err);

	return r < 0 ? r : check_resolver(d, err);
}

static int set_driver(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	if (!log_driver_find(value))
		return invalid("one of " LOG_DRIVERS, err);
	d->log_driver = value;
	return 0;
}

/* -1 for infinity. */
static int parse_size(const char *value, int64_t *ret, struct masu_error *err)
{
	uint64_t n;

	if (streq(value, INFINITY_WORD)) {
		*ret = -1;
		return 0;
	}
	if (str_to_size(value, &n) < 0 || n == 0 || n > INT64_MAX)
		return invalid("a size like 10M, or " INFINITY_WORD, err);
	*ret = (int64_t)n;
	return 0;
}

static int set_max_size(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	return parse_size(value, &d->log_max_size, err);
}

static int set_max_files(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	uint64_t n;

	if (str_to_uint64(value, LOG_FILES_MAX, &n) < 0 || n == 0) {
		char expected[48];

		(void)snprintf(expected, sizeof(expected), "a number from 1 to %d", LOG_FILES_MAX);
		return invalid(expected, err);
	}
	d->log_max_files = (int)n;
	return 0;
}

static int set_tag(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	d->log_tag = value;
	return log_tag_check(value, err);
}

static int set_pids_limit(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	uint64_t n;

	d->pids = -1;
	if (streq(value, INFINITY_WORD))
		return 0;
	if (str_to_uint64(value, INT64_MAX, &n) < 0 || n == 0)
		return invalid("a number from 1 on, or " INFINITY_WORD, err);
	d->pids = (int64_t)n;
	return 0;
}

static int set_shm_size(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	return parse_size(value, &d->shm_size, err);
}

static int set_ulimit(const char *value, struct conf_defaults *d, struct masu_error *err)
{
	_cleanup_free_ char *name = NULL;
	uint64_t soft, hard;
	int r = ulimit_parse(value, &name, &soft, &hard, err);

	if (r < 0)
		return r;
	if (rlimit_number(name) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown ulimit '%s'", name);
	if (soft > hard)
		return err_set(err, ERR_INVALID, EINVAL, "the soft limit is over the hard one");
	struct masu_ulimit *u = array_add(&d->ulimits, &d->n_ulimits, sizeof(*u));
	if (!u)
		return err_oom(err);
	*u = (struct masu_ulimit){
		.size = sizeof(*u), .name = TAKE_PTR(name), .soft = soft, .hard = hard};
	return 0;
}

#define KEY(section, name, is_list, standard, set)                          \
	{                                                                   \
#section, #name, #section "." #name, is_list, standard, set \
	}

const struct conf_key conf_keys[] = {
	KEY(Container, DetachKeys, false, KEYS_DEFAULT, set_detach_keys),
	KEY(Container, Environment, true, "none", set_environment),
	KEY(Container, StopTimeout, false, "10", set_stop_timeout),
	KEY(Container, TimeZone, false, "the image's", set_time_zone),
	KEY(Container, Umask, false, "022", set_umask),
	KEY(Network, DNS, true, "the host's", set_dns),
	KEY(Network, DNSOptions, true, "the host's", set_dns_options),
	KEY(Network, Domains, true, "the host's", set_domains),
	KEY(Network, HostGateway, false, "an address of the host", set_host_gateway),
	KEY(Network, HostsFile, false, "the host's in its network", set_hosts_file),
	KEY(Network, Mode, false, "slirp4netns", set_mode),
	KEY(Network, PastaOptions, false, "none", set_pasta_options),
	KEY(Network, SlirpOptions, false, "none", set_slirp_options),
	KEY(Log, Driver, false, "k8s-file", set_driver),
	KEY(Log, MaxFiles, false, "3", set_max_files),
	KEY(Log, MaxSize, false, "10M", set_max_size),
	KEY(Log, Tag, false, "{{.ID}}", set_tag),
	KEY(Limits, PidsLimit, false, INFINITY_WORD, set_pids_limit),
	KEY(Limits, ShmSize, false, "64M", set_shm_size),
	KEY(Limits, Ulimit, true, "nofile as the caller could have", set_ulimit),
	{0},
};
_Static_assert(ARRAY_SIZE(conf_keys) == CONF_KEYS_MAX + 1, "a setting for each key");
