/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The network of a container as JSON, in the shape of docker and podman. */

#include "base/json-build.h"
#include "engine/container/container.h"

/* Adds "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}] as `name`. A port that is free to choose is "". */
void inspect_put_ports(struct json_build *b, struct json_object *parent, const char *name,
		       const struct port_list *ports);

/* Adds the options that the container was created with: NetworkMode, PortBindings, Dns and others. */
void inspect_put_network_options(struct json_build *b, struct json_object *host,
				 const struct record *r);

/* Adds NetworkSettings: the addresses and ports that a running container has. */
void inspect_put_network(struct json_build *b, struct json_object *doc, const masu_container *c);
