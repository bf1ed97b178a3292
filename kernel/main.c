/*
 * From the loader's record to the first process: every floor in its order, each needing only those before it.
 */
#include "arch/x86_64/apic.h"
#include "arch/x86_64/clock.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/extable.h"
#include "arch/x86_64/pagetable.h"
#include "arch/x86_64/pvh.h"
#include "arch/x86_64/serial.h"
#include "dev/fw_cfg.h"
#include "dev/machine.h"
#include "fs/chardev.h"
#include "fs/file.h"
#include "fs/vfs.h"
#include "ipc/namespace.h"
#include "lib/boot_info.h"
#include "lib/log.h"
#include "mem/page.h"
#include "net/netlink.h"
#include "proc/fault.h"
#include "proc/process.h"
#include "proc/procfs.h"
#include "proc/start.h"
#include "proc/vdso.h"
#include "sched/sched.h"
#include "vm/space.h"

#define RANGES_MAX 64

extern char kernel_end[];
void kernel_main(paddr_t record);

/* The processor and memory: after this, floors may allocate. */
static void boot_hardware(paddr_t record)
{
	static struct memory_range ranges[RANGES_MAX];
	static struct thread boot_thread;

	log_set_sink(serial_write, NULL);
	cpus[0].self = &cpus[0];
	cpus[0].current = &boot_thread;
	cpu_detect_features();
	cpu_init_this(&cpus[0]);
	alternatives_apply();
	unsigned count = pvh_read(record, ranges, RANGES_MAX);
	const char *wrong = boot_image_option();
	if (wrong)
		panic("the option image= names no root image: %s", wrong);
	page_init(ranges, count, virt_to_phys(kernel_end), boot_info.image, boot_info.image_bytes);
	if (pagetable_init() || apic_init())
		panic("too little memory to start");
	clock_init();
	log_set_sink(serial_write, clock_machine_ns);
}

static void log_machine(void)
{
	struct page_stats pages;

	page_stats_read(&pages);
	log_line("Namu on %s%s, %lu MiB of memory, %lu pages free, root image of %lu KiB", cpu_features.vendor,
		 cpu_features.is_hypervisor_tcg ? " under TCG" : "", pages.total * PAGE_SIZE >> 20, pages.free,
		 boot_info.image_bytes >> 10);
}

void kernel_main(paddr_t record)
{
	boot_hardware(record);
	machine_read_start();
	log_machine();
	sched_init();
	vm_space_init();
	fault_init();
	file_init();
	chardev_memory_init();
	ipc_init();
	netlink_init();
	procfs_init();
	if (!boot_info.image_bytes)
		panic("no root image: the loader gave no module");
	int error = vfs_init(phys_to_virt(boot_info.image), boot_info.image_bytes, start_record.is_readonly);
	if (error)
		panic("the root image cannot be mounted (error %d)", error);
	machine_init();
	clock_calibrate();
	sched_start_processors(fw_cfg_processors());
	vdso_init();
	process_init();
	sched_run();
}
