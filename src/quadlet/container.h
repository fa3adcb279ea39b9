/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* .container files: the options of `masu run`, and the service around it. */

#include "quadlet/draft.h"

void quadlet_translate_container(struct quadlet_draft *d);
