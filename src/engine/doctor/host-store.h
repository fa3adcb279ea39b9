/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/doctor/facts.h"
#include "engine/engine.h"

/* Adds the file system of the store. The engine's id map is loaded, or overlays are not tried. */
void host_store(struct masu_engine *e, struct facts *f);

/* The problem of a store on a file system with this magic number of statfs(2), or NULL. */
const char *host_store_problem(unsigned long magic);
