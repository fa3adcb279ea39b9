/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* .volume and .image files: services that create a volume, and pull an image, once. */

#include "quadlet/draft.h"

void quadlet_translate_volume(struct quadlet_draft *d);
void quadlet_translate_image(struct quadlet_draft *d);
