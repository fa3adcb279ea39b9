/* SPDX-License-Identifier: Apache-2.0 */
/* start.h for AArch64. */
	.text
	.globl _start
	.type _start, %function
_start:
	mov	x29, #0
	mov	x30, #0
	mov	x0, sp
	bl	start_main
	brk	#0

	.globl start_syscall
	.type start_syscall, %function
start_syscall:
	mov	x8, x0
	mov	x0, x1
	mov	x1, x2
	mov	x2, x3
	mov	x3, x4
	mov	x4, x5
	mov	x5, x6
	svc	#0
	ret

	.section .note.GNU-stack, "", %progbits
