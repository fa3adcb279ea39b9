/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Closing of descriptors before an exec, without libc's stdio. */

/* Closes all from `first` to `last`; `first` may be one more than `last`. */
void descriptors_close(unsigned int first, unsigned int last);
