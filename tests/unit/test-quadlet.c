/* SPDX-License-Identifier: Apache-2.0 */
/* Quadlet files: text in, units out. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"
#include "quadlet/translate.h"
#include "unit.h"

static const struct quadlet_set empty = {
	.user = true, .masu = "/usr/bin/masu", .helper = "/usr/libexec/masu/masu-generator"};

static struct quadlet_unit *add(struct quadlet_set *s, const char *path, const char *text)
{
	struct quadlet_unit *u = NULL;

	assert_int_equal(quadlet_set_add(s, path, &u), 0);
	quadlet_unit_add_text(s, u, text, strlen(text), path);
	return u;
}

/* Translates the first file of the set. */
static void translate(struct quadlet_set *s, struct quadlet_result *ret)
{
	quadlet_set_name(s);
	assert_int_equal(quadlet_translate(s, &s->units[0], ret), 0);
}

/* The lines of the unit that begin with `key`, one after the other. */
static char *lines_of(const char *text, const char *key)
{
	_cleanup_strv_ char **lines = strv_split(text, "\n");
	_cleanup_strbuf_ struct strbuf found = STRBUF_INIT;

	STRV_FOREACH(line, lines)
		if (str_after(*line, key))
			(void)strbuf_addf(&found, "%s%s", found.length ? "\n" : "",
					  str_after(*line, key));
	return strbuf_take(&found);
}

#define RUN \
	"/usr/bin/masu run --name systemd-a --replace --rm --label PODMAN_SYSTEMD_UNIT=%n --cgroups split --detach --sdnotify conmon --log-driver journald --log-opt tag={{.Name}} "

/* The words after RUN of a container with these lines. */
static void assert_command(const char *lines, const char *expected)
{
	_cleanup_quadlet_set_ struct quadlet_set s = empty;
	_cleanup_quadlet_result_ struct quadlet_result r = {0};
	_cleanup_free_ char *text = str_printf("[Container]\n%s\n", lines), *command = NULL;

	(void)add(&s, "/q/a.container", text);
	(void)add(&s, "/q/data.volume", "[Volume]\n");
	(void)add(&s, "/q/raw.volume", "[Volume]\nVolumeName=raw\nCopy=no\n");
	(void)add(&s, "/q/base.image", "[Image]\nImage=docker.io/library/debian\n");
	(void)add(&s, "/q/alone.network", "[Network]\n");
	(void)add(&s, "/q/b.container", "[Container]\nImage=b\nContainerName=bee\n");
	translate(&s, &r);
	assert_null(s.units[0].messages);
	command = lines_of(r.text, "ExecStart=" RUN);
	assert_string_equal(command, expected);
}

static void test_options(void **state)
{
	assert_command("Image=x", "--http-proxy x");
	assert_command("Image=x\nHttpProxy=no", "x");
	assert_command("Image=x\nImage=\"y\"\nHttpProxy=no\nX-Other=1", "y");
	assert_command("HttpProxy=0\nRootfs=/r\nRunInit=1", "--init --rootfs /r");
	assert_command("Image=x\nHttpProxy=no\nMemory=1G\nMemory=\nPidsLimit=-1",
		       "--pids-limit -1 x");
	assert_command("Image=x\nHttpProxy=no\nDNS=1.1.1.1\nDNS=\nDNS=8.8.8.8\nDNS=9.9.9.9",
		       "--dns 8.8.8.8 --dns 9.9.9.9 x");
	assert_command("Image=x\nHttpProxy=no\nAddCapability=A B\nAddCapability=C",
		       "--cap-add A --cap-add B --cap-add C x");
	assert_command("Image=x\nHttpProxy=no\nUser=1000\nGroup=5\nReadOnly=true",
		       "--user 1000:5 --read-only --read-only-tmpfs x");
	assert_command("Image=x\nHttpProxy=no\nReadOnly=true\nReadOnlyTmpfs=no", "--read-only x");
	assert_command(
		"Image=x\nHttpProxy=no\nNoNewPrivileges=on\nSeccompProfile=unconfined\nUnmask=ALL",
		"--security-opt no-new-privileges --security-opt seccomp=unconfined "
		"--security-opt unmask=ALL x");
	assert_command("Image=x\nHttpProxy=no\nAutoUpdate=registry\nSecurityLabelDisable=true",
		       "--label io.containers.autoupdate=registry x");
	assert_command("Image=x\nHttpProxy=no\nPodmanArgs=--a \"b c\"\nPodmanArgs=-d",
		       "--a \"b c\" -d x");
	assert_command(
		"Image=x\nHttpProxy=no\nAddDevice=-/dev/no-such\nAddDevice=-/dev/null:/dev/n:r",
		"--device /dev/null:/dev/n:r x");
	assert_command("Image=x\nHttpProxy=no\nEnvironmentFile=./e\nEnvironmentFile=f/e\n"
		       "EnvironmentFile=/g\nEnvironmentFile=%h/e",
		       "--env-file /q/e --env-file /q/f/e --env-file /g --env-file %h/e x");
}

