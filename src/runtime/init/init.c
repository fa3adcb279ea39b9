/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/init/init.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/signals.h"

/*
 * Theory of operation
 *
 * The launcher clones init with all new namespaces at once. From its first instruction init is in the
 * container's namespaces, with the host's root file system still in view and, until the map is written, with
 * no ids of its own. It is trusted code up to execve(2): it executes and loads nothing of the container,
 * resolves the container's paths by path_open_in() alone, and opens the host's files before the first mount
 * of the container's.
 *
 * While init waits for its map, and then mounts, the launcher works with newuidmap, systemd and the network's helper.
 * init_enter_cgroup() is the one barrier: the root of a cgroup namespace is the group in which its maker is at
 * that moment, so init has to be moved first. If it is born in its group it does not wait, and the launcher
 * writes the limits while init mounts.
 *
 * Each function below is a phase: its steps have the same privileges, and the last one or the first of the
 * next changes them. tests/check/steps compares them with the table of docs/architecture.md.
 */

/* Until the id map is written init has no ids, and must not touch files. */
static int without_ids(struct init *init, struct masu_error *err)
{
	int r = init_close_others(init, err);

	return r < 0 ? r : init_wait_for_map(init, err);
}

/* With the caller's ids: the files of /proc/PID are the caller's. */
static int as_caller(struct init *init, struct masu_error *err)
{
	int r = init_open_kernel(init, err);

	if (r < 0)
		return r;
	r = init_time(init, err);
	if (r < 0)
		return r;
	return init_become_root(init, err);
}

/* Root of the user namespace. All files of the host are opened before the first mount. */
static int as_root_on_host(struct init *init, struct masu_error *err)
{
	int r = init_make_ipc(init, err);

	if (r < 0)
		return r;
	r = init_lead_session(init, err);
	if (r < 0)
		return r;
	r = init_close_to_members(init, err);
	if (r < 0)
		return r;
	r = init_enter_bundle(init, err);
	if (r < 0)
		return r;
	r = init_open_hooks(init, err);
	if (r < 0)
		return r;
	r = init_open_sources(init, err);
	if (r < 0)
		return r;
	return init_open_labels(init, err);
}

/* The spec's mounts in their order; the launcher's work overlaps with those before each barrier. */
static int as_root_mounting(struct init *init, struct masu_error *err)
{
	int r = init_mount_root(init, err);

	if (r < 0)
		return r;
	r = init_add_user(init, err);
	if (r < 0)
		return r;
	r = init_add_link(init, err);
	if (r < 0)
		return r;
	r = init_fill_volumes(init, err); /* before anything is mounted over the image's files */
	if (r < 0)
		return r;
	r = init_mount_first(init, err);
	if (r < 0)
		return r;
	r = init_enter_network(init, err);
	if (r < 0)
		return r;
	r = init_open_late_sources(init, err);
	if (r < 0)
		return r;
	r = init_mount_networked(init, err);
	if (r < 0)
		return r;
	r = init_enter_cgroup(init, err);
	if (r < 0)
		return r;
	r = init_mount_rest(init, err);
	if (r < 0)
		return r;
	r = init_write_secrets(init, err); /* over all mounts, and in the memory of the cgroup */
	if (r < 0)
		return r;
	return init_devices(init, err);
}

/* The rest that needs the host: its procfs, the launcher's hooks, the null device for masks. */
static int as_root_finishing(struct init *init, struct masu_error *err)
{
	int r = init_find_user(init, err);

	if (r < 0)
		return r;
	r = init_give_files(init, err);
	if (r < 0)
		return r;
	r = init_make_terminal(init, err);
	if (r < 0)
		return r;
	r = init_bind_console(init, err);
	if (r < 0)
		return r;
	r = init_set_names(init, err);
	if (r < 0)
		return r;
	r = init_take_devices(init, err);
	if (r < 0)
		return r;
	r = init_prepare_network(init, err);
	if (r < 0)
		return r;
	r = init_set_sysctl(init, err);
	if (r < 0)
		return r;
	r = init_run_create_hooks(init, err);
	if (r < 0)
		return r;
	r = init_mask_paths(init, err);
	if (r < 0)
		return r;
	r = init_find_command(init, err);
	if (r < 0)
		return r;
	r = init_make_cwd(init, err);
	if (r < 0)
		return r;
	r = init_make_read_only(init, err);
	if (r < 0)
		return r;
	return init_pivot(init, err);
}

/* The host's files are out of reach. Up to the start nothing of the container runs. */
static int inside_as_root(struct init *init, struct masu_error *err)
{
	int r = init_connect_streams(init, err);

	if (r < 0)
		return r;
	r = init_wait_for_start(init, err);
	if (r < 0)
		return r;
	r = init_close_self(init, err); /* no helper of the host needs /proc/PID any more */
	if (r < 0)
		return r;
	r = init_join_keyring(init, err);
	if (r < 0)
		return r;
	r = init_set_labels(init, err);
	if (r < 0)
		return r;
	r = init_close_all(init, err);
	if (r < 0)
		return r;
	/* Not before init leads a session: until then the caller's terminal can signal it. */
	r = init_reset_signals(init, err);
	if (r < 0)
		return r;
	r = init_set_limits(init, err);
	if (r < 0)
		return r;
	return init_schedule(init, err);
}

/* From the first step on with the container's ids, capabilities and filter. */
static int inside_as_user(struct init *init, struct masu_error *err)
{
	int r = init_drop_privileges(init, err);

	if (r < 0)
		return r;
	r = init_run_start_hooks(init, err);
	if (r < 0)
		return r;
	return init_exec(init, err);
}

/* Returns only with an error. */
static int run_phases(struct init *init, struct masu_error *err)
{
	int r = without_ids(init, err);

	if (r < 0)
		return r;
	r = as_caller(init, err);
	if (r < 0)
		return r;
	r = as_root_on_host(init, err);
	if (r < 0)
		return r;
	r = as_root_mounting(init, err);
	if (r < 0)
		return r;
	r = as_root_finishing(init, err);
	if (r < 0)
		return r;
	r = inside_as_root(init, err);
	if (r < 0)
		return r;
	return inside_as_user(init, err);
}

void init_main(const struct container_plan *plan, int channel, const struct birth *birth)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct init init = INIT_NEW;
	sigset_t none;
	char byte;

	init.plan = plan;
	init.spec = plan->spec;
	init.channel = channel;
	init.birth = birth;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none,
			  NULL); /* CLONE_CLEAR_SIGHAND has reset the handlers */
	signal_survive_file_limit();
	(void)run_phases(&init, &err);
	(void)channel_send_err(init.channel, &err); /* if the launcher is gone, nobody needs it */
	while (plan->outlives_failure && recv(init.channel, &byte, 1, 0) > 0)
		continue;
	_exit(err_exit_status(&err));
}
