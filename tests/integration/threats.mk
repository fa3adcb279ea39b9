# SPDX-License-Identifier: Apache-2.0
# What hostile images, containers and neighbours do, for threats-*.bats. They run in containers, so
# they need nothing of a root's, and no sanitizer.
check_PROGRAMS += threats-attacker
threats_attacker_SOURCES = %D%/threats/attacker.c %D%/threats/attacker.h %D%/threats/thief.c %D%/threats/traced.c
if X86_64
threats_attacker_SOURCES += %D%/threats/attacker-x86_64.c
else
threats_attacker_SOURCES += %D%/threats/attacker-fallback.c
endif
threats_attacker_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
threats_attacker_LDFLAGS = -static
EXTRA_DIST += %D%/threats-mounts.bats %D%/threats-exec.bats %D%/threats-entering.bats %D%/threats-identity.bats \
	%D%/threats-bundle.bats %D%/threats-host.bats %D%/threats-image.bats %D%/threats/hostile-images \
	%D%/threats/threats.bash %D%/threats/config
