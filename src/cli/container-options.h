/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options of `run` and `create`. */

#include "cli/image-args.h"
#include "cli/mount-args.h"
#include "cli/options.h"
#include "cli/port-args.h"
#include "cli/registry-args.h"
#include "cli/secret-args.h"
#include "cli/throttle-args.h"
#include "cli/ulimit-args.h"
#include "masu.h"

struct container_options {
	struct masu_create_options create;
	struct masu_health_options health; /* of `create` */

	/* Texts and lists that `create` gets when all options are read. */
	char **env, **env_files, **labels, **label_files;
	char **uid_maps, **gid_maps;
	char **annotations, **expose, **add_hosts, **dns, **dns_search, **dns_options;
	char **cap_add, **cap_drop, **volumes_from, **devices, **sysctls, **entrypoint;
	char **required, **cdi_spec_dirs, **health_test;
	struct mount_args mounts;
	struct port_args ports;
	struct secret_args secrets;
	struct ulimit_args ulimits;
	struct throttle_args throttles;

	char **env_merge, **unset_env;
	struct platform_args platform;
	struct registry_args registry; /* the retries alone */

	char *gpus;
	char **words; /* of the command line, from "run" or "create" on; NULL: not known */
	const char *cidfile;
	bool no_healthcheck, quiet;
	bool http_proxy; /* the caller's variables about proxies, under the image's */
	bool env_host;	 /* the caller's whole environment, under the image's */

	/* Of `run` alone. */
	bool detach, sig_proxy, rmi, quadlet;
	bool attach_stdin, attach_stdout, attach_stderr;
	int preserve_fds;
};

extern const struct option_row container_option_rows[];
void container_options_init(void *values);
void container_options_done(void *values);
