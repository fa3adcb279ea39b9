/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/container.h"

#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"
#include "quadlet/checks.h"
#include "quadlet/keys.h"
#include "quadlet/mounts.h"
#include "quadlet/network.h"
#include "quadlet/on-demand.h"
#include "quadlet/reference.h"
#include "quadlet/service.h"

#define NO_NAMES   "containers of masu do not reach each other by names"
#define NO_LABELS  "masu sets no SELinux labels"
#define NO_LOG	   "masu keeps the last five results; see masu-inspect(1)"
#define NO_STARTUP "use HealthStartPeriod="
#define NO_PODS	   "masu has no pods: join another container by Network=NAME.container"

static const struct quadlet_key container_keys[] = {
	{"AddCapability", KEY_WORDS, "--cap-add"},
	{"AddDevice", KEY_CODE, NULL},
	{"AddHost", KEY_LIST, "--add-host"},
	{"Annotation", KEY_WORDS, "--annotation", check_assignment},
	{"AppArmor", KEY_ONLY, "unconfined"},
	{"AutoUpdate", KEY_CODE, NULL},
	{"CgroupsMode", KEY_CODE, NULL},
	{"ContainerName", KEY_CODE, NULL},
	{"ContainersConfModule", KEY_REFUSED, "masu reads no containers.conf; see masu.conf(5)"},
	{"DNS", KEY_LIST, "--dns"},
	{"DNSOption", KEY_LIST, "--dns-option"},
	{"DNSSearch", KEY_LIST, "--dns-search"},
	{"DropCapability", KEY_WORDS, "--cap-drop"},
	{"Entrypoint", KEY_VALUE, "--entrypoint"},
	{"Environment", KEY_WORDS, "--env"},
	{"EnvironmentFile", KEY_CODE, NULL},
	{"EnvironmentHost", KEY_BOOL, "--env-host"},
	{"Exec", KEY_CODE, NULL},
	{"ExposeHostPort", KEY_LIST, "--expose"},
	{"GIDMap", KEY_LIST, "--gidmap", check_id_range},
	{"GlobalArgs", KEY_REFUSED, "masu has no global options"},
	{"Group", KEY_CODE, NULL},
	{"GroupAdd", KEY_LIST, "--group-add"},
	{"HealthCmd", KEY_CODE, NULL},
	{"HealthInterval", KEY_VALUE, "--health-interval", check_interval},
	{"HealthLogDestination", KEY_ONLY, "local"},
	{"HealthMaxLogCount", KEY_ONLY, "5"},
	{"HealthMaxLogSize", KEY_REFUSED, NO_LOG},
	{"HealthOnFailure", KEY_VALUE, "--health-on-failure", check_failure},
	{"HealthRetries", KEY_VALUE, "--health-retries", check_count},
	{"HealthStartPeriod", KEY_VALUE, "--health-start-period", check_duration},
	{"HealthStartupCmd", KEY_REFUSED, NO_STARTUP},
	{"HealthStartupInterval", KEY_REFUSED, NO_STARTUP},
	{"HealthStartupRetries", KEY_REFUSED, NO_STARTUP},
	{"HealthStartupSuccess", KEY_REFUSED, NO_STARTUP},
	{"HealthStartupTimeout", KEY_REFUSED, NO_STARTUP},
	{"HealthTimeout", KEY_VALUE, "--health-timeout", check_duration},
	{"HostName", KEY_VALUE, "--hostname"},
	{"HttpProxy", KEY_CODE, NULL},
	{"IP", KEY_VALUE, "--ip"},
	{"IP6", KEY_VALUE, "--ip6"},
	{"Image", KEY_CODE, NULL},
	{"ImageVolume", KEY_VALUE, "--image-volume"},
	{"Label", KEY_WORDS, "--label"},
	{"LogDriver", KEY_CODE, NULL},
	{"LogOpt", KEY_LIST, "--log-opt", check_assignment},
	{"Mask", KEY_REFUSED, "mount something over the path: Tmpfs=PATH"},
	{"Memory", KEY_VALUE, "--memory", check_size},
	{"Mount", KEY_CODE, NULL},
	{"Network", KEY_CODE, NULL},
	{"NetworkAlias", KEY_REFUSED, NO_NAMES},
	{"NoNewPrivileges", KEY_CODE, NULL},
	{"Notify", KEY_CODE, NULL},
	{"OnDemand", KEY_CODE, NULL}, /* not a key of podman */
	{"PidsLimit", KEY_VALUE, "--pids-limit", check_count},
	{"Pod", KEY_REFUSED, NO_PODS},
	{"PodmanArgs", KEY_CODE, NULL},
	{"PublishPort", KEY_LIST, NULL, NULL, draft_ports},
	{"Pull", KEY_VALUE, "--pull", check_pull},
	{"ReadOnly", KEY_CODE, NULL},
	{"ReadOnlyTmpfs", KEY_CODE, NULL},
	{"ReloadCmd", KEY_CODE, NULL},
	{"ReloadSignal", KEY_CODE, NULL},
	{"Retry", KEY_REFUSED,
	 "masu fetches again what fails, and Restart= of [Service] starts again"},
	{"RetryDelay", KEY_REFUSED, "RestartSec= of [Service] is the time between starts"},
	{"Rootfs", KEY_CODE, NULL},
	{"RunInit", KEY_BOOL, "--init"},
	{"SeccompProfile", KEY_CODE, NULL},
	{"Secret", KEY_LIST, "--secret"},
	{"SecurityLabelDisable", KEY_CODE, NULL}, /* what masu does */
	{"SecurityLabelFileType", KEY_REFUSED, NO_LABELS},
	{"SecurityLabelLevel", KEY_REFUSED, NO_LABELS},
	{"SecurityLabelNested", KEY_REFUSED, NO_LABELS},
	{"SecurityLabelType", KEY_REFUSED, NO_LABELS},
	{"ServiceName", KEY_CODE, NULL},
	{"ShmSize", KEY_VALUE, "--shm-size", check_size},
	{"StartWithPod", KEY_REFUSED, NO_PODS},
	{"StopSignal", KEY_VALUE, "--stop-signal", check_signal},
	{"StopTimeout", KEY_VALUE, "--stop-timeout", check_count},
	{"SubGIDMap", KEY_VALUE, "--subgidname"},
	{"SubUIDMap", KEY_VALUE, "--subuidname"},
	{"Sysctl", KEY_WORDS, "--sysctl", check_assignment},
	{"Timezone", KEY_VALUE, "--tz"},
	{"Tmpfs", KEY_LIST, "--tmpfs", check_absolute},
	{"UIDMap", KEY_LIST, "--uidmap", check_id_range},
	{"Ulimit", KEY_LIST, "--ulimit", check_ulimit},
	{"Unmask", KEY_ONLY, "ALL"},
	{"User", KEY_CODE, NULL},
	{"UserNS", KEY_VALUE, "--userns"},
	{"Volume", KEY_CODE, NULL},
	{"WorkingDir", KEY_VALUE, "--workdir"},
	{0},
};

