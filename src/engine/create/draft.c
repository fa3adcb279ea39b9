/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/draft.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/path.h"
#include "base/signal-name.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/container-log.h"
#include "engine/container/restart.h"
#include "engine/name.h"
#include "net/files.h"
#include "net/wish.h"
#include "oci/image.h"
#include "systemd/unit-name.h"

#define STOP_TIMEOUT_DEFAULT 10

void draft_done(struct draft *d)
{
	oci_spec_free(d->spec);
	record_done(&d->record);
	mount_requests_done(&d->mounts);
	network_done(&d->network);
	id_reservation_done(&d->ids);
	free(d->names_dir);
	for (size_t i = 0; i < d->n_mount_images; i++)
		image_chosen_done(&d->mount_images[i]);
	free(d->mount_images);
	strv_free(d->own_env);
	strv_free(d->cdi_env);
	*d = DRAFT_INIT;
}

static int set_copy(char **place, const char *value)
{
	char *copy = value ? strdup(value) : NULL;

	if (value && !copy)
		return -ENOMEM;
	free(*place);
	*place = copy;
	return 0;
}

static int begin_labels(struct draft *d, const struct masu_create_options *o,
			struct masu_error *err)
{
	int r = oci_map_set_pairs(&d->record.labels, "label", o->labels, err);

	return r < 0 ? r
		     : oci_map_set_pairs(&d->spec->annotations, "annotation", o->annotations, err);
}

/* The command line goes on with the image and the command. */
static int begin_command_line(struct record *r, const struct masu_create_options *o)
{
	if (!o->create_command)
		return 0;
	r->create_options = (int64_t)strv_length(o->create_command);
	return strv_extend(&r->create_command, o->create_command) < 0 ||
			       strv_push(&r->create_command, o->image) < 0 ||
			       strv_extend(&r->create_command, o->command) < 0
		       ? -ENOMEM
		       : 0;
}

static int begin_mounts(struct draft *d, const struct masu_create_options *o,
			struct masu_error *err)
{
	for (const struct masu_mount *const *m = o->mounts; m && *m; m++) {
		int r = mounts_add(&d->mounts, *m, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* "--network host" has neither a namespace nor anything to publish. */
static int begin_network(struct draft *d, const struct masu_create_options *o,
			 struct masu_error *err)
{
	const struct net_wish wish = {o->ip, o->ip6, o->mac_address};
	_cleanup_free_ char *text = NULL;
	int r = net_wish_add(o->network, &wish, &text, err);

	if (r < 0)
		return r;
	r = network_parse(text ? text : o->network, &d->network, err);
	if (r < 0)
		return r;
	r = draft_ports(d, o, err);
	if (r < 0)
		return r;
	if (d->network.backend->shares_host)
		d->spec->namespaces[OCI_NS_NETWORK].wanted = false;
	return set_copy(&d->record.network, text			     ? text
					    : network_is_default(o->network) ? NULL
									     : o->network) < 0
		       ? err_oom(err)
		       : 0;
}

static int begin_stop(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	if (o->stop_signal < 0 || o->stop_signal > SIGRTMAX)
		return err_set(err, ERR_INVALID, EINVAL, "unknown signal %d", o->stop_signal);
	if (o->run_timeout_s < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid timeout: %d", o->run_timeout_s);
	d->record.run_timeout = o->run_timeout_s;
	d->record.stop_signal = o->stop_signal;
	d->record.stop_timeout = o->stop_timeout_s == 0 ? STOP_TIMEOUT_DEFAULT
							: MAX(o->stop_timeout_s, 0);
	return restart_set(&d->record, o->restart, o->restart_max, err);
}

/* Changes the parts of the default spec that suit a single bundle and not the engine. */
static int adapt_default(struct draft *d, const struct masu_create_options *o)
{
	struct oci_spec *spec = d->spec;
	struct oci_process *p = spec->process;

	p->terminal = o->tty;
	p->user.has_umask = true; /* as with docker and podman, whatever the caller's is */
	p->user.umask = o->has_umask ? o->umask : 022;
	strv_free(p->args);
	strv_free(p->env);
	p->args = NULL;
	p->env = NULL;
	free(p->rlimits);
	p->rlimits = NULL;
	p->n_rlimits = 0;
	spec->root.readonly = o->read_only;
	spec->namespaces[OCI_NS_CGROUP].wanted = !o->host_cgroupns;
	return 0;
}

static int check_workdir(const char *dir, struct masu_error *err)
{
	if (*dir == '/' && !str_has_control(dir))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       "the working directory '%s' is not an absolute path", dir);
}

static int check_sdnotify(const struct masu_create_options *o, struct masu_error *err)
{
	static const char *const words[] = {"conmon", "container", "healthy", "ignore", NULL};

	if (strv_contains((char *const *)words, o->sdnotify))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       "option '--sdnotify %s': must be one of conmon, container, healthy, ignore",
		       o->sdnotify);
}

static int check_places(const struct masu_create_options *o, struct masu_error *err)
{
	if (o->umask & ~0777u)
		return err_set(err, ERR_INVALID, EINVAL, "umask %o is over 777", o->umask);
	if (o->pid_file && !*o->pid_file)
		return err_set(err, ERR_INVALID, EINVAL, "the path of the pid file is empty");
	if (o->split_cgroup && (o->no_cgroup || o->cgroup_parent)) {
		(void)err_set(err, ERR_CONFLICT, EINVAL,
			      "a container in the cgroup of its unit has no other cgroup");
		return err_hint(err, "use either --cgroups split or --cgroup-parent");
	}
	if (o->sdnotify && check_sdnotify(o, err) < 0)
		return -EINVAL;
	if (!o->cgroup_parent || unit_name_is_valid(o->cgroup_parent, ".slice"))
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid parent cgroup \"%s\"", o->cgroup_parent);
	return err_hint(err, "name a slice of systemd, like build.slice");
}

static int begin_record(struct draft *d, const struct masu_create_options *o,
			struct masu_error *err)
{
	struct record *r = &d->record;
	int bad = o->name ? name_check(o->name, "container", err) : 0;

