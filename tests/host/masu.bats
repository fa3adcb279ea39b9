#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu in the test machine: as alice, and as bob, who has no session. Three boots.

load ../lib/machine

setup_file() {
    boot -- six.sh rootless.sh killed.sh oci-root.sh missing.sh live.sh doctor.sh
    boot -- systemd.sh journald.sh holder.sh systemd-command.sh units.sh box.sh boot.sh quadlet.sh setup.sh auto-update.sh
    boot --no-session -- no-session.sh
}

@test "web server: images are pulled" { well; }

@test "web server: starts in its scope, with its port and limits" { well; }

@test "memory: a container over its limit is killed, and that is reported" { well; }

@test "processor: a quota holds a busy container back" { well; }

@test "web server: stop and rm leave nothing" { well; }

@test "the embedded image runs, with all ids" { well; }

@test "exit statuses: the command's, and masu's own" { well; }

@test "standard input, and networks" { well; }

@test "files in a volume belong to the sub-ids" { well; }

@test "a limit whose controller is missing is refused" { well; }

@test "twenty containers at once" { well; }

@test "twenty pulls at once, and nothing is left" { well; }

@test "info: the manager and the controllers" { well; }

@test "journald: entries have the container's names" { well; }

@test "journald: masu logs reads them" { well; }

@test "killed: an image is pulled" { well; }

@test "killed: run, pull and detached starts at six moments" { well; }

@test "killed: the monitor of a container" { well; }

@test "killed: slirp4netns" { well; }

@test "killed: a stop in progress" { well; }

@test "the run-time directory is removed under a container" { well; }

@test "the run-time directory and the monitor are gone" { well; }

@test "live: pause, stop and remove in a scope" { well; }

@test "live: an update is in force, and survives a reload of systemd" { well; }

@test "live: top and stats" { well; }

@test "live: rename while it runs, and the old name again" { well; }

@test "live: a restart policy, in a scope for each run" { well; }

@test "masu-oci: an image is pulled" { well; }

@test "masu-oci: the state of a container in its scope" { well; }

@test "masu-oci: a process in a container in its scope" { well; }

@test "masu-oci: limits and statistics of a container in its scope" { well; }

@test "masu-oci: pause, resume, kill in a scope" { well; }

@test "missing: an image is pulled" { well; }

@test "missing: the session bus" { well; }

@test "missing: newuidmap" { well; }

@test "missing: sub-ids" { well; }

@test "sub-ids by number, and a line that is not valid" { well; }

@test "missing: slirp4netns" { well; }

@test "missing: /dev/net/tun" { well; }

@test "missing: /dev/fuse" { well; }

@test "a read-only home directory" { well; }

@test "a full disk" { well; }

@test "masu-systemd: an image is pulled" { well; }

@test "masu-systemd is missing" { well; }

@test "masu-systemd cannot be loaded" { well; }

@test "masu-systemd is killed at each message that it receives or sends" { well; }

@test "masu-systemd is killed in a detached start" { well; }

@test "masu-systemd moves a process of exec out of the login session, by one request" { well; }

@test "masu-systemd reads a container's log from the journal" { well; }

@test "holder: the first start has it started, and the second does not run newuidmap" { well; }

@test "holder: several first starts have one started" { well; }

@test "holder: killed, or stopped by SIGSTOP or the freezer" { well; }

@test "holder: a change of the sub-ids ends it" { well; }

@test "holder: a start works without it" { well; }

@test "other maps: started from a login session, with the helper of the network in the scope" { well; }

@test "doctor: a user without a manager, a run-time directory and lingering" { well; }

@test "doctor: controllers that are not delegated" { well; }

@test "doctor: a mount that belongs to a group of the user" { well; }

@test "doctor: devices that belong to a group" { well; }

@test "no session: runs without a scope, and limits are refused" { well; }

@test "no session: notices are printed once" { well; }

@test "systemd boots as the command of a container of alice, and halts when it is stopped" { well; }

@test "systemd boots as the command of a container of root, and halts when it is stopped" { well; }

@test "masu@.service: a container by its name as a service, of alice and of root" { well; }

@test "masu-prune.service removes old containers, but no box and no new one" { well; }

@test "box: host-exec runs commands in the session of the user, in a unit of their own" { well; }

@test "box: host-exec, the end of the box, of the command and of the unit" { well; }

@test "masu-restart.service starts what the restart policies ask for, after the user manager was started anew" { well; }

@test "a container that cannot start does not prevent the others, and fails the unit" { well; }

@test "a quadlet service with volume, port, environment, health check and dependency; a broken file beside it" { well; }

@test "a broken file: its service fails and says why" { well; }

@test "quadlet: restart, reload and stop; nothing is left" { well; }

@test "set-up: it comes up with the user manager in order, stops in order, and leaves nothing" { well; }

@test "set-up: reloads, executions anew and SIGKILL while it starts leave all of it consistent" { well; }

@test "auto-update: the service runs the newer image, and a broken one is rolled back" { well; }

@test "auto-update: SIGKILL during the start of a broken image; the next call rolls back" { well; }

@test "no session: a detached container" { well; }

@test "no session: info names the remedy" { well; }

@test "each part of the scripts is a test" { every_part_is_tested; }