static void test_words(void **state)
{
	assert_command("Image=x\nHttpProxy=no\nEnvironment=A=1 \"B=2 3\" 'C=\"4\"' D=\"5 6\"",
		       "--env A=1 --env \"B=2 3\" --env \"C=\\\"4\\\"\" --env \"D=5 6\" x");
	assert_command("Image=x\nHttpProxy=no\nEnvironment=A= B=1", "--env A= --env B=1 x");
	/* systemd expands what it finds, so that $$ and %% are those of the file. */
	assert_command("Image=x\nHttpProxy=no\nEnvironment=A=$$B C=%%d E=${F} G=%h",
		       "--env A=$$B --env C=%%d --env E=${F} --env G=%h x");
	assert_command(
		"Image=x\nHttpProxy=no\nExec=sh -c 'a; b && c \\'d\\'' \\; \"\" \\t\\x41\\101\\u20ac\\d",
		"x sh -c \"a; b && c 'd'\" \";\" \"\" \"\\x09AA\xe2\x82\xac\\\\d\"");
	/* A byte, not a character: UTF-8 may be written so. */
	assert_command("Image=x\nHttpProxy=no\nExec=\\xc3\\xa9 \\351 \\u00e9",
		       "x \xc3\xa9 \"\\xe9\" \xc3\xa9");
	assert_command("Image=x\nHttpProxy=no\nExec=a \\\n # comment\n b \\\n c", "x a b c");
	assert_command("Image=x\nHttpProxy=no\nHealthCmd=curl -f \"http://h/\" || exit 1",
		       "--health-cmd \"curl -f \\\"http://h/\\\" || exit 1\" x");
	assert_command("Image=x\nHttpProxy=no\nHealthCmd=\"curl x\"", "--health-cmd \"curl x\" x");
	assert_command("Image=x\nHttpProxy=no\nEntrypoint=[\"a\", \"b\"]",
		       "--entrypoint \"[\\\"a\\\", \\\"b\\\"]\" x");
}

static void test_references(void **state)
{
	assert_command("Image=base.image\nHttpProxy=no", "docker.io/library/debian");
	assert_command(
		"Image=x\nHttpProxy=no\nVolume=data.volume:/d:ro\nVolume=raw.volume:/r\n"
		"Volume=raw.volume:/s:z\nVolume=/anonymous\nVolume=named:/n\nVolume=./h:/h\n"
		"Volume=.:/i\nVolume=%h/x:/x",
		"--volume systemd-data:/d:ro --volume raw:/r:nocopy --volume raw:/s:z,nocopy "
		"--volume /anonymous --volume named:/n --volume /q/h:/h --volume /q:/i "
		"--volume %h/x:/x x");
	assert_command(
		"Image=x\nHttpProxy=no\nMount=type=volume,source=data.volume,destination=/d\n"
		"Mount=type=image,src=base.image,dst=/i\nMount=type=bind,src=./a,dst=/b",
		"--mount type=volume,source=systemd-data,destination=/d "
		"--mount type=image,source=docker.io/library/debian,dst=/i "
		"--mount type=bind,source=/q/a,dst=/b x");
	assert_command("Image=x\nHttpProxy=no\nNetwork=alone.network", "x");
	assert_command("Image=x\nHttpProxy=no\nNetwork=b.container", "--network container:bee x");
	assert_command("Image=x\nHttpProxy=no\nNetwork=none", "--network none x");
}

