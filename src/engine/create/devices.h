/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Devices of the host in a container.
 *
 * In a user namespace the host's node is bound. Whoever may open it on the host may open it there, and no one else:
 * the kernel checks the ids and groups of the process, and no rule can deny reading or writing. So the access of
 * such a device cannot be narrowed. Without a user namespace a new node is made, and a rule of the device controller
 * allows it with the access that the caller names.
 */

#include "base/err.h"
#include "oci/cdi.h"
#include "oci/spec.h"

/*
 * Adds "HOST[:INSIDE][:ACCESS]", a node or all nodes below a directory that the caller may open, to the spec.
 * `ret_entry` gets the text with all three parts, and `ret_notice` a line for the user about a device that only a
 * group of the caller may open, or NULL. ERR_INVALID for a malformed text or a file that is not a device; ERR_DENIED if
 * the caller may not open the device; ERR_UNSUPPORTED for an access that cannot be enforced.
 */
int devices_add(struct oci_spec *spec, const char *text, char **ret_entry, char **ret_notice,
		struct masu_error *err);

/*
 * The same for a node that a CDI file describes; one whose place is taken is left out. An ordinary user's node has the
 * numbers, owner and mode of the host's.
 */
int devices_add_node(struct oci_spec *spec, const struct cdi_node *given, struct masu_error *err);

/* Verifies that devices_add_node() can work, without adding anything. `ret_notice` is as above. */
int devices_check_node(const struct oci_spec *spec, const struct cdi_node *given, char **ret_notice,
		       struct masu_error *err);

/*
 * Adds all devices of the host that the caller may open, except those that each container has of its own and the
 * terminals of the console. Devices come and go, so each start adds them anew.
 */
int devices_add_all(struct oci_spec *spec, struct masu_error *err);
