/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/refused-options.h"

#define NO_NETWORK "each container has a network of its own"
#define BY_PORTS                                              \
	"containers reach each other by published ports, at " \
	"host.containers.internal, or by --network container:NAME"
#define NO_LIMIT      "cgroup v2 has no such limit"
#define NO_PODS	      "masu has no pods"
#define BY_JOINING    "join the namespaces of a container: --network container:NAME"
#define NO_PASSWD     "masu adds no lines to the image's files"
#define NO_HEALTH_LOG "inspect has the last five results"
#define SEE_HEALTH    "masu inspect --format '{{json .State.Health}}'"
#define BY_MOUNT      "mount a file of your own: -v ./passwd:/etc/passwd:ro"

const struct refused_option refused_container_options[] = {
	{"chrootdirs", "masu keeps the container's files below its root", NULL},
	{"conmon-pidfile", "masu has no conmon",
	 "--pidfile writes the process id of the container"},
	{"cpu-rt-period", NO_LIMIT, NULL},
	{"cpu-rt-runtime", NO_LIMIT, NULL},
	{"decryption-key", "masu does not decrypt images",
	 "decrypt it with another tool, then: masu pull oci-archive:FILE"},
	{"device-cgroup-rule", "each device is given by its path", "give it by --device"},
	{"group-entry", NO_PASSWD, "mount a file of your own: -v ./group:/etc/group:ro"},
	{"health-log-destination", NO_HEALTH_LOG, SEE_HEALTH},
	{"health-max-log-count", NO_HEALTH_LOG, SEE_HEALTH},
	{"health-max-log-size", NO_HEALTH_LOG, SEE_HEALTH},
	{"hostuser", NO_PASSWD, BY_MOUNT},
	{"init-path", "masu-init is the only one", "run another init as the command"},
	{"isolation", "it is a choice of Windows alone", NULL},
	{"kernel-memory", "the kernel no longer has this limit", "limit all memory by --memory"},
	{"link", NO_NETWORK, BY_PORTS},
	{"memory-swappiness", NO_LIMIT, "limit the swap by --memory-swap"},
	{"network-alias", NO_NETWORK, BY_PORTS},
	{"oom-kill-disable", NO_LIMIT, "--oom-score-adj protects it from the kernel"},
	{"passwd-entry", NO_PASSWD, BY_MOUNT},
	{"personality", "an image runs as the kernel's own architecture",
	 "run the command by setarch: setarch linux32 COMMAND"},
	{"pod", NO_PODS, BY_JOINING},
	{"pod-id-file", NO_PODS, BY_JOINING},
	{"rdt-class", "masu-oci has it in config.json alone", NULL},
	{"runtime", "masu is the runtime of its containers", NULL},
	{"storage-opt", "the files of a container have no limit of their own", NULL},
	{"use-api-socket", "masu has no daemon, and no socket of one", NULL},
	{"volume-driver", "the only driver is local", NULL},
	{0},
};
