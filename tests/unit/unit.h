/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cmocka, after the headers that it needs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
