# SPDX-License-Identifier: Apache-2.0
unit_tests += test-chain-id test-event-log test-inflate test-layers test-notices
test_chain_id_SOURCES = tests/unit/test-chain-id.c
test_chain_id_LDADD = libunpack.a libociimage.a libbase.a $(CRYPTO_LIBS) $(JSON_LIBS) $(CMOCKA_LIBS)
test_inflate_SOURCES = tests/unit/test-inflate.c
test_inflate_LDADD = libunpack.a libbase.a $(UNPACK_LIBS) $(ZLIB_LIBS) $(CMOCKA_LIBS)
test_event_log_SOURCES = tests/unit/test-event-log.c tests/unit/tmpdir.h
test_event_log_LDADD = libstorage.a $(linux_libs) $(CMOCKA_LIBS)
test_notices_SOURCES = tests/unit/test-notices.c tests/unit/tmpdir.h
test_notices_LDADD = libstorage.a $(linux_libs) $(CMOCKA_LIBS)
test_layers_SOURCES = tests/unit/test-layers.c
test_layers_LDADD = libstorage.a $(linux_libs) $(CMOCKA_LIBS)
