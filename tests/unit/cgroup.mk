# SPDX-License-Identifier: Apache-2.0
cgroup_test_ldadd = libcgroup.a liboci.a libsystemd.a $(seccomp_libs) $(CMOCKA_LIBS)
unit_tests += test-resctrl test-cgroup test-dbus test-limits test-variant test-net
test_cgroup_SOURCES = tests/unit/test-cgroup.c
test_cgroup_LDADD = $(cgroup_test_ldadd)
test_dbus_SOURCES = tests/unit/test-dbus.c
test_dbus_LDADD = $(cgroup_test_ldadd)
test_limits_SOURCES = tests/unit/test-limits.c
test_limits_LDADD = $(cgroup_test_ldadd)
test_resctrl_SOURCES = tests/unit/test-resctrl.c tests/unit/tmpdir.h
test_resctrl_LDADD = $(cgroup_test_ldadd)
test_net_SOURCES = tests/unit/test-net.c
test_net_LDADD = libnet.a $(linux_libs) $(CMOCKA_LIBS)
test_variant_SOURCES = tests/unit/test-variant.c
test_variant_LDADD = libsystemd.a $(base_test_ldadd)
