# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-answer fuzz-reference fuzz-manifest fuzz-rules
fuzz_rules_SOURCES = tests/fuzz/fuzz-rules.c
fuzz_rules_CFLAGS = $(fuzz_cflags)
fuzz_rules_LDFLAGS = $(fuzz_ldflags)
fuzz_rules_LDADD = libregistry.a libimage.a libociimage.a libbase.a $(TRANSFER_LIBS)
fuzz_answer_SOURCES = tests/fuzz/fuzz-answer.c
fuzz_answer_CFLAGS = $(fuzz_cflags)
fuzz_answer_LDFLAGS = $(fuzz_ldflags)
fuzz_answer_LDADD = libregistry.a libbase.a $(TRANSFER_LIBS)
fuzz_reference_SOURCES = tests/fuzz/fuzz-reference.c
fuzz_reference_CFLAGS = $(fuzz_cflags)
fuzz_reference_LDFLAGS = $(fuzz_ldflags)
fuzz_reference_LDADD = libimage.a libociimage.a libbase.a $(JSON_LIBS)
fuzz_manifest_SOURCES = tests/fuzz/fuzz-manifest.c
fuzz_manifest_CFLAGS = $(fuzz_cflags)
fuzz_manifest_LDFLAGS = $(fuzz_ldflags)
fuzz_manifest_LDADD = libtransfer.a libregistry.a libociimage.a libbase.a $(TRANSFER_LIBS)
noinst_PROGRAMS += fuzz-docker-archive
fuzz_docker_archive_SOURCES = tests/fuzz/fuzz-docker-archive.c
fuzz_docker_archive_CFLAGS = $(fuzz_cflags)
fuzz_docker_archive_LDFLAGS = $(fuzz_ldflags)
fuzz_docker_archive_LDADD = libtransfer.a libregistry.a libunpack.a libimage.a libociimage.a libstorage.a liblinux.a \
	libvarlink.a libbase.a $(TRANSFER_LIBS) $(UNPACK_LIBS)
