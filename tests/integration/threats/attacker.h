/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define FAMILY_ALG   38
#define FAMILY_VSOCK 40
#define STREAM	     1
#define SEQPACKET    5

struct way {
	const char *name;
	long (*call)(void);
};

/* thief.c */
int thief(int seconds);
int find_program(int seconds);

/* traced.c: exchanges two names each time that a command finds a directory at the first, to remove it. */
int swap_at_unlink(const char *a, const char *b, char **argv);

/* An AF_ALG socket by the other system call tables of this processor; up to one without a call. */
extern const struct way foreign_ways[];
