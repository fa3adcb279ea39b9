/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which image a container is made of: found in the store, or brought there by masu-image, with its
 * layers unpacked.
 */

#include "engine/container/record.h"
#include "engine/engine.h"
#include "engine/program.h"
#include "image/layout.h"
#include "masu.h"
#include "oci/image.h"

struct image_query {
	const char *ref;      /* as the user typed it, oci:DIR and the like included */
	const char *platform; /* OS/ARCH[/VARIANT] or NULL */
	const char *authfile; /* NULL: the default */
	enum masu_tls tls;
	enum masu_pull_policy policy;
	const struct record *map; /* of the container whose map the layers get; NULL: the default */
	bool quiet;		  /* no progress, and no notices about the host */
	masu_progress_fn *progress; /* may be NULL */
	void *progress_userdata;
	const char *user, *password; /* for the registry, or NULL */
	const char *cert_dir;	     /* NULL: the default places */
};

struct image_chosen {
	struct masu_image info;
	struct image_config config;
	char **layers; /* HEX of the chain ids, bottom first */
	int lock;      /* on the store, shared: until the record names the layers */
};
#define IMAGE_CHOSEN_INIT      ((struct image_chosen){.lock = -1})
#define _cleanup_image_chosen_ _cleanup_(image_chosen_done)
void image_chosen_done(struct image_chosen *c);

/* ERR_NOT_FOUND with policy never; otherwise the errors of masu-image. */
int image_choose(const struct masu_engine *e, const struct image_query *query,
		 struct image_chosen *ret, struct masu_error *err);

/* Writes an event of an image (engine/container/event.h). */
void image_event(const struct masu_engine *e, const char *action, const struct masu_image *image,
		 const char *name);

/* Is `what` the name `own` of an image, and not its id? `own` may be NULL. */
bool image_is_named(const char *what, const char *own);

/* The canonical form of a name that an image is to get; NULL for NULL. ERR_INVALID, also for one with a digest. */
int image_new_name(const char *text, char **ret, struct masu_error *err);

/* Opens the image store. */
int image_store_open(const struct masu_engine *e, struct layout *ret, struct masu_error *err);

/* A run of the program masu-image (image/report.h). */
struct image_program {
	char *const *args;	    /* without the name of the program */
	int input;		    /* a descriptor that the arguments name, or -1 */
	int further[2];		    /* the same, above 2, or 0 */
	masu_progress_fn *progress; /* may be NULL */
	void *progress_userdata;
};

/*
 * A copy of the descriptor of an archive that masu-image reads, or `writes`: above 2, for `further`. ERR_INVALID with
 * -ENOTTY for a terminal. The descriptor or -errno.
 */
int image_program_archive(int fd, bool writes, struct masu_error *err);

/* The registry that a program talks to. */
struct image_registry {
	const char *authfile, *cert_dir; /* NULL: the default places */
	enum masu_tls tls;
	int credentials; /* of image_program_credentials(); -1: those of the authfile */
};

/* Appends the options about it. 0 or -ENOMEM. */
int image_registry_args(const struct image_registry *registry, char ***args);

/* A user's name and password in memory without a name, for `further`. The descriptor or -errno. */
int image_program_credentials(const char *user, const char *password, struct masu_error *err);

struct image_run {
	const struct masu_engine *e;
	const struct image_program *program;
	struct program_process process;
	char *result;
};
#define IMAGE_RUN_INIT ((struct image_run){.process = PROGRAM_PROCESS_INIT})
void image_run_done(struct image_run *run); /* ends it, if it was not waited for */

/* Starts it. `program` stays until image_program_wait(), which does the rest of image_program_run(). */
int image_program_start(const struct masu_engine *e, const struct image_program *program,
			struct image_run *ret, struct masu_error *err);
int image_program_wait(struct image_run *run, char **ret_result, struct masu_error *err);

/*
 * Returns the digest of the manifest ("sha256:HEX"), or the result of another command, several of them as lines, or the
 * error that masu-image reported. `ret_result` may be NULL.
 */
int image_program_run(const struct masu_engine *e, const struct image_program *p, char **ret_result,
		      struct masu_error *err);
