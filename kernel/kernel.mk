# The kernel: every C and assembly file below kernel/, one link. DEBUG=1 builds the checking kernel,
# KASAN=1 one that also looks at every access to memory (kernel/mem/kasan.h).

KERNEL_MODE := $(if $(KASAN),kasan/,$(if $(DEBUG),debug/,))
KBUILD := $(BUILD)/$(KERNEL_MODE)kernel
KERNEL := $(BUILD)/$(KERNEL_MODE)namu.elf

KERNEL_C := $(sort $(shell find kernel -name '*.c' ! -path 'kernel/vdso/*'))
KERNEL_S := $(sort $(shell find kernel -name '*.S'))
include kernel/net/outside.mk
KERNEL_OBJ := $(KERNEL_C:%.c=$(BUILD)/$(KERNEL_MODE)%.o) $(KERNEL_S:%.S=$(BUILD)/$(KERNEL_MODE)%.o) $(OUTSIDE)

KERNEL_FLAGS := -std=gnu17 -ffreestanding -fno-pic -fno-pie -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -fno-strict-aliasing \
	-fno-common -fno-builtin-malloc -ffunction-sections -g -Wall -Wextra -Werror -Wno-unused-parameter -Wvla \
	-Wmissing-prototypes -Ikernel -Iinclude -MMD -MP
# Functions and loops begin where they come: no emulator gains by their alignment, and it costs a twentieth of the image.
KERNEL_OPT := -O2 -falign-functions=1 -falign-loops=1 -falign-jumps=1 -falign-labels=1
# Across files as well: under emulation a call into another code page costs as much as ten instructions, so small functions are
# better where they are used. The functions that the compiler itself calls (memcpy ...) must stay what they are.
KERNEL_LTO := $(if $(findstring gcc,$(CC)),-flto=auto)
ifneq ($(DEBUG)$(KASAN),)
KERNEL_FLAGS += -DNAMU_DEBUG -fsanitize=bounds,shift,unreachable,bool,enum,signed-integer-overflow
KERNEL_OPT := -O1
KERNEL_LTO :=
endif
ifdef KASAN
KERNEL_FLAGS += -DNAMU_KASAN
KERNEL_KASAN := -fsanitize=kernel-address --param asan-stack=0 --param asan-globals=0 \
	--param asan-instrumentation-with-call-threshold=0
$(addprefix $(KBUILD)/,mem/kasan.o mem/slab.o mem/slab_debug.o): KERNEL_KASAN :=
endif
# To measure what the trace costs when it is off: make bench-trace.
ifdef NO_TRACE
KERNEL_FLAGS += -DNAMU_NO_TRACE
endif
KERNEL_OPT += $(KERNEL_LTO)
$(KBUILD)/lib/string.o: KERNEL_OPT := $(filter-out -flto=auto,$(KERNEL_OPT))
# What nobody waits for is made small: the image counts for the memory that a machine needs.
KERNEL_COLD := $(addprefix kernel/,$(addsuffix .c,proc/procfs* proc/ptrace* proc/core_* proc/check proc/sysfs proc/discipline proc/user_choice \
	proc/start proc/command* proc/resolver proc/prctl* proc/inspect proc/remote_memory proc/io_priority fs/ninep* fs/mount* fs/fs_context \
	fs/handle fs/dnotify fs/acl fs/xattr fs/tree_xattr fs/filecap net/[a-tv-z]* net/*option* net/*diag* \
	dev/virtio_[mp]* dev/virtio_9p dev/pci* dev/fw_cfg dev/machine dev/devpts dev/tty_ioctl dev/tty_termios ipc/mqueue* ipc/ipc_namespace ipc/object syscall/mount* syscall/ipc syscall/mqueue syscall/syslog syscall/limits syscall/names syscall/xattr))
$(patsubst kernel/%.c,$(KBUILD)/%.o,$(wildcard $(KERNEL_COLD))): KERNEL_OPT := $(subst -O2,-Os,$(KERNEL_OPT))

.PHONY: kernel
kernel: $(KERNEL) ## build only the kernel

$(BUILD)/$(KERNEL_MODE)kernel/%.o: kernel/%.c kernel/kernel.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(KERNEL_FLAGS) $(KERNEL_OPT) $(KERNEL_KASAN) -c $< -o $@

# Only these see lwIP's headers; its own files are compiled as they are, without warnings.
$(OUTSIDE_OBJ): KERNEL_FLAGS += $(LWIP_FLAGS)
$(OUTSIDE_OBJ) $(LWIP_OBJ): KERNEL_OPT := -Os
$(KBUILD)/lwip/%.o: $(LWIP)/%.c kernel/kernel.mk kernel/net/outside.mk $(wildcard $(LWIP_PORT)/*.h $(LWIP_PORT)/arch/*.h)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(filter-out -W%,$(KERNEL_FLAGS)) -w $(LWIP_FLAGS) $(KERNEL_OPT) $(KERNEL_KASAN) -c $< -o $@

$(KBUILD)/outside.o: $(OUTSIDE_OBJ) $(LWIP_OBJ)
	@echo "  LD $@"
	@ld -r $^ -o $@.all
	@objcopy --keep-global-symbol=outside_start --keep-global-symbol=outside_settle \
		--keep-global-symbol=card_interrupt $@.all $@

$(BUILD)/$(KERNEL_MODE)kernel/%.o: kernel/%.S kernel/kernel.mk
	@mkdir -p $(@D)
	@echo "  AS $<"
	@$(CC) $(KERNEL_FLAGS) -c $< -o $@

KERNEL_LINK = $(CC) $(if $(KERNEL_LTO),$(KERNEL_FLAGS) $(KERNEL_OPT)) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack \
	-Wl,--gc-sections -Wl,--no-warn-rwx-segments -T kernel/arch/x86_64/kernel.ld

# What boots carries no debug information; gdb reads it from namu.debug.elf.
# Linked twice: the first time to learn where every function lies, for the names in a panic's back trace.
$(KERNEL): $(KERNEL_OBJ) kernel/arch/x86_64/kernel.ld tools/symbols.sh
	@echo "  LD $@"
	@$(KERNEL_LINK) $(KERNEL_OBJ) -o $(KBUILD)/first.elf
	@tools/symbols.sh $(KBUILD)/first.elf > $(KBUILD)/symbols.S
	@$(CC) -c $(KBUILD)/symbols.S -o $(KBUILD)/symbols.o
	@$(KERNEL_LINK) $(KERNEL_OBJ) $(KBUILD)/symbols.o -o $(@:.elf=.debug.elf)
	@objcopy --strip-all $(@:.elf=.debug.elf) $@

-include $(KERNEL_OBJ:.o=.d) $(OUTSIDE_OBJ:.o=.d) $(LWIP_OBJ:.o=.d)

include kernel/vdso/vdso.mk
