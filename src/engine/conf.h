/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * masu.conf(5): the defaults of new containers, from settings files. Only the functions that use a default read the files, so
 * a start, a list or a stop opens none, and a mistake in a file hinders nothing but creations.
 *
 * A value is checked when its line is read, so that the error names file and line also if a later file replaces it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "masu.h"

/* The values, as struct masu_create_options has them. Texts are borrowed from the settings. */
struct conf_defaults {
	const char *network, *log_driver, *log_tag, *timezone, *detach_keys;
	const char *slirp_options, *pasta_options; /* of any network of that kind */
	const char *hosts_file, *host_gateway;
	int64_t log_max_size, pids, shm_size;
	int log_max_files, stop_timeout_s;
	bool has_umask;
	mode_t umask;
	char **env, **dns, **dns_search, **dns_options;
	struct masu_ulimit *ulimits; /* with names of their own */
	size_t n_ulimits;
};
void conf_defaults_done(struct conf_defaults *d);

struct conf_key {
	const char *section, *name; /* NULL: the end of the table */
	const char *full_name;	    /* "Log.Driver" */
	bool is_list;		    /* each line adds a value; an empty one removes all before */
	const char *standard;	    /* the value without a setting, for people */
	int (*set)(const char *value, struct conf_defaults *d, struct masu_error *err);
};
extern const struct conf_key conf_keys[];
#define CONF_KEYS_MAX 20

/* The values of a key in force, and the line that has set the last one: "FILE:LINE". */
struct conf_setting {
	char **values; /* NULL: the standard */
	char *source;
};

struct conf {
	char **files; /* that were read, in their order */
	struct conf_setting settings[CONF_KEYS_MAX];
	struct conf_defaults defaults;
};
void conf_done(struct conf *c);
#define _cleanup_conf_ _cleanup_(conf_done)

/* Reads the files of the caller, or the one of MASU_CONF. Without any it opens two names at most. ERR_INVALID. */
int conf_load(struct conf *ret, struct masu_error *err);

/* Adds the settings of a text; conf_finish() then makes the defaults of them. */
int conf_parse(struct conf *c, const char *text, size_t size, const char *file,
	       struct masu_error *err);
int conf_finish(struct conf *c, struct masu_error *err);

/* Lists of options and defaults together. */
struct conf_lists {
	char *network;
	char **env;
	const struct masu_ulimit **ulimits;
};
void conf_lists_done(struct conf_lists *l);
#define _cleanup_conf_lists_ _cleanup_(conf_lists_done)

/*
 * Fills in the options that the caller did not set, if they suit those that were set. The driver of the log is left out:
 * it is a default for containers in the background (engine/container/container-log.h). `lists` must outlive the options.
 */
int conf_complete(const struct conf *c, struct masu_create_options *o, struct conf_lists *lists,
		  struct masu_error *err);
