/* SPDX-License-Identifier: Apache-2.0 */
/* Where the kernel enters masu and masu-oci (early.c); libc's own entry follows with the same stack. */
	.text
	.globl early_start
	.hidden early_start
	.type early_start, @function
early_start:
	endbr64
	mov	%rsp, %rdi
	push	%rdx
	push	%rdx
	call	early_main
	pop	%rdx
	pop	%rdx
	jmp	_start

	.globl early_syscall
	.hidden early_syscall
	.type early_syscall, @function
early_syscall:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	syscall
	ret

	.section .note.GNU-stack, "", @progbits
