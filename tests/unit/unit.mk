# SPDX-License-Identifier: Apache-2.0
# Each unit test is one program; `make check` runs them all.
unit_ldadd = $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/unit.h
if HAVE_CMOCKA
unit_tests =
include tests/unit/base.mk
include tests/unit/linux.mk
include tests/unit/logs.mk
include tests/unit/files.mk
include tests/unit/image.mk
include tests/unit/unpack.mk
include tests/unit/oci.mk
include tests/unit/engine.mk
include tests/unit/cgroup.mk
include tests/unit/monitor.mk
include tests/unit/quadlet.mk
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
