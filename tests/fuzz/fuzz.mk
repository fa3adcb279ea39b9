# SPDX-License-Identifier: Apache-2.0
# libFuzzer targets: ./configure --enable-fuzzing CC=clang && make && ./fuzz-spec -max_total_time=60
if FUZZING
fuzz_cflags = $(AM_CFLAGS) -fsanitize=fuzzer
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
include tests/fuzz/base.mk
include tests/fuzz/logs.mk
include tests/fuzz/systemd.mk
include tests/fuzz/varlink.mk
include tests/fuzz/image.mk
include tests/fuzz/oci.mk
include tests/fuzz/engine.mk
include tests/fuzz/unpack.mk
include tests/fuzz/files.mk
include tests/fuzz/quadlet.mk
include tests/fuzz/monitor.mk
endif
EXTRA_DIST += tests/fuzz/corpus
