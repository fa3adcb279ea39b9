/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Volume= and Mount= of a container: paths relative to the quadlet file, and volumes and images of other files. */

#include "quadlet/draft.h"

void draft_volumes(struct quadlet_draft *d);
void draft_mounts(struct quadlet_draft *d);
