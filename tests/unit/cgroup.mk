# SPDX-License-Identifier: Apache-2.0
cgroup_test_ldadd = libcgroup.a liboci.a libscope.a $(seccomp_libs) $(CMOCKA_LIBS)
unit_tests += test-resctrl test-cgroup test-limits test-net test-property test-scope
test_cgroup_SOURCES = tests/unit/test-cgroup.c
test_cgroup_LDADD = $(cgroup_test_ldadd)
test_limits_SOURCES = tests/unit/test-limits.c
test_limits_LDADD = $(cgroup_test_ldadd)
test_resctrl_SOURCES = tests/unit/test-resctrl.c tests/unit/tmpdir.h
test_resctrl_LDADD = $(cgroup_test_ldadd)
test_net_SOURCES = tests/unit/test-net.c
test_net_LDADD = libnet.a $(linux_libs) $(CMOCKA_LIBS)
test_property_SOURCES = tests/unit/test-property.c
test_property_CPPFLAGS = $(libmasusystemd_a_CPPFLAGS)
test_property_LDADD = $(masu_systemd_libs) $(SYSTEMD_LIBS) $(CMOCKA_LIBS)
test_scope_SOURCES = tests/unit/test-scope.c tests/unit/tmpdir.h
test_scope_LDADD = libscope.a $(linux_libs) $(CMOCKA_LIBS)
