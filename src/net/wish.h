/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The addresses that the user asks for: --ip, --ip6 and --mac-address. */

#include "net/network.h"

struct net_wish {
	const char *ip, *ip6, *mac; /* NULL: any */
};

/*
 * Appends a wish to the text of a network, as options of its back end, so that a record has one text for both. Without a
 * wish, *ret is NULL: the text stays as it is. ERR_INVALID; ERR_UNSUPPORTED if the network has no such option.
 */
int net_wish_add(const char *text, const struct net_wish *wish, char **ret, struct masu_error *err);
