# SPDX-License-Identifier: Apache-2.0
bin_PROGRAMS += masu-oci
masu_oci_SOURCES = \
	%D%/checkpoint.c \
	%D%/create.c \
	%D%/delete.c \
	%D%/events.c \
	%D%/exec.c \
	%D%/exec-options.c %D%/exec-options.h \
	%D%/globals.c \
	%D%/info.c \
	%D%/kill.c \
	%D%/list.c \
	%D%/masu-oci.c \
	%D%/oci-cli.h \
	%D%/pause.c \
	%D%/spec.c \
	%D%/update.c
masu_oci_LDFLAGS = $(start_ldflags)
masu_oci_LDADD = libclioptions.a $(engine_libs)
