/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * Confines the calling thread, and those it starts later, to making, writing and removing what is
 * beneath a folder, without any network (landlock(7)). Does nothing on kernels whose Landlock can't
 * allow a hard link from one folder to another (before 5.19), or that have none.
 */
int landlock_confine(int root, struct err *err);
