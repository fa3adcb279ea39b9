/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Network devices of the host that a container gets (linux.netDevices), by rtnetlink(7). Moving one
 * takes its addresses, which the specification wants kept: so they are read before, and given again
 * inside.
 */

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct net_address {
	char device[IFNAMSIZ]; /* the name that it arrives with */
	uint32_t flags;	       /* IFA_F_* */
	uint8_t family;	       /* AF_INET, AF_INET6 */
	uint8_t prefix;
	uint8_t local[16], address[16]; /* as long as the family has it */
};

/*
 * The name that device number `i` of a container arrives with: `inside` itself; or, as the number in
 * the place of its "%d" is known to nobody before the kernel chose it there, one in `buffer`.
 */
const char *net_device_arrival(const char *inside, size_t i, char buffer[IFNAMSIZ]);

/*
 * Moves the caller's device `name` into the network namespace, where it arrives as said, and appends
 * its permanent addresses of global scope to a list that the caller frees.
 */
int net_device_move(const char *name, const char *arrival, int netns_fd, struct net_address **list,
		    size_t *n, struct masu_error *err);

/*
 * Gives a device that arrived in this namespace its name and, out of the list, its addresses, and sets
 * it up.
 */
int net_device_set_up(const char *arrival, const char *inside, const struct net_address *list,
		      size_t n, struct masu_error *err);