static void test_unit(void **state)
{
	_cleanup_quadlet_set_ struct quadlet_set s = empty;
	_cleanup_quadlet_result_ struct quadlet_result r = {0};

	(void)add(
		&s, "/q $%/web.container",
		"[Unit]\nDescription=The web\nAfter=db.container other.service\n"
		"[Container]\nImage=nginx\nVolume=/srv:/srv\nVolume=data.volume:/d\nReloadSignal=HUP\n"
		"ContainerName=web\n[Service]\nRestart=always\nExecStartPre=/bin/true\n"
		"[Install]\nWantedBy=default.target multi-user.target\nAlias=www.service\n"
		"[X-Other]\na=b\n");
	(void)add(&s, "/q/db.container", "[Container]\nServiceName=database\nImage=x\n");
	(void)add(&s, "/q/data.volume", "[Volume]\nLabel=a=b\n");
	translate(&s, &r);
	assert_string_equal(
		r.text,
		"# Written by masu-generator(8): changes are lost.\n"
		"# /q $%/web.container\n"
		"\n[Unit]\n"
		"SourcePath=/q $$%%/web.container\n"
		"Wants=masu-wait-network-online.service\n"
		"After=masu-wait-network-online.service\n"
		"RequiresMountsFor=/srv\n"
		"Requires=data-volume.service\n"
		"After=data-volume.service\n"
		"Description=The web\n"
		"After=database.service other.service\n"
		"\n[Service]\n"
		"Delegate=yes\n"
		"Type=notify\n"
		"NotifyAccess=all\n"
		"KillMode=mixed\n"
		"SuccessExitStatus=143\n"
		"SyslogIdentifier=%N\n"
		"ExecReload=/usr/bin/masu kill --signal HUP web\n"
		"ExecStop=/usr/bin/masu stop --ignore web\n"
		"ExecStopPost=-/usr/bin/masu rm --force --ignore --volumes web\n"
		"ExecStart=/usr/bin/masu run --name web --replace --rm --label PODMAN_SYSTEMD_UNIT=%n --cgroups split --detach --sdnotify conmon --log-driver journald --log-opt tag={{.Name}} "
		"--http-proxy --volume /srv:/srv --volume systemd-data:/d nginx\n"
		"Restart=always\n"
		"ExecStartPre=/bin/true\n"
		"\n[Install]\n"
		"WantedBy=default.target multi-user.target\n"
		"Alias=www.service\n");
	static const char *const links[] = {"www.service",
					    "web.service",
					    "default.target.wants/web.service",
					    "../web.service",
					    "multi-user.target.wants/web.service",
					    "../web.service"};
	assert_int_equal(strv_length(r.links), ARRAY_SIZE(links));
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		assert_string_equal(r.links[i], links[i]);
}

/* No value reaches into the next line, and escapes of unit names stay. */
static void test_lines(void **state)
{
	_cleanup_quadlet_set_ struct quadlet_set s = empty;
	_cleanup_quadlet_result_ struct quadlet_result r = {0};

	(void)add(
		&s, "/q/a.container",
		"[Unit]\nDescription=a\\ \nAfter=mnt-a\\x2db.mount  \"db.container\"\nBefore=b\\\t\n"
		"[Container]\nImage=x\n"
		"[Service]\nRestart=no\\\\\n\nTimeoutStopSec=5\n"
		"[Install]\nWantedBy=mnt-a\\x2db.mount\n");
	(void)add(&s, "/q/db.container", "[Container]\nImage=x\n");
	translate(&s, &r);
	assert_null(s.units[0].messages);
	assert_non_null(strstr(r.text, "\nDescription=a\\ \n"
				       "After=mnt-a\\x2db.mount db.service\n"
				       "Before=b\\ \n"));
	/* An escaped backslash does not continue the line, neither here nor for systemd. */
	assert_non_null(strstr(r.text, "\nRestart=no\\\\ \nTimeoutStopSec=5\n"));
	assert_string_equal(r.links[0], "mnt-a\\x2db.mount.wants/a.service");
}

