# SPDX-License-Identifier: Apache-2.0
oci_test_ldadd = liboci.a $(seccomp_libs) $(CMOCKA_LIBS)
unit_tests += test-spec
test_spec_SOURCES = tests/unit/test-spec.c tests/unit/spec-documents.h
test_spec_CPPFLAGS = $(AM_CPPFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/data/runtime-spec"'
test_spec_LDADD = $(oci_test_ldadd)
EXTRA_DIST += tests/data/runtime-spec
unit_tests += test-spec-linux
test_spec_linux_SOURCES = tests/unit/test-spec-linux.c tests/unit/spec-documents.h
test_spec_linux_LDADD = $(oci_test_ldadd)
unit_tests += test-map test-caps test-seccomp
test_map_SOURCES = tests/unit/test-map.c
test_map_LDADD = $(oci_test_ldadd)
test_caps_SOURCES = tests/unit/test-caps.c
test_caps_LDADD = $(oci_test_ldadd)
test_seccomp_SOURCES = tests/unit/test-seccomp.c
test_seccomp_LDADD = libociseccomp.a $(oci_test_ldadd)
unit_tests += test-spec-schedule
test_spec_schedule_SOURCES = tests/unit/test-spec-schedule.c tests/unit/spec-documents.h
test_spec_schedule_LDADD = $(oci_test_ldadd)
unit_tests += test-cdi
test_cdi_SOURCES = tests/unit/test-cdi.c
test_cdi_LDADD = $(oci_test_ldadd)
if HAVE_YAML
unit_tests += test-yaml
test_yaml_SOURCES = tests/unit/test-yaml.c
test_yaml_LDADD = libmasuyaml.a libbase.a $(YAML_LIBS) $(JSON_LIBS) $(CMOCKA_LIBS)
endif
