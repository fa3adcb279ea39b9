# SPDX-License-Identifier: Apache-2.0
# The programs of the conformance suite; never installed.
conformance_programs = conformance-probe conformance-refuse
noinst_PROGRAMS += $(conformance_programs)
conformance_probe_SOURCES = %D%/probe.c %D%/probe.h %D%/probe-json.c %D%/probe-report.c
conformance_probe_LDFLAGS = -static
conformance_refuse_SOURCES = %D%/refuse.c
