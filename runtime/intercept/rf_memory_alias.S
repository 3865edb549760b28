/* The exported names of the three block functions, which C files of the runtime cannot use: see
   abi/rf_redirect.h. Weak, so that a program that defines them keeps its own. */
	.text
	.macro EXPORT name
	.weak \name
	.type \name, @function
	.p2align 4
\name:
	jmp rf_export_\name
	.size \name, . - \name
	.endm
	EXPORT memcpy
	EXPORT memmove
	EXPORT memset
	.section .note.GNU-stack, "", @progbits
