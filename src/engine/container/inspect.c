/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/inspect.h"

#include <stdio.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/container-log.h"
#include "engine/container/container.h"
#include "engine/container/exposed.h"
#include "engine/container/health.h"
#include "engine/container/inspect-network.h"
#include "engine/container/restart.h"
#include "oci/annotations.h"

void inspect_put_time(struct json_build *b, struct json_object *o, const char *key, int64_t ns)
{
	char stamp[TIME_STAMP_MAX];

	build_text(b, o, key, ns ? time_stamp(ns, stamp) : "0001-01-01T00:00:00Z");
}

static void add_state(struct json_build *b, struct json_object *doc, const masu_container *c,
		      const struct health *health, const char *error)
{
	const struct state *s = &c->state;
	struct json_object *o = build_object(b, doc, "State");
	_cleanup_free_ char *scope = state_scope(s);

	build_text(b, o, "Status", masu_status_name(s->status));
	build_bool(b, o, "Running", state_is_alive(s));
	build_bool(b, o, "Paused", s->status == MASU_STATUS_PAUSED);
	build_bool(b, o, "Restarting", s->status == MASU_STATUS_RESTARTING);
	build_bool(b, o, "OOMKilled", s->oom_killed);
	build_int(b, o, "Pid", state_is_alive(s) ? s->run.pid : 0);
	build_int(b, o, "ExitCode", s->exit_code);
	build_text(b, o, "Error", str_or_empty(error));
	inspect_put_time(b, o, "StartedAt", s->started_ns);
	inspect_put_time(b, o, "FinishedAt", s->finished_ns);
	build_text(b, o, "Scope", scope);
	build_text(b, o, "CgroupPath", s->run.cgroup);
	if (health->status != MASU_HEALTH_NONE)
		health_build(b, build_object(b, o, "Health"), health);
}

static void add_secrets(struct json_build *b, struct json_object *config, const struct record *r)
{
	struct json_object *list = build_array(b, config, "Secrets");

	for (size_t i = 0; i < r->n_secrets; i++) {
		const struct record_secret *s = &r->secrets[i];
		struct json_object *o = build_object(b, list, NULL);

		build_text(b, o, "Name", s->name);
		build_text(b, o, "Type", s->env ? "env" : "mount");
		build_text(b, o, "Target", s->target);
		build_int(b, o, "UID", s->uid);
		build_int(b, o, "GID", s->gid);
		build_int(b, o, "Mode", s->mode);
	}
}

static void add_config(struct json_build *b, struct json_object *doc, const masu_container *c)
{
	const struct record *r = &c->record;
	const struct oci_process *p = c->spec->process;
	struct json_object *o = build_object(b, doc, "Config");
	const char *name = sigabbrev_np((int)r->stop_signal);
	char text[16];

	build_text(b, o, "Hostname", str_or_empty(r->hostname));
	build_text(b, o, "User", str_or_empty(r->user));
	if (r->expose || r->publish)
		exposed_put(b, build_object(b, o, "ExposedPorts"), r, false);
	build_texts(b, o, "Env", strv_or_empty(p->env));
	build_texts(b, o, "Cmd", strv_or_empty(r->command));
	build_texts(b, o, "Entrypoint", strv_or_empty(r->entrypoint));
	build_text(b, o, "Image", masu_container_image(c));
	build_text(b, o, "WorkingDir", str_or_empty(p->cwd));
	build_bool(b, o, "Tty", r->tty);
	build_bool(b, o, "OpenStdin", r->interactive);
	build_map(b, o, "Labels", &r->labels);
	build_map(b, o, "Annotations", &c->spec->annotations);
	if (name)
		(void)snprintf(text, sizeof(text), "SIG%s", name);
	else
		(void)snprintf(text, sizeof(text), "%d", (int)r->stop_signal);
	build_text(b, o, "StopSignal", text);
	build_int(b, o, "StopTimeout", r->stop_timeout);
	(void)snprintf(text, sizeof(text), "%04o", (unsigned int)p->user.umask);
	build_text(b, o, "Umask", text);
	build_text(b, o, "Timezone", r->timezone);
	if (r->create_command)
		build_texts(b, o, "CreateCommand", r->create_command);
	add_secrets(b, o, r);
	build_int(b, o, "Timeout", r->run_timeout);
	if (!health_is_checked(r))
		return;
	health_build_config(b, build_object(b, o, "Healthcheck"), &r->health);
	build_text(b, o, "HealthcheckOnFailureAction",
		   r->health.on_failure ? r->health.on_failure : "none");
}

