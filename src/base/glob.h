/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files whose absolute paths fit a pattern, as glob(7) describes it, sorted by name. glob(3) would bring name services
 * into static programs. *ret is NULL if no file fits. 0 or -errno: -E2BIG for more than 4096 files.
 */
int glob_paths(const char *pattern, char ***ret);