static void assert_messages(const char *path, const char *text, const char *expected)
{
	_cleanup_quadlet_set_ struct quadlet_set s = empty;
	_cleanup_quadlet_result_ struct quadlet_result r = {0};
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT;

	(void)add(&s, path, text);
	(void)add(&s, "/q/shared.network", "[Network]\n");
	(void)add(&s, "/q/b.container", "[Container]\nImage=b\nNetwork=shared.network\n");
	(void)add(&s, "/q/t@.volume", "[Volume]\n");
	translate(&s, &r);
	STRV_FOREACH(message, s.units[0].messages)
		(void)strbuf_addf(&all, "%s|", *message);
	assert_string_equal(all.text ? all.text : "", expected);
	/* The unit fails, with the message in its description, and carries nothing of the file. */
	assert_non_null(strstr(r.text, "Description=Quadlet file with errors: "));
	assert_non_null(strstr(r.text, "/usr/libexec/masu/masu-generator --fail "));
	assert_null(strstr(r.text, "/usr/bin/masu"));
}

/* The socket and the proxy; [Install] is about the socket, an alias about the service. */
static void test_on_demand(void **state)
{
	_cleanup_quadlet_set_ struct quadlet_set s = empty;
	_cleanup_quadlet_result_ struct quadlet_result r = {0};

	(void)add(&s, "/q/a.container",
		  "[Container]\nImage=x\nPublishPort=127.0.0.1:8080:80\n"
		  "PublishPort=[::1]:8081-8082:81-82\nOnDemand=60\n"
		  "[Install]\nWantedBy=default.target\nAlias=b.service\n");
	translate(&s, &r);
	assert_null(s.units[0].messages);
	assert_null(strstr(r.text, "--publish"));
	assert_int_equal(strv_length(r.units), 4);
	assert_string_equal(r.units[0], "a-ondemand.socket");
	assert_non_null(strstr(r.units[1], "\n[Socket]\nListenStream=127.0.0.1:8080\n"
					   "ListenStream=[::1]:8081\nListenStream=[::1]:8082\n"));
	assert_string_equal(r.units[2], "a-ondemand.service");
	assert_non_null(strstr(
		r.units[3], "\nExecStart=/usr/bin/masu container-proxy --unit a.service systemd-a "
			    "127.0.0.1:8080-8080:80-80/tcp,ondemand=60 "
			    "[::1]:8081-8082:81-82/tcp,ondemand=60\n"));
	assert_string_equal(r.links[0], "b.service");
	assert_string_equal(r.links[1], "a.service");
	assert_string_equal(r.links[2], "default.target.wants/a-ondemand.socket");
	assert_string_equal(r.links[3], "../a-ondemand.socket");
}

static void test_refused_on_demand(void **state)
{
	assert_messages("/a.container", "[Container]\nImage=x\nOnDemand=60\n",
			"/a.container:3: OnDemand= needs PublishPort=|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\nPublishPort=80\nOnDemand=0\n",
		"/a.container:4: OnDemand=: the idle time must be from 1 to 604800 seconds|");
	assert_messages("/a.container",
			"[Container]\nImage=x\nPublishPort=80:80\nNetwork=host\nOnDemand=perhaps\n",
			"/a.container:5: OnDemand=: 'perhaps' is not yes or no|");
	assert_messages(
		"/a.container",
		"[Container]\nImage=x\nPublishPort=80:80\nNetwork=host\nOnDemand=yes\n",
		"/a.container:5: OnDemand= excludes Network=host, which is a network of others, too|");
	assert_messages("/a.container",
			"[Container]\nImage=x\nPublishPort=%i:80\nPublishPort=80\nOnDemand=yes\n",
			"/a.container:3: PublishPort=: OnDemand= needs ports without specifiers|"
			"/a.container:4: PublishPort=: invalid port \"80\": on demand, the port of "
			"the host must be fixed|/a.container:5: OnDemand= needs PublishPort=|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\nPublishPort=80:80,ondemand\n",
		"/a.container:3: PublishPort=: write OnDemand=SECONDS in a line of its own|");
	assert_messages("/a.container",
			"[Container]\nImage=x\nContainerName=%N\nPublishPort=80:80\nOnDemand=yes\n",
			"/a.container:5: OnDemand= needs a ContainerName= without specifiers|");
	assert_messages(
		"/a@1.container", "[Container]\nImage=x\nPublishPort=80:80\nOnDemand=yes\n",
		"/a@1.container:4: OnDemand=: the instances of a template cannot share ports|");
}

