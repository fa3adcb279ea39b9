/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/new-container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/env-args.h"
#include "cli/progress.h"

/* Options have precedence over the files, whatever their order. */
static int read_env(const struct container_options *o, char ***ret, struct masu_error *err)
{
	int r;

	STRV_FOREACH(file, o->env_files)
		if ((r = env_args_add_file(ret, *file, err)) < 0)
			return r;
	STRV_FOREACH(arg, o->env)
		if ((r = env_args_add(ret, *arg, err)) < 0)
			return r;
	return 0;
}

static int read_labels(const struct container_options *o, char ***ret, struct masu_error *err)
{
	int r;

	STRV_FOREACH(file, o->label_files)
		if ((r = label_args_add_file(ret, *file, err)) < 0)
			return r;
	STRV_FOREACH(label, o->labels)
		if ((r = label_args_add(ret, *label, err)) < 0)
			return r;
	return 0;
}

/* Variables with a lower rank than those of the image. */
static int read_default_env(const struct container_options *o, char ***ret, struct masu_error *err)
{
	static const char *const proxies[] = {
		"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy",
		"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"};
	int r = 0;

	if (o->env_host && strv_extend(ret, environ) < 0)
		return err_oom(err);
	for (size_t i = 0; o->http_proxy && r == 0 && i < ARRAY_SIZE(proxies); i++)
		r = env_args_add(ret, proxies[i], err);
	return r;
}

static char *const no_health[] = {(char *)"NONE", NULL};

/* The words of the command line in front of the image, which is the first operand. */
static int read_words(const struct container_options *o, char **operands, char ***ret,
		      struct masu_error *err)
{
	int r = o->words ? strv_push(ret, "masu") : 0;

	for (char **word = o->words; r == 0 && word && *word != operands[0]; word++)
		r = strv_push(ret, *word);
	return r < 0 ? err_oom(err) : 0;
}

static int read_health(const struct container_options *o, struct masu_health_options *ret,
		       struct masu_error *err)
{
	if (o->no_healthcheck && o->health_test)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--no-healthcheck and --health-cmd exclude each other");
	*ret = o->health;
	ret->test = o->no_healthcheck ? no_health : o->health_test;
	return 0;
}

static void set_dns(struct masu_create_options *create, const struct container_options *o)
{
	create->image_resolv_conf = o->dns && streq(o->dns[0], "none") && !o->dns[1];
	create->dns = create->image_resolv_conf ? NULL : o->dns;
	create->dns_search = o->dns_search;
	create->dns_options = o->dns_options;
}

static int create(masu_engine *e, const struct container_options *o, char **operands,
		  masu_container **ret, struct masu_error *err)
{
	_cleanup_progress_view_ struct progress_view progress = {0};
	_cleanup_strv_ char **env = NULL, **default_env = NULL, **labels = NULL, **words = NULL;
	_cleanup_free_ char *platform = NULL;
	struct masu_create_options create = o->create;
	struct masu_health_options health;
	int r = read_health(o, &health, err);

	if (r == 0)
		r = read_env(o, &env, err);
	if (r == 0)
		r = read_default_env(o, &default_env, err);
	if (r == 0)
		r = platform_args_join(&o->platform, &platform, err);
	if (r == 0)
		r = read_labels(o, &labels, err);
	if (r == 0)
		r = read_words(o, operands, &words, err);
	if (r < 0)
		return r;
	create.create_command = words;
	create.image = operands[0];
	create.command = operands + 1;
	create.platform = platform;
	create.progress = o->quiet ? NULL : progress_show;
	create.progress_userdata = &progress;
	create.retries = o->registry.retries;
	create.retry_delay_ms = o->registry.retry_delay_ms;
	create.entrypoint = o->entrypoint;
	create.health = &health;
	create.auto_remove |= o->rmi;
	create.env = env;
	create.labels = labels;
	create.annotations = o->annotations;
	create.mounts = (const struct masu_mount *const *)o->mounts.item;
	create.ports = (const struct masu_port *const *)o->ports.item;
	create.secrets = (const struct masu_secret_use *const *)o->secrets.item;
	create.host_ulimits = o->ulimits.host;
	create.default_env = default_env;
	create.env_merge = o->env_merge;
	create.unset_env = o->unset_env;
	create.throttles = (const struct masu_throttle *const *)o->throttles.item;
	create.ulimits = (const struct masu_ulimit *const *)o->ulimits.item;
	create.uid_maps = o->uid_maps;
	create.gid_maps = o->gid_maps;
	create.expose = o->expose;
	create.add_hosts = o->add_hosts;
	set_dns(&create, o);
	create.cap_add = o->cap_add;
	create.cap_drop = o->cap_drop;
	create.devices = o->devices;
	create.volumes_from = o->volumes_from;
	create.sysctls = o->sysctls;
	create.required = o->required;
	create.gpus = o->gpus;
	create.cdi_spec_dirs = o->cdi_spec_dirs;
	return masu_container_create(e, &create, ret, err);
}

static int reserve_cidfile(const char *path, struct masu_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd >= 0)
		return fd;
	if (errno != EEXIST)
		return err_sys(err, errno, "cannot create the file '%s' of --cidfile", path);
	(void)err_set(err, ERR_CONFLICT, EEXIST, "the file '%s' of --cidfile exists", path);
	return err_hint(err, "its container may be running: remove both first");
}

int new_container_create(masu_engine *e, const struct container_options *o, char **operands,
			 masu_container **ret, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_close_ int cidfile = -1;

	if (o->cidfile) {
		cidfile = reserve_cidfile(o->cidfile, err);
		if (cidfile < 0)
			return cidfile;
	}
	int r = create(e, o, operands, &c, err);
	if (r == 0 && cidfile >= 0 && dprintf(cidfile, "%s", masu_container_id(c)) < 0) {
		r = err_sys(err, errno, "cannot write the file '%s' of --cidfile", o->cidfile);
		new_container_discard(NULL, c);
	}
	if (r < 0 && cidfile >= 0)
		(void)unlink(o->cidfile);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

void new_container_discard(const struct container_options *o, masu_container *c)
{
	static const struct masu_remove_options options = {.size = sizeof(options),
							   .volumes = true};

	(void)masu_container_remove(c, &options, NULL); /* the reason of the failure counts */
	/* A leftover --cidfile is in the way of the next attempt, no more. */
	if (o && o->cidfile)
		(void)unlink(o->cidfile);
}