/* "CMD-SHELL ..." and "CMD ..." are forms that podman takes from Dockerfiles. */
static void add_health_command(struct quadlet_draft *d)
{
	_cleanup_free_ char *value = draft_value(d, "HealthCmd");
	const char *shell = value ? str_after(value, "CMD-SHELL ") : NULL;

	if (value && str_after(value, "CMD "))
		draft_refuse(d, draft_last(d, "HealthCmd"),
			     "HealthCmd=: write [\"PROGRAM\", \"ARGUMENT\"] in place of CMD");
	else if (value)
		draft_option(d, "--health-cmd", shell ? shell + strspn(shell, " ") : value);
}

/* "-/dev/x" is left out if it does not exist now, as podman's generator does. */
static void add_devices(struct quadlet_draft *d)
{
	QUADLET_FOREACH(a, &d->unit->source, "Container", "AddDevice")
	{
		const char *colon = strchr(a->value, ':');
		bool optional = *a->value == '-';
		const char *value = a->value + optional;
		_cleanup_free_ char *host = strndup(value, colon ? (size_t)(colon - value)
								 : strlen(value));

		if (!host)
			d->set->failed = true;
		else if (*host && (!optional || access(host, F_OK) == 0))
			draft_option(d, "--device", value);
	}
}

static void add_environment_files(struct quadlet_draft *d)
{
	QUADLET_FOREACH(a, &d->unit->source, "Container", "EnvironmentFile")
	{
		_cleanup_free_ char *value = unit_unquote(a->value), *path = NULL;

		if (!value || !*value)
			continue;
		if (*value == '-') {
			draft_refuse(d, a, "EnvironmentFile=: a file may not be optional here");
			continue;
		}
		path = draft_path(d, value);
		draft_option(d, "--env-file", path);
	}
}

