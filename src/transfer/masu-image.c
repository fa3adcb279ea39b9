/* SPDX-License-Identifier: Apache-2.0 */
/*
 * masu-image: the part of masu that uses the network or reads archives of strangers, as a program of its own. So the start
 * of a container does not load its libraries, and a fault in it reaches less.
 *
 * A pull consists of several processes. This one keeps the store, and starts the others: one that talks to the network and
 * never reads a layer (broker.h), and for each layer three that read it, in the container's user namespace, without
 * network, under Landlock and seccomp (unpack-child.h). These get bytes through a pipe and fill a directory.
 *
 * newuidmap, which maps those namespaces, is setuid, and needs access to /proc/PID of the process that it maps. Therefore
 * only the process of the network sets no_new_privs and PR_SET_DUMPABLE. This process never has a password in its memory,
 * and like the others it writes no core dump.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "files/command.h"
#include "image/report.h"
#include "transfer/commands.h"
#include "transfer/commit.h"
#include "transfer/load.h"
#include "transfer/login.h"
#include "transfer/push.h"
#include "transfer/save.h"

static const char usage[] =
	"Usage: masu-image pull [OPTION...] IMAGE\n"
	"       masu-image resolve [OPTION...] IMAGE\n"
	"       masu-image unpack [OPTION...] IMAGE\n"
	"       masu-image import ARCHIVE-FD CONFIG-FD [NAME]\n"
	"       masu-image load [--replace] FD\n"
	"       masu-image login [OPTION...] REGISTRY\n"
	"       masu-image push [OPTION...] IMAGE DESTINATION\n"
	"       masu-image save FORMAT FD \"sha256:HEX[ NAME...]\"...\n"
	"       masu-image commit BASE LAYER-FD CONFIG-FD [NAME]\n"
	"       masu-image gc [--all]\n"
	"       masu-image verify\n"
	"       masu-image files VERB KEY=VALUE...\n"
	"\n"
	"IMAGE is [REGISTRY/]NAME[:TAG][@DIGEST], oci:DIRECTORY[:NAME], oci-archive:FILE[:NAME]\n"
	"or docker-archive:FILE[:NAME].\n"
	"\n"
	"  --platform OS/ARCH[/VARIANT]  pull the image for another platform\n"
	"  --authfile FILE               credentials, in the format of podman and docker\n"
	"  --cert-dir DIRECTORY          certificates for the registry\n"
	"  --credentials-fd N            holds user and password for the registry, each with a NUL\n"
	"  --tls-verify=BOOL             false: allow plain http and unverified certificates\n"
	"  --retry N                     repeat a request that fails N times\n"
	"  --retry-delay MS              wait so long before each repetition\n"
	"  --uid-map RANGE,...           unpack for this map: CONTAINER:OWN:COUNT, OWN 0 is the caller\n"
	"  --gid-map RANGE,...           the same for groups; both or none\n"
	"  --report-fd N                 a socket for progress, notices, result and error\n"
	"  -q, --quiet                   report no progress and nothing about the host\n"
	"  --replace                     load: move names from other images\n"
	"  --all                         gc: remove partial downloads, too\n";

enum option_value {
	OPTION_PLATFORM = 256,
	OPTION_AUTHFILE,
	OPTION_CERT_DIR,
	OPTION_CREDENTIALS,
	OPTION_TLS,
	OPTION_REPORT,
	OPTION_ALL,
	OPTION_UID_MAP,
	OPTION_GID_MAP,
	OPTION_REPLACE,
	OPTION_RETRY,
	OPTION_RETRY_DELAY
};

static const struct option long_options[] = {
	{"platform", required_argument, NULL, OPTION_PLATFORM},
	{"authfile", required_argument, NULL, OPTION_AUTHFILE},
	{"cert-dir", required_argument, NULL, OPTION_CERT_DIR},
	{"credentials-fd", required_argument, NULL, OPTION_CREDENTIALS},
	{"tls-verify", optional_argument, NULL, OPTION_TLS},
	{"report-fd", required_argument, NULL, OPTION_REPORT},
	{"uid-map", required_argument, NULL, OPTION_UID_MAP},
	{"gid-map", required_argument, NULL, OPTION_GID_MAP},
	{"quiet", no_argument, NULL, 'q'},
	{"all", no_argument, NULL, OPTION_ALL},
	{"replace", no_argument, NULL, OPTION_REPLACE},
	{"retry", required_argument, NULL, OPTION_RETRY},
	{"retry-delay", required_argument, NULL, OPTION_RETRY_DELAY},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static int parse_tls_verify(const char *s, bool *ret, struct masu_error *err)
{
	if (!s || streq(s, "true") || streq(s, "1"))
		*ret = true;
	else if (streq(s, "false") || streq(s, "0"))
		*ret = false;
	else
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid --tls-verify '%s': must be one of true, false", s);
	return 0;
}

static int parse_number(const char *s, unsigned int *ret, struct masu_error *err)
{
	uint64_t n;

	if (str_to_uint64(s, 3600 * 1000, &n) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid number '%s'", s);
	*ret = (unsigned int)n;
	return 0;
}

static void send_notice(void *arg, const char *message)
{
	const struct image_options *o = arg;

	report_notice(o->report, message);
}

static int parse_fd(const char *s, int *ret, struct masu_error *err)
{
	uint32_t fd;

	if (str_to_uint32(s, &fd) < 0 || fd > INT32_MAX || fd_set_cloexec((int)fd, true) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid descriptor: '%s'", s);
	*ret = (int)fd;
	return 0;
}

static int set_report_fd(const char *s, struct image_options *o, struct masu_error *err)
{
	int r = parse_fd(s, &o->report, err);

	if (r == 0)
		log_set_function(send_notice, o);
	return r;
}

/* The descriptors of the layer and the config, and the name. */
static int set_new_image(char *const *operands, struct image_options *o, struct masu_error *err)
{
	int r = parse_fd(operands[0], &o->layer, err);

	o->name = operands[2];
	return r < 0 ? r : parse_fd(operands[1], &o->config, err);
}

