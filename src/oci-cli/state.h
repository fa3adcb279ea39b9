/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci-cli/bundle.h"

/* A container as state and list show it, with its owner's name. */
int bundle_to_json(const struct bundle_state *s, enum oci_status status, uid_t owner,
		   struct json_object **ret, struct err *err);
