# SPDX-License-Identifier: Apache-2.0
if HAVE_YAML
noinst_LIBRARIES += libmasuyaml.a
libmasuyaml_a_SOURCES = %D%/yaml-json.c
libmasuyaml_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
pkglibexec_PROGRAMS += masu-yaml
masu_yaml_SOURCES = %D%/masu-yaml.c
masu_yaml_LDADD = libmasuyaml.a libbase.a $(YAML_LIBS) $(JSON_LIBS)
endif
EXTRA_DIST += %D%/yaml-json.c %D%/yaml-json.h %D%/masu-yaml.c
