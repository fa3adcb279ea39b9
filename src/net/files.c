/* SPDX-License-Identifier: Apache-2.0 */
#include "net/files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "base/strv.h"

#define HOSTNAME_MAX	64
#define NAMESERVERS_MAX 16
#define HOST_GATEWAY	"host-gateway"

bool net_is_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

/* The same, or with a zone. */
static bool is_server(const char *text)
{
	_cleanup_free_ char *plain = strndup(text, strcspn(text, "%"));

	return plain && net_is_address(strchr(plain, ':') ? plain : text);
}

static bool is_loopback(const char *text)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET;
	return inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* A zone names an interface of the host, which the container does not have. */
static bool is_reachable(const struct net_resolv *in, const char *server)
{
	return is_server(server) &&
	       (in->host_network || (!is_loopback(server) && !strchr(server, '%')));
}

/* The values of the host's file, used where the caller gives none. */
struct resolv {
	char **servers;
	char **search;
	char **options;
};

static void resolv_done(struct resolv *r)
{
	strv_free(r->servers);
	strv_free(r->search);
	strv_free(r->options);
}

static int take_words(char ***list, char *const *words)
{
	int r = 0;

	for (; r == 0 && *words; words++)
		if (**words)
			r = strv_push(list, *words);
	return r;
}

static int read_line(const struct net_resolv *in, const char *line, struct resolv *out)
{
	_cleanup_strv_ char **words = strv_split(line, " \t\r");
	size_t key = 0;

	if (!words)
		return -ENOMEM;
	while (words[key] && !*words[key])
		key++;
	if (!words[key])
		return 0;
	char *const *values = &words[key + 1];
	if (streq(words[key], "options"))
		return take_words(&out->options, values);
	if (streq(words[key], "search") || streq(words[key], "domain")) {
		/* resolv.conf(5): the last line counts. */
		strv_free(TAKE_PTR(out->search));
		return take_words(&out->search, values);
	}
	while (*values && !**values)
		values++;
	if (streq(words[key], "nameserver") && *values && is_reachable(in, *values) &&
	    strv_length(out->servers) < NAMESERVERS_MAX && !strv_contains(out->servers, *values))
		return strv_push(&out->servers, *values);
	return 0;
}

static int read_host(const struct net_resolv *in, struct resolv *out)
{
	_cleanup_strv_ char **lines = strv_split(in->host, "\n");
	int r = lines ? 0 : -ENOMEM;

	for (char **line = lines; r == 0 && *line; line++)
		if (!strchr("#;", **line) || !**line)
			r = read_line(in, *line, out);
	return r;
}

bool net_resolv_is_stub(const char *text)
{
	static const char *const stubs[] = {"127.0.0.53", "127.0.0.54"};
	/* All name servers count here, also those on loopback. */
	const struct net_resolv all = {.host = text, .host_network = true};
	_cleanup_(resolv_done) struct resolv host = {0};

	if (read_host(&all, &host) < 0 || !host.servers)
		return false;
	STRV_FOREACH(server, host.servers)
		if (!streq(*server, stubs[0]) && !streq(*server, stubs[1]))
			return false;
	return true;
}

static int check_words(char *const *list, const char *what, struct masu_error *err)
{
	STRV_FOREACH(word, list)
		if (!**word || strpbrk(*word, " \t#;") || str_has_control(*word))
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid %s '%s': must be one word, without '#' and ';'",
				       what, *word);
	return 0;
}

static int check_resolv(const struct net_resolv *in, struct masu_error *err)
{
	STRV_FOREACH(server, in->servers)
		if (!is_server(*server) || str_has_control(*server) || strchr(*server, ' '))
			return err_set(err, ERR_INVALID, EINVAL, "invalid DNS server: \"%s\"",
				       *server);
	int r = check_words(in->search, "DNS search domain", err);
	return r < 0 ? r : check_words(in->options, "DNS option", err);
}

/* Here and below, strbuf_take() reports a failure of a line. */
static void add_line(struct strbuf *b, const char *key, char *const *words)
{
	if (!words || !*words)
		return;
	(void)strbuf_addf(b, "%s", key);
	STRV_FOREACH(word, words)
		(void)strbuf_addf(b, " %s", *word);
	(void)strbuf_addf(b, "\n");
}

static void write_resolv(const struct net_resolv *in, const struct resolv *host, struct strbuf *b)
{
	bool given = in->servers && *in->servers;
	bool no_search = in->search && *in->search && streq(*in->search, ".");

	if (!no_search)
		add_line(b, "search", in->search && *in->search ? in->search : host->search);
	if (!given && in->nameserver)
		(void)strbuf_addf(b, "nameserver %s\n", in->nameserver);
	STRV_FOREACH(server, given ? in->servers : host->servers)
		(void)strbuf_addf(b, "nameserver %s\n", *server);
	add_line(b, "options", in->options && *in->options ? in->options : host->options);
}

