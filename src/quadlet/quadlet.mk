# SPDX-License-Identifier: Apache-2.0
# Quadlet files: a library for the generator and the tests, and the generator, which runs before everything else at boot.
noinst_LIBRARIES += libquadlet.a
libquadlet_a_SOURCES = \
	%D%/checks.c %D%/checks.h \
	%D%/container.c %D%/container.h \
	%D%/draft.c %D%/draft.h \
	%D%/install.c %D%/install.h \
	%D%/keys.c %D%/keys.h \
	%D%/load.c %D%/load.h \
	%D%/mounts.c %D%/mounts.h \
	%D%/name.c %D%/name.h \
	%D%/network.c %D%/network.h \
	%D%/on-demand.c %D%/on-demand.h \
	%D%/output.c %D%/output.h \
	%D%/reference.c %D%/reference.h \
	%D%/search.c %D%/search.h \
	%D%/service.c %D%/service.h \
	%D%/source.c %D%/source.h \
	%D%/storage.c %D%/storage.h \
	%D%/translate.c %D%/translate.h \
	%D%/unit.c %D%/unit.h

pkglibexec_PROGRAMS += masu-generator
masu_generator_SOURCES = %D%/masu-generator.c
masu_generator_LDFLAGS = $(start_ldflags)
masu_generator_LDADD = libquadlet.a libbase.a

# systemd runs the programs of these directories.
generatordir = $(prefix)/lib/systemd
.PHONY: install-generators uninstall-generators
install-exec-hook: install-generators
install-generators:
	for scope in system user; do \
		$(MKDIR_P) "$(DESTDIR)$(generatordir)/$$scope-generators" && \
		$(LN_S) -f "$(pkglibexecdir)/masu-generator" \
			"$(DESTDIR)$(generatordir)/$$scope-generators/masu-$$scope-generator" || exit 1; done
uninstall-local: uninstall-generators
uninstall-generators:
	rm -f "$(DESTDIR)$(generatordir)/system-generators/masu-system-generator" \
		"$(DESTDIR)$(generatordir)/user-generators/masu-user-generator"
