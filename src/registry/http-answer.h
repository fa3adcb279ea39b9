/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The answer of a server to a request (http.h). Its headers and its body are checked while they arrive, so that a server
 * can neither send more than the caller expects nor another part of a blob.
 */

#include "registry/http.h"

/* Callbacks of libcurl, with the request as `userdata`: the bytes that were taken, fewer than given for a failure. */
size_t http_answer_take_header(char *bytes, size_t size, size_t n, void *userdata);
size_t http_answer_take_body(char *bytes, size_t size, size_t n, void *userdata);

/*
 * Reads the status, and checks size and start of the body, before its first byte or at the end of an empty one. A failure
 * is stored in the request.
 */
int http_answer_start(struct http_request *request);

/*
 * The n-th header of the answer with that name (lower case), as a copy without blanks around it. NULL if it is missing, or
 * when out of memory.
 */
char *http_header(const struct http_request *request, const char *name, size_t n);

/* Returns whether a failed request may succeed if it is repeated. */
bool http_may_retry(const struct http_request *request);

/* Sets the error of a request without a usable answer. Returns -errno. */
int http_failure(const struct http_request *request, struct masu_error *err);