static int commit(char *const *operands, struct image_options *o, struct masu_error *err)
{
	int r = set_new_image(operands + 1, o, err);

	return r < 0 ? r : command_commit(o, err);
}

static int import(char *const *operands, struct image_options *o, struct masu_error *err)
{
	int r = set_new_image(operands, o, err);

	o->argument = NULL;
	return r < 0 ? r : command_import(o, err);
}

/* No image of a registry: nobody may ask for credentials. */
static int load(const char *fd, struct image_options *o, struct masu_error *err)
{
	int r = parse_fd(fd, &o->input, err);

	o->argument = NULL;
	return r < 0 ? r : command_load(o, err);
}

static int push(char *const *operands, struct image_options *o, struct masu_error *err)
{
	o->destination = operands[1];
	return command_push(o, err);
}

static int save(char *const *operands, struct image_options *o, struct masu_error *err)
{
	int r = parse_fd(operands[1], &o->output, err);

	o->format = operands[0];
	return r < 0 ? r : command_save(operands + 2, o, err);
}

static int set_option(int option, struct image_options *o, struct masu_error *err)
{
	switch (option) {
	case OPTION_PLATFORM:
		o->platform = optarg;
		return 0;
	case OPTION_AUTHFILE:
		o->authfile = optarg;
		return 0;
	case OPTION_CERT_DIR:
		o->cert_dir = optarg;
		return 0;
	case OPTION_CREDENTIALS:
		return parse_fd(optarg, &o->credentials, err);
	case OPTION_TLS:
		return parse_tls_verify(optarg, &o->settings.tls_verify, err);
	case OPTION_RETRY:
		return parse_number(optarg, &o->settings.retries, err);
	case OPTION_RETRY_DELAY:
		return parse_number(optarg, &o->settings.retry_delay_ms, err);
	case OPTION_REPORT:
		return set_report_fd(optarg, o, err);
	case OPTION_ALL:
		o->all = true;
		return 0;
	case OPTION_UID_MAP:
		o->uid_map = optarg;
		return 0;
	case OPTION_GID_MAP:
		o->gid_map = optarg;
		return 0;
	case OPTION_REPLACE:
		o->replace = true;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	default:
		(void)err_set(err, ERR_INVALID, EINVAL, "invalid option");
		return err_hint(err, "see masu-image --help");
	}
}

static int run(int argc, char **argv, struct image_options *o, struct masu_error *err)
{
	int option;

	while ((option = getopt_long(argc, argv, "qhV", long_options, NULL)) >= 0) {
		if (option == 'h' || option == 'V') {
			(void)fputs(option == 'h' ? usage : "masu-image " MASU_VERSION "\n",
				    stdout);
			return 0;
		}
		int r = set_option(option, o, err);
		if (r < 0)
			return r;
	}
	const char *name = optind < argc ? argv[optind++] : "";
	o->argument = optind < argc ? argv[optind] : NULL;
	if (streq(name, "pull") && optind + 1 == argc)
		return command_pull(o, err);
	if (streq(name, "resolve") && optind + 1 == argc)
		return command_resolve(o, err);
	if (streq(name, "import") && (optind + 2 == argc || optind + 3 == argc))
		return import(argv + optind, o, err);
	if (streq(name, "load") && optind + 1 == argc)
		return load(argv[optind], o, err);
	if (streq(name, "login") && optind + 1 == argc)
		return command_login(o, err);
	if (streq(name, "push") && optind + 2 == argc)
		return push(argv + optind, o, err);
	if (streq(name, "save") && optind + 3 <= argc)
		return save(argv + optind, o, err);
	if (streq(name, "unpack") && optind + 1 == argc)
		return command_unpack(o, err);
	if (streq(name, "commit") && (optind + 3 == argc || optind + 4 == argc))
		return commit(argv + optind, o, err);
	if (streq(name, "files") && o->argument)
		return files_command(argv + optind, o->report, err);
	if (streq(name, "gc") && optind == argc)
		return command_gc(o, err);
	if (streq(name, "verify") && optind == argc)
		return command_verify(o, err);
	(void)err_set(err, ERR_INVALID, EINVAL, "unknown command, or wrong number of arguments");
	return err_hint(err, "see masu-image --help");
}

int main(int argc, char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct image_options o = IMAGE_OPTIONS_INIT;

	log_init("masu");
	(void)umask(0077);
	/* No setlocale(): in the C locale, libarchive does not change names (layer-read.c). */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL); /* if it were ignored, exit statuses would be lost */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* lowering cannot fail */
	int r = run(argc, argv, &o, &err);
	image_options_done(&o);
	if (r < 0 && o.report < 0)
		return log_err(&err);
	if (r < 0)
		report_error(o.report, &err);
	return r < 0 ? err_exit_status(&err) : 0;
}
