/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"

#define KEEP_MS	      60000
#define ADDRESSES_MAX 64

/* An IPv6 address; a link-local one has its interface. */
#define ADDRESS_TEXT_MAX (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)

static void forget(struct resolve_kept *k)
{
	free(k->host);
	free(k->addresses);
	*k = (struct resolve_kept){0};
}

void resolve_done(struct resolve *r)
{
	for (size_t i = 0; i < RESOLVE_KEPT; i++)
		forget(&r->kept[i]);
}

static int no_address(const char *host, int code, struct masu_error *err)
{
	return err_set(err, ERR_UNAVAILABLE, EHOSTUNREACH, "no address of '%s': %s", host,
		       gai_strerror(code));
}

int resolve_name(const char *host, char **ret, struct masu_error *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *list;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int n = 0;

	if (host_is_loopback(host))
		hints.ai_flags = 0; /* loopback works even if no other address is configured */
	int r = getaddrinfo(host, NULL, &hints, &list);
	if (r != 0)
		return no_address(host, r, err);
	for (const struct addrinfo *a = list; a && r == 0 && n < ADDRESSES_MAX; a = a->ai_next) {
		char address[ADDRESS_TEXT_MAX];

		if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address), NULL, 0,
				NI_NUMERICHOST) == 0)
			r = strbuf_addf(&text, "%s%s", n++ ? "," : "", address);
	}
	freeaddrinfo(list);
	if (r == 0 && n == 0)
		return no_address(host, EAI_NONAME, err);
	if (r < 0)
		return err_oom(err);
	*ret = TAKE_PTR(text.text);
	return 0;
}

static bool is_address(const char *host)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	struct addrinfo *list;

	if (getaddrinfo(host, NULL, &hints, &list) != 0)
		return false;
	freeaddrinfo(list);
	return true;
}

/* The addresses of a name. The result belongs to `r`. */
static int look_up(struct resolve *r, const char *host, const char **ret, struct masu_error *err)
{
	int64_t now = time_monotonic_ms();
	char *addresses;

	for (size_t i = 0; i < RESOLVE_KEPT; i++)
		if (r->kept[i].host && streq(r->kept[i].host, host) && r->kept[i].until_ms > now) {
			*ret = r->kept[i].addresses;
			return 0;
		}
	int q = r->addresses(r->arg, host, &addresses, err);
	if (q < 0)
		return q;
	struct resolve_kept *k = &r->kept[r->next++ % RESOLVE_KEPT];
	forget(k);
	*k = (struct resolve_kept){
		.host = strdup(host), .addresses = addresses, .until_ms = now + KEEP_MS};
	*ret = addresses;
	return k->host ? 0 : err_oom(err);
}

/* Adds one address to the entry. Other text is ignored. */
static int add_address(struct strbuf *entry, const char *text, bool first,
		       enum address_class *nearest)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	struct addrinfo *a;

	if (getaddrinfo(text, NULL, &hints, &a) != 0)
		return 0;
	*nearest = MAX(*nearest, address_classify(a->ai_addr));
	bool six = a->ai_family == AF_INET6;
	freeaddrinfo(a);
	return strbuf_addf(entry, "%s%s%s%s", first ? "" : ",", six ? "[" : "", text,
			   six ? "]" : "");
}

int resolve_origin(struct resolve *r, const struct origin *o, char **ret,
		   enum address_class *ret_nearest, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf entry = STRBUF_INIT;
	_cleanup_free_ char *bare = strdup(o->host + (*o->host == '['));
	_cleanup_strv_ char **list = NULL;
	enum address_class nearest = ADDRESS_PUBLIC;
	const char *addresses = bare;
	int q = 0;

	if (!bare || strbuf_addf(&entry, "%s:%u:", o->host, o->port) < 0)
		return err_oom(err);
	if (*o->host == '[')
		bare[strcspn(bare, "]")] = 0;
	if (!is_address(bare))
		q = look_up(r, bare, &addresses, err);
	if (q < 0)
		return q;
	list = strv_split(addresses, ",");
	STRV_FOREACH(text, list)
		if (q == 0)
			q = add_address(&entry, *text, text == list, &nearest);
	if (!list || q < 0)
		return err_oom(err);
	*ret = TAKE_PTR(entry.text);
	*ret_nearest = nearest;
	return 0;
}
