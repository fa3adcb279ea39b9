/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * Appends one zeroed member of `size` bytes to an array from malloc(3), and counts it in `n`. `list` is the address of
 * the pointer to the array, which may be NULL at first. Returns the member, or NULL for no memory: the array is as it was
 * then.
 */
void *array_add(void *list, size_t *n, size_t size);

/*
 * Appends a pointer to such an array of pointers, which ends with NULL behind the `n` that are counted. Returns 0 or
 * -ENOMEM: the array is as it was then.
 */
int array_push(void *list, size_t *n, const void *pointer);
