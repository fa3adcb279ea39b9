# SPDX-License-Identifier: Apache-2.0
base_test_ldadd = libbase.a $(JSON_LIBS) $(CMOCKA_LIBS)
unit_tests += test-str
test_str_SOURCES = tests/unit/test-str.c
test_str_LDADD = $(base_test_ldadd)
unit_tests += test-text
test_text_SOURCES = tests/unit/test-text.c
test_text_LDADD = $(base_test_ldadd)
