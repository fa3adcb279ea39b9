# SPDX-License-Identifier: Apache-2.0
unit_tests += test-executable test-packer test-tar
test_executable_SOURCES = tests/unit/test-executable.c
test_executable_LDADD = libfiles.a $(CMOCKA_LIBS)
test_packer_SOURCES = tests/unit/test-packer.c tests/unit/tmpdir.h
test_packer_LDADD = libfiles.a libunpack.a libimage.a libstorage.a $(linux_libs) $(UNPACK_LIBS) $(CMOCKA_LIBS)
test_tar_SOURCES = tests/unit/test-tar.c
test_tar_LDADD = libfiles.a libunpack.a libbase.a $(UNPACK_LIBS) $(CMOCKA_LIBS)