	if (bad == 0 && o->workdir && *o->workdir)
		bad = check_workdir(o->workdir, err);
	if (bad == 0)
		bad = check_places(o, err);
	if (bad < 0)
		return bad;
	if (o->pid_file && !(r->pid_file = path_absolute(o->pid_file)))
		return err_sys(err, errno, "find \"%s\" from the working directory", o->pid_file);
	r->created_ns = time_now();
	r->tty = o->tty;
	r->interactive = o->interactive;
	r->auto_remove = o->auto_remove;
	r->init = o->init;
	r->no_cgroup = o->no_cgroup;
	r->split_cgroup = o->split_cgroup;
	r->session = o->share_session;
	if (set_copy(&r->image, o->image) < 0 || set_copy(&r->hostname, o->hostname) < 0 ||
	    set_copy(&r->timezone, o->timezone) < 0 ||
	    set_copy(&r->cgroup_parent, o->cgroup_parent) < 0 ||
	    set_copy(&r->sdnotify, o->sdnotify	     ? o->sdnotify
				   : o->split_cgroup ? "conmon"
						     : NULL) < 0 ||
	    set_copy(&d->spec->domainname, o->domainname) < 0 || begin_command_line(r, o) < 0 ||
	    (o->user && *o->user && set_copy(&r->user, o->user) < 0))
		return err_oom(err);
	return o->hostname ? net_check_hostname(o->hostname, err) : 0;
}

int draft_begin(struct masu_engine *e, const struct masu_create_options *o, struct draft *ret,
		struct masu_error *err)
{
	_cleanup_draft_ struct draft d = DRAFT_INIT;
	int r = oci_spec_default(e->idmap.userns, &d.spec, err);

