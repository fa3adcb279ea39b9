/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * masu_engine_check(): the parts of the store are examined one after the other. Each function adds its findings, and
 * repairs them at once if the caller wants that. Images are fetched first, because containers may need their layers, and
 * removed behind the containers. Containers without a readable record keep the garbage collection from removing any
 * layer, so that is the last.
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
	struct check_failure *failures; /* of check_fetch_images() */
	size_t n_failures;
};
void check_failures_done(struct check *c);

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

/* Of disk space, memory or descriptors. */
static inline bool check_is_shortage(const struct masu_error *why)
{
	return why->kind == ERR_NO_SPACE || err_is_shortage(-why->code);
}

/* Could the repair succeed later? Then the object is not removed: only a network or credentials may be missing. */
static inline bool check_may_pass(const struct masu_error *why)
{
	return why->kind == ERR_UNAVAILABLE || why->kind == ERR_DENIED || check_is_shortage(why);
}

/* Images with missing or damaged blobs that a registry has. */
int check_fetch_images(struct check *c, struct masu_error *err);

/* Containers without a readable record or config, or whose layers are missing; links of names; temporary files. */
int check_containers(struct check *c, struct masu_error *err);

/* Images with missing or damaged blobs that are left. */
int check_images(struct check *c, struct masu_error *err);