int net_resolv_conf(const struct net_resolv *in, char **ret, struct masu_error *err)
{
	_cleanup_(resolv_done) struct resolv host = {0};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int r = check_resolv(in, err);

	if (r < 0)
		return r;
	r = read_host(in, &host);
	if (r < 0)
		return err_sys(err, r, "create resolv.conf");
	write_resolv(in, &host, &b);
	*ret = strbuf_take(&b);
	return *ret ? 0 : err_oom(err);
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/* Why it is not a host name, or NULL. Underscores are allowed, as many programs do. */
static const char *host_name_fault(const char *name)
{
	char last = '.';

	if (!*name)
		return "it is empty";
	for (; *name; last = *name++) {
		if (!is_plain(*name) && *name != '-' && *name != '.')
			return "it must consist of letters, digits, '-', '_' and '.'";
		if (*name == '-' && last == '.')
			return "a part of it begins with '-'";
		if (*name == '.' && last == '-')
			return "a part of it ends with '-'";
		if (*name == '.' && last == '.')
			return "a part of it is empty";
	}
	return last == '.' ? "it ends with '.'" : last == '-' ? "it ends with '-'" : NULL;
}

static bool is_host_name(const char *name, size_t max)
{
	return strlen(name) <= max && !host_name_fault(name);
}

static int refuse_host(const char *entry, struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EINVAL, "the host '%s' is not NAME:ADDRESS", entry);
	return err_hint(err, "the address is one of IPv4 or IPv6, or host-gateway");
}

/* The address of an entry, without the brackets of IPv6. */
static char *read_address(const struct net_hosts *in, const char *text)
{
	size_t n = strlen(text);

	if (streq(text, HOST_GATEWAY))
		return strdup(str_or_empty(in->gateway));
	return *text == '[' && text[n - 1] == ']' ? strndup(text + 1, n - 2) : strdup(text);
}

/* docker has "=" as well as ":", and podman several names. */
static int add_host(const struct net_hosts *in, const char *entry, struct strbuf *b,
		    struct masu_error *err)
{
	const char *separator = strchr(entry, '=');

	if (!separator)
		separator = strchr(entry, ':');
	if (!separator)
		return refuse_host(entry, err);
	_cleanup_free_ char *text = strndup(entry, (size_t)(separator - entry)),
			    *address = read_address(in, separator + 1);
	_cleanup_strv_ char **names = text ? strv_split(text, ";") : NULL;
	if (!names || !address)
		return err_oom(err);
	if (streq(separator + 1, HOST_GATEWAY) && !in->gateway)
		return err_set(err, ERR_INVALID, ENETUNREACH,
			       "'%s': this network has no gateway to the host", entry);
	if (!net_is_address(address))
		return refuse_host(entry, err);
	(void)strbuf_addf(b, "%s", address);
	STRV_FOREACH(name, names) {
		if (!is_host_name(*name, 253))
			return refuse_host(entry, err);
		(void)strbuf_addf(b, "%c%s", name == names ? '\t' : ' ', *name);
	}
	(void)strbuf_addf(b, "\n");
	return 0;
}

/* Has a hosts file an entry for the name? */
static bool has_name(const char *hosts, const char *name)
{
	const size_t n = strlen(name);

	for (const char *at = hosts; (at = strstr(at, name)); at += n) {
		const char *line = at;

		while (line > hosts && line[-1] != '\n')
			line--;
		if (at > line && strchr(" \t", at[-1]) && strchr(" \t\r\n#", at[n]) &&
		    !memchr(line, '#', (size_t)(at - line)))
			return true;
	}
	return false;
}

/* One line with those of the names that the base does not have. */
static int add_names(const struct net_hosts *in, const char *address, const char *const names[],
		     struct strbuf *b)
{
	_cleanup_strv_ char **added = NULL;

	for (; *names; names++) {
		if (strv_contains(added, *names) || (in->base && has_name(in->base, *names)))
			continue;
		(void)strbuf_addf(b, "%s%s%s", added ? "" : address, added ? " " : "\t", *names);
		if (strv_push(&added, *names) < 0)
			return -ENOMEM;
	}
	if (added)
		(void)strbuf_addf(b, "\n");
	return 0;
}

static int add_own_names(const struct net_hosts *in, struct strbuf *b)
{
	_cleanup_free_ char *alias = strndup(in->hostname, strcspn(in->hostname, "."));
	const char *const names[] = {in->hostname, alias, in->name, NULL};

	/* Without a network, its name must still resolve. */
	return alias ? add_names(in, in->address ? in->address : "127.0.1.1", names, b) : -ENOMEM;
}

static int add_gateway(const struct net_hosts *in, struct strbuf *b)
{
	static const char *const names[] = {"host.containers.internal", "host.docker.internal",
					    NULL};

	return in->gateway ? add_names(in, in->gateway, names, b) : 0;
}

static void add_base(const struct net_hosts *in, struct strbuf *b)
{
	size_t n = in->base ? strlen(in->base) : 0;

	if (n == 0)
		(void)strbuf_addf(b, "127.0.0.1\tlocalhost\n"
				     "::1\tlocalhost ip6-localhost ip6-loopback\n");
	else
		(void)strbuf_addf(b, "%s%s", in->base, in->base[n - 1] == '\n' ? "" : "\n");
}

int net_hosts_file(const struct net_hosts *in, char **ret, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	STRV_FOREACH(entry, in->add_host) {
		int r = add_host(in, *entry, &b, err);

		if (r < 0)
			return r;
	}
	add_base(in, &b);
	if (add_gateway(in, &b) < 0 || add_own_names(in, &b) < 0)
		return err_oom(err);
	*ret = strbuf_take(&b);
	return *ret ? 0 : err_oom(err);
}

int net_check_hostname(const char *hostname, struct masu_error *err)
{
	const char *fault = strlen(hostname) > HOSTNAME_MAX ? "it is longer than 64 bytes"
							    : host_name_fault(hostname);

	return fault ? err_set(err, ERR_INVALID, EINVAL, "invalid host name '%s': %s", hostname,
			       fault)
		     : 0;
}

int net_hostname_file(const char *hostname, char **ret, struct masu_error *err)
{
	int r = net_check_hostname(hostname, err);

	if (r < 0)
		return r;
	if (asprintf(ret, "%s\n", hostname) < 0)
		return err_oom(err);
	return 0;
}
