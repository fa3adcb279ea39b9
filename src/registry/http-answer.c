/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/http-answer.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define HEADERS_MAX    (64 * 1024) /* of one answer */
#define ERROR_BODY_MAX (64 * 1024) /* of an error */

size_t http_answer_take_header(char *bytes, size_t size, size_t n, void *userdata)
{
	struct http_request *request = userdata;

	n *= size;
	if (n >= 5 && strncmp(bytes, "HTTP/", 5) == 0)
		request->received.length = 0; /* an answer after a 100 or a proxy's */
	if (request->received.length + n > HEADERS_MAX) {
		(void)err_set(&request->failure, ERR_INVALID, EFBIG, "too many headers");
		return 0;
	}
	return strbuf_add(&request->received, bytes, n) == 0 ? n : 0;
}

static bool is_success(const struct http_request *request)
{
	return request->status == 200 || request->status == 206;
}

/* Reads FIRST of "bytes FIRST-LAST/SIZE". */
static int read_range(const char *range, uint64_t *ret)
{
	const char *s = range ? str_after(range, "bytes ") : NULL;
	char *end;

	if (!s || !isdigit((unsigned char)*s))
		return -EBADMSG;
	errno = 0;
	*ret = strtoull(s, &end, 10);
	return errno || *end != '-' ? -EBADMSG : 0;
}

int http_answer_start(struct http_request *request)
{
	curl_off_t length = -1;
	uint64_t first = 0;
	long status = 0;

	(void)curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(request->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	request->status = (int)status;
	request->started = true;
	if (!is_success(request))
		return 0;
	if (status == 206) {
		_cleanup_free_ char *range = http_header(request, "content-range", 0);

		if (read_range(range, &first) < 0 || first > request->offset)
			return err_set(&request->failure, ERR_INVALID, EBADMSG,
				       "the server sent a later range than was asked for");
	}
	request->skip = request->offset - first;
	request->taken = first;
	if (length < 0)
		return 0;
	if (request->exact && first + (uint64_t)length != request->exact)
		return err_set(&request->failure, ERR_INVALID, EBADMSG,
			       "size mismatch: the server has %" PRIu64
			       " bytes, the manifest says %" PRIu64,
			       first + (uint64_t)length, request->exact);
	if (first + (uint64_t)length > request->limit)
		return err_set(&request->failure, ERR_INVALID, EFBIG,
			       "%" PRIu64 " bytes are more than the limit of %" PRIu64,
			       first + (uint64_t)length, request->limit);
	return 0;
}

static size_t collect(struct http_request *request, const char *bytes, size_t n)
{
	uint64_t limit = is_success(request) ? request->limit : ERROR_BODY_MAX;

	if (request->body.length + n > limit) {
		(void)err_set(&request->failure, ERR_INVALID, EFBIG,
			      "the answer is larger than the limit of %" PRIu64 " bytes", limit);
		return 0;
	}
	return strbuf_add(&request->body, bytes, n) == 0 ? n : 0;
}

size_t http_answer_take_body(char *bytes, size_t size, size_t n, void *userdata)
{
	struct http_request *request = userdata;
	size_t total = size * n;

	if (!request->started && http_answer_start(request) < 0)
		return 0;
	if (!is_success(request) || !request->sink)
		return collect(request, bytes, total);
	size_t skipped = MIN(request->skip, total);
	if (request->taken + total > request->limit) {
		(void)err_set(&request->failure, ERR_INVALID, EFBIG,
			      "size mismatch: the server sends more than the %" PRIu64
			      " bytes that the manifest says",
			      request->limit);
		return 0;
	}
	int r = skipped < total ? request->sink(request->userdata, bytes + skipped, total - skipped)
				: 0;
	if (r == -EAGAIN)
		return CURL_WRITEFUNC_PAUSE;
	if (r < 0) {
		if (!request->failure.code)
			(void)err_sys(&request->failure, r, "store the bytes");
		return 0;
	}
	request->skip -= skipped;
	request->taken += total;
	return total;
}

char *http_header(const struct http_request *request, const char *name, size_t n)
{
	size_t length = strlen(name);
	const char *end;

	for (const char *p = request->received.text; p && *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, "\n");
		if (strncasecmp(p, name, length) != 0 || p[length] != ':' || n-- > 0)
			continue;
		p += length + 1;
		p += strspn(p, " \t");
		const char *last = end;
		while (last > p && strchr(" \t\r", last[-1]))
			last--;
		return strndup(p, (size_t)(last - p));
	}
	return NULL;
}

bool http_may_retry(const struct http_request *request)
{
	if (request->failure.code)
		return false;
	switch (request->curl_code) {
	case CURLE_OK:
		return request->status >= 500 || request->status == 429 || request->status == 408;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_SEND_FAIL_REWIND:
		return true;
	case CURLE_COULDNT_CONNECT:
		return request->known || request->offset > 0;
	case CURLE_OPERATION_TIMEDOUT:
		return request->offset > 0 || request->taken > 0 || request->sent > 0;
	default:
		return false;
	}
}

int http_failure(const struct http_request *request, struct masu_error *err)
{
	const char *text = *request->message ? request->message
					     : curl_easy_strerror(request->curl_code);

	if (request->failure.code)
		return err_set(err, request->failure.kind, request->failure.code, "%s",
			       request->failure.message);
	switch (request->curl_code) {
	case CURLE_OK:
		return err_set(err, ERR_UNAVAILABLE, EIO, "the server answers with status %d",
			       request->status);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		(void)err_set(err, ERR_DENIED, EACCES, "TLS: %s", text);
		return err_hint(
			err,
			"for a registry that you trust without TLS, write 'insecure = HOST:PORT' into "
			"%s/registries.conf",
			geteuid() == 0 ? MASU_SYSCONFDIR : "~/.config/masu");
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_UNAVAILABLE, ETIMEDOUT, "%s", text);
	case CURLE_COULDNT_CONNECT:
		return err_set(err, ERR_UNAVAILABLE, ECONNREFUSED, "%s", text);
	case CURLE_OUT_OF_MEMORY:
		return err_oom(err);
	default:
		return err_set(err, ERR_UNAVAILABLE, EIO, "%s", text);
	}
}
