/* SPDX-License-Identifier: Apache-2.0 */

/*
 * masu-generator(8): systemd runs it at boot and at each reload, before any unit, to translate quadlet files to units. It uses
 * neither a bus nor the network nor another process, waits for nothing, and writes only below the directory that it is given.
 * A broken file becomes a unit that fails with the message, and never keeps another file from its unit.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "quadlet/load.h"
#include "quadlet/output.h"
#include "quadlet/search.h"
#include "quadlet/translate.h"

#define PROGRAM	    "masu-generator"
#define EXIT_CONFIG 78 /* of sysexits.h(3head) */

static const char usage[] =
	"Usage: masu-generator [--user] NORMAL-DIRECTORY [EARLY-DIRECTORY LATE-DIRECTORY]\n"
	"       masu-generator [--user] --dryrun\n"
	"       masu-generator [--user] --list\n"
	"       masu-generator [--user] --print NAME\n"
	"       masu-generator [--user] --verify FILE...\n"
	"\nTranslates quadlet files to units of systemd; see masu-generator(8).\n";

enum mode { MODE_GENERATE, MODE_DRY_RUN, MODE_LIST, MODE_PRINT, MODE_VERIFY, MODE_FAIL };

struct request {
	enum mode mode;
	bool user;
	char **operands;
};

/* systemd passes it on to the journal, or to the kernel's log at boot. Names of files are disarmed. */
static void report(const char *format, ...) _printf_(1, 2);
static void report(const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		str_disarm(text, false);
	(void)fprintf(stderr, PROGRAM ": %s\n", text ? text : "out of memory");
}

/* systemd runs the links masu-user-generator and masu-system-generator, and sets SYSTEMD_SCOPE since version 251. */
static bool is_user(const char *program)
{
	const char *scope = getenv("SYSTEMD_SCOPE"), *slash = strrchr(program, '/');

	if (strstr(slash ? slash : program, "user-generator"))
		return true;
	return scope && streq(scope, "user");
}

static int parse(int argc, char **argv, struct request *ret)
{
	static const struct option options[] = {
		{"dryrun", no_argument, NULL, MODE_DRY_RUN},
		{"list", no_argument, NULL, MODE_LIST},
		{"print", no_argument, NULL, MODE_PRINT},
		{"verify", no_argument, NULL, MODE_VERIFY},
		{"fail", no_argument, NULL, MODE_FAIL},
		{"user", no_argument, NULL, 'u'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{0},
	};
	int c;

	*ret = (struct request){.user = is_user(argv[0])};
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'h' || c == 'v') {
			(void)fputs(c == 'h' ? usage : PROGRAM " " MASU_VERSION "\n", stdout);
			return fflush(stdout) == 0 ? 1 : -EIO;
		}
		if (c == '?')
			return -EINVAL;
		if (c == 'u')
			ret->user = true;
		else
			ret->mode = (enum mode)c;
		if (c == MODE_FAIL) /* messages may look like options */
			break;
	}
	ret->operands = argv + optind;
	size_t n = (size_t)(argc - optind);
	bool none = ret->mode == MODE_DRY_RUN || ret->mode == MODE_LIST;
	bool fits = ret->mode == MODE_GENERATE ? n == 1 || n == 3
		    : ret->mode == MODE_PRINT  ? n == 1
					       : (n == 0) == none;

	return fits ? 0 : -EINVAL;
}

static int fail(char *const *messages)
{
	STRV_FOREACH(message, messages)
		(void)fprintf(stderr, "%s\n", *message);
	return EXIT_CONFIG;
}

static void print_messages(const struct quadlet_unit *u)
{
	STRV_FOREACH(message, u->messages)
		report("%s", *message);
	STRV_FOREACH(text, u->notices)
		report("%s", *text);
}

/* Translates a unit and writes it; gives its links. Returns whether it was written. */
static bool generate_unit(struct quadlet_set *s, struct quadlet_unit *u, int dirfd,
			  char ***ret_links)
{
	_cleanup_quadlet_result_ struct quadlet_result result = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (quadlet_translate(s, u, &result) < 0) {
		report("out of memory");
		return false;
	}
	print_messages(u);
	int r = quadlet_write(dirfd, u, u->service, result.text, &err);
	for (char *const *unit = result.units; r == 0 && *unit; unit += 2)
		r = quadlet_write(dirfd, u, unit[0], unit[1], &err);
	if (r < 0) {
		report("%s", err.message);
		return false;
	}
	*ret_links = TAKE_PTR(result.links);
	return true;
}

/* The units come before all links: an alias takes no name from a file. Returns whether all was written. */
static bool generate(struct quadlet_set *s, const char *dir)
{
	_cleanup_close_ int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0) {
		report("cannot open '%s': %s", dir, strerror(errno));
		return false;
	}
	char ***links = calloc(s->n + 1, sizeof(*links));
	bool ok = links;
	if (!ok)
		report("out of memory");
	for (size_t i = 0; links && i < s->n; i++)
		ok &= generate_unit(s, &s->units[i], dirfd, &links[i]);
	for (size_t i = 0; links && i < s->n; i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;

		if (links[i] && quadlet_write_links(dirfd, &s->units[i], links[i], &err) < 0) {
			report("%s", err.message);
			ok = false;
		}
		strv_free(links[i]);
	}
	free((void *)links);
	return ok;
}

