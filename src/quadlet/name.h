/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names of quadlet files, "web.container", "web@.container" (a template) and "web@1.container" (an instance), and the names
 * that follow from them.
 */

#include <stdbool.h>

enum quadlet_type {
	QUADLET_CONTAINER,
	QUADLET_VOLUME,
	QUADLET_IMAGE,
	QUADLET_NETWORK,
	QUADLET_POD,
	QUADLET_KUBE,
	QUADLET_BUILD,
	QUADLET_ARTIFACT,
	QUADLET_TYPE_MAX
};

/* "Container", the section that is masu's. */
const char *quadlet_type_section(enum quadlet_type type);
/* "container", the end of the file's name. */
const char *quadlet_type_extension(enum quadlet_type type);

struct quadlet_name {
	enum quadlet_type type;
	char *file;	/* "web@1.container" */
	char *prefix;	/* "web" */
	char *instance; /* "1", "" of a template, NULL of other files */
};
void quadlet_name_done(struct quadlet_name *n);

/* Does a file of this name belong to masu: has it one of the extensions, and does no '.' begin it? */
bool quadlet_name_matches(const char *file);

/* -EINVAL for another extension, or a name that systemd does not allow; -ENOMEM. */
int quadlet_name_parse(const char *file, struct quadlet_name *ret);

/* The name of the service, by default or with the ServiceName= that is not NULL. NULL when out of memory. */
char *quadlet_name_service(const struct quadlet_name *n, const char *service_name);

/*
 * The default name of the container, volume or network; "%i" in it stands for the instance, here and in units that refer to
 * it. NULL when out of memory.
 */
char *quadlet_name_object(const struct quadlet_name *n, const char *service_name);

/*
 * The names of directories with drop-ins, from the most general one: "container.d", "a-.container.d", "a-b@.container.d",
 * "a-b@1.container.d". NULL when out of memory.
 */
char **quadlet_name_drop_ins(const struct quadlet_name *n);

/* May it be the name of a unit, with its type? */
bool quadlet_is_unit_name(const char *name);
