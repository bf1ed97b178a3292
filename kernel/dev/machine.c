/*
 * The machine around the kernel.
 */
#include "dev/machine.h"
#include "arch/x86_64/clock.h"
#include "arch/x86_64/panic.h"
#include "arch/x86_64/shootdown.h"
#include "choice/choice.h"
#include "dev/control.h"
#include "dev/fw_cfg.h"
#include "dev/stdio.h"
#include "dev/tty.h"
#include "dev/virtio.h"
#include "dev/virtio_9p.h"
#include "dev/virtio_net.h"
#include "dev/virtio_serial.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "namu/start.h"
#include "net/card.h"
#include "proc/process.h"
#include "proc/start.h"
#include "sched/sched.h"
#include "trace/trace.h"

#define PANIC_EVENTS 16

_Static_assert(CPU_MAX == NAMU_CPUS_MOST, "the command asks for no more processors than are started");

void machine_read_start(void)
{
	void *data;
	size_t bytes;
	int error = fw_cfg_read(NAMU_START_FW_CFG, NAMU_START_MAX_BYTES, &data, &bytes);

	if (error)
		panic("no start record (fw_cfg item %s): error %d; start the kernel with `namu run`", NAMU_START_FW_CFG,
		      error);
	const char *wrong = start_parse(data, bytes, &start_record);
	if (wrong)
		panic("the start record is wrong: %s", wrong);
	choice_init(start_record.is_seeded, start_record.seed, start_record.entropy, start_record.realtime_ns);
	if (!start_record.is_seeded && !start_record.entropy)
		log_line("the host gave no entropy: random numbers can be guessed");
}

static void report_started(int pid)
{
	control_set_command(pid);
	control_send_line("started %d", pid);
}

static _Noreturn void end_machine(void)
{
	if (start_record.has_network)
		outside_settle();
	trace_end(true);
	serial_ports_drain(true);
	cpu_power_off(NAMU_EXIT_DONE);
}

static void report_failed(int error, const char *what)
{
	control_send_line("failed %d %s", error, what);
	end_machine();
}

static void report_ended(uint32_t wait_status)
{
	uint32_t signal = wait_status & 0x7f;

	if (signal)
		control_send_line("signaled %u", signal);
	else
		control_send_line("exited %u", wait_status >> 8 & 0xff);
	end_machine();
}

static int open_stdio(struct file *files[3])
{
	if (!start_record.has_tty)
		return stdio_open(files);
	int error = tty_console_open(files);
	/* With a terminal there is namu.err only when the host's stderr goes elsewhere. */
	if (!error && serial_port_find("namu.err"))
		error = stdio_open_stderr(&files[2]);
	return error;
}

static struct serial_port *trace_port;

static void *trace_claim(int *slot, size_t *bytes)
{
	return serial_port_claim(trace_port, slot, bytes);
}

static void trace_send(int slot, size_t bytes)
{
	serial_port_send(trace_port, slot, bytes);
}

static void trace_init(void)
{
	static const struct trace_sink sink = {.claim = trace_claim, .send = trace_send};
	const struct trace_plan plan = {
		.sink = &sink,
		.events = start_record.has_trace ? start_record.trace_events : UINT64_MAX,
		.is_lossy = start_record.is_trace_lossy,
		.realtime_ns = (uint64_t)clock_realtime_offset_ns(),
		.cpus = fw_cfg_processors(),
	};

	trace_port = serial_port_find("namu.trace");
	if (!trace_port)
		return;
	trace_start(&plan);
}

static void idle(void)
{
	trace_drain();
}

static void panic_describe_machine(void (*print)(const char *line))
{
	const struct thread *thread = current_thread();
	char line[96];

	string_format(line, sizeof(line), "thread %d (%s), %lu ms since the boot; last events:", thread->tid,
		      thread->name, clock_machine_ns() / NS_PER_MSEC);
	print(line);
	trace_print_last(PANIC_EVENTS, print);
}

static void panic_notify(const char *cause)
{
	control_send_line("panic %s", cause);
	trace_end(false);
	serial_ports_drain(false);
}

extern const char outside_text[], outside_text_end[]; /* kernel.ld */

/* A part of the kernel's image that nobody runs, in whole pages, is given back. */
static void image_release(const char *start, const char *end)
{
	for (const char *at = start; at < end; at += PAGE_SIZE)
		kernel_unmap_page((uint64_t)at);
	if (cpu_count > 1)
		shootdown_all();
	page_add(virt_to_phys(start), virt_to_phys(end));
}

/* What was asked for cannot be had: no command is started. */
static _Noreturn void refuse(const char *why)
{
	log_line("%s", why);
	control_send_line("failed %d %s", EINVAL, why);
	serial_ports_drain(false);
	cpu_power_off(NAMU_EXIT_DONE);
}

void machine_init(void)
{
	panic_describe = panic_describe_machine;
	virtio_discover();
	if (virtio_serial_init())
		panic("no console device: Namu needs a virtio-serial device, over MMIO or PCI");
	panic_notify_host = panic_notify;
	virtio_9p_init();
	const char *wrong = virtio_net_init();
	control_init();
	if (wrong)
		refuse(wrong);
	if (!start_record.has_network)
		image_release(outside_text, outside_text_end);
	tty_init();
	if (start_record.has_tty)
		tty_console_init((uint16_t)start_record.rows, (uint16_t)start_record.columns);
	trace_init();
	sched_idle_hook = idle;
	machine_hooks.started = report_started;
	machine_hooks.failed = report_failed;
	machine_hooks.ended = report_ended;
	machine_hooks.open_stdio = open_stdio;
}
