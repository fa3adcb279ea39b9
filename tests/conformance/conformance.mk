# SPDX-License-Identifier: Apache-2.0
# The programs of the conformance suite, never installed, and the suite itself.
conformance_programs = conformance-probe conformance-refuse
noinst_PROGRAMS += $(conformance_programs)
conformance_probe_SOURCES = %D%/probe.c %D%/probe.h %D%/probe-json.c %D%/probe-report.c
if !SANITIZERS
conformance_probe_LDFLAGS = -static
endif
conformance_refuse_SOURCES = %D%/refuse.c
EXTRA_DIST += \
	%D%/expected \
	%D%/machine.bats \
	%D%/machine.sh \
	%D%/matrix \
	%D%/run \
	%D%/table \
	%D%/cases/__init__.py \
	%D%/cases/cgroups.py \
	%D%/cases/config.py \
	%D%/cases/devices.py \
	%D%/cases/exec.py \
	%D%/cases/features.py \
	%D%/cases/hooks.py \
	%D%/cases/kernel.py \
	%D%/cases/lifecycle.py \
	%D%/cases/mounts.py \
	%D%/cases/namespaces.py \
	%D%/cases/process.py \
	%D%/cases/seccomp.py \
	%D%/suite/__init__.py \
	%D%/suite/bundle.py \
	%D%/suite/container.py \
	%D%/suite/facts.py \
	%D%/suite/registry.py \
	%D%/suite/schema.py \
	%D%/suite/trial.py

.PHONY: conformance-table
conformance-table: all
	out=`mktemp -d` && chmod 755 $$out; \
	MASU_BUILD=$(abs_builddir) $(srcdir)/%D%/matrix $$out all; \
	$(srcdir)/%D%/table $$out $(srcdir)/docs/conformance.md; \
	rm -rf $$out
