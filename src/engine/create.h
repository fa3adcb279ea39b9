/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Making a container, and taking up one that was made: what a start needs in both cases. Making
 * checks everything first, and publishes the directory when all in it is whole, so that a kill at any
 * point leaves either a container or a .new- directory that is swept away.
 */

#include "engine/engine.h"
#include "engine/home.h"
#include "engine/record.h"
#include "engine/request.h"
#include "oci/spec.h"

/* A container that nobody else touches: its directory is held. */
struct made {
	struct home home;
	char *dir; /* DATA/containers/ID */
	struct record record;
	struct oci_spec *spec;
};
#define MADE_INIT      ((struct made){.home = HOME_INIT})
#define _cleanup_made_ _cleanup_(made_done)
void made_done(struct made *m); /* the container stays */

/* Makes a container of an image or a plain directory; pulls the image when need be. */
int engine_create(struct engine *e, const struct request *q, struct made *ret, struct err *err);

/* Takes up a container by name or id. ERR_CONFLICT when someone holds it: it runs, or begins to. */
int engine_take_up(struct engine *e, const char *what, struct made *ret, struct err *err);

/* Removes it, with its anonymous volumes. */
int engine_unmake(struct engine *e, struct made *m, struct err *err);
