# SPDX-License-Identifier: Apache-2.0
# What killed.bats drives; never installed.
noinst_PROGRAMS += kill-at
kill_at_SOURCES = %D%/kill-at.c
EXTRA_DIST += %D%/killed.bats %D%/killed-engine.bats
