/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The options of `--network pasta`, as podman takes them: pasta's own, with commas in place of spaces. The list has those
 * that cannot undo the isolation of a container. Any other option of pasta writes files (--pcap, --log-file), moves it
 * elsewhere (--netns, --runas) or publishes ports unseen (-t, -u).
 */

#include "net/backend.h"

/* As parse() of struct net_backend. */
int pasta_options_parse(const char *text, struct network *network, struct masu_error *err);
