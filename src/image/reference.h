/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names of images: [registry[:port]/]path[:tag][@sha256:HEX], as docker and podman take them.
 * Short names mean Docker Hub: "nginx" is docker.io/library/nginx:latest.
 */

#include <stdbool.h>

#include "base/err.h"
#include "oci/digest.h"

#define REFERENCE_DEFAULT_DOMAIN "docker.io"
#define REFERENCE_DEFAULT_TAG	 "latest"
/* The image that comes with masu: no archive gives this name. */
#define REFERENCE_HELLO	   "localhost/hello:latest"
#define REFERENCE_NAME_MAX 255 /* domain and path */
#define REFERENCE_TAG_MAX  128

struct reference {
	char *domain;	      /* lower case; "[::1]:5000" for IPv6 */
	char *path;	      /* "library/nginx" */
	char *tag;	      /* NULL if it has a digest alone */
	struct digest digest; /* "" if it has none */
};

/* Parses and completes the name. EINVAL, with a message that names the wrong part. */
int reference_parse(const char *s, struct reference *ret, struct masu_error *err);

/* Does no registry begin the name? */
bool reference_is_short(const char *s);

/* The complete canonical name, as in index.json. NULL when out of memory. */
char *reference_to_string(const struct reference *r);

/* Returns whether both name the same repository of the same registry. */
bool reference_same_repository(const struct reference *a, const struct reference *b);

void reference_done(struct reference *r);
#define _cleanup_reference_ _cleanup_(reference_done)
