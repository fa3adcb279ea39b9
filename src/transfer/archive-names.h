/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Adds a name that an archive states to `names`, in its canonical form, where an image may be given it:
 * not a tag alone, which is no name, nor one with a digest, which only a registry gives, nor that of
 * the image that comes with masu. 0 also when it isn't added; -ENOMEM.
 */
int archive_state_name(char ***names, const char *stated);
