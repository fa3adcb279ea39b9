# SPDX-License-Identifier: Apache-2.0
# Programs that killed*.bats and faults.bats run; never installed.
noinst_PROGRAMS += kill-at
kill_at_SOURCES = %D%/kill-at/kill-at.c %D%/kill-at/fault.h
if X86_64
kill_at_SOURCES += %D%/kill-at/fault-x86_64.c
else
kill_at_SOURCES += %D%/kill-at/fault-fallback.c
endif
EXTRA_DIST += %D%/killed.bats %D%/killed-engine.bats %D%/killed-files.bats %D%/killed-store.bats %D%/faults.bats
