# SPDX-License-Identifier: Apache-2.0
# Programs that stay beside each container: static, as a dynamic loader would dirty pages in each.
if STATIC
monitor_ldflags = $(HARDEN_LDFLAGS) -static-pie
else
monitor_ldflags = $(AM_LDFLAGS)
endif
monitor_common = src/base/cleanup.h src/base/text.c src/base/text.h

pkglibexec_PROGRAMS += masu-init masu-monitor
masu_monitor_SOURCES = \
	%D%/adopted.c %D%/adopted.h \
	%D%/attach.c %D%/attach.h \
	%D%/descriptors.c %D%/descriptors.h \
	%D%/monitor.c \
	%D%/notify.c %D%/notify.h \
	%D%/notify-filter.c \
	%D%/options.c %D%/options.h \
	%D%/protocol.h \
	%D%/record.c %D%/record.h \
	%D%/timer.c %D%/timer.h \
	%D%/waiters.c %D%/waiters.h \
	$(log_writing) \
	src/base/signals.c src/base/signals.h \
	$(monitor_common)
masu_monitor_CFLAGS = $(AM_CFLAGS)
masu_monitor_LDFLAGS = $(monitor_ldflags)

masu_init_SOURCES = %D%/init.c $(monitor_common)
if SANITIZERS
# A container has no libraries for it, and the sanitizers need them.
masu_init_CFLAGS = -std=gnu11 $(WARN_CFLAGS) -O2
masu_init_LDFLAGS = -static
else
masu_init_CFLAGS = $(AM_CFLAGS)
masu_init_LDFLAGS = $(monitor_ldflags)
endif
