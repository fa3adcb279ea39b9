# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += %D%/masu.bats %D%/hosts.bats %D%/neighbours.bats %D%/network.bats %D%/pasta.bats %D%/logs.bats %D%/logs/journal.py %D%/network/ask.py %D%/network/echo.py %D%/network/name-server.py %D%/network/ping.py %D%/masu-oci.bats %D%/masu-oci-exec.bats %D%/signals.bats %D%/streams.bats %D%/terminal.bats %D%/terminal.py
EXTRA_DIST += %D%/libmasu.bats %D%/libmasu/archive.c %D%/libmasu/buffer.h %D%/libmasu/cancel.c %D%/libmasu/check.h %D%/libmasu/embedder.c %D%/libmasu/lifecycle.c %D%/libmasu/live.c %D%/libmasu/mount.c %D%/libmasu/objects.c %D%/libmasu/store.c %D%/libmasu/streams.c %D%/libmasu/threads.c %D%/libmasu/waits.c
EXTRA_DIST += %D%/config-mounts.bats %D%/config-namespaces.bats %D%/config-process.bats %D%/config-seccomp.bats %D%/seccomp-agent.py
EXTRA_DIST += %D%/masu-oci-cgroup.bats %D%/masu-oci-cgroup-v2.bats %D%/checkpoint.bats %D%/fake-criu.py %D%/fake-manager.py %D%/fake-nsresourced.py %D%/lent-ids.bats %D%/lists.bats %D%/restore.bats %D%/quadlet.bats %D%/quadlet/real-files %D%/quadlet/real-messages %D%/quadlet/real-units %D%/volumes.bats %D%/secrets.bats %D%/settings.bats
EXTRA_DIST += %D%/engine-root.bats %D%/image-config.bats %D%/ports.bats %D%/odd-images.bats %D%/odd-images
EXTRA_DIST += %D%/exec.bats %D%/attach.bats %D%/wait.bats %D%/live.bats %D%/events.bats %D%/cp.bats %D%/options.bats %D%/holder.bats
EXTRA_DIST += %D%/diff.bats %D%/doctor.bats %D%/commit.bats %D%/images.bats %D%/hostile-archives %D%/login.bats %D%/policy.bats %D%/boot.bats %D%/unshare.bats %D%/many.bats %D%/check.bats %D%/health.bats
