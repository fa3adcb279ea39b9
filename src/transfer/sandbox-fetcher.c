/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/sandbox-fetcher.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/log.h"
#include "registry/trusted-file.h"
#include "unpack/sandbox.h"

/*
 * Files that libc, OpenSSL and libcurl read after the start, on the known distributions. Not the whole of /etc: root's
 * fetcher could read the keys and passwords there.
 */
static const char *const readable[] = {
	/* libraries that are loaded when they are needed (NSS), and certificates */
	"/usr",
	"/lib",
	"/lib64",
	"/nix/store",
	"/gnu/store",
	"/etc/ld.so.cache",
	/* TLS */
	"/etc/ssl/certs",
	"/etc/ssl/cert.pem",
	"/etc/ssl/openssl.cnf",
	"/etc/pki/tls/certs",
	"/etc/pki/tls/cert.pem",
	"/etc/pki/tls/openssl.cnf",
	"/etc/pki/ca-trust",
	"/etc/ca-certificates",
	"/etc/crypto-policies",
	"/var/lib/ca-certificates",
	/* names */
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/nsswitch.conf",
	"/etc/gai.conf",
	"/etc/resolv.conf",
	"/run/systemd/resolve",
	"/run/NetworkManager",
	"/run/resolvconf",
	"/run/nscd",
	"/var/lib/sss",
	/* the number of processors */
	"/sys/devices/system/cpu",
};

/* The places of certificates that this libcurl was built with, and those of the user. */
#define OTHER_CERTIFICATES 4
/* The image directory, the stacks, the layers, the source. */
#define OWN	  4

#define RULES_MAX (ARRAY_SIZE(readable) + OTHER_CERTIFICATES + OWN)

/* Root needs them to work in a store that belongs to a user. */
static const unsigned int kept_capabilities[] = {CAP_DAC_OVERRIDE, CAP_FOWNER};

struct rules {
	struct landlock_rule list[RULES_MAX];
	size_t n;
	int shortage; /* of descriptors or memory: -errno, or 0 */
};

static void rules_done(struct rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		fd_close(&r->list[i].fd);
}

/* A missing file needs no rule. Without a descriptor, an existing file could not be opened, and would be missing later. */
static void add(struct rules *r, const char *path, enum landlock_access access)
{
	int fd = path && *path ? open(path, O_PATH | O_CLOEXEC) : -ENOENT;

	if (fd == -1 && err_is_shortage(-errno))
		r->shortage = -errno;
	r->list[r->n++] = (struct landlock_rule){.fd = fd, .access = access};
}

static int confine(const struct sandbox_places *own, struct masu_error *err)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	_cleanup_(rules_done) struct rules rules = {.n = 0};

	for (size_t i = 0; i < ARRAY_SIZE(readable); i++)
		add(&rules, readable[i], LANDLOCK_READ);
	add(&rules, curl->cainfo, LANDLOCK_READ);
	add(&rules, curl->capath, LANDLOCK_READ);
	add(&rules, getenv("SSL_CERT_FILE"), LANDLOCK_READ);
	add(&rules, getenv("SSL_CERT_DIR"), LANDLOCK_READ);
	add(&rules, own->images, LANDLOCK_STORE);
	add(&rules, own->stacks, LANDLOCK_STORE);
	add(&rules, own->layers, LANDLOCK_LIST);
	add(&rules, own->source, LANDLOCK_READ);
	if (rules.shortage)
		return err_sys(err, rules.shortage, "open the directories of the sandbox");
	return landlock_confine(rules.list, rules.n, true, err);
}

/* Root does not use certificates that another user could have written (trusted-file.h). */
static void forget_certificates_of_others(void)
{
	static const char *const variables[] = {"SSL_CERT_FILE", "SSL_CERT_DIR"};

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		_cleanup_err_ struct masu_error why = ERR_INIT;
		const char *path = getenv(variables[i]);

		if (!path || !*path || trusted_file_check(path, &why) != -EPERM)
			continue;
		log_notice("%s: %s", variables[i], why.message);
		(void)unsetenv(variables[i]); /* fails for a malformed name alone */
	}
}

/* No debugger of the same user may attach to the process or read its /proc files, and it gains no privileges. */
static int close_off(const unsigned int *kept, size_t n, struct masu_error *err)
{
	int r = sandbox_keep_capabilities(kept, n, err);

	if (r < 0)
		return r;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "give up privileges");
	return 0;
}

int sandbox_resolver(const int *keep_fds, size_t n, struct masu_error *err)
{
	static const char *const keep[] = {"RES_OPTIONS", "LOCALDOMAIN", NULL};
	const struct sandbox_places none = {0};
	int r = fd_close_from(STDERR_FILENO + 1, keep_fds, n);

	if (r < 0)
		return err_sys(err, r, "close other descriptors");
	r = close_off(NULL, 0, err);
	if (r < 0)
		return r;
	sandbox_forget_environment(keep);
	return confine(&none, err);
}

int sandbox_fetcher(const struct sandbox_places *places, struct masu_error *err)
{
	/* Variables of libcurl, and of libc if the proxy is of a kind that resolve.h does not know. */
	static const char *const keep[] = {
		"http_proxy",  "https_proxy",	"HTTPS_PROXY",	"all_proxy",
		"ALL_PROXY",   "no_proxy",	"NO_PROXY",	"RES_OPTIONS",
		"LOCALDOMAIN", "SSL_CERT_FILE", "SSL_CERT_DIR", NULL,
	};
	int r = close_off(kept_capabilities, ARRAY_SIZE(kept_capabilities), err);

	if (r < 0)
		return r;
	sandbox_forget_environment(keep);
	forget_certificates_of_others();
	r = confine(places, err);
	return r < 0 ? r : sandbox_deny_local_services(err);
}
