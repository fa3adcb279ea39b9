/* SPDX-License-Identifier: Apache-2.0 */
/* For programs that libseccomp is linked into: its code is not even read by a start that compiles nothing. */
#include "seccomp/library.h"

#include "base/str.h"

int seccomp_library_open(struct seccomp_library *ret, struct masu_error *err)
{
	*ret = (struct seccomp_library){
#define ENTRY(name) .name = (name),
		SECCOMP_LIBRARY_SYMBOLS(ENTRY)
#undef ENTRY
	};
	return 0;
}

void seccomp_library_done(struct seccomp_library *l)
{
}

/* Another libseccomp comes with another build of masu. */
static const char identity[] = "linked into masu " MASU_VERSION ", " __DATE__ " " __TIME__;

char *seccomp_library_identity(const struct seccomp_library *l)
{
	return strdup(identity);
}

bool seccomp_library_is_same(const char *other)
{
	return streq(other, identity);
}
