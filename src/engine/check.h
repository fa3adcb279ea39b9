/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * masu_engine_check(): the parts of the store are examined one after the other. Each function adds its findings, and
 * repairs them at once if the caller wants that. Containers come first, because those without a readable record keep the
 * garbage collection from removing any layer.
 */

#include "engine/engine.h"
#include "engine/findings.h"
#include "image/layout.h"

struct check {
	struct masu_engine *e;
	struct masu_check_options o;
	struct layout store;
	char *damaged; /* blobs: HEX, a line each; NULL: their bytes were not read */
	masu_finding_list *findings;
};

#define CHECK_REPAIR "masu system check --repair"
#define CHECK_FORCE  "masu system check --repair --force"

/* A problem; or a note of its repair, which `done` describes, if that is not NULL. */
struct check_problem {
	const char *id, *object;
	const char *fix;
	const char *done;
};
void check_add(const struct check *c, const struct check_problem *p, const char *format, ...)
	_printf_(3, 4);

/* Containers without a readable record or config, or whose layers are missing; links of names; temporary files. */
int check_containers(struct check *c, struct masu_error *err);

/* Images with missing or damaged blobs. */
int check_images(struct check *c, struct masu_error *err);

/* Blobs and layers without a user. */
int check_garbage(struct check *c, struct masu_error *err);
