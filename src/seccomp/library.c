/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"

#define FILE_NAME "libseccomp.so.2"

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
#define ENTRY(name) {#name, offsetof(struct seccomp_library, name)},
	SECCOMP_LIBRARY_SYMBOLS(ENTRY)
#undef ENTRY
};

int seccomp_library_open(struct seccomp_library *ret, struct masu_error *err)
{
	_cleanup_(seccomp_library_done) struct seccomp_library l = {
		.handle = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL)};

	if (!l.handle) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "compile a system call filter: %s",
			      dlerror());
		(void)err_hint(err, "install libseccomp2 (Debian, Ubuntu) or libseccomp (Fedora)");
		return -EOPNOTSUPP;
	}
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *found = dlsym(l.handle, symbols[i].name);

		if (!found)
			return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				       FILE_NAME " has no %s: it is older than 2.5.0",
				       symbols[i].name);
		memcpy((char *)&l + symbols[i].offset, &found, sizeof(found));
	}
	*ret = l;
	l.handle = NULL;
	return 0;
}

void seccomp_library_done(struct seccomp_library *l)
{
	if (l->handle)
		(void)dlclose(l->handle); /* it was opened; nothing to do about a failure */
	l->handle = NULL;
}

static char *identity_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	return str_printf("%ju:%ju:%jd:%jd.%09ld %s", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
			  (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			  path);
}

char *seccomp_library_identity(const struct seccomp_library *l)
{
	void *symbol = dlsym(l->handle, symbols[0].name);
	Dl_info info;

	if (!symbol || !dladdr(symbol, &info) || !info.dli_fname)
		return NULL;
	return identity_of(info.dli_fname);
}

bool seccomp_library_is_same(const char *identity)
{
	const char *path = strchr(identity, ' ');
	_cleanup_free_ char *now = path ? identity_of(path + 1) : NULL;

	return now && streq(now, identity);
}
