# SPDX-License-Identifier: Apache-2.0
linux_test_ldadd = $(linux_libs) $(CMOCKA_LIBS)
unit_tests += test-id-pool test-mount-options test-sub-ids test-submap test-userns test-varlink
test_mount_options_SOURCES = tests/unit/test-mount-options.c
test_mount_options_LDADD = $(linux_test_ldadd)
test_sub_ids_SOURCES = tests/unit/test-sub-ids.c
test_sub_ids_LDADD = $(linux_test_ldadd)
test_id_pool_SOURCES = tests/unit/test-id-pool.c
test_id_pool_LDADD = $(linux_test_ldadd)
test_submap_SOURCES = tests/unit/test-submap.c
test_submap_LDADD = $(linux_test_ldadd)
test_userns_SOURCES = tests/unit/test-userns.c
test_userns_LDADD = $(linux_test_ldadd)
test_varlink_SOURCES = tests/unit/test-varlink.c
test_varlink_LDADD = libvarlink.a libbase.a $(JSON_LIBS) $(CMOCKA_LIBS)
