# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-options
fuzz_options_SOURCES = tests/fuzz/fuzz-options.c
fuzz_options_CFLAGS = $(fuzz_cflags)
fuzz_options_LDFLAGS = $(fuzz_ldflags)
fuzz_options_LDADD = libclioptions.a $(engine_libs)
noinst_PROGRAMS += fuzz-template
fuzz_template_SOURCES = tests/fuzz/fuzz-template.c
fuzz_template_CFLAGS = $(fuzz_cflags)
fuzz_template_LDFLAGS = $(fuzz_ldflags)
fuzz_template_LDADD = libclioptions.a libbase.a $(JSON_LIBS)
noinst_PROGRAMS += fuzz-conf
fuzz_conf_SOURCES = tests/fuzz/fuzz-conf.c
fuzz_conf_CFLAGS = $(fuzz_cflags)
fuzz_conf_LDFLAGS = $(fuzz_ldflags)
fuzz_conf_LDADD = $(engine_libs)