static void print_unit(const struct quadlet_unit *u, const struct quadlet_result *r)
{
	(void)printf("---%s---\n%s", u->service, r->text);
	for (char *const *unit = r->units; *unit; unit += 2)
		(void)printf("\n---%s---\n%s", unit[0], unit[1]);
	for (char *const *link = r->links; *link; link += 2)
		(void)printf("# link %s -> %s\n", link[0], link[1]);
	(void)printf("\n");
}

static void print_row(const struct quadlet_unit *u)
{
	(void)printf("%-30s %-30s %-7s %s\n", u->name.file, u->service,
		     u->messages ? "errors" : "ok", u->path);
}

/* Is the unit meant: has it this name, or that of its service? */
static bool is_named(const struct quadlet_unit *u, const char *name)
{
	size_t n = strlen(name);

	return streq(u->name.file, name) || streq(u->service, name) ||
	       (strncmp(u->service, name, n) == 0 && streq(u->service + n, ".service"));
}

/* Translates all units and prints those of the request. Returns the exit status. */
static int show(struct quadlet_set *s, const struct request *q)
{
	bool found = q->mode != MODE_PRINT;
	int status = 0;

	if (q->mode == MODE_LIST)
		(void)printf("%-30s %-30s %-7s %s\n", "FILE", "SERVICE", "STATE", "PATH");
	for (size_t i = 0; i < s->n; i++) {
		_cleanup_quadlet_result_ struct quadlet_result result = {0};
		struct quadlet_unit *u = &s->units[i];

		if (q->mode == MODE_PRINT && !is_named(u, q->operands[0]))
			continue;
		found = true;
		if (quadlet_translate(s, u, &result) < 0) {
			report("out of memory");
			return EXIT_FAILURE;
		}
		if (q->mode == MODE_LIST)
			print_row(u);
		else {
			print_messages(u);
			print_unit(u, &result);
			status |= u->messages != NULL;
		}
	}
	if (!found)
		report("no quadlet file or service '%s': 'masu quadlet list' prints all",
		       q->operands[0]);
	return found ? status : EXIT_FAILURE;
}

/* The named files are found among all, so that they may refer to others, and their drop-ins count. */
static int verify(struct quadlet_set *s, size_t n_given)
{
	int status = 0;

	for (size_t i = 0; i < n_given; i++) {
		_cleanup_quadlet_result_ struct quadlet_result result = {0};

		if (quadlet_translate(s, &s->units[i], &result) < 0) {
			report("out of memory");
			return EXIT_FAILURE;
		}
		print_messages(&s->units[i]);
		status |= s->units[i].messages != NULL;
	}
	return status;
}

/* Adds a file by its absolute path, and its directory to those that are searched. */
static int add_given(struct quadlet_set *s, const char *file, char ***dirs)
{
	const char *slash = strrchr(file, '/');
	_cleanup_free_ char *above = slash ? strndup(file, (size_t)(slash - file + 1))
					   : strdup("./");
	_cleanup_free_ char *dir = above ? realpath(above, NULL) : NULL;
	_cleanup_free_ char *path = dir ? path_join(dir, slash ? slash + 1 : file) : NULL;
	int r = path ? quadlet_load_file(s, path) : -errno;

	if (r == -EINVAL)
		report("'%s' is not the name of a quadlet file: it must end in .container, "
		       ".volume, .image or .network",
		       file);
	else if (r < 0)
		report("cannot read '%s': %s", file, strerror(-r));
	return r < 0 ? r : strv_push(dirs, dir);
}

static int load(struct quadlet_set *s, const struct request *q, size_t *ret_given)
{
	_cleanup_strv_ char **found = NULL, **notices = NULL, **dirs = NULL;
	int r = 0;

	for (char *const *file = q->operands; q->mode == MODE_VERIFY && r == 0 && *file; file++)
		r = add_given(s, *file, &dirs);
	if (r < 0)
		return r;
	*ret_given = s->n;
	r = quadlet_search(q->user, &found, &notices);
	if (r == 0)
		r = strv_extend(&dirs, found);
	if (r == 0)
		r = quadlet_load(s, strv_or_empty(dirs), &notices);
	STRV_FOREACH(text, notices)
		report("%s", *text);
	if (r < 0)
		report("cannot read the quadlet files: %s", strerror(-r));
	return r;
}

int main(int argc, char **argv)
{
	_cleanup_quadlet_set_ struct quadlet_set set = {
		.masu = MASU_BINDIR "/masu",
		.helper = MASU_LIBEXECDIR "/" PROGRAM,
	};
	struct request request;
	size_t n_given = 0;
	int status;

	fd_open_standard();
	status = parse(argc, argv, &request);
	if (status < 0)
		(void)fputs(usage, stderr);
	if (status != 0)
		return status < 0 ? 2 : 0;
	if (request.mode == MODE_FAIL)
		return fail(request.operands);
	set.user = request.user;
	if (load(&set, &request, &n_given) < 0)
		return EXIT_FAILURE;
	quadlet_set_name(&set);
	if (request.mode == MODE_GENERATE)
		status = generate(&set, request.operands[0]) ? 0 : EXIT_FAILURE;
	else
		status = request.mode == MODE_VERIFY ? verify(&set, n_given) : show(&set, &request);
	return fflush(stdout) == 0 ? status : EXIT_FAILURE;
}
