/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/doctor/facts.h"
#include "engine/engine.h"

/* Gathers all facts. For that it runs the helpers for their versions, and mounts an overlay. */
void host_facts(struct masu_engine *e, struct facts *f);
