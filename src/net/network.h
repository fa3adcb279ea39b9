/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The --network option. */

#include "base/err.h"
#include "net/slirp.h"

enum network_mode { NETWORK_SLIRP4NETNS, NETWORK_NONE, NETWORK_HOST, NETWORK_MODE_MAX };

struct network {
	enum network_mode mode;
	struct slirp_options slirp;
};
#define NETWORK_INIT ((struct network){.mode = NETWORK_SLIRP4NETNS, .slirp = SLIRP_OPTIONS_INIT})
void network_done(struct network *network);

/*
 * "none", "host", "slirp4netns[:OPTIONS]"; NULL, "" and "default" stand for slirp4netns.
 * ERR_UNSUPPORTED for what other engines have and masu does not; ERR_INVALID.
 */
int network_parse(const char *text, struct network *ret, struct err *err);

const char *network_mode_name(enum network_mode mode);
