/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Included before all else by the build of programs without libc: the checked variants of functions that
 * FORTIFY makes the headers call are libc's own.
 */
#undef _FORTIFY_SOURCE
#define _FORTIFY_SOURCE 0
