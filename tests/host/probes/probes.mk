# SPDX-License-Identifier: Apache-2.0
# Programs that the checks of scope.bats run in the machine: the libraries alone, without the engine.
host_probes = %D%/cgroup %D%/network
check_PROGRAMS += $(host_probes)
tests_host_probes_cgroup_SOURCES = %D%/cgroup.c
tests_host_probes_cgroup_LDADD = libcgroup.a liboci.a libscope.a $(seccomp_libs)
tests_host_probes_network_SOURCES = %D%/network.c
tests_host_probes_network_LDADD = libnet.a $(linux_libs)
