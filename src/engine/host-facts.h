/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/engine.h"
#include "engine/facts.h"

/* Gathers all facts. For that it runs the helpers for their versions, and mounts an overlay. */
void host_facts(struct masu_engine *e, struct facts *f);
