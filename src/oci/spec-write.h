/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of config.json that are written by a file of their own, for oci_spec_to_json(). */

#include "base/json-build.h"
#include "oci/spec.h"

void spec_write_process(struct json_build *b, struct json_object *o, const struct oci_process *p);
void spec_write_memory_policy(struct json_build *b, struct json_object *o,
			      const struct memory_policy *p);
void spec_write_resources(struct json_build *b, struct json_object *o,
			  const struct oci_resources *r);
