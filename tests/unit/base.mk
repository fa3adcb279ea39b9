# SPDX-License-Identifier: Apache-2.0
base_test_ldadd = libbase.a $(JSON_LIBS) $(CMOCKA_LIBS)
unit_tests += test-str
test_str_SOURCES = tests/unit/test-str.c
test_str_LDADD = $(base_test_ldadd)
