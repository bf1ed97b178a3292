/* QEMU's command line and QEMU's process. */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "files.h"
#include "namu/start.h"
#include "say.h"

/*
 * Nothing that the kernel does not use, and no option ROMs but the loader's. The PC's usual firmware would take 70 ms
 * and keep its own data at the end of low memory, where a mapped image may lie; qboot does what loading a PVH kernel
 * needs and leaves the places of devices to the kernel.
 */
static const struct machine_kind kinds[] = {
	{
		.name = "microvm",
		.options = "microvm,pic=off,pit=off,rtc=off,acpi=off,x-option-roms=off",
		.serial_device = "virtio-serial-device",
		.share_device = "virtio-9p-device",
		.network_device = "virtio-net-device",
		.settings = {"virtio-mmio.force-legacy=false"},
		.seeded = "virtio-mmio.ioeventfd=off",
		.low_end = 3ull << 30,
	},
	{
		.name = "q35",
		.options = "q35,pic=off,pit=off,hpet=off,i8042=off,sata=off,smbus=off,usb=off,vmport=off,smm=off,"
			   "acpi=off,max-ram-below-4g=2g",
		.firmware = "qboot.rom",
		.serial_device = "virtio-serial-pci-non-transitional",
		.share_device = "virtio-9p-pci-non-transitional",
		.network_device = "virtio-net-pci-non-transitional,romfile=",
		.seeded = "virtio-pci.ioeventfd=off",
		.low_end = 2ull << 30,
	},
};

/* virtio-serial numbers ports from 1 (0 is a console's). */
#define MOST_PORTS 8

const struct machine_kind *machine_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

const struct machine_kind *machine_kind_usual(void)
{
	return &kinds[0];
}

static void add(struct strlist *arguments, const char *option, const char *value)
{
	strlist_add(arguments, option);
	strlist_add(arguments, value);
}

/* A path within a comma-separated option: commas are doubled. The caller frees. */
static char *comma_doubled(const char *path)
{
	char *result = must_alloc(2 * strlen(path) + 1);
	char *to = result;

	for (; *path; path++) {
		*to++ = *path;
		if (*path == ',')
			*to++ = ',';
	}
	return result;
}

/*
 * TCG emulates `rep movsb` a byte at a time, so the processor does not claim that it is fast. A seeded machine has no
 * source of randomness of its own.
 */
static void add_processor(struct strlist *arguments, const struct machine_plan *plan)
{
	if (plan->is_kvm)
		add(arguments, "-cpu", "host");
	else
		add(arguments, "-cpu", plan->is_seeded ? "max,-erms,-rdrand,-rdseed" : "max,-erms");
	add(arguments, "-accel", plan->is_kvm ? "kvm" : "tcg");
	strlist_add(arguments, "-smp");
	strlist_addf(arguments, "%u", plan->cpus);
	if (!plan->is_seeded)
		return;
	add(arguments, "-icount", "shift=0,sleep=off");
	add(arguments, "-rtc", "base=" MACHINE_SEEDED_CLOCK_TEXT ",clock=vm");
	add(arguments, "-global", plan->kind->seeded);
	strlist_add(arguments, "-seed");
	strlist_addf(arguments, "%llu", (unsigned long long)plan->seed);
}

/* A mapped image is a second piece of memory, which QEMU counts like the first: as if each belonged to a node. */
static void add_mapped_image(struct strlist *arguments, const struct machine_plan *plan)
{
	const struct layout *layout = &plan->layout;
	char *image = comma_doubled(plan->image);

	strlist_add(arguments, "-object");
	strlist_addf(arguments, "memory-backend-ram,id=memory,size=%llu", (unsigned long long)layout->memory_bytes);
	strlist_add(arguments, "-object");
	strlist_addf(arguments, "memory-backend-file,id=image,size=%llu,share=on,readonly=on,mem-path=%s",
		     (unsigned long long)layout->image_bytes, image);
	add(arguments, "-numa", "node,memdev=memory");
	add(arguments, "-numa", "node,memdev=image");
	free(image);
}

static void add_memory(struct strlist *arguments, const struct machine_plan *plan)
{
	const struct layout *layout = &plan->layout;
	uint64_t total = layout->memory_bytes + (layout->is_mapped ? layout->image_bytes : 0);

	strlist_add(arguments, "-m");
	strlist_addf(arguments, "%lluk", (unsigned long long)(total / 1024));
	if (!layout->is_mapped) {
		add(arguments, "-initrd", plan->image);
		if (plan->append)
			add(arguments, "-append", plan->append);
		return;
	}
	add_mapped_image(arguments, plan);
	strlist_add(arguments, "-append");
	strlist_addf(arguments, "image=%llx+%llx%s%s", (unsigned long long)layout->image_start,
		     (unsigned long long)layout->image_bytes, plan->append ? " " : "",
		     plan->append ? plan->append : "");
}

