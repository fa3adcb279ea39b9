/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs commands side by side, in turns, and prints what each took: the median wall time of the
 * whole process, its ratio to the first, the least wall time, the median and the least of its CPU time with that
 * of its children, and its peak memory. One run of all is what makes figures comparable; the machine's noise hits all.
 *
 *   compare ROUNDS < LIST      each line: LABEL<TAB>ARG<TAB>ARG...
 *
 * "@" in an argument stands for the round; the argument ";" ends a command, and the next of the same
 * line follows it: they are measured together. One that "::" ends prepares and is not measured.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX   1000
#define COMMANDS_MAX 32
#define ARGS_MAX     64

struct command {
	char *label;
	char *args[ARGS_MAX + 1];
	double ms[ROUNDS_MAX], cpu_ms[ROUNDS_MAX];
	long peak_kib;
	int status; /* of the first failure */
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static bool ends(const char *arg)
{
	return !arg || strcmp(arg, ";") == 0 || strcmp(arg, "::") == 0;
}

/* Replaces "@" by the round, so that each run can have a name of its own. */
static void exec_command(char *const *from, int round)
{
	static char texts[ARGS_MAX][4096];
	char *args[ARGS_MAX + 1];
	int i;

	for (i = 0; !ends(from[i]); i++) {
		char *at = strchr(from[i], '@');

		args[i] = from[i];
		if (!at)
			continue;
		snprintf(texts[i], sizeof(texts[i]), "%.*s%d%s", (int)(at - from[i]), from[i],
			 round, at + 1);
		args[i] = texts[i];
	}
	args[i] = NULL;
	execvp(args[0], args);
	_exit(127);
}

static double cpu_ms(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e3 +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e3;
}

static void run_one(struct command *c, char *const *args, int round, bool measured)
{
	double start = now_ms();
	struct rusage usage;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		exec_command(args, round);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
		perror("compare");
		exit(1);
	}
	if (status && !c->status)
		c->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (!measured)
		return;
	c->ms[round] += now_ms() - start;
	c->cpu_ms[round] += cpu_ms(&usage);
	if (usage.ru_maxrss > c->peak_kib)
		c->peak_kib = usage.ru_maxrss;
}

static void run(struct command *c, int round)
{
	for (char *const *args = c->args, *const *end; *args; args = end + (*end != NULL)) {
		for (end = args; !ends(*end); end++)
			;
		run_one(c, args, round, !*end || strcmp(*end, ";") == 0);
	}
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool read_command(struct command *c)
{
	char *line = NULL, *rest, *arg;
	size_t room = 0;
	ssize_t n = getline(&line, &room, stdin);
	int args = 0;

	if (n < 0)
		return false;
	line[strcspn(line, "\n")] = 0;
	rest = line;
	c->label = strsep(&rest, "\t");
	while (args < ARGS_MAX && (arg = strsep(&rest, "\t")))
		c->args[args++] = arg;
	return args > 0;
}

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	int n = 0, rounds = argc == 2 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: compare ROUNDS < LIST\n");
		return 2;
	}
	while (n < COMMANDS_MAX && read_command(&commands[n]))
		n++;
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < n; i++)
			run(&commands[i], round);
	printf("%-44s %10s %8s %10s %8s %10s %10s\n", "", "median ms", "ratio", "least ms",
	       "CPU ms", "least CPU", "peak KiB");
	for (int i = 0; i < n; i++) {
		struct command *c = &commands[i];

		qsort(c->ms, (size_t)rounds, sizeof(double), compare_doubles);
		qsort(c->cpu_ms, (size_t)rounds, sizeof(double), compare_doubles);
		printf("%-44s %10.2f %8.2f %10.2f %8.2f %10.2f %10ld", c->label, c->ms[rounds / 2],
		       c->ms[rounds / 2] / commands[0].ms[rounds / 2], c->ms[0],
		       c->cpu_ms[rounds / 2], c->cpu_ms[0], c->peak_kib);
		if (c->status)
			printf("   FAILED with status %d", c->status);
		putchar('\n');
	}
	return 0;
}
