/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A container's log: --log-driver and --log-opt, and the writer's settings at a start. */

#include "engine/container/home.h"
#include "engine/container/record.h"
#include "logs/writer.h"
#include "masu.h"

/*
 * Checks the options of a log and records them. `standard` is the driver of a container in the background for which the
 * options have none; NULL: k8s-file. ERR_INVALID, ERR_UNSUPPORTED.
 */
int container_log_options(struct record *record, const struct masu_create_options *o,
			  const char *standard, struct masu_error *err);

/* The recorded driver; never NULL. */
const struct log_driver *container_log_driver(const struct record *record);

/* Does a start give it the streams of its process? Not if it has a terminal of its own. */
bool container_log_passes(const struct record *record, bool detached);

struct container_log {
	const struct log_driver *driver;
	struct log_settings settings; /* borrows from the record and the home */
	char *tag;
};
void container_log_done(struct container_log *log);

/* Settings for a start. ERR_UNAVAILABLE when the driver cannot be used on this host. */
int container_log_prepare(const struct record *record, const struct home *home,
			  struct container_log *ret, struct masu_error *err);

/*
 * Creates the file of a driver of files, so that `masu logs` finds it as soon as a detached start has
 * returned. The monitor tries again what fails here.
 */
void container_log_create(const struct container_log *log);
