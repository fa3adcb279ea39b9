# SPDX-License-Identifier: Apache-2.0
unit_tests += test-quadlet
test_quadlet_SOURCES = tests/unit/test-quadlet.c
test_quadlet_LDADD = libquadlet.a libbase.a $(CMOCKA_LIBS)
