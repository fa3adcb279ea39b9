/* SPDX-License-Identifier: Apache-2.0 */

/* The command of the benchmark's bundles: a static program that does nothing, or sleeps for ever with "sleep". */
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "sleep") == 0)
		(void)pause(); /* until it is killed */
	return 0;
}
