/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/words.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strv.h"

int words_from_json(struct json_object *array, char ***ret)
{
	_cleanup_strv_ char **words = calloc(1, sizeof(*words));

	if (!words)
		return -ENOMEM;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (!json_object_is_type(item, json_type_string))
			return -EINVAL;
		if (strv_push(&words, json_object_get_string(item)) < 0)
			return -ENOMEM;
	}
	*ret = TAKE_PTR(words);
	return 0;
}
