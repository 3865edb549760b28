// The registers that a call preserves, and the two control words of floating point (System V ABI 3.2.1; AAPCS64
// 6.1), lie on the stack that is left, lowest first as they are popped.

#if defined(__x86_64__)
  .text
  .globl rf_go_switch
  .hidden rf_go_switch
  .type rf_go_switch, @function
  .p2align 4
rf_go_switch:
  .cfi_startproc
  pushq %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbp, 0
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  pushq %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  pushq %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  pushq %r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r15, 0
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %r15
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r15
  popq %r14
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r14
  popq %r13
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r13
  popq %r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r12
  popq %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  popq %rbp
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbp
  ret
  .cfi_endproc
  .size rf_go_switch, . - rf_go_switch

// rdi: top, rsi: main, rdx: entry, rcx: arg. The new stack inherits the control words of its creator.
  .globl rf_go_switch_prepare
  .hidden rf_go_switch_prepare
  .type rf_go_switch_prepare, @function
rf_go_switch_prepare:
  .cfi_startproc
  leaq enter(%rip), %rax
  movq %rax, -8(%rdi)
  movq $0, -16(%rdi) // rbp: chains of frame pointers end here
  movq %rsi, -24(%rdi) // rbx
  movq %rdx, -32(%rdi) // r12
  movq %rcx, -40(%rdi) // r13
  movq $0, -48(%rdi)
  movq $0, -56(%rdi)
  stmxcsr -64(%rdi)
  fnstcw -60(%rdi)
  leaq -64(%rdi), %rax
  ret
  .cfi_endproc
  .size rf_go_switch_prepare, . - rf_go_switch_prepare

  .type enter, @function
enter:
  .cfi_startproc
  .cfi_undefined %rip
  movq %r12, %rdi
  movq %r13, %rsi
  callq *%rbx
  ud2
  .cfi_endproc
  .size enter, . - enter

#elif defined(__aarch64__)
  .text
  .globl rf_go_switch
  .hidden rf_go_switch
  .type rf_go_switch, @function
  .p2align 4
rf_go_switch:
  .cfi_startproc
  sub sp, sp, #176
  .cfi_adjust_cfa_offset 176
  stp x29, x30, [sp, #160]
  .cfi_rel_offset x29, 160
  .cfi_rel_offset x30, 168
  stp x27, x28, [sp, #144]
  .cfi_rel_offset x27, 144
  .cfi_rel_offset x28, 152
  stp x25, x26, [sp, #128]
  .cfi_rel_offset x25, 128
  .cfi_rel_offset x26, 136
  stp x23, x24, [sp, #112]
  .cfi_rel_offset x23, 112
  .cfi_rel_offset x24, 120
  stp x21, x22, [sp, #96]
  .cfi_rel_offset x21, 96
  .cfi_rel_offset x22, 104
  stp x19, x20, [sp, #80]
  .cfi_rel_offset x19, 80
  .cfi_rel_offset x20, 88
  stp d14, d15, [sp, #64]
  .cfi_rel_offset b14, 64
  .cfi_rel_offset b15, 72
  stp d12, d13, [sp, #48]
  .cfi_rel_offset b12, 48
  .cfi_rel_offset b13, 56
  stp d10, d11, [sp, #32]
  .cfi_rel_offset b10, 32
  .cfi_rel_offset b11, 40
  stp d8, d9, [sp, #16]
  .cfi_rel_offset b8, 16
  .cfi_rel_offset b9, 24
  mrs x9, fpcr
  str x9, [sp]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldr x9, [sp]
  msr fpcr, x9
  ldp d8, d9, [sp, #16]
  .cfi_restore b8
  .cfi_restore b9
  ldp d10, d11, [sp, #32]
  .cfi_restore b10
  .cfi_restore b11
  ldp d12, d13, [sp, #48]
  .cfi_restore b12
  .cfi_restore b13
  ldp d14, d15, [sp, #64]
  .cfi_restore b14
  .cfi_restore b15
  ldp x19, x20, [sp, #80]
  .cfi_restore x19
  .cfi_restore x20
  ldp x21, x22, [sp, #96]
  .cfi_restore x21
  .cfi_restore x22
  ldp x23, x24, [sp, #112]
  .cfi_restore x23
  .cfi_restore x24
  ldp x25, x26, [sp, #128]
  .cfi_restore x25
  .cfi_restore x26
  ldp x27, x28, [sp, #144]
  .cfi_restore x27
  .cfi_restore x28
  ldp x29, x30, [sp, #160]
  .cfi_restore x29
  .cfi_restore x30
  add sp, sp, #176
  .cfi_adjust_cfa_offset -176
  ret
  .cfi_endproc
  .size rf_go_switch, . - rf_go_switch

// x0: top, x1: main, x2: entry, x3: arg. The new stack inherits the control word of its creator.
  .globl rf_go_switch_prepare
  .hidden rf_go_switch_prepare
  .type rf_go_switch_prepare, @function
rf_go_switch_prepare:
  .cfi_startproc
  sub x0, x0, #176
  adr x9, enter
  stp xzr, x9, [x0, #160] // x29, x30
  stp x1, x2, [x0, #80] // x19, x20
  str x3, [x0, #96] // x21
  mrs x9, fpcr
  str x9, [x0]
  ret
  .cfi_endproc
  .size rf_go_switch_prepare, . - rf_go_switch_prepare

  .type enter, @function
enter:
  .cfi_startproc
  .cfi_undefined x30
  mov x0, x20
  mov x1, x21
  blr x19
  brk #1
  .cfi_endproc
  .size enter, . - enter

#else
#error "goroutines switch stacks on x86-64 and AArch64 only"
#endif

  .section .note.GNU-stack, "", @progbits
