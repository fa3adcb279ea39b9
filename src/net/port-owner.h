/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The process that has bound a port of the host. */

#include <sys/types.h>

#include "net/ports.h"

#define PORT_OWNER_NAME_SIZE 32

/* Its pid and the name of its program, as far as the caller may see it. 0 or -ESRCH. */
int port_owner(const struct port *port, pid_t *ret_pid, char ret_name[PORT_OWNER_NAME_SIZE]);
