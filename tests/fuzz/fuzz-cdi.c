/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to a CDI file, which is read whole, or there is an error. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "oci/cdi.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_cdi_file_ struct cdi_file file = {0};

	if (json_parse((const char *)bytes, size, "the file", &o, &err) < 0)
		return 0;
	if (cdi_file_parse(o, &file, &err) < 0) {
		if (!err.message)
			abort();
		return 0;
	}
	for (size_t i = 0; i < file.n_devices; i++)
		for (size_t j = 0; j < file.devices[i].edits.n_nodes; j++)
			if (*file.devices[i].edits.nodes[j].path != '/')
				abort();
	return 0;
}