static void add_user(struct quadlet_draft *d)
{
	_cleanup_free_ char *user = draft_value(d, "User"), *group = draft_value(d, "Group");
	_cleanup_free_ char *both = user && group ? str_printf("%s:%s", user, group) : NULL;

	if (group && !user)
		draft_refuse(d, draft_last(d, "Group"), "Group= needs User=");
	else if (user)
		draft_option(d, "--user", group ? both : user);
}

static void add_updates(struct quadlet_draft *d)
{
	const struct quadlet_assignment *a = draft_last(d, "AutoUpdate");
	_cleanup_free_ char *label = a ? str_printf("io.containers.autoupdate=%s", a->value) : NULL;

	if (a && !streq(a->value, "registry") && !streq(a->value, "local"))
		draft_refuse(d, a, "AutoUpdate=: '%s' is neither registry nor local", a->value);
	else if (a)
		draft_option(d, "--label", label);
}

static void add_security(struct quadlet_draft *d)
{
	_cleanup_free_ char *profile = draft_value(d, "SeccompProfile");
	_cleanup_free_ char *option = profile ? str_printf("seccomp=%s", profile) : NULL;

	if (draft_bool(d, "Container", "NoNewPrivileges", false))
		draft_option(d, "--security-opt", "no-new-privileges");
	if (profile)
		draft_option(d, "--security-opt", option);
	if (draft_last(d, "Unmask"))
		draft_option(d, "--security-opt", "unmask=ALL");
	(void)draft_bool(d, "Container", "SecurityLabelDisable", false);
}

static void add_read_only(struct quadlet_draft *d)
{
	bool tmpfs = draft_bool(d, "Container", "ReadOnlyTmpfs", true);

	if (!draft_bool(d, "Container", "ReadOnly", false))
		return;
	draft_word(d, "--read-only");
	if (tmpfs)
		draft_word(d, "--read-only-tmpfs");
}

/* The image or the root directory, and the command. */
static void add_image(struct quadlet_draft *d)
{
	const struct quadlet_assignment *a = draft_last(d, "Image");
	_cleanup_free_ char *image = draft_value(d, "Image"), *rootfs = draft_value(d, "Rootfs");
	_cleanup_free_ char *object = NULL;

	/* A file that cannot be read has its own message. */
	if (!d->unit->source.n && d->unit->messages)
		return;
	if (!image == !rootfs) {
		draft_refuse(d, NULL,
			     image ? "Image= and Rootfs= exclude each other"
				   : "[Container] needs Image= or Rootfs=");
		return;
	}
	if (rootfs) {
		draft_option(d, "--rootfs", rootfs);
		return;
	}
	if (is_reference(image, QUADLET_BUILD)) {
		draft_refuse(d, a, "Image=: masu does not build images: '%s'", image);
		return;
	}
	if (is_reference(image, QUADLET_IMAGE)) {
		object = draft_reference(d, a, image);
		if (!object)
			return;
	}
	draft_word(d, object ? object : image);
}

/* "\;" stands for a semicolon, as in a command line of systemd. */
static void add_command(struct quadlet_draft *d)
{
	const struct quadlet_assignment *a = draft_last(d, "Exec");
	_cleanup_strv_ char **words = a ? draft_split(d, a) : NULL;

	STRV_FOREACH(word, words)
		draft_word(d, streq(*word, "\\;") ? ";" : *word);
}

static void add_more_options(struct quadlet_draft *d)
{
	QUADLET_FOREACH(a, &d->unit->source, "Container", "PodmanArgs")
	{
		_cleanup_strv_ char **words = draft_split(d, a);

		STRV_FOREACH(word, words)
			draft_word(d, *word);
	}
}

void quadlet_translate_container(struct quadlet_draft *d)
{
	draft_service(d);
	quadlet_translate_keys(d, container_keys);
	add_health_command(d);
	add_devices(d);
	add_environment_files(d);
	add_user(d);
	add_updates(d);
	add_security(d);
	add_read_only(d);
	/* podman passes them on by default, masu does not. */
	if (draft_bool(d, "Container", "HttpProxy", true))
		draft_word(d, "--http-proxy");
	draft_volumes(d);
	draft_mounts(d);
	draft_network(d);
	add_more_options(d);
	add_image(d);
	add_command(d);
}
