/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* libc alone, as masu-monitor uses it. UTF-8 to the letter of RFC 3629: no overlong form, no surrogate, nothing beyond U+10FFFF. */

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the character has that begins at `s`, 1 to 4; 0 if none does. `size` is at least 1. */
size_t utf8_length(const char *s, size_t size);

bool utf8_is_valid(const char *s);
