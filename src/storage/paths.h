/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directories of masu. Data survives a reboot, run-time state must not; both belong to the calling user alone
 * (0700).
 */

#include <stdbool.h>

#include "base/err.h"

struct paths {
	/* $MASU_DATA_DIR, $XDG_DATA_HOME/masu, ~/.local/share/masu, or $STATE_DIRECTORY/masu without a home; root: /var/lib/masu */
	char *data;
	char *layers; /* the directory of the layers in it, if it is not the default map's: layers_map_dir() */
	char *run; /* $MASU_RUN_DIR, $XDG_RUNTIME_DIR/masu, /run/user/UID/masu, $RUNTIME_DIRECTORY/masu; root: /run/masu */
};

void paths_done(struct paths *paths);
#define _cleanup_paths_ _cleanup_(paths_done)

/*
 * Finds both directories, and creates them if they are missing, with their fixed sub-directories. Sets *ret_notice
 * (the caller frees it) if the session has no run-time directory, so that /tmp/masu-UID is used; else NULL. ERR_DENIED
 * if a directory belongs to another user.
 */
int paths_init(struct paths *ret, char **ret_notice, struct masu_error *err);

/* The run-time directory alone; `data` stays NULL. An OCI runtime may be called without a HOME. */
int paths_init_run(struct paths *ret, char **ret_notice, struct masu_error *err);

/* DATA/part and RUN/part, with further parts by a format. NULL when out of memory. */
char *paths_data(const struct paths *paths, const char *format, ...) _printf_(2, 3);
char *paths_run(const struct paths *paths, const char *format, ...) _printf_(2, 3);

/*
 * The record of a container, DATA/containers/ID/record.json: engine/container/record.h writes and reads it, and
 * transfer/gc.c reads in it which layers the container stands on.
 */

#define RECORD_FILE	"record.json"
#define RECORD_SIZE_MAX (4u << 20) /* bytes; nothing larger is written */
