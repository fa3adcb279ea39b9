/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/options.h"

#include <errno.h>
#include <string.h>

int options_take(void *own, size_t own_size, const void *given, struct masu_error *err)
{
	const unsigned char *bytes = given;
	size_t size;

	memset(own, 0, own_size);
	if (!given)
		return 0;
	memcpy(&size, given, sizeof(size));
	if (size < sizeof(size))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the size of an options struct is not set");
	for (size_t i = own_size; i < size; i++)
		if (bytes[i])
			return err_set(err, ERR_UNSUPPORTED, E2BIG,
				       "libmasu %s is too old for an option of the program",
				       MASU_VERSION);
	memcpy(own, given, MIN(size, own_size));
	return 0;
}

void options_give(void *given, const void *own, size_t own_size)
{
	size_t size;

	memcpy(&size, given, sizeof(size));
	if (size > own_size)
		memset((char *)given + own_size, 0, size - own_size);
	memcpy(given, own, MIN(size, own_size));
	memcpy(given, &size, MIN(size, sizeof(size)));
}

bool choice_holds(enum masu_choice choice, bool fact)
{
	return choice == MASU_ANY || (choice == MASU_YES) == fact;
}
