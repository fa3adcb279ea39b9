/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/libsystemd.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define SONAME "libsystemd.so.0"

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
#define SYMBOL(name) {#name, offsetof(struct libsystemd, name)},
	LIBSYSTEMD_SYMBOLS(SYMBOL)
#undef SYMBOL
};

int libsystemd_load(struct libsystemd **ret, struct err *err)
{
	/* Never closed: it keeps thread-local caches that must outlive a connection. */
	void *library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!library) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOPKG, "open the library '%s': %s", SONAME,
			      dlerror());
		return err_hint(err,
				"install libsystemd (Debian: libsystemd0, Fedora: systemd-libs)");
	}
	_cleanup_free_ struct libsystemd *lib = calloc(1, sizeof(*lib));
	if (!lib)
		return err_sys(err, ENOMEM, "open the library '%s'", SONAME);
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *address = dlsym(library, symbols[i].name);

		if (!address)
			return err_set(err, ERR_UNSUPPORTED, ENOPKG,
				       "the library '%s' is too old: it has no %s", SONAME,
				       symbols[i].name);
		/* POSIX lets a data pointer carry a function's address, C has no cast for it. */
		memcpy((char *)lib + symbols[i].offset, &address, sizeof(address));
	}
	*ret = TAKE_PTR(lib);
	return 0;
}
