/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The examination of one container, for masu_container_doctor(). The reasons are derived from what the next start would
 * find: the record, the state, the files of the container, and the host.
 *
 * A topic is one file with one function checkup_TOPIC(), and a line in doctor.c.
 */

#include "engine/container/container.h"
#include "engine/doctor/examined.h"
#include "engine/findings.h"

struct checkup {
	masu_container *c; /* with a fresh state and its spec */
	masu_finding_list *list;
	bool files_missing; /* a source of a mount does not exist, or the user has them: they cannot be examined */
	bool failed; /* out of memory */
};

/* A finding as it is made: all texts belong to it. */
struct checkup_finding {
	const char *id;
	enum masu_severity severity;
	char *object, *message;
	char *fix;    /* a command for a shell */
	bool has_fix; /* a NULL `fix` means no memory */
};

/* Adds a finding and frees its texts. */
void checkup_add(struct checkup *k, struct checkup_finding *f);

/* "masu VERB CONTAINER". The caller frees it. */
char *checkup_masu(const struct checkup *k, const char *verb);

/*
 * The file of the host for a path of the container below a bind mount, to be freed. NULL if it is none, or could be another
 * file: by a symbolic link, which the container may have created, or a hard link.
 */
char *checkup_host_path(const struct checkup *k, const char *path);

/* The first argument; "" without one. */
const char *checkup_command(const struct checkup *k);

/*
 * The command that creates the container again with these options (of a shell's command line), and starts it; to be freed.
 * NULL if the command line of its creation is not recorded.
 */
char *checkup_recreate(const struct checkup *k, const char *options);

/* How the last run ended, and whether another one follows. */
void checkup_end(struct checkup *k);

/* The health check, if it has failed. The directory must be open. */
void checkup_health(struct checkup *k);

/* The published ports, and the helper of the network. */
int checkup_network(struct checkup *k, struct masu_error *err);

/* A mount of its files by masu mount, with which it is not started. The directory must be open. */
void checkup_mounted(struct checkup *k);

/* The devices. */
void checkup_devices(struct checkup *k);

/* The image, the sources of mounts, and the containers whose namespaces it joins. */
void checkup_sources(struct checkup *k);

/* The command, its user and its working directory. */
void checkup_start(struct checkup *k, const struct examined *e);

/* The access of the user to the mounts. */
int checkup_mounts(struct checkup *k, const struct examined *user, struct masu_error *err);
