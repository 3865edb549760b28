/* Where C cannot go: getcontext returns twice, into its caller, makecontext takes any number of arguments, and a
   context's entry function is entered with them and returns into the C library. */
	.text
	.weak getcontext
	.type getcontext, @function
getcontext:
	.cfi_startproc
	pushq %rdi
	.cfi_adjust_cfa_offset 8
	call rf_context_note
	popq %rdi
	.cfi_adjust_cfa_offset -8
	jmp *rf_real_getcontext(%rip)
	.cfi_endproc
	.size getcontext, . - getcontext

	.weak makecontext
	.type makecontext, @function
makecontext:
	.cfi_startproc
	pushq %rdi
	pushq %rdx
	pushq %rcx
	pushq %r8
	pushq %r9
	.cfi_adjust_cfa_offset 40
	call rf_context_prepare
	popq %r9
	popq %r8
	popq %rcx
	popq %rdx
	popq %rdi
	.cfi_adjust_cfa_offset -40
	movq %rax, %rsi
	xorl %eax, %eax
	jmp *rf_real_makecontext(%rip)
	.cfi_endproc
	.size makecontext, . - makecontext

/* r12: the entry function; r13: struct rf_context. The way down ends here for unwinders. */
	.globl rf_context_start
	.hidden rf_context_start
	.type rf_context_start, @function
rf_context_start:
	.cfi_startproc
	.cfi_undefined rip
	pushq %rdi
	pushq %rsi
	pushq %rdx
	pushq %rcx
	pushq %r8
	pushq %r9
	subq $8, %rsp
	.cfi_adjust_cfa_offset 56
	movq %r13, %rdi
	call rf_context_begins
	addq $8, %rsp
	popq %r9
	popq %r8
	popq %rcx
	popq %rdx
	popq %rsi
	popq %rdi
	.cfi_adjust_cfa_offset -56
	leaq 1f(%rip), %rax
	xchgq %rax, (%rsp)
	movq %rax, 40(%r13)
	jmp *%r12
	nop
1:	movq %rsp, %r12
	andq $-16, %rsp
	movq %r13, %rdi
	call rf_context_ends
	movq %r12, %rsp
	jmp *%rax
	.cfi_endproc
	.size rf_context_start, . - rf_context_start
	.section .note.GNU-stack, "", @progbits
