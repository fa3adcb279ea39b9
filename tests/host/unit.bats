#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers as services of systemd, in the test machine. One boot.

load ../lib/machine

setup_file() {
    boot -- unit.sh unit-main.sh
}

@test "unit: the container is in the group of its unit, with the limits in container/" { well; }

@test "unit: exit statuses, signals and the time for a stop" { well; }

@test "unit: Restart=, and SIGKILL of each process" { well; }

@test "unit: OOMPolicy= sees that the kernel has killed a process of the container" { well; }

@test "unit: MemoryMax= holds for a container that has no limit of its own" { well; }

@test "unit: outside of a delegated group, --cgroups split names the setting" { well; }

@test "unit: a service of the system with User=" { well; }

@test "unit: a service of the system with DynamicUser=, whose store is its state directory" { well; }

@test "main: the container's own process is the main process, and the manager is its parent" { well; }

@test "main: exit status, Restart= and the times of a container that ends at once" { well; }

@test "main: SIGKILL of the monitor, and of everything" { well; }

@test "main: a failed start fails the unit with its reason" { well; }

@test "main: the container says when it is ready, and passes nothing else" { well; }

@test "main: without --detach masu is the main process, and speaks for the container" { well; }

@test "main: ready when it is healthy" { well; }

@test "main: sockets, stored descriptors and credentials reach the container" { well; }

@test "each part of the scripts is a test" { every_part_is_tested; }
