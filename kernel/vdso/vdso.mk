# The vDSO: a user-mode shared object of its own, put into the kernel as bytes by kernel/proc/vdso_image.S.

VDSO := $(BUILD)/vdso/vdso.so
VDSO_FLAGS := -std=gnu17 -ffreestanding -fPIC -O2 -fno-stack-protector -fno-builtin -fasynchronous-unwind-tables \
	-mno-mmx -fcf-protection=none -fvisibility=default -g0 -Wall -Wextra -Werror -Ikernel
VDSO_LDFLAGS := -nostdlib -shared -Wl,-T,kernel/vdso/vdso.ld -Wl,-soname,linux-vdso.so.1 -Wl,--hash-style=both \
	-Wl,--build-id=sha1 -Wl,--eh-frame-hdr -Wl,-Bsymbolic -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,-s

$(VDSO): kernel/vdso/vdso.c kernel/vdso/vvar.h kernel/vdso/vdso.ld kernel/vdso/vdso.mk
	@mkdir -p $(@D)
	$(CC) $(VDSO_FLAGS) $(VDSO_LDFLAGS) $< -o $@

$(KBUILD)/proc/vdso_image.o: $(VDSO)
