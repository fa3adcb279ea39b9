# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += liblauncher.a
liblauncher_a_SOURCES = %D%/userns.c
bin_PROGRAMS += masu
masu_SOURCES = \
	%D%/container-exited.c \
	%D%/launch.c \
	%D%/launcher.h \
	%D%/main.c \
	$(launcher_sources) \
	$(cli_sources)
masu_LDFLAGS = $(start_ldflags)
masu_LDADD = libclioptions.a $(engine_libs)
