/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/certificates.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "registry/trusted-file.h"

#define FILE_SIZE_MAX  (1 << 20)
#define HOSTS_SIZE_MAX (16 << 20) /* of the authorities of the host */

void certificates_done(struct certificates *c)
{
	if (c->key)
		OPENSSL_cleanse(c->key, strlen(c->key));
	free(c->key);
	free(c->certificate);
	free(c->authorities);
	*c = (struct certificates){0};
}

/* Copies, as the reader of the directory is closed. Sorted: the result must not depend on the file system. */
static int list_names(const char *dir, char ***ret)
{
	DIR *d = opendir(dir);
	int r = d ? 0 : -errno;

	for (const struct dirent *entry; r == 0 && (entry = file_next_entry(d));)
		r = strv_push(ret, entry->d_name);
	if (r == 0)
		r = -errno;
	if (d)
		(void)closedir(d);
	if (r == 0)
		strv_sort(*ret);
	return r;
}

static int read_text(const char *dir, const char *name, char **ret, struct masu_error *err)
{
	_cleanup_free_ char *path = path_join(dir, name);

	if (!path)
		return err_oom(err);
	int r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, ret, NULL);
	return r < 0 ? err_sys(err, r, "read '%s'", path) : 0;
}

static int add_authority(const char *dir, const char *name, struct strbuf *all,
			 struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = read_text(dir, name, &text, err);

	if (r == 0 && strbuf_addf(all, "%s\n", text) < 0)
		r = err_oom(err);
	return r;
}

/* The authorities of the host, as libcurl would read them. */
static int add_hosts(struct strbuf *all, struct masu_error *err)
{
	const char *file = getenv("SSL_CERT_FILE");
	_cleanup_free_ char *text = NULL;

	if (!file || !*file)
		file = curl_version_info(CURLVERSION_NOW)->cainfo;
	if (!file)
		return 0; /* libcurl reads a directory, besides ours */
	int r = file_read(AT_FDCWD, file, HOSTS_SIZE_MAX, &text, NULL);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_sys(err, r, "read '%s'", file);
	return strbuf_addf(all, "%s", text) < 0 ? err_oom(err) : 0;
}

/* A certificate with the key of its name. The first pair is used: libcurl shows one. */
static int take_pair(const char *dir, const char *name, char *const *names,
		     struct certificates *ret, struct masu_error *err)
{
	_cleanup_free_ char *key = str_printf("%.*s.key", (int)(strrchr(name, '.') - name), name);

	if (!key)
		return err_oom(err);
	if (!strv_contains(names, key))
		return err_set(err, ERR_INVALID, EBADMSG, "'%s/%s' has no key '%s'", dir, name,
			       key);
	if (ret->certificate)
		return 0;
	int r = read_text(dir, name, &ret->certificate, err);
	return r < 0 ? r : read_text(dir, key, &ret->key, err);
}

static int check_key(const char *dir, const char *name, char *const *names, struct masu_error *err)
{
	_cleanup_free_ char *own = str_printf("%.*s.cert", (int)(strrchr(name, '.') - name), name);

	if (!own)
		return err_oom(err);
	if (strv_contains(names, own))
		return 0;
	(void)err_set(err, ERR_INVALID, EBADMSG, "'%s/%s' has no certificate '%s'", dir, name, own);
	return err_hint(err, "authorities are *.crt, and client certificates *.cert");
}

static int read_files(const char *dir, char *const *names, struct certificates *ret,
		      struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf authorities = STRBUF_INIT;
	int r = 0;

	STRV_FOREACH(name, names) {
		if (str_has_suffix(*name, ".crt"))
			r = add_authority(dir, *name, &authorities, err);
		else if (str_has_suffix(*name, ".cert"))
			r = take_pair(dir, *name, names, ret, err);
		else if (str_has_suffix(*name, ".key"))
			r = check_key(dir, *name, names, err);
		if (r < 0)
			return r;
	}
	if (!authorities.length)
		return 0;
	r = add_hosts(&authorities, err);
	if (r == 0 && !(ret->authorities = strbuf_take(&authorities)))
		r = err_oom(err);
	return r;
}

static int load_dir(const char *dir, struct certificates *ret, struct masu_error *err)
{
	_cleanup_certificates_ struct certificates c = {0};
	_cleanup_strv_ char **names = NULL;
	int r = list_names(dir, &names);

	if (r < 0)
		return err_sys(err, r, "read the certificates in '%s'", dir);
	r = read_files(dir, names, &c, err);
	if (r < 0)
		return r;
	*ret = c;
	c = (struct certificates){0};
	return 0;
}

/* "~/.config/containers/certs.d/REGISTRY", unless root would read what belongs to another user. NULL: none. */
static int users_dir(const char *registry, char **ret, struct masu_error *err)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	_cleanup_err_ struct masu_error why = ERR_INIT;
	_cleanup_free_ char *dir = NULL;

	if (config && *config == '/')
		dir = str_printf("%s/containers/certs.d/%s", config, registry);
	else if (home && *home == '/')
		dir = str_printf("%s/.config/containers/certs.d/%s", home, registry);
	else
		return 0;
	if (!dir)
		return err_oom(err);
	if (trusted_file_check(dir, &why) == -EPERM) {
		log_notice("%s", why.message);
		return 0;
	}
	*ret = TAKE_PTR(dir);
	return 0;
}

int certificates_load(const char *dir, const char *registry, struct certificates *ret,
		      struct masu_error *err)
{
	static const char *const places[] = {"/etc/containers/certs.d", "/etc/docker/certs.d"};
	_cleanup_free_ char *own = NULL;

	if (dir)
		return load_dir(dir, ret, err);
	int r = users_dir(registry, &own, err);
	if (r < 0)
		return r;
	if (own && access(own, F_OK) == 0)
		return load_dir(own, ret, err);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_free_ char *path = path_join(places[i], registry);

		if (!path)
			return err_oom(err);
		if (access(path, F_OK) == 0)
			return load_dir(path, ret, err);
	}
	return 0;
}
