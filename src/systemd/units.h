/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "systemd/connection.h"

/*
 * The command `masu-systemd units`: connects to the manager, and answers requests about units
 * (systemd/message.h) until the client closes the channel or a start is answered. A failure of a request
 * goes over the channel; 0, or -errno for a channel that fails.
 */
int units_serve(int channel, const struct connection_options *options);