/* The time and the size of a unit are bounded. */
static void test_large(void **state)
{
	_cleanup_quadlet_set_ struct quadlet_set s = empty;
	_cleanup_quadlet_result_ struct quadlet_result r = {0};
	_cleanup_strbuf_ struct strbuf lines = STRBUF_INIT, words = STRBUF_INIT;

	(void)strbuf_addf(&lines, "[Container]\nImage=x\n");
	for (int i = 0; i < 5000; i++)
		(void)strbuf_addf(&lines, "a=\n");
	(void)strbuf_addf(&words, "[Container]\nImage=x\nExec=");
	for (unsigned int i = 0; i < QUADLET_TEXT_MAX / 2; i++)
		(void)strbuf_addf(&words, "a ");
	(void)add(&s, "/q/a.container", lines.text);
	(void)add(&s, "/q/b.container", words.text);
	translate(&s, &r);
	assert_string_equal(s.units[0].messages[0],
			    "/q/a.container:3: unknown key 'a' in [Container]");
	assert_int_equal(strv_length(s.units[0].messages), 100);
	assert_non_null(strstr(s.units[0].messages[99], "more than 4096 assignments"));
	assert_string_equal(s.units[1].messages[0],
			    "'/q/b.container' makes the file and its drop-ins larger than 64 KiB");
}

static void test_refused(void **state)
{
	assert_messages("/a.container", "", "/a.container: [Container] needs Image= or Rootfs=|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\nimage=y\n",
		"/a.container:3: unknown key 'image' in [Container]: did you mean Image=?|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\nPod=a.pod\nNetworkAlias=b\n",
		"/a.container:3: Pod= is not supported: masu has no pods: join another container by "
		"Network=NAME.container|"
		"/a.container:4: NetworkAlias= is not supported: containers of masu do not reach "
		"each other by names|");
	assert_messages("/a.container", "[Container\nImage=x\n",
			"/a.container:1: invalid section '[Container'|");
	assert_messages("/a.container", "[Container]\nImage=x\nVolume=no.volume:/d\n",
			"/a.container:3: Volume=: the file 'no.volume' does not exist|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\nVolume=t@.volume:/d\n",
		"/a.container:3: Volume=: 't@.volume' is a template: name an instance of it, like "
		"t@1.volume|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\nMemory=much\nReadOnly=perhaps\n",
		"/a.container:3: Memory=: 'much' is not a size: a number with b, k, m or g behind it, "
		"like 64m|/a.container:4: ReadOnly=: 'perhaps' is not yes or no|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\nNetwork=shared.network\n",
		"/a.container:3: Network=: 'b.container' is also in 'shared.network', and containers "
		"of masu do not reach each other by a network: publish ports, or write "
		"Network=b.container|");
	assert_messages("/a.container", "[Container]\nImage=x\nExec=\"a\n",
			"/a.container:3: Exec=: a quote \" has no end|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\nGroup=1\n[Service]\nExecStart=/bin/sh\n",
		"/a.container:3: Group= needs User=|"
		"/a.container:5: ExecStart= of [Service] is not supported in a quadlet file|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\n[Install]\nWantedBy=../x.target\n",
		"/a.container:4: WantedBy=: '../x.target' is not the name of another unit|");
	assert_messages(
		"/a.container", "[Container]\nImage=x\n[Install]\nAlias=b.target x.target.wants\n",
		"/a.container:4: Alias=: 'b.target' is not the name of another service|"
		"/a.container:4: Alias=: 'x.target.wants' is not the name of another service|");
	assert_messages("/a.container", "[Container]\nImage=x\nContainerName=a b\n",
			"/a.container:3: ContainerName=: 'a b' is not a name|");
	assert_messages(
		"/a.pod", "[Pod]\n",
		"/a.pod: .pod files are not supported: masu has no pods: join another container by "
		"Network=NAME.container|");
	assert_messages(
		"/a.network", "[Network]\nInternal=true\nSubnet=10.0.0.0/24\n",
		"/a.network:2: Internal=true is not supported: write Network=none in the container's "
		"file|"
		"/a.network:3: Subnet= is not supported: write Network=slirp4netns:cidr=SUBNET in the "
		"container's file, with at least 128 addresses|");
}

