/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The containers of an engine, newest first: the struct behind the list of masu.h. */

#include "engine/container.h"

struct masu_container_list {
	masu_container **item;
	size_t n;
};
#define _cleanup_masu_container_list_ _cleanup_(masu_container_list_freep)