/* Podman has the path of the log in the object, docker in the document. */
static void add_log_config(struct json_build *b, struct json_object *doc, struct json_object *host,
			   const masu_container *c)
{
	const struct record *r = &c->record;
	struct json_object *log = build_object(b, host, "LogConfig");
	struct json_object *options = build_object(b, log, "Config");
	_cleanup_free_ char *path = path_join(c->dir, "log");

	b->failed |= !path;
	const struct log_driver *driver = container_log_driver(r);

	build_text(b, log, "Type", driver->name);
	build_text(b, options, "tag", r->log_tag);
	if (!driver->parse) {
		build_text(b, doc, "LogPath", "");
		return;
	}
	build_text(b, options, "path", path);
	build_text(b, log, "Path", path);
	build_text(b, doc, "LogPath", path);
	build_int(b, options, "max-size", r->log_max_size);
	build_int(b, options, "max-file", r->log_max_files);
}

static const char *const throttle_keys[] = {
	[OCI_THROTTLE_READ_BPS] = "BlkioDeviceReadBps",
	[OCI_THROTTLE_WRITE_BPS] = "BlkioDeviceWriteBps",
	[OCI_THROTTLE_READ_IOPS] = "BlkioDeviceReadIOps",
	[OCI_THROTTLE_WRITE_IOPS] = "BlkioDeviceWriteIOps",
};

static void add_throttles(struct json_build *b, struct json_object *host, enum oci_throttle kind,
			  const struct oci_block_io *io)
{
	struct json_object *list = build_array(b, host, throttle_keys[kind]);

	for (size_t i = 0; i < io->throttle[kind].n; i++) {
		const struct oci_throttle_device *t = &io->throttle[kind].list[i];
		struct json_object *o = build_object(b, list, NULL);
		char path[64];

		(void)snprintf(path, sizeof(path), "/dev/block/%lld:%lld", (long long)t->major,
			       (long long)t->minor);
		build_text(b, o, "Path", path);
		build_int(b, o, "Rate", (int64_t)t->rate);
	}
}

static void add_limits(struct json_build *b, struct json_object *host,
		       const struct oci_resources *r)
{
	/* Billionths of a processor, as docker counts them. */
	int64_t nano = r->cpu.period && r->cpu.quota > 0
			       ? r->cpu.quota * 1000000000 / (int64_t)r->cpu.period
			       : 0;

	build_int(b, host, "Memory", r->memory.limit);
	build_int(b, host, "MemoryReservation", r->memory.reservation);
	build_int(b, host, "MemorySwap", r->memory.swap);
	build_int(b, host, "NanoCpus", nano);
	build_int(b, host, "CpuShares", (int64_t)r->cpu.shares);
	build_int(b, host, "CpuPeriod", (int64_t)r->cpu.period);
	build_int(b, host, "CpuQuota", r->cpu.quota);
	build_text(b, host, "CpusetCpus", str_or_empty(r->cpu.cpus));
	build_text(b, host, "CpusetMems", str_or_empty(r->cpu.mems));
	build_int(b, host, "BlkioWeight", r->block_io.weight);
	for (enum oci_throttle i = 0; i < OCI_THROTTLE_MAX; i++)
		add_throttles(b, host, i, &r->block_io);
	build_int(b, host, "PidsLimit", r->has_pids_limit ? r->pids_limit : 0);
}

static void add_groups(struct json_build *b, struct json_object *host, const struct oci_spec *spec)
{
	const struct oci_user *user = &spec->process->user;
	struct json_object *list = build_array(b, host, "GroupAdd");
	const char *text = oci_map_get(&spec->annotations, OCI_ANNOTATION_GROUP_NAMES);
	_cleanup_strv_ char **names = text ? strv_split(text, ",") : NULL;
	char gid[16];

	if (oci_annotation_is_on(spec, OCI_ANNOTATION_KEEP_GROUPS))
		build_text(b, list, NULL, "keep-groups");
	STRV_FOREACH(name, names)
		build_text(b, list, NULL, *name);
	for (size_t i = 0; i < user->n_additional_gids; i++) {
		(void)snprintf(gid, sizeof(gid), "%u", user->additional_gids[i]);
		build_text(b, list, NULL, gid);
	}
}

