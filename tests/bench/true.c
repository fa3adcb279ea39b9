/* SPDX-License-Identifier: Apache-2.0 */

/* What the bundles of the benchmark run: a static program that does nothing. */
int main(void)
{
	return 0;
}
