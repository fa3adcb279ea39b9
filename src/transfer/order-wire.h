/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The messages of order.h, as both sides of it (order.c, keeper.c) know them. */

#include <stdint.h>

#include "storage/layers.h"

/* To the keeper; each with the other end of its line. */
enum { ORDER_UNPACK = 1, ORDER_CREDENTIALS, ORDER_ADDRESSES };

/* Of ORDER_ADDRESSES: the name of a host, with its NUL; so is the answer of its addresses. */

/* On the line. */
enum { LINE_BEGUN = 1, LINE_ENDED, LINE_PUBLISH, LINE_DONE };

/* Of ORDER_UNPACK: struct unpack_layer. The names of the layers below follow, without NULs. */
struct wire_layer {
	char diff_id[sizeof("sha256:") + LAYERS_HEX_LENGTH];
	char chain_hex[LAYERS_HEX_LENGTH + 1];
	uint32_t compression;
	uint64_t size;
};
#define WIRE_BELOW_MAX 512 /* more than overlayfs mounts */

/* In LINE_DONE user, password and token, each with its NUL and empty when there is none. */