static void add_devices(struct json_build *b, struct json_object *host, char *const *devices)
{
	struct json_object *list = build_array(b, host, "Devices");

	STRV_FOREACH(device, devices) {
		_cleanup_strv_ char **parts = strv_split(*device, ":");

		if (strv_length(parts) != 3) {
			b->failed |= !parts;
			continue;
		}
		struct json_object *o = build_object(b, list, NULL);
		build_text(b, o, "PathOnHost", parts[0]);
		build_text(b, o, "PathInContainer", parts[1]);
		build_text(b, o, "CgroupPermissions", parts[2]);
	}
}

static void add_restart_policy(struct json_build *b, struct json_object *host,
			       const struct record *r)
{
	struct json_object *o = build_object(b, host, "RestartPolicy");

	build_text(b, o, "Name", restart_name(restart_policy(r)));
	build_int(b, o, "MaximumRetryCount", r->restart_max);
}

/* "CONTAINER:OWN:COUNT" each, as podman has it. */
static void add_maps(struct json_build *b, struct json_object *doc, const struct record *r)
{
	struct json_object *o = build_object(b, doc, "IDMappings");
	_cleanup_strv_ char **uids = strv_split(str_or_empty(r->uid_map), ","),
			    **gids = strv_split(str_or_empty(r->gid_map), ",");

	build_texts(b, o, "UidMap", r->uid_map ? strv_or_empty(uids) : strv_or_empty(NULL));
	build_texts(b, o, "GidMap", r->gid_map ? strv_or_empty(gids) : strv_or_empty(NULL));
}

static void add_security(struct json_build *b, struct json_object *host,
			 const struct oci_process *p, const char *seccomp)
{
	struct json_object *o = build_object(b, host, "Security");
	_cleanup_strv_ char **names = NULL;

	build_text(b, o, "Seccomp", str_or_empty(seccomp));
	build_bool(b, o, "NoNewPrivileges", p->no_new_privileges);
	for (unsigned int i = 0; i < 64; i++) {
		char name[CAPS_NAME_MAX];

		if (p->capabilities.bounding & CAPS_BIT(i) && caps_name(i, name) == 0)
			b->failed |= strv_push(&names, name) < 0;
	}
	build_texts(b, o, "Capabilities", strv_or_empty(names));
}

static void add_host_config(struct json_build *b, struct json_object *doc, const masu_container *c)
{
	const struct record *r = &c->record;
	struct json_object *o = build_object(b, doc, "HostConfig");

	inspect_put_network_options(b, o, r);
	build_bool(b, o, "AutoRemove", r->auto_remove);
	add_restart_policy(b, o, r);
	build_bool(b, o, "Init", r->init);
	build_bool(b, o, "ReadonlyRootfs", c->spec->root.readonly);
	build_text(b, o, "CgroupParent", str_or_empty(r->cgroup_parent));
	build_text(b, o, "Cgroups",
		   r->no_cgroup	     ? "disabled"
		   : r->split_cgroup ? "split"
				     : "default");
	build_text(b, o, "CgroupnsMode",
		   r->cgroupns_mode			       ? r->cgroupns_mode
		   : c->spec->namespaces[OCI_NS_CGROUP].wanted ? "private"
							       : "host");
	add_groups(b, o, c->spec);
	build_texts(b, o, "Requires", strv_or_empty(r->required));
	build_texts(b, o, "VolumesFrom", strv_or_empty(r->volumes_from));
	add_devices(b, o, r->devices);
	build_texts(b, o, "CDIDevices", strv_or_empty(r->cdi_devices));
	build_bool(b, o, "Privileged", r->privileged);
	build_text(b, o, "PidMode", r->pid_mode ? r->pid_mode : "private");
	build_text(b, o, "IpcMode", r->ipc_mode ? r->ipc_mode : "shareable");
	build_text(b, o, "UTSMode", r->uts_mode ? r->uts_mode : "private");
	build_text(b, o, "UsernsMode", str_or_empty(r->userns));
	add_maps(b, o, r);
	build_text(b, o, "PidFile", str_or_empty(r->pid_file));
	add_log_config(b, doc, o, c);
	add_limits(b, o, &c->spec->resources);
	add_security(b, o, c->spec->process, r->seccomp);
}

