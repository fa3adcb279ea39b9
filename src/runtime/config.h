/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* config.json as it is kept in the state directory: engines change or remove their bundle's. */

#include "oci/spec.h"

/* Writes the text of a config.json into the directory. */
int config_keep(int dirfd, const char *text, struct masu_error *err);

/* Parses a config.json. */
int config_parse(const char *text, size_t size, struct oci_spec **ret, struct masu_error *err);

/* Reads the kept one. */
int config_read(int dirfd, struct oci_spec **ret, struct masu_error *err);

/* Replaces linux.resources in the kept document, and leaves the rest as it was. */
int config_set_resources(int dirfd, const struct oci_resources *resources, struct masu_error *err);
