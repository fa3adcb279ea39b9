/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

/*
 * Appends the arguments of StartTransientUnit(): a socket, and the service of the same name that its first connection starts.
 * `args` are the strings of SYSTEMD_SOCKET (systemd/message.h) after the unit. 0 or -errno; -EBADMSG if they are malformed.
 */
int socket_unit_compose(sd_bus_message *m, const char *unit, char *const *args);
