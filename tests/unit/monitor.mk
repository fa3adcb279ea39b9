# SPDX-License-Identifier: Apache-2.0
unit_tests += test-notify
test_notify_SOURCES = tests/unit/test-notify.c src/monitor/notify.c src/monitor/notify-filter.c
test_notify_LDADD = libbase.a $(CMOCKA_LIBS)
