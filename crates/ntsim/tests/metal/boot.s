# From QEMU's direct boot (the PVH protocol: 32-bit protected mode, no paging) to 64-bit Rust, with the first 4 GiB
# mapped where they are; and the entries of the two interrupts.

.section .note.Xen, "a", @note
    .long 4, 4, 18              # name's length, value's length, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long start

.section .bss
.balign 4096
level4: .skip 4096
level3: .skip 4096
level2: .skip 4 * 4096
.skip 65536
stack_top:

.section .rodata
.balign 8
gdt:
    .quad 0
    .quad 0x00209A0000000000    # 64-bit code
    .quad 0x0000920000000000    # data
gdt_pointer:
    .word . - gdt - 1
    .long gdt

.section .text.start, "ax"
.code32
.global start
start:
    cli
    # 2048 pages of 2 MiB: present, writable, large.
    mov $level2, %edi
    mov $0x83, %eax
    mov $2048, %ecx
1:  mov %eax, (%edi)
    movl $0, 4(%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 1b
    mov $level3, %edi
    mov $level2 + 3, %eax
    mov $4, %ecx
2:  mov %eax, (%edi)
    add $4096, %eax
    add $8, %edi
    loop 2b
    movl $level3 + 3, level4
    mov $level4, %eax
    mov %eax, %cr3
    mov %cr4, %eax
    or $0x20, %eax              # PAE
    mov %eax, %cr4
    mov $0xC0000080, %ecx       # EFER: long mode
    rdmsr
    or $0x100, %eax
    wrmsr
    mov %cr0, %eax
    or $0x80000001, %eax
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $8, $long_mode
.code64
long_mode:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    lea stack_top(%rip), %rsp
    call main
3:  hlt
    jmp 3b

# An interrupt: the registers that a call may change are kept, and Rust is told which one it was.
.macro interrupt name, number
.global \name
\name:
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    mov $\number, %edi
    cld
    call interrupted
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    iretq
.endm
interrupt line_entry, 0
interrupt message_entry, 1

# The pin 7 of an 8259: what it says where the line that it was about to report has gone. It is no interrupt of the
# device's. The first 8259 has been told of it where the second one says so, and wants its end.
.global spurious_entry
spurious_entry:
    push %rax
    mov $0x20, %al
    out %al, $0x20
    pop %rax
    iretq
