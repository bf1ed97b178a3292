/* The vDSO's file as bytes, for proc/vdso.c. */
	.section .rodata
	.balign 8
	.globl vdso_image
vdso_image:
	.incbin "build/vdso/vdso.so"
	.globl vdso_image_end
vdso_image_end:
	.section .note.GNU-stack, "", @progbits
