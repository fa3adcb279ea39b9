/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/match.h"

#include <dirent.h>
#include <errno.h>
#include <regex.h>

#include "base/strv.h"
#include "oci-cli/bundle.h"

/* All at once, as what is called may remove them. */
static int list_matching(const char *root, const regex_t *regex, char ***ret, struct err *err)
{
	_cleanup_closedir_ DIR *d = opendir(root);
	_cleanup_strv_ char **ids = NULL;

	if (!d)
		return errno == ENOENT ? 0 : err_sys(err, errno, "open '%s'", root);
	for (struct dirent *entry; (entry = readdir(d));)
		if (bundle_check_id(entry->d_name, NULL) == 0 &&
		    regexec(regex, entry->d_name, 0, NULL, 0) == 0 &&
		    strv_push(&ids, entry->d_name) < 0)
			return err_sys(err, ENOMEM, "list the containers");
	*ret = TAKE_PTR(ids);
	return 0;
}

int match_each(const struct oci_globals *g, const char *pattern,
	       int (*call)(const char *root, const char *id, void *arg, struct err *err), void *arg,
	       struct err *err)
{
	_cleanup_free_ char *root = NULL;
	_cleanup_strv_ char **ids = NULL;
	regex_t regex;
	char why[128];
	int r = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (r != 0) {
		(void)regerror(r, &regex, why, sizeof(why));
		return err_set(err, ERR_INVALID, EINVAL, "--regex '%s': %s", pattern, why);
	}
	r = bundle_root(g, &root, err);
	if (r == 0)
		r = list_matching(root, &regex, &ids, err);
	regfree(&regex);
	STRV_FOREACH(id, ids) {
		_cleanup_err_ struct err failure = ERR_INIT;

		if (call(root, *id, arg, &failure) < 0 && r == 0)
			r = err_move(err, &failure);
	}
	return r;
}
