/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A quadlet file with its drop-ins, and all files of a run, which may refer to each other. */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "quadlet/name.h"
#include "quadlet/source.h"

struct quadlet_unit {
	struct quadlet_name name;
	struct quadlet_source source;
	char *path;	 /* of the file */
	char *service;	 /* "web.service" */
	char *object;	 /* the name of the container, volume, image or network */
	char **messages; /* "FILE:LINE: text": faults, each of which makes the unit fail */
	char **notices; /* the same: differences in meaning from podman that nobody needs to mend */
};

struct quadlet_set {
	struct quadlet_unit *units;
	size_t n;
	bool user;	    /* for the user's manager */
	bool failed;	    /* out of memory */
	const char *masu;   /* the program that units call */
	const char *helper; /* masu-generator, as failing units call it */
};
void quadlet_set_done(struct quadlet_set *s);
#define _cleanup_quadlet_set_ _cleanup_(quadlet_set_done)

/* Adds a unit without text. -EINVAL for an unsuitable name, -ENOMEM. The pointer is valid until the next one is added. */
int quadlet_set_add(struct quadlet_set *s, const char *path, struct quadlet_unit **ret);

/* Adds the text of the file or of a drop-in; its fault becomes a message. */
void quadlet_unit_add_text(struct quadlet_set *s, struct quadlet_unit *u, const char *text,
			   size_t size, const char *path);

/* Adds a message: "FILE:LINE: text" of an assignment, or "FILE: text" if it is NULL. The first 100 are kept. */
void quadlet_refuse(struct quadlet_set *s, struct quadlet_unit *u,
		    const struct quadlet_assignment *a, const char *format, ...) _printf_(4, 5);
void quadlet_notice(struct quadlet_set *s, struct quadlet_unit *u,
		    const struct quadlet_assignment *a, const char *format, ...) _printf_(4, 5);

/* Gives the names of services and objects, when all texts are there. Two files with one service are a fault of the second. */
void quadlet_set_name(struct quadlet_set *s);

/* The unit of this file name, or NULL. "a@1.volume" is also found as an instance of "a@.volume". */
struct quadlet_unit *quadlet_set_find(struct quadlet_set *s, const char *file);
