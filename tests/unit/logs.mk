# SPDX-License-Identifier: Apache-2.0
logs_test_ldadd = liblogs.a $(base_test_ldadd)
unit_tests += test-log-writer
test_log_writer_SOURCES = tests/unit/test-log-writer.c
test_log_writer_LDADD = $(logs_test_ldadd)
unit_tests += test-log-reader
test_log_reader_SOURCES = tests/unit/test-log-reader.c
test_log_reader_LDADD = $(logs_test_ldadd)
