/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options of `run` and `create`. */

#include "cli/mount-args.h"
#include "cli/options.h"
#include "cli/port-args.h"
#include "cli/secret-args.h"
#include "cli/throttle-args.h"
#include "cli/ulimit-args.h"
#include "masu.h"

struct container_options {
	struct masu_create_options create;

	/* Texts and lists that `create` gets when all options are read. */
	char **env, **env_files, **labels, **label_files;
	char **uid_maps, **gid_maps;
	char **annotations, **add_hosts, **dns, **dns_search, **dns_options;
	char **cap_add, **cap_drop, **volumes_from, **devices, **sysctls, **entrypoint;
	char **required, **cdi_spec_dirs, **health_test;
	struct mount_args mounts;
	struct port_args ports;
	struct secret_args secrets;
	struct ulimit_args ulimits;
	struct throttle_args throttles;

	char *gpus;
	char **words; /* of the command line, from "run" or "create" on; NULL: not known */
	const char *cidfile;
	bool no_healthcheck;
	bool env_host;		/* the caller's whole environment, under the image's */
	bool detach, sig_proxy; /* of `run` alone */
};

extern const struct option_row container_option_rows[];
void container_options_init(void *values);
void container_options_done(void *values);
