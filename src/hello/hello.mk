# SPDX-License-Identifier: Apache-2.0
# The embedded image: `masu run hello` without a network. The program has no sanitizers in it.
noinst_PROGRAMS += hello
hello_SOURCES = %D%/hello.c src/base/cleanup.h
hello_CFLAGS = -std=gnu11 $(WARN_CFLAGS) -O2
hello_LDFLAGS = -static

EXTRA_DIST += %D%/mkimage
noinst_DATA += images/hello/index.json
images/hello/index.json: hello$(EXEEXT) %D%/mkimage
	$(AM_V_GEN)STRIP="$(STRIP)" $(srcdir)/%D%/mkimage hello$(EXEEXT) images/hello

imagedir = $(pkgdatadir)/images/hello
.PHONY: install-image uninstall-image clean-image
install-data-local: install-image
install-image: images/hello/index.json
	$(MKDIR_P) "$(DESTDIR)$(imagedir)/blobs/sha256"
	cd images/hello && for f in oci-layout index.json blobs/sha256/*; do \
		$(INSTALL_DATA) "$$f" "$(DESTDIR)$(imagedir)/$$f" || exit 1; done
uninstall-local: uninstall-image
uninstall-image:
	rm -rf "$(DESTDIR)$(imagedir)"
clean-local: clean-image
clean-image:
	rm -rf images
