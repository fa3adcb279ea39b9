/* SPDX-License-Identifier: Apache-2.0 */

/* What the bundles of the benchmark run: a static program that does nothing, or "sleep"s for ever. */
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "sleep") == 0)
		(void)pause(); /* until it is killed */
	return 0;
}
