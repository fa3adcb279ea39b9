/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * Appends one zeroed member of `size` bytes to an array from malloc(3), and counts it in `n`. `list` is the address of
 * the pointer to the array, which may be NULL at first. Returns the member, or NULL for no memory: the array is as it was
 * then.
 */
void *array_add(void *list, size_t *n, size_t size);
