# SPDX-License-Identifier: Apache-2.0
bin_PROGRAMS += masu-oci
masu_oci_SOURCES = \
	%D%/bundle.c %D%/bundle.h \
	%D%/checkpoint.c \
	%D%/criu-options.c %D%/criu-options.h \
	%D%/config.c %D%/config.h \
	%D%/create.c \
	%D%/delete.c %D%/end.h \
	%D%/events.c \
	%D%/exec.c \
	%D%/exec-process.c %D%/exec-process.h \
	%D%/features.c \
	%D%/dir.c \
	%D%/globals.c %D%/globals.h \
	%D%/handover.c %D%/handover.h \
	%D%/info.c \
	%D%/kill.c \
	%D%/launch.c %D%/launch.h \
	%D%/launch-cgroup.c \
	%D%/list.c \
	%D%/listen-fds.c %D%/listen-fds.h \
	%D%/masu-oci.c \
	%D%/match.c %D%/match.h \
	%D%/oci-cli.h \
	%D%/pause.c \
	%D%/poststart.c %D%/poststart.h \
	%D%/ps.c \
	%D%/readiness.c %D%/readiness.h \
	%D%/restore.c \
	%D%/resume.c \
	%D%/run.c \
	%D%/spec.c \
	%D%/start.c \
	%D%/state.c %D%/state.h \
	%D%/update.c
masu_oci_LDFLAGS = $(start_ldflags)
masu_oci_LDADD = libclioptions.a $(engine_libs)
