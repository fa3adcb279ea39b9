# SPDX-License-Identifier: Apache-2.0
include tests/integration/monitor.mk
include tests/integration/unpack.mk
include tests/integration/pull.mk
EXTRA_DIST += tests/stutter tests/lib/busybox.bash tests/lib/lent.bash tests/lib/make-many tests/lib/masu.bash tests/lib/registry.bash tests/lib/registry.py tests/lib/requests.py tests/lib/socket-unit.py tests/lib/sweep.bash tests/lib/user.bash tests/lib/wait.bash tests/integration/docs.bats
include tests/integration/cli.mk
include tests/integration/killed.mk
include tests/integration/threats.mk
