/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The launcher's side of a start.
 *
 * Slow work is begun before anything is waited for. masu-systemd is started, init is cloned, and the two
 * map helpers are started: while they run, masu-systemd loads its libraries and connects to systemd. The
 * network's helper needs the map, to enter the user namespace, and is started next. Then the scope is
 * requested, so that systemd moves that helper too (a process of a login session may not be moved by its
 * owner). While both work, init, mapped by then, already mounts.
 *
 * A failure leaves nothing behind: everything that is created here ends with init (namespaces, mounts) or with a
 * descriptor of the launcher (the network's helper), or is removed by container_abort().
 */

#include "runtime/container.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "cgroup/resctrl.h"
#include "linux/self.h"
#include "net/namespace.h"
#include "net/network.h"
#include "runtime/clone.h"
#include "runtime/holder.h"
#include "runtime/hooks.h"
#include "runtime/init-service.h"

struct launch {
	const struct container_plan *plan;
	struct container c;
	struct idmap_job map_job;
	bool mapping;
	struct cgroup_job *cgroup_job;
	struct birth birth;   /* of init; the group is the job's */
	struct holder holder; /* of the caller's ids, if init is born below it */
	bool lacks_holder;
	struct init_service service;
	int own_netns; /* to come back to, where init is born without its network */
};

static bool has_new_userns(const struct launch *l)
{
	return oci_namespace_is_new(&l->plan->spec->namespaces[OCI_NS_USER]);
}

/*
 * First of all, for two reasons. masu-systemd is loaded while newuidmap runs. And to move a process to a
 * group has the kernel wait for all processors, ten milliseconds and more on one that is idle else: so a
 * group that is created by mkdir exists before init, which is born in it.
 */
static int prepare_cgroup(struct launch *l, struct masu_error *err)
{
	if (!l->plan->cgroup)
		return 0;
	int r = cgroup_prepare(l->plan->cgroup, &l->cgroup_job, err);
	if (r < 0)
		return r;
	l->birth.cgroup = cgroup_birthplace(l->cgroup_job);
	return 0;
}

/* A network's helper enters the namespace that init is born with. */
static void prepare_network(struct launch *l)
{
	if (!network_has_helper(l->plan->network) && clone_can_leave_network(l->plan))
		l->own_netns = net_namespace_own();
	l->birth.network = l->own_netns < 0;
}

static int give_network(struct launch *l, struct masu_error *err)
{
	if (l->birth.network)
		return 0;
	_cleanup_close_ int fd = net_namespace_new(l->own_netns, err);
	fd_close(&l->own_netns);
	return fd < 0 ? fd : init_service_send(&l->service, INIT_NETWORK, fd, err);
}

/* The namespace with the lent ids is to init as a holder's. */
static int use_lent_ids(struct launch *l, struct masu_error *err)
{
	const struct lent_ids *lent = l->plan->lent;
	int r = idmap_translate(l->plan->idmap, &lent->held, &l->holder.map);

	if (r < 0)
		return err_sys(err, r, "create the id map");
	l->holder.userns_fd = fcntl(lent->userns_fd, F_DUPFD_CLOEXEC, 0);
	if (l->holder.userns_fd < 0)
		return err_sys(err, errno, "open the user namespace with the lent ids");
	l->birth.holder = &l->holder;
	return 0;
}

/* For a map that otherwise takes newuidmap. */
static int find_holder(struct launch *l, struct masu_error *err)
{
	if (!has_new_userns(l))
		return 0;
	if (l->plan->lent)
		return use_lent_ids(l, err);
	if (!idmap_needs_helpers(l->plan->idmap))
		return 0;
	if (holder_find(l->plan->idmap, &l->holder) == 0)
		l->birth.holder = &l->holder;
	else
		l->lacks_holder = true;
	return 0;
}

static int clone_into_launch(struct launch *l, struct masu_error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	int r = channel_pair(&ours, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	pid_t pid = clone_init(l->plan, theirs, ours, &l->birth, &l->c.init_pidfd, err);
	if (pid < 0)
		return pid;
	l->c.init = pid;
	l->c.channel = TAKE_FD(ours);
	return 0;
}

static struct net_request network_request(const struct launch *l)
{
	return (struct net_request){
		.network = l->plan->network,
		.init = l->c.init,
		.own_userns = has_new_userns(l),
		.foreign_root = has_new_userns(l) && !idmap_root_is_caller(l->plan->idmap),
		.shut_out = l->plan->opener_map,
		.run_dir = l->plan->run_dir,
		.ports = l->plan->ports,
	};
}

static int begin_network(struct launch *l, struct masu_error *err)
{
	const struct net_request request = network_request(l);

	return network_start(&request, &l->c.network, err);
}

static int begin_map(struct launch *l, struct masu_error *err)
{
	if (!has_new_userns(l))
		return 0;
	if (l->birth.holder) {
		l->mapping = true;
		return 0;
	}
	int r = idmap_write_begin(l->plan->idmap, l->c.init, &l->map_job, err);
	l->mapping = r == 0;
	return r;
}

static int begin_cgroup(struct launch *l, struct masu_error *err)
{
	pid_t pids[3];
	size_t n = 0;

	if (!l->cgroup_job)
		return 0;
	if (l->birth.cgroup < 0)
		pids[n++] = l->c.init;
	if (l->c.network.helper.pid > 0)
		pids[n++] = l->c.network.helper.pid;
	if (l->plan->launcher_in_cgroup)
		pids[n++] = getpid();
	int r = cgroup_begin(l->cgroup_job, pids, n, err);
	l->c.notice = cgroup_take_notice(l->cgroup_job);
	if (r == 0 && l->lacks_holder)
		cgroup_start_service(l->cgroup_job, HOLDER_UNIT);
	return r;
}

static int finish_map(struct launch *l, struct masu_error *err)
{
	if (!l->mapping)
		return 0;
	l->mapping = false;
	return idmap_write_finish(&l->map_job, err);
}

static int let_init_become_root(struct launch *l, struct masu_error *err)
{
	return has_new_userns(l) ? init_service_send(&l->service, INIT_MAPPED, -1, err) : 0;
}

/* Init's children would stay outside: it has none yet. */
static int enter_resctrl(struct launch *l, struct masu_error *err)
{
	const struct oci_intel_rdt *rdt = &l->plan->spec->intel_rdt;

	if (!rdt->wanted)
		return 0;
	_cleanup_close_ int root = resctrl_open(err);
	return root < 0 ? root : resctrl_enter(root, rdt, l->plan->id, l->c.init, err);
}

static int finish_cgroup(struct launch *l, struct masu_error *err)
{
	if (l->cgroup_job) {
		int r = cgroup_finish(l->cgroup_job, l->c.init, &l->c.cgroup, err);
		if (r < 0)
			return r;
	}
	int r = enter_resctrl(l, err);
	return r < 0 || l->birth.cgroup >= 0
		       ? r
		       : init_service_send(&l->service, INIT_CGROUP_READY, -1, err);
}

static int finish_network(struct launch *l, struct masu_error *err)
{
	const struct net_request request = network_request(l);

	return network_finish(&request, &l->c.network, err);
}

static int call_made(struct launch *l, struct masu_error *err)
{
	const struct container_plan *plan = l->plan;
	int r = pid_start_time(l->c.init, &l->c.init_start_time);

	if (r < 0)
		return err_sys(err, r, "read the start time of the container's init");
	return plan->made ? plan->made(plan->made_arg, &l->c, err) : 0;
}

/* GO before init is ready saves both processes a sleep. The command must not meet the opener, which ends after that. */
static int allow_start(struct launch *l, struct masu_error *err)
{
	const struct container_plan *plan = l->plan;
	bool has_opener = l->service.opener.child.pid > 0;

	l->c.may_go = plan->go_when_ready && !has_opener &&
		      !(plan->cgroup && plan->cgroup->delegate);
	return l->c.may_go ? init_service_send(&l->service, INIT_GO, -1, err) : 0;
}

/* Begins all work that takes time, before anything is waited for. */
static int begin_launch(struct launch *l, struct masu_error *err)
{
	int r = prepare_cgroup(l, err);

	if (r < 0)
		return r;
	prepare_network(l);
	r = find_holder(l, err);
	if (r == 0 && l->plan->opener_map)
		r = opener_start(l->plan, &l->service.opener, err);
	if (r < 0)
		return r;
	r = clone_into_launch(l, err);
	if (r < 0)
		return r;
	r = give_network(l, err);
	if (r < 0)
		return r;
	r = init_service_prepare(&l->service, err);
	if (r < 0)
		return r;
	return begin_map(l, err);
}

/* The manager of systemd moves only processes of the caller's out of a login session. */
static bool must_move_first(const struct launch *l)
{
	return has_new_userns(l) && !idmap_root_is_caller(l->plan->idmap) && l->cgroup_job &&
	       l->birth.cgroup < 0;
}

static int move_to_cgroup(struct launch *l, struct masu_error *err)
{
	int r = begin_cgroup(l, err);

	return r < 0 ? r : finish_cgroup(l, err);
}

/*
 * The network's helper becomes root by the map, and systemd moves it, too. If root is not the caller, init and the helper,
 * which is born where the launcher is by then, become root after the move.
 */
static int move_and_connect(struct launch *l, struct masu_error *err)
{
	bool moved = must_move_first(l);
	int r = moved ? move_to_cgroup(l, err) : 0;

	if (r == 0)
		r = let_init_become_root(l, err);
	if (r == 0)
		r = begin_network(l, err);
	return r < 0 || moved ? r : move_to_cgroup(l, err);
}

/* Gives init its map, cgroup and network, while it mounts. */
static int finish_launch(struct launch *l, struct masu_error *err)
{
	int r = finish_map(l, err);

	if (r < 0)
		return r;
	r = move_and_connect(l, err);
	if (r < 0)
		return r;
	r = call_made(l, err);
	if (r < 0)
		return r;
	r = finish_network(l, err);
	if (r < 0)
		return r;
	return allow_start(l, err);
}

static int run_launch(struct launch *l, struct masu_error *err)
{
	int r = begin_launch(l, err);

	if (r < 0)
		return r;
	r = finish_launch(l, err);
	if (r < 0)
		return r;
	self_release(); /* while init mounts */
	r = init_service_run(&l->service, err);
	if (r < 0 || !l->c.cgroup)
		return r;
	/* Init has its cgroup namespace by now. */
	return cgroup_delegate(l->c.cgroup, l->plan->cgroup, l->c.init, err);
}

/*
 * A step may fail only because init has failed before (its mount, for example) and is gone. An error that init
 * has sent is the reason then.
 */
static int prefer_init_error(struct launch *l, int r, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	struct pollfd p = {.fd = l->c.channel, .events = POLLIN};

	while (l->c.channel >= 0 && poll(&p, 1, 0) > 0 && channel_receive(l->c.channel, &m) == 0)
		if (m.type == CHANNEL_ERROR)
			return channel_to_err(&m, err);
	return r;
}

/* Undoes a failed start. Its error is the one that counts. */
static void undo_launch(struct launch *l)
{
	const struct container_plan *plan = l->plan;

	container_abort(&l->c);
	container_done(&l->c);
	cgroup_job_abort(l->cgroup_job);
	(void)resctrl_leave(&plan->spec->intel_rdt, plan->id, NULL);
	if (l->service.hooked)
		hooks_run_poststop(plan->spec, plan->id, plan->bundle);
}

int container_create(const struct container_plan *plan, struct container *ret,
		     struct masu_error *err)
{
	struct launch l = {
		.plan = plan,
		.c = CONTAINER_INIT,
		.map_job = IDMAP_JOB_INIT,
		.birth = BIRTH_INIT,
		.holder = HOLDER_INIT,
		.service = INIT_SERVICE_INIT,
		.own_netns = -1,
	};
	int r = container_check(plan, err);

	if (r < 0)
		return r;
	l.service.plan = plan;
	l.service.c = &l.c;
	r = run_launch(&l, err);
	if (l.mapping)
		(void)idmap_write_finish(&l.map_job, NULL); /* the first error counts */
	opener_stop(&l.service.opener);
	init_service_done(&l.service);
	fd_close(&l.own_netns);
	holder_done(&l.holder);
	if (r < 0) {
		r = prefer_init_error(&l, r, err);
		undo_launch(&l);
		return r;
	}
	cgroup_job_free(l.cgroup_job);
	*ret = l.c;
	return 0;
}
