# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += liblauncher.a libspawn.a
liblauncher_a_SOURCES = %D%/userns.c
libspawn_a_SOURCES = %D%/spawn.c
bin_PROGRAMS += masu
masu_SOURCES = \
	%D%/attach.c \
	%D%/check.c %D%/check.h \
	%D%/adoption.c %D%/adoption.h \
	%D%/demand.c %D%/demand.h \
	%D%/detach.c \
	%D%/exec.c \
	%D%/foreground.c \
	%D%/hold.c %D%/hold.h \
	%D%/host-command.c %D%/host-command.h \
	%D%/host-exec.c %D%/host-message.h \
	%D%/host-request.c %D%/host-request.h \
	%D%/inherit.c %D%/inherit.h \
	%D%/initialize.c \
	%D%/launch.c %D%/launch.h \
	%D%/listeners.c %D%/listeners.h \
	%D%/main.c \
	%D%/mount.c \
	%D%/overlays.c %D%/overlays.h \
	%D%/peers.c %D%/peers.h \
	%D%/policy.c %D%/policy.h \
	%D%/proxy.c %D%/proxy.h \
	%D%/secrets.c %D%/secrets.h \
	%D%/start-calls.c \
	%D%/start.c %D%/start.h \
	%D%/stdio.c %D%/stdio.h \
	%D%/unshare.c \
	src/monitor/descriptors.c src/monitor/descriptors.h \
	src/monitor/notify.c src/monitor/notify.h src/monitor/notify-filter.c \
	src/monitor/timer.c src/monitor/timer.h \
	$(cli_sources)
masu_LDFLAGS = $(start_ldflags)
masu_LDADD = libclioptions.a $(engine_libs)
