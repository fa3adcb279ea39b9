# SPDX-License-Identifier: Apache-2.0
# Stand-ins for the launcher and for `masu attach` in monitor.bats.
check_PROGRAMS += monitor-launcher monitor-client
monitor_launcher_SOURCES = tests/integration/monitor/launcher.c
monitor_client_SOURCES = tests/integration/monitor/client.c
EXTRA_DIST += tests/integration/hello.bats tests/integration/monitor.bats
