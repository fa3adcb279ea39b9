/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/doctor/facts.h"
#include "engine/engine.h"

/* Adds the programs and devices of the host that masu uses. */
void host_programs(const struct masu_engine *e, struct facts *f);

/* The command that installs a package by this host's package manager, for the caller to free. NULL: not known. */
char *host_install_command(const char *package);
