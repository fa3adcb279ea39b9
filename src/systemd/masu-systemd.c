/* SPDX-License-Identifier: Apache-2.0 */
/*
 * masu-systemd: the only program of masu that is linked with libsystemd.
 *
 * libsystemd brings five libraries along, and to load them takes longer than all that a start says to
 * systemd. So masu starts this program before newuidmap runs, and it loads while newuidmap works. It has no
 * state and no privileges: its client, which may be root or the container's creator, talks to it over a
 * channel on descriptor 0, and it ends with its request or its client.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/channel.h"
#include "base/str.h"
#include "systemd/journal-read.h"
#include "systemd/units.h"

#define CHANNEL 0

static const char usage[] =
	"Usage: masu-systemd units [--user] [--private ADDRESS] [--bus ADDRESS]...\n"
	"       masu-systemd journal [--since NS] [--until NS] [--tail N] [--follow] ID\n"
	"\n"
	"A part of masu, run by it: standard input is a socket of type SOCK_SEQPACKET.\n"
	"\n"
	"units      Start, change and stop scopes, as the messages on the socket request\n"
	"journal    Send the log of the container ID over the socket\n"
	"\n"
	"  --user             Speak to a user manager\n"
	"  --private ADDRESS  Try the manager's own socket\n"
	"  --bus ADDRESS      Try a message bus\n"
	"  --since NS         Omit earlier entries (nanoseconds since the epoch)\n"
	"  --until NS         Omit later entries\n"
	"  --tail N           Send only the last N lines\n"
	"  --follow           Wait for further entries\n";

enum option_value { OPTION_USER = 256, OPTION_SINCE, OPTION_UNTIL, OPTION_TAIL, OPTION_FOLLOW };

static const struct option long_options[] = {
	{"user", no_argument, NULL, OPTION_USER},
	{"private", required_argument, NULL, 'p'},
	{"bus", required_argument, NULL, 'b'},
	{"since", required_argument, NULL, OPTION_SINCE},
	{"until", required_argument, NULL, OPTION_UNTIL},
	{"tail", required_argument, NULL, OPTION_TAIL},
	{"follow", no_argument, NULL, OPTION_FOLLOW},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

struct command {
	struct connection_options units;
	struct journal_query journal;
};

static int add_address(struct command *c, bool private, const char *address)
{
	struct connection_options *units = &c->units;

	if (units->n == CONNECTION_ADDRESSES_MAX)
		return -E2BIG;
	units->addresses[units->n++] = (struct connection_address){.private = private,
								   .address = address};
	return 0;
}

static int set_option(int option, struct command *c)
{
	switch (option) {
	case OPTION_USER:
		c->units.user = true;
		return 0;
	case 'p':
	case 'b':
		return add_address(c, option == 'p', optarg);
	case OPTION_SINCE:
		return str_to_int64(optarg, &c->journal.since_ns);
	case OPTION_UNTIL:
		return str_to_int64(optarg, &c->journal.until_ns);
	case OPTION_TAIL:
		return str_to_int64(optarg, &c->journal.tail);
	case OPTION_FOLLOW:
		c->journal.follow = true;
		return 0;
	default:
		return -EINVAL;
	}
}

static int invalid(struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid command line");
	return err_hint(err, "see masu-systemd --help");
}

static int require_channel(struct masu_error *err)
{
	int type = 0;
	socklen_t size = sizeof(type);

	if (getsockopt(CHANNEL, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET)
		return 0;
	return err_set(err, ERR_INVALID, ENOTSOCK,
		       "standard input is not a socket of type SOCK_SEQPACKET");
}

static int serve_units(const struct command *c, struct masu_error *err)
{
	int r = units_serve(CHANNEL, &c->units);

	return r < 0 ? err_sys(err, r, "serve the channel") : 0;
}

/* A failure reaches the client over the channel. */
static int send_journal(const struct command *c, struct masu_error *err)
{
	int r = journal_send(CHANNEL, &c->journal, err);

	if (r < 0)
		(void)channel_send_err(CHANNEL, err); /* the client may be gone */
	return r;
}

static int run(int argc, char **argv, struct masu_error *err)
{
	struct command c = {.journal = {.tail = -1}};
	int option;

	while ((option = getopt_long(argc, argv, "hV", long_options, NULL)) >= 0) {
		if (option == 'h' || option == 'V') {
			(void)fputs(option == 'h' ? usage : "masu-systemd " MASU_VERSION "\n",
				    stdout);
			return 0;
		}
		if (set_option(option, &c) < 0)
			return invalid(err);
	}
	const char *name = optind < argc ? argv[optind++] : "";
	int r = require_channel(err);
	if (r < 0)
		return r;
	if (streq(name, "units") && optind == argc)
		return serve_units(&c, err);
	if (!streq(name, "journal") || optind + 1 != argc)
		return invalid(err);
	c.journal.id = argv[optind];
	return send_journal(&c, err);
}

int main(int argc, char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	(void)signal(SIGPIPE, SIG_IGN);
	if (run(argc, argv, &err) == 0)
		return 0;
	/* For a person alone, so not by base/log.h, which would bring json-c along. */
	(void)fprintf(stderr, "masu-systemd: %s\n", err.message);
	return 1;
}
