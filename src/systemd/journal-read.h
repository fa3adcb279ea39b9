/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "systemd/journal.h"

/*
 * The command `masu-systemd journal`: sends the entries of a container's log (systemd/journal.h). With
 * `follow` it ends when the client closes the channel. ERR_UNAVAILABLE if the journal cannot be read.
 */
int journal_send(int channel, const struct journal_query *query, struct masu_error *err);