static void add_character_device(struct strlist *arguments, enum channel_id id, const struct channel *channel)
{
	strlist_add(arguments, "-chardev");
	if (channel->kind == CHANNEL_SOCKET)
		strlist_addf(arguments, "socket,id=%s,fd=%d", channel_name(id), channel->machine);
	else
		strlist_addf(arguments, "file,id=%s,path=/proc/self/fd/%d", channel_name(id), channel->machine);
}

static void add_ports(struct strlist *arguments, const struct machine_plan *plan)
{
	int number = 0;

	strlist_add(arguments, "-device");
	strlist_addf(arguments, "%s,max_ports=%d", plan->kind->serial_device, MOST_PORTS);
	for (int id = 0; id < CHANNEL_COUNT; id++) {
		const struct channel *channel = &plan->channels->of[id];

		if (channel->kind == CHANNEL_ABSENT)
			continue;
		add_character_device(arguments, (enum channel_id)id, channel);
		if (id == CHANNEL_LOG) {
			add(arguments, "-serial", "chardev:log");
			continue;
		}
		strlist_add(arguments, "-device");
		strlist_addf(arguments, "virtserialport,chardev=%s,name=namu.%s,nr=%d",
			     channel_name((enum channel_id)id), channel_name((enum channel_id)id), ++number);
	}
}

static void add_kind(struct strlist *arguments, const struct machine_plan *plan)
{
	const struct machine_kind *kind = plan->kind;

	add(arguments, "-M", kind->options);
	if (kind->firmware)
		add(arguments, "-bios", kind->firmware);
	for (size_t i = 0; kind->settings[i]; i++)
		add(arguments, "-global", kind->settings[i]);
}

void machine_arguments(struct strlist *arguments, const struct machine_plan *plan)
{
	char *record = comma_doubled(plan->record);

	strlist_add(arguments, plan->qemu);
	add_kind(arguments, plan);
	strlist_add(arguments, "-nodefaults");
	strlist_add(arguments, "-no-user-config");
	strlist_add(arguments, "-no-reboot");
	add(arguments, "-display", "none");
	add(arguments, "-monitor", "none");
	add_memory(arguments, plan);
	add_processor(arguments, plan);
	add(arguments, "-kernel", plan->kernel);
	strlist_add(arguments, "-fw_cfg");
	strlist_addf(arguments, "name=" NAMU_START_FW_CFG ",file=%s", record);
	strlist_add(arguments, "-device");
	strlist_addf(arguments, "isa-debug-exit,iobase=0x%x,iosize=1", NAMU_EXIT_PORT);
	add_ports(arguments, plan);
	shares_arguments(plan->shares, plan->kind->share_device, arguments);
	network_arguments(plan->network, plan->kind->network_device, arguments);
	if (plan->gdb_port) {
		strlist_add(arguments, "-gdb");
		strlist_addf(arguments, "tcp:127.0.0.1:%d", plan->gdb_port);
		strlist_add(arguments, "-S");
	}
	free(record);
}

/* In the child: from here on only what is safe after fork. */
static _Noreturn void machine_child(char *const *arguments, const int *inherited, size_t inherited_count, int said,
				    pid_t parent)
{
	sigset_t none;
	int nowhere = open("/dev/null", O_RDWR);

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	/* Its own process group: the terminal's signals are for the command, which passes them on. */
	(void)setpgid(0, 0);
	/* The parent may have ended before the request was made; then the request comes too late. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(STATUS_NAMU);
	if (dup2(nowhere, 0) < 0 || dup2(nowhere, 1) < 0 || dup2(said, 2) < 0) {
		dprintf(said, "cannot start %s: %s\n", arguments[0], strerror(errno));
		_exit(STATUS_NAMU);
	}
	(void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	for (size_t i = 0; i < inherited_count; i++)
		set_inherited(inherited[i], true);
	execv(arguments[0], arguments);
	dprintf(2, "cannot execute %s: %s\n", arguments[0], strerror(errno));
	_exit(STATUS_NAMU);
}

pid_t machine_start(char *const *arguments, const int *inherited, size_t inherited_count, int *said)
{
	int pipe_ends[2];
	pid_t parent = getpid();

	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		die("cannot make a pipe: %s", strerror(errno));
	pid_t pid = fork();

	if (pid < 0)
		die("cannot start a process: %s", strerror(errno));
	if (pid == 0)
		machine_child(arguments, inherited, inherited_count, pipe_ends[1], parent);
	close(pipe_ends[1]);
	(void)fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
	*said = pipe_ends[0];
	return pid;
}
