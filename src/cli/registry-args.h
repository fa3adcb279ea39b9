/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options of commands that talk to a registry. */

#include "cli/image-args.h"
#include "cli/options.h"
#include "masu.h"

struct registry_args {
	const char *authfile, *cert_dir;
	enum masu_tls tls;
	char *user, *password;	     /* of --creds, or NULL */
	int retries, retry_delay_ms; /* as in struct masu_pull_options */
};

void registry_args_done(struct registry_args *args);

/* For OPTION_ROW_PARSE: USER:PASSWORD, and the number and delay of retries, into a struct registry_args. */
int registry_args_creds(const char *text, void *field, struct masu_error *err);

int registry_args_retries(const char *text, void *field, struct masu_error *err);
int registry_args_delay(const char *text, void *field, struct masu_error *err);

/* clang-format off */
#define REGISTRY_ARGS_CERT_DIR(type, field)                                                         \
	OPTION_ROW(OPTION_STRING, type, field, 0, "cert-dir", "DIRECTORY",                          \
		   "Use the certificates for the registry in this directory")
#define REGISTRY_ARGS_TLS(type, field)                                                              \
	OPTION_ROW_PARSE(image_args_tls, type, field, 0, "tls-verify", "BOOL",                   \
			 "Allow plain http and unverified certificates with =false")
/* clang-format on */
#define REGISTRY_ARGS_RETRY(type, field)                                            \
	OPTION_ROW_PARSE(registry_args_retries, type, field, 0, "retry", "NUMBER",  \
			 "Retry a failed request up to NUMBER times (default 3)"),  \
		OPTION_ROW_PARSE(                                                   \
			registry_args_delay, type, field, 0, "retry-delay", "TIME", \
			"Wait this time before each retry (default: 0.5 s, doubled each time)")
#define REGISTRY_ARGS_AUTHFILE(type, field)                           \
	OPTION_ROW(OPTION_STRING, type, field, 0, "authfile", "FILE", \
		   "Read the credentials from this file, as podman and docker keep them")
#define REGISTRY_ARGS_CREDS(type, field)                                       \
	OPTION_ROW_PARSE(                                                      \
		registry_args_creds, type, field, 0, "creds", "USER:PASSWORD", \
		"Use this name and password, which other users see in the list of processes")
