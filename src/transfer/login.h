/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Checks a user's name and password for a registry: a fetcher (broker.h) requests /v2/ with them. The fetcher alone reads
 * them, from a descriptor.
 */

#include "transfer/commands.h"

/*
 * The argument is the registry, HOST[:PORT]. With an input, "USER\0PASSWORD\0", the registry must accept these; the result is
 * their base64 form for an authfile. Without one, the result is the name of the user whose credentials are known.
 */
int command_login(struct image_options *o, struct masu_error *err);
