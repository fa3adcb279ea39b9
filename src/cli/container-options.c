/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container-options.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/progress.h"

#define STRING(field, letter, name, value, help)                                                \
	OPTION_ROW(OPTION_STRING, struct container_options, request.field, letter, name, value, \
		   help)
#define LIST(field, letter, name, value, help) \
	OPTION_ROW(OPTION_LIST, struct container_options, request.field, letter, name, value, help)
#define FLAG(field, letter, name, help) \
	OPTION_ROW(OPTION_FLAG, struct container_options, request.field, letter, name, NULL, help)

const struct option_row container_option_rows[] = {
	LIST(add_hosts, 0, "add-host", "NAME:IP", "add a line to /etc/hosts"),
	LIST(annotations, 0, "annotation", "KEY=VALUE", "add an OCI annotation"),
	LIST(cap_add, 0, "cap-add", "CAPABILITY", "add a capability, or ALL"),
	LIST(cap_drop, 0, "cap-drop", "CAPABILITY", "take a capability away, or ALL"),
	OPTION_ROW(OPTION_STRING, struct container_options, cidfile, 0, "cidfile", "FILE",
		   "write the container's id to a new file"),
	STRING(cpu_shares, 0, "cpu-shares", "NUMBER", "weight for processor time (2 to 262144)"),
	STRING(cpus, 0, "cpus", "NUMBER", "at most so many processors, like 0.5"),
	STRING(cpuset_cpus, 0, "cpuset-cpus", "LIST", "only on these processors, like 0-2,4"),
	STRING(cpuset_mems, 0, "cpuset-mems", "LIST", "only memory of these NUMA nodes"),
	LIST(dns, 0, "dns", "IP", "name server, in place of the host's"),
	LIST(dns_options, 0, "dns-option", "OPTION", "option for /etc/resolv.conf"),
	LIST(dns_search, 0, "dns-search", "DOMAIN", "search domain; '.' for none"),
	STRING(entrypoint, 0, "entrypoint", "PROGRAM",
	       "in place of the image's; a JSON array works"),
	LIST(env, 'e', "env", "NAME[=VALUE]", "set a variable, or pass on the caller's"),
	LIST(env_files, 0, "env-file", "FILE", "read variables from a file"),
	LIST(groups, 0, "group-add", "GID", "further group of the process"),
	STRING(hostname, 'h', "hostname", "NAME", "host name (default: the short id)"),
	FLAG(init, 0, "init", "masu-init as process 1: reaps and forwards signals"),
	FLAG(interactive, 'i', "interactive", "pass standard input"),
	LIST(labels, 'l', "label", "KEY=VALUE", "set a label"),
	LIST(label_files, 0, "label-file", "FILE", "read labels from a file"),
	STRING(log_driver, 0, "log-driver", "DRIVER", "k8s-file (default with -d) or none"),
	LIST(log_options, 0, "log-opt", "KEY=VALUE", "max-size=SIZE, max-file=NUMBER"),
	STRING(memory, 'm', "memory", "SIZE", "at most so much memory, like 256M"),
	STRING(memory_reservation, 0, "memory-reservation", "SIZE",
	       "memory that is left to it under pressure"),
	STRING(memory_swap, 0, "memory-swap", "SIZE", "memory and swap together; -1: any"),
	LIST(mounts, 0, "mount", "type=TYPE,...", "mount: bind, volume or tmpfs, src=, dst=, ro"),
	STRING(name, 0, "name", "NAME", "name (default: two random words)"),
	STRING(network, 0, "network", "MODE",
	       "slirp4netns[:OPTIONS] (default), pasta[:OPTIONS], none or host"),
	STRING(network, 0, "net", "MODE", NULL),
	STRING(oom_score_adj, 0, "oom-score-adj", "NUMBER", "-1000 to 1000"),
	STRING(pids_limit, 0, "pids-limit", "NUMBER", "at most so many processes; -1: any"),
	STRING(platform, 0, "platform", "OS/ARCH", "platform of the image"),
	LIST(publish, 'p', "publish", "[IP:][HOST:]PORT[/udp]",
	     "publish a port, or a range of ports"),
	STRING(pull, 0, "pull", "POLICY", "missing (default), always or never"),
	FLAG(read_only, 0, "read-only", "the root can't be written to"),
	FLAG(replace, 0, "replace", "remove a container of the same name first"),
	FLAG(auto_remove, 0, "rm", "remove the container when it has ended"),
	FLAG(rootfs, 0, "rootfs", "the image is a directory to run from directly"),
	LIST(security, 0, "security-opt", "OPTION", "no-new-privileges, seccomp=FILE|unconfined"),
	STRING(shm_size, 0, "shm-size", "SIZE", "size of /dev/shm (default 64m)"),
	STRING(stop_signal, 0, "stop-signal", "SIGNAL", "what 'stop' sends (default TERM)"),
	STRING(stop_timeout, 0, "stop-timeout", "SECONDS", "what 'stop' waits (default 10)"),
	LIST(sysctls, 0, "sysctl", "KEY=VALUE", "kernel setting of the container's own"),
	LIST(tmpfs, 0, "tmpfs", "DIR[:OPTIONS]", "mount a tmpfs"),
	FLAG(tty, 't', "tty", "give it a terminal"),
	LIST(ulimits, 0, "ulimit", "NAME=SOFT[:HARD]", "resource limit of its processes"),
	STRING(user, 'u', "user", "USER[:GROUP]", "user and group, names or numbers"),
	LIST(volumes, 'v', "volume", "[SRC:]DST[:OPT]", "mount a directory, file or volume"),
	STRING(workdir, 'w', "workdir", "DIR", "working directory"),
	{0},
};

static int reserve_cidfile(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd >= 0)
		return fd;
	if (errno != EEXIST)
		return err_sys(err, errno, "make the file '%s' of --cidfile", path);
	(void)err_set(err, ERR_CONFLICT, EEXIST, "the file '%s' of --cidfile exists", path);
	return err_hint(err, "its container may be running: remove both first");
}

int container_options_create(struct engine *e, const struct container_options *options,
			     char **operands, struct made *ret, struct err *err)
{
	struct request request = options->request;
	_cleanup_progress_view_ struct progress_view progress = {0};
	_cleanup_close_ int cidfile = -1;

	request.progress = progress_show;
	request.progress_arg = &progress;
	request.image = operands[0];
	request.command = operands + 1;
	if (options->cidfile) {
		cidfile = reserve_cidfile(options->cidfile, err);
		if (cidfile < 0)
			return cidfile;
	}
	int r = engine_create(e, &request, ret, err);
	if (r == 0 && cidfile >= 0 && dprintf(cidfile, "%s", ret->home.id) < 0) {
		r = err_sys(err, errno, "write the file '%s' of --cidfile", options->cidfile);
		(void)engine_unmake(e, ret, NULL); /* the next sweep does the rest */
	}
	if (r < 0 && cidfile >= 0)
		container_options_undo(options);
	return r;
}

void container_options_undo(const struct container_options *options)
{
	/* One that stays is in the next try's way, no more. */
	if (options->cidfile)
		(void)unlink(options->cidfile);
}
