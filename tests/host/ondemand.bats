#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Ports on demand, held by systemd, in the test machine. One boot.

load ../lib/machine

setup_file() {
    boot -- ondemand.sh
}

@test "on demand: systemd holds the port, and 1,000 requests in bursts with idle gaps do not fail" { well; }

@test "on demand: SIGKILL of each process loses no later connection" { well; }

@test "on demand: stop gives the port up, start and restart take it, rm leaves nothing" { well; }

@test "on demand: errors name the port and the reason" { well; }

@test "on demand: masu-restart.service has the ports held again" { well; }

@test "on demand: root's containers, by the manager of the system" { well; }

@test "on demand: a quadlet service" { well; }

@test "each part of the scripts is a test" { every_part_is_tested; }
