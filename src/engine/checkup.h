/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The examination of one container, for masu_container_doctor(). No start records why it failed, so the reasons are derived
 * from what the next start would find: the record, the state, the files of the container, and the host.
 *
 * A topic is one file with one function checkup_TOPIC(), and a line in doctor.c.
 */

#include "engine/container.h"
#include "engine/findings.h"

struct checkup {
	masu_container *c; /* with a fresh state and its spec */
	masu_finding_list *list;
	bool files_missing; /* a source of a mount does not exist: the files cannot be examined */
	bool failed;	    /* out of memory */
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

/* How the last run ended, and whether another one follows. */
void checkup_end(struct checkup *k);

/* The published ports, and the helper of the network. */
int checkup_network(struct checkup *k, struct masu_error *err);

/* The image, the sources of mounts, devices, and the containers whose namespaces it joins. */
void checkup_sources(struct checkup *k);