static void add_mounts(struct json_build *b, struct json_object *doc, const struct record *r)
{
	struct json_object *list = build_array(b, doc, "Mounts");

	for (size_t i = 0; i < r->n_mounts; i++) {
		const struct record_mount *m = &r->mounts[i];
		struct json_object *o = build_object(b, list, NULL);

		build_text(b, o, "Type", m->type);
		build_text(b, o, "Name", m->volume);
		build_text(b, o, "Source", str_or_empty(m->source));
		build_text(b, o, "Destination", m->destination);
		build_bool(b, o, "RW", !m->readonly);
	}
}

static void add_container(struct json_build *b, struct json_object *doc, const masu_container *c,
			  const struct health *health, const char *error)
{
	const struct record *r = &c->record;
	char *const *args = c->spec->process->args;

	build_text(b, doc, "Id", c->home.id);
	build_text(b, doc, "Name", r->name);
	inspect_put_time(b, doc, "Created", r->created_ns);
	build_text(b, doc, "Path", str_or_empty(args ? args[0] : NULL));
	build_texts(b, doc, "Args", strv_or_empty(args && args[0] ? args + 1 : NULL));
	add_state(b, doc, c, health, error);
	build_int(b, doc, "RestartCount", c->restarts.count);
	build_text(b, doc, "Image", str_or_empty(r->image_id));
	build_text(b, doc, "ImageName", masu_container_image(c));
	build_text(b, doc, "ImageDigest", str_or_empty(r->image_digest));
	build_text(b, doc, "Rootfs", r->rootfs);
	build_text(b, doc, "OCIConfigPath", c->dir);
	add_mounts(b, doc, r);
	add_config(b, doc, c);
	add_host_config(b, doc, c);
	inspect_put_network(b, doc, c);
}

int inspect_finish(const struct json_build *b, struct json_object *doc, char **ret,
		   struct masu_error *err)
{
	const char *text = b->failed ? NULL : json_text(doc, false);
	char *copy = text ? strdup(text) : NULL;

	if (!copy)
		return err_oom(err);
	*ret = copy;
	return 0;
}

int masu_container_inspect(masu_container *c, char **ret_json, masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	_cleanup_health_ struct health health = {0};
	struct json_build b = {0};
	int r = masu_container_refresh(c, err);

	if (r == 0)
		r = container_open(c, err);
	if (r < 0)
		return r;
	r = container_read_spec(c, err);
	c->restarts = state_restarts(&c->home);
	if (r == 0 && health_is_checked(&c->record))
		r = health_read(c->home.fd, &health, err);
	_cleanup_free_ char *error = state_read_error(&c->home);
	container_close(c);
	if (r < 0)
		return r;
	add_container(&b, doc, c, &health, error);
	return inspect_finish(&b, doc, ret_json, err);
}

int masu_container_summary(const masu_container *c, char **ret_json, masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	_cleanup_strv_ char **command = NULL;
	const struct record *r = &c->record;
	struct json_build b = {0};

	b.failed = strv_extend(&command, r->entrypoint) < 0 ||
		   strv_extend(&command, r->command) < 0;
	build_text(&b, doc, "Id", c->home.id);
	build_text(&b, doc, "Name", r->name);
	build_text(&b, doc, "Image", masu_container_image(c));
	build_text(&b, doc, "ImageID", str_or_empty(r->image_id));
	build_texts(&b, doc, "Command", strv_or_empty(command));
	inspect_put_time(&b, doc, "Created", r->created_ns);
	build_text(&b, doc, "State", masu_status_name(c->state.status));
	build_text(&b, doc, "Health", masu_health_name(c->health));
	inspect_put_time(&b, doc, "StartedAt", c->state.started_ns);
	build_int(&b, doc, "ExitCode", c->state.exit_code);
	build_int(&b, doc, "Pid", masu_container_pid(c));
	build_map(&b, doc, "Labels", &r->labels);
	inspect_put_ports(&b, doc, "Ports", &c->state.ports);
	struct json_object *mounts = build_array(&b, doc, "Mounts");
	for (size_t i = 0; i < r->n_mounts; i++)
		build_text(&b, mounts, NULL, r->mounts[i].destination);
	build_text(&b, build_array(&b, doc, "Networks"), NULL, r->network);
	return inspect_finish(&b, doc, ret_json, err);
}
