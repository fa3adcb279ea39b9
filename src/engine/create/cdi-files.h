/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files of the Container Device Interface on this host. Of two files that describe one device, the one in the later
 * directory wins; in one directory they conflict. A file that cannot be read is left out with a notice, since it may be
 * about another vendor's devices.
 */

#include <stddef.h>

#include "engine/engine.h"
#include "oci/cdi.h"

struct cdi_files {
	struct cdi_loaded {
		char *path;
		size_t dir; /* the index of its directory */
		struct cdi_file file;
	} * list;
	size_t n;
	char *dirs; /* their names, for messages */
};
void cdi_files_done(struct cdi_files *files);
#define _cleanup_cdi_files_ _cleanup_(cdi_files_done)

/*
 * Reads all files *.json, *.yaml and *.yml in the directories; NULL stands for /etc/cdi and /var/run/cdi. A directory that
 * does not exist is empty; one that cannot be read is an error.
 */
int cdi_files_read(const struct masu_engine *e, char *const *dirs, struct cdi_files *ret,
		   struct masu_error *err);

/*
 * Finds the device "VENDOR/CLASS=NAME". ERR_NOT_FOUND tells the devices of the kind, or how files of it are generated;
 * ERR_CONFLICT names two files that describe it.
 */
int cdi_files_find(const struct cdi_files *files, const char *name,
		   const struct cdi_loaded **ret_file, const struct cdi_device **ret,
		   struct masu_error *err);

/*
 * The devices that --gpus means: "all", a number of GPUs, or "device=NAME[,NAME...]", of the first vendor of GPUs
 * that has files. Each is appended to *names.
 */
int cdi_files_find_gpus(const struct cdi_files *files, const char *gpus, char ***names,
			struct masu_error *err);