static void test_templates(void **state)
{
	_cleanup_quadlet_set_ struct quadlet_set s = empty;
	_cleanup_quadlet_result_ struct quadlet_result r = {0}, instance = {0};
	_cleanup_free_ char *start = NULL, *requires = NULL;

	(void)add(&s, "/q/a@.container",
		  "[Container]\nImage=x\nHttpProxy=no\nVolume=d@.volume:/d\nExec=%i\n"
		  "[Install]\nWantedBy=x.target\nDefaultInstance=1\n");
	(void)add(&s, "/q/d@.volume", "[Volume]\n");
	(void)add(&s, "/q/a@2.container",
		  "[Container]\nImage=x\nVolume=d@2.volume:/d\n[Install]\nWantedBy=x@%i.target\n");
	translate(&s, &r);
	assert_string_equal(s.units[0].service, "a@.service");
	start = lines_of(r.text, "ExecStart=/usr/bin/masu run --name systemd-a_%i ");
	assert_non_null(strstr(start, "--volume systemd-d-%i:/d x %i"));
	requires = lines_of(r.text, "Requires=");
	assert_string_equal(requires, "d-volume@%i.service");
	assert_string_equal(r.links[0], "x.target.wants/a@1.service");
	assert_string_equal(r.links[1], "../a@.service");
	assert_int_equal(quadlet_translate(&s, &s.units[2], &instance), 0);
	assert_string_equal(s.units[2].service, "a@2.service");
	assert_non_null(strstr(instance.text, "--volume systemd-d-2:/d"));
	assert_non_null(strstr(instance.text, "Requires=d-volume@2.service\n"));
	assert_string_equal(instance.links[0], "x@2.target.wants/a@2.service");
}

static void assert_drop_ins(const char *file, const char *expected)
{
	struct quadlet_name n;
	_cleanup_strv_ char **dirs = NULL;
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT;

	assert_int_equal(quadlet_name_parse(file, &n), 0);
	dirs = quadlet_name_drop_ins(&n);
	STRV_FOREACH(dir, dirs)
		(void)strbuf_addf(&all, "%s ", *dir);
	assert_string_equal(all.text, expected);
	quadlet_name_done(&n);
}

static void test_names(void **state)
{
	static const char *const bad[] = {"a.service",	   ".container",    "a b.container",
					  "@.container",   "a/b.container", "container",
					  "\xff.container"};
	struct quadlet_name n;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(quadlet_name_parse(bad[i], &n), -EINVAL);
	assert_drop_ins("a.container", "container.d a.container.d ");
	assert_drop_ins("a-b-c.volume", "volume.d a-.volume.d a-b-.volume.d a-b-c.volume.d ");
	assert_drop_ins("a-b@1.container",
			"container.d a-.container.d a-b@.container.d a-b@1.container.d ");
	assert_drop_ins("a@.container", "container.d a@.container.d ");
}

static void test_same_service(void **state)
{
	_cleanup_quadlet_set_ struct quadlet_set s = empty;

	(void)add(&s, "/q/a-volume.container", "[Container]\nImage=x\n");
	(void)add(&s, "/q/a.volume", "[Volume]\n");
	quadlet_set_name(&s);
	assert_string_equal(
		s.units[1].messages[0],
		"/q/a.volume: '/q/a-volume.container' has the same service: set ServiceName=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),	   cmocka_unit_test(test_words),
		cmocka_unit_test(test_references), cmocka_unit_test(test_unit),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_templates),
		cmocka_unit_test(test_names),	   cmocka_unit_test(test_same_service),
		cmocka_unit_test(test_lines),	   cmocka_unit_test(test_large),
		cmocka_unit_test(test_on_demand),  cmocka_unit_test(test_refused_on_demand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
