# SPDX-License-Identifier: Apache-2.0
# Documents of images; those of the runtime are another library, since few programs need both.
noinst_LIBRARIES += libociimage.a
libociimage_a_SOURCES = \
	%D%/digest.c %D%/digest.h \
	%D%/fields.c %D%/fields.h \
	%D%/fields-pack.c %D%/fields-pack.h \
	%D%/image.c %D%/image-config.c %D%/image.h \
	%D%/map.c %D%/map.h \
	%D%/pack-file.c %D%/pack-file.h

noinst_LIBRARIES += liboci.a
liboci_a_SOURCES = \
	%D%/annotations.c %D%/annotations.h \
	%D%/cdi.c %D%/cdi.h \
	%D%/fields.c %D%/fields.h \
	%D%/fields-pack.c %D%/fields-pack.h \
	%D%/map.c %D%/map.h \
	%D%/pack-file.c %D%/pack-file.h \
	%D%/seccomp-profile.c %D%/seccomp-profile.h \
	%D%/spec.c %D%/spec.h \
	%D%/spec-default.c \
	%D%/spec-parse.c \
	%D%/spec-parse-io.c \
	%D%/spec-parse-linux.c \
	%D%/spec-parse-process.c \
	%D%/spec-parse-resources.c \
	%D%/spec-parse-schedule.c \
	%D%/spec-parse-seccomp.c \
	%D%/spec-reader.c %D%/spec-reader.h \
	%D%/spec-write.c \
	%D%/spec-write-process.c \
	%D%/spec-write-resources.c \
	%D%/spec-write.h \
	%D%/state.c %D%/state.h

# The default profile, compiled. A cross build can't run the generator; the filter is then made at
# the first start that needs it, and cached.
noinst_LIBRARIES += libociseccomp.a
libociseccomp_a_SOURCES = %D%/seccomp-default.c %D%/seccomp-default.h
nodist_libociseccomp_a_SOURCES = %D%/seccomp-builtin.c
CLEANFILES += %D%/seccomp-builtin.c
if CROSS_COMPILING
%D%/seccomp-builtin.c: policy/seccomp.json
	$(AM_V_GEN)$(MKDIR_P) $(@D) && { \
		echo '/* SPDX-License-Identifier: Apache-2.0 */'; \
		echo '#include "oci/seccomp-default.h"'; \
		echo 'const char seccomp_builtin_profile[] = {'; \
		od -An -v -tu1 $(top_srcdir)/policy/seccomp.json | sed 's/\([0-9]\) */\1,/g'; \
		echo '0};'; \
		echo 'const struct sock_filter seccomp_builtin_filter[] = {{0}};'; \
		echo 'const size_t seccomp_builtin_length = 0;'; \
	} >$@.tmp && mv $@.tmp $@
else
noinst_PROGRAMS += seccomp-generate
seccomp_generate_SOURCES = %D%/seccomp-generate.c
seccomp_generate_LDADD = liboci.a $(seccomp_libs)
%D%/seccomp-builtin.c: policy/seccomp.json seccomp-generate$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
		./seccomp-generate$(EXEEXT) $(top_srcdir)/policy/seccomp.json >$@.tmp && mv $@.tmp $@
endif
