# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-spec
fuzz_spec_SOURCES = tests/fuzz/fuzz-spec.c
fuzz_spec_CFLAGS = $(fuzz_cflags)
fuzz_spec_LDFLAGS = $(fuzz_ldflags)
fuzz_spec_LDADD = liboci.a $(seccomp_libs)
noinst_PROGRAMS += fuzz-cdi
fuzz_cdi_SOURCES = tests/fuzz/fuzz-cdi.c
fuzz_cdi_CFLAGS = $(fuzz_cflags)
fuzz_cdi_LDFLAGS = $(fuzz_ldflags)
fuzz_cdi_LDADD = liboci.a $(seccomp_libs)
if HAVE_YAML
noinst_PROGRAMS += fuzz-yaml
fuzz_yaml_SOURCES = tests/fuzz/fuzz-yaml.c
fuzz_yaml_CFLAGS = $(fuzz_cflags)
fuzz_yaml_LDFLAGS = $(fuzz_ldflags)
fuzz_yaml_LDADD = libmasuyaml.a libbase.a $(YAML_LIBS) $(JSON_LIBS)
endif
