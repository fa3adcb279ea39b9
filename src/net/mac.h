/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* MAC addresses of devices. */

#define NET_MAC_SIZE 18 /* "02:00:00:00:00:01" */

/* Reads the address of one device, and writes it in lower case. 0, or -EINVAL, also for zeros and groups. */
int net_mac_parse(const char *text, char ret[NET_MAC_SIZE]);
