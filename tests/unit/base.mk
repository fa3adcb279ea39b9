# SPDX-License-Identifier: Apache-2.0
base_test_ldadd = libbase.a $(JSON_LIBS) $(CMOCKA_LIBS)
unit_tests += test-err test-fd test-file test-json test-log test-path test-proc test-str test-strv \
	test-text test-time
EXTRA_DIST += tests/unit/tmpdir.h
test_err_SOURCES = tests/unit/test-err.c
test_err_LDADD = $(base_test_ldadd)
test_fd_SOURCES = tests/unit/test-fd.c
test_fd_LDADD = $(base_test_ldadd)
test_file_SOURCES = tests/unit/test-file.c
test_file_LDADD = $(base_test_ldadd)
test_json_SOURCES = tests/unit/test-json.c
test_json_LDADD = $(base_test_ldadd)
test_log_SOURCES = tests/unit/test-log.c
test_log_LDADD = $(base_test_ldadd)
test_path_SOURCES = tests/unit/test-path.c
test_path_LDADD = $(base_test_ldadd)
test_proc_SOURCES = tests/unit/test-proc.c
test_proc_LDADD = $(base_test_ldadd)
test_str_SOURCES = tests/unit/test-str.c
test_str_LDADD = $(base_test_ldadd)
test_text_SOURCES = tests/unit/test-text.c
test_text_LDADD = $(base_test_ldadd)
test_strv_SOURCES = tests/unit/test-strv.c
test_strv_LDADD = $(base_test_ldadd)
test_time_SOURCES = tests/unit/test-time.c
test_time_LDADD = $(base_test_ldadd)
