# SPDX-License-Identifier: Apache-2.0
engine_test_ldadd = $(engine_libs) $(CMOCKA_LIBS)
unit_tests += test-options test-env test-mounts test-home test-record test-state test-draft test-state-dir test-exec-process
test_options_SOURCES = tests/unit/test-options.c
test_options_LDADD = libclioptions.a libbase.a $(JSON_LIBS) $(CMOCKA_LIBS)
test_env_SOURCES = tests/unit/test-env.c tests/unit/tmpdir.h
test_env_LDADD = $(engine_test_ldadd)
test_mounts_SOURCES = tests/unit/test-mounts.c
test_mounts_LDADD = $(engine_test_ldadd)
test_home_SOURCES = tests/unit/test-home.c tests/unit/engine-fixture.h
test_home_LDADD = $(engine_test_ldadd)
test_record_SOURCES = tests/unit/test-record.c
test_record_LDADD = $(engine_test_ldadd)
test_state_SOURCES = tests/unit/test-state.c tests/unit/engine-fixture.h
test_state_LDADD = $(engine_test_ldadd)
test_draft_SOURCES = tests/unit/test-draft.c
test_draft_LDADD = $(engine_test_ldadd)
test_state_dir_SOURCES = tests/unit/test-state-dir.c
test_state_dir_LDADD = $(engine_test_ldadd)
test_exec_process_SOURCES = tests/unit/test-exec-process.c tests/unit/tmpdir.h src/oci-cli/exec-options.c
test_exec_process_LDADD = $(engine_test_ldadd)
unit_tests += test-protobuf
test_protobuf_SOURCES = tests/unit/test-protobuf.c
test_protobuf_LDADD = $(engine_test_ldadd)

unit_tests += test-checkpoint
test_checkpoint_SOURCES = tests/unit/test-checkpoint.c tests/unit/tmpdir.h
test_checkpoint_LDADD = $(engine_test_ldadd)

unit_tests += test-volume
test_volume_SOURCES = tests/unit/test-volume.c tests/unit/engine-fixture.h
test_volume_LDADD = $(engine_test_ldadd)
unit_tests += test-wait
test_wait_SOURCES = tests/unit/test-wait.c tests/unit/engine-fixture.h
test_wait_LDADD = $(engine_test_ldadd)
