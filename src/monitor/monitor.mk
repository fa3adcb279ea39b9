# SPDX-License-Identifier: Apache-2.0
# Programs that stay beside each container: static, and without a libc where nolibc/ is ported to. Every
# page counts there. No PIE, which relocates pages for nothing; no clash protection, which touches
# the whole stack frame; no CET marks, which only a libc could switch on; small code.
if NOLIBC
monitor_nolibc = %D%/nolibc/nolibc.c %D%/nolibc/start.c %D%/nolibc/start.h
if NOLIBC_AARCH64
monitor_nolibc += %D%/nolibc/start-aarch64.S
else
monitor_nolibc += %D%/nolibc/start-x86_64.S
endif
monitor_cflags = -std=gnu11 $(WARN_CFLAGS) $(HARDEN_CFLAGS) -mstack-protector-guard=global \
	-fno-pie -fno-stack-clash-protection -fcf-protection=none -fno-asynchronous-unwind-tables \
	-ffunction-sections -falign-functions=1 -fno-inline-functions \
	-include $(top_srcdir)/src/monitor/nolibc/nolibc.h
monitor_ldflags = -static -nostdlib -Wl,--gc-sections,-z,noexecstack,-z,norelro,-z,noseparate-code
else
monitor_nolibc =
monitor_cflags = $(AM_CFLAGS)
if SANITIZERS
monitor_ldflags = $(AM_LDFLAGS)
else
monitor_ldflags = $(HARDEN_LDFLAGS) -static
endif
endif
monitor_common = src/base/cleanup.h src/base/text.c src/base/text.h $(monitor_nolibc)
EXTRA_DIST += %D%/nolibc/nolibc.h %D%/nolibc/start-aarch64.S %D%/nolibc/start-x86_64.S

pkglibexec_PROGRAMS += masu-init masu-monitor
masu_monitor_SOURCES = \
	%D%/attach.c %D%/attach.h \
	%D%/monitor.c \
	%D%/options.c %D%/options.h \
	%D%/protocol.h \
	%D%/record.c %D%/record.h \
	src/logs/writer.c src/logs/writer.h \
	$(monitor_common)
masu_monitor_CFLAGS = $(monitor_cflags)
masu_monitor_LDFLAGS = $(monitor_ldflags)

masu_init_SOURCES = %D%/init.c $(monitor_common)
masu_init_CFLAGS = $(monitor_cflags)
masu_init_LDFLAGS = $(monitor_ldflags)