	if (r < 0)
		return r;
	if (adapt_default(&d, o) < 0)
		return err_oom(err);
	r = begin_record(&d, o, err);
	if (r < 0)
		return r;
	r = draft_env(&d, o, err);
	if (r < 0)
		return r;
	r = begin_labels(&d, o, err);
	if (r < 0)
		return r;
	r = begin_mounts(&d, o, err);
	if (r < 0)
		return r;
	r = draft_volumes_from(e, &d, o, err);
	if (r < 0)
		return r;
	r = draft_shm(&d, o, err);
	if (r < 0)
		return r;
	r = begin_network(&d, o, err);
	if (r < 0)
		return r;
	r = draft_userns(e, &d, o, err);
	if (r < 0)
		return r;
	r = draft_namespaces(e, &d, o, err);
	if (r < 0)
		return r;
	r = draft_requires(e, &d, o, err);
	if (r < 0)
		return r;
	r = draft_check_files(&d, o, err);
	if (r < 0)
		return r;
	r = container_log_options(&d.record, o, e->conf.defaults.log_driver, err);
	if (r < 0)
		return r;
	r = begin_stop(&d, o, err);
	if (r < 0)
		return r;
	r = draft_limits(&d, o, err);
	if (r < 0)
		return r;
	r = draft_security(e, &d, o, err);
	if (r < 0)
		return r;
	r = draft_secrets(e, &d, o, err);
	if (r < 0)
		return r;
	*ret = d;
	d = DRAFT_INIT;
	return 0;
}

static int apply_command(struct draft *d, const struct masu_create_options *o,
			 const struct image_config *image, struct masu_error *err)
{
	struct record *record = &d->record;
	bool own_command = o->command && *o->command;
	char *const *command = own_command ? o->command : NULL;

	if (strv_extend(&record->entrypoint, o->entrypoint ? o->entrypoint
					     : image	   ? image->entrypoint
							   : NULL) < 0)
		return err_oom(err);
	if (!command && !o->entrypoint && image)
		command = image->cmd;
	if (strv_extend(&record->command, command) < 0)
		return err_oom(err);
	if (o->init && (strv_push(&d->spec->process->args, "/dev/init") < 0 ||
			strv_push(&d->spec->process->args, "--") < 0))
		return err_oom(err);
	if (strv_extend(&d->spec->process->args, record->entrypoint) < 0 ||
	    strv_extend(&d->spec->process->args, record->command) < 0)
		return err_oom(err);
	/* An entrypoint that is empty on purpose: init does without a command. */
	if (strv_length(record->entrypoint) + strv_length(record->command) > 0 ||
	    (o->init && o->entrypoint))
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "no command to run in '%s'", o->image);
	return err_hint(err, "the image has no default command: append one to the command line");
}

/* Both are checked: the caller's by begin_record(), that of the image when its config was read. */
static int apply_workdir(struct draft *d, const struct masu_create_options *o,
			 const struct image_config *image, struct masu_error *err)
{
	const char *own = o->workdir && *o->workdir	? o->workdir
			  : image && image->working_dir ? image->working_dir
							: "";
	/* A relative one, which only an image can have, is below the root. */
	_cleanup_free_ char *dir = str_printf("/%s", own);

	if (!dir)
		return err_oom(err);
	free(d->spec->process->cwd);
	d->spec->process->cwd = path_normalize(dir);
	return d->spec->process->cwd ? 0 : err_oom(err);
}

/*
 * No image makes its containers boxes (that of a box that was committed has the label), or has a service restarted when a
 * newer image exists.
 */
static bool is_callers(const char *label)
{
	return streq(label, MASU_BOX_LABEL) || streq(label, MASU_UNIT_LABEL) ||
	       str_after(label, MASU_AUTO_UPDATE_LABEL);
}

static int add_image_labels(struct record *record, const struct oci_map *labels)
{
	for (size_t i = 0; i < labels->n; i++) {
		const struct oci_pair *label = &labels->pairs[i];

		if (!is_callers(label->key) && !oci_map_get(&record->labels, label->key) &&
		    oci_map_set(&record->labels, label->key, label->value) < 0)
			return -ENOMEM;
	}
	return 0;
}

int draft_apply_image(struct draft *d, const struct masu_create_options *o,
		      const struct image_config *image, struct masu_error *err)
{
	struct record *record = &d->record;
	int r = apply_command(d, o, image, err);

	if (r < 0)
		return r;
	if (draft_apply_env(d, o, image ? image->env : NULL) < 0)
		return err_oom(err);
	r = apply_workdir(d, o, image, err);
	if (r < 0)
		return r;
	r = draft_health(d, o, image ? image->healthcheck : NULL, err);
	if (r < 0)
		return r;
	if (!record->user) {
		const char *user = image && image->user && *image->user ? image->user : "0";

		if (set_copy(&record->user, user) < 0)
			return err_oom(err);
	}
	if (image && add_image_labels(record, &image->labels) < 0)
		return err_oom(err);
	if (!record->stop_signal && image && image->stop_signal && *image->stop_signal) {
		record->stop_signal = signal_from_string(image->stop_signal);
		if (record->stop_signal < 0)
			return err_set(err, ERR_INVALID, EINVAL,
				       "unknown stop signal '%s' of the image", image->stop_signal);
	}
	r = draft_systemd(d, o, err);
	if (r == 0 && !record->stop_signal)
		record->stop_signal = SIGTERM;
	return r;
}
