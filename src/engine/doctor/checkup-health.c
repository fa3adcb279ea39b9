/* SPDX-License-Identifier: Apache-2.0 */
/* A health check that has failed, of a container that runs or was ended for that. */

#include "engine/doctor/checkup.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/health.h"

#define OUTPUT_MAX 200

/* The first line of the output that is not empty, in quotes; "" without one. The caller frees it. */
static char *first_line(const struct health_result *result)
{
	const char *text = str_or_empty(result->output);

	text += strspn(text, " \t\r\n");
	size_t n = strcspn(text, "\r\n");
	char *line = n ? str_printf(": \"%.*s%s\"", (int)MIN(n, OUTPUT_MAX), text,
				    n > OUTPUT_MAX ? "..." : "")
		       : strdup("");
	if (line)
		str_disarm(line, false);
	return line;
}

static char *message(const struct health *h)
{
	const struct health_result *last = &h->log[h->n - 1];
	_cleanup_free_ char *line = first_line(last);

	if (!line)
		return NULL;
	if (last->exit_code == HEALTH_TIMED_OUT) /* the output tells it */
		return str_printf("failures in a row: %" PRId64 ", the last%s", h->streak, line);
	return str_printf("failures in a row: %" PRId64 ", the last with exit status %" PRId64 "%s",
			  h->streak, last->exit_code, line);
}

void checkup_health(struct checkup *k)
{
	const struct record *r = &k->c->record;
	bool is_alive = state_is_alive(&k->c->state);
	_cleanup_health_ struct health h = {0};

	if (!health_is_checked(r) || health_read(k->c->home.fd, &h, NULL) < 0 ||
	    h.status != MASU_HEALTH_UNHEALTHY || h.n == 0 ||
	    (!is_alive && health_action(r) == MASU_HEALTH_ACTION_NONE))
		return;
	checkup_add(k,
		    &(struct checkup_finding){
			    .id = "unhealthy",
			    .severity = is_alive ? MASU_SEVERITY_WARNING : MASU_SEVERITY_ERROR,
			    .object = str_printf("health check \"%s\"",
						 r->health.test[strv_length(r->health.test) - 1]),
			    .message = message(&h),
		    });
}
