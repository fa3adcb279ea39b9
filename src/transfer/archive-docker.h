/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * Makes an OCI layout in the directory `to` of what `docker save` wrote, unpacked in the directory `from`: its
 * manifest.json names a config and plain tars, whose digests are found here. `selector` is one of its
 * RepoTags, or NULL when it holds one image. No name goes into the layout; the image's RepoTags are added
 * to *ret_stated by archive_state_name(). `path` is for messages.
 */
int archive_convert_docker(int from, int to, const char *selector, const char *path,
			   char ***ret_stated, struct masu_error *err);
