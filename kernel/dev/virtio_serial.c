/*
 * The virtio-serial device (virtio 1.2, 5.3): bringing it up, its control messages, its interrupt.
 */
#include "dev/virtio_serial.h"
#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>
#include "arch/x86_64/clock.h"
#include "dev/fw_cfg.h"
#include "dev/serial_ports.h"
#include "dev/virtio.h"
#include "lib/boot_info.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "lib/string.h"

#define CONTROL_INPUT      2
#define CONTROL_OUTPUT     3
#define CONTROL_SLOTS      32
#define CONTROL_BYTES      128
#define HANDSHAKE_LIMIT_NS (5 * NS_PER_SEC)

struct serial_port serial_ports[SERIAL_PORTS];

static struct virtio_device *serial_device;
static struct virtqueue control_input, control_output;

struct serial_port *serial_port_find(const char *name)
{
	for (unsigned i = 0; i < SERIAL_PORTS; i++) {
		if (serial_ports[i].is_ready && strcmp(serial_ports[i].name, name) == 0)
			return &serial_ports[i];
	}
	return NULL;
}

static void control_send(uint32_t id, uint16_t event, uint16_t value)
{
	struct virtio_console_control message = {.id = id, .event = event, .value = value};
	int slot = virtqueue_take_free(&control_output);

	KERNEL_CHECK(slot >= 0);
	memcpy(virtqueue_buffer(&control_output, (uint16_t)slot), &message, sizeof(message));
	virtqueue_submit(&control_output, (uint16_t)slot, sizeof(message), false);
	virtqueue_notify(&control_output);
}

static void input_offer_all(struct virtqueue *queue)
{
	for (uint16_t slot = 0; slot < queue->slots; slot++)
		virtqueue_submit(queue, slot, queue->slot_bytes, true);
	virtqueue_notify(queue);
}

/* A port's name decides what it is for: how large its buffers are, and which of its queues are used. */
static const struct port_kind {
	const char *name;
	uint16_t input_slots;
	uint32_t input_bytes;
	uint16_t output_slots;
	uint32_t output_bytes;
} port_kinds[] = {
	{"namu.in", 16, 4096, 0, 0},    {"namu.out", 0, 0, 4, 16384},   {"namu.err", 0, 0, 2, 4096},
	{"namu.tty", 4, 1024, 4, 4096}, {"namu.trace", 0, 0, 4, 49152}, {"namu.ctl", 4, 256, 4, 512},
};

/* Each processor writes to one buffer while the host reads another; a small machine has smaller ones. */
static int trace_queue_init(struct serial_port *port, uint16_t index, const struct port_kind *kind)
{
	uint32_t processors = MIN(fw_cfg_processors(), (uint32_t)CPU_MAX), bytes = kind->output_bytes;
	uint16_t slots = kind->output_slots;
	int error;

	while (slots < 2 * processors)
		slots *= 2;
	while ((error = virtqueue_init(&port->output, serial_device, index, slots, bytes)) == -ENOMEM &&
	       bytes > PAGE_SIZE)
		bytes /= 2;
	return error;
}

static int port_open(struct serial_port *port)
{
	uint16_t first_queue = (uint16_t)(port->id == 0 ? 0 : 2 + 2 * port->id);
	const struct port_kind *kind = NULL;
	int error = 0;

	for (unsigned i = 0; i < ARRAY_LEN(port_kinds); i++) {
		if (strcmp(port->name, port_kinds[i].name) == 0)
			kind = &port_kinds[i];
	}
	if (!kind)
		return -ENODEV;
	/* Events are recorded, and when a buffer is full sent, with any lock held. */
	bool is_trace = strcmp(port->name, "namu.trace") == 0;
	if (is_trace)
		spin_init(&port->lock, "trace port", LOCK_TRACE);
	if (kind->input_slots)
		error = virtqueue_init(&port->input, serial_device, first_queue, kind->input_slots, kind->input_bytes);
	if (!error && is_trace)
		error = trace_queue_init(port, (uint16_t)(first_queue + 1), kind);
	else if (!error && kind->output_slots)
		error = virtqueue_init(&port->output, serial_device, first_queue + 1, kind->output_slots,
				       kind->output_bytes);
	if (error)
		return error;
	if (kind->output_slots)
		virtqueue_want_interrupt(&port->output, false);
	if (kind->input_slots)
		input_offer_all(&port->input);
	port->is_ready = true;
	control_send(port->id, VIRTIO_CONSOLE_PORT_OPEN, 1);
	return 0;
}

static void port_init(struct serial_port *port, uint32_t id)
{
	port->id = id;
	spin_init(&port->lock, "serial port", LOCK_DEVICE);
	mutex_init(&port->write_mutex);
	mutex_init(&port->read_mutex);
	waitq_init(&port->readers);
	waitq_init(&port->writers);
	port->current_slot = -1;
	port->end_at = UINT64_MAX;
}

static void control_message(const uint8_t *data, uint32_t bytes)
{
	struct virtio_console_control message;

	if (bytes < sizeof(message))
		return;
	memcpy(&message, data, sizeof(message));
	if (message.id >= SERIAL_PORTS)
		return;
	struct serial_port *port = &serial_ports[message.id];
	if (message.event == VIRTIO_CONSOLE_PORT_ADD) {
		port_init(port, message.id);
		control_send(message.id, VIRTIO_CONSOLE_PORT_READY, 1);
	} else if (message.event == VIRTIO_CONSOLE_PORT_NAME && !port->is_ready) {
		size_t length = MIN((size_t)bytes - sizeof(message), sizeof(port->name) - 1);
		memcpy(port->name, data + sizeof(message), length);
		port->name[length] = '\0';
		int error = port_open(port);
		if (error)
			log_line("port %s cannot be used (error %d)", port->name, error);
	}
}

static bool control_drain(void)
{
	uint32_t bytes;
	int slot;
	bool any = false;

	while ((slot = virtqueue_take_used(&control_input, &bytes)) >= 0) {
		control_message(virtqueue_buffer(&control_input, (uint16_t)slot), bytes);
		virtqueue_submit(&control_input, (uint16_t)slot, CONTROL_BYTES, true);
		virtqueue_notify(&control_input);
		any = true;
	}
	return any;
}

static void serial_interrupt(void *arg)
{
	(void)virtio_failed(serial_device);
	control_drain();
	for (unsigned i = 0; i < SERIAL_PORTS; i++) {
		if (serial_ports[i].is_ready)
			serial_port_interrupt(&serial_ports[i]);
	}
}

static int negotiate(void)
{
	int error = virtio_negotiate(serial_device, 1u << VIRTIO_CONSOLE_F_MULTIPORT);

	if (!error)
		error = virtqueue_init(&control_input, serial_device, CONTROL_INPUT, CONTROL_SLOTS, CONTROL_BYTES);
	if (!error)
		error = virtqueue_init(&control_output, serial_device, CONTROL_OUTPUT, CONTROL_SLOTS, CONTROL_BYTES);
	if (error)
		return error;
	virtqueue_want_interrupt(&control_output, false);
	virtio_go(serial_device);
	return 0;
}

static bool ports_are_complete(void)
{
	bool has_stdio = serial_port_find("namu.tty") || (serial_port_find("namu.out") && serial_port_find("namu.err"));

	return serial_port_find("namu.ctl") && has_stdio;
}

/* The ports come one by one; those that a start needs must be there, and whatever else has come by then. */
static int handshake(void)
{
	uint64_t limit = clock_machine_ns() + HANDSHAKE_LIMIT_NS;

	input_offer_all(&control_input);
	control_send(VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_DEVICE_READY, 1);
	for (;;) {
		bool any = control_drain();
		if (!any && ports_are_complete())
			return 0;
		if (!any && clock_machine_ns() > limit) {
			log_line("the host gave no ports namu.ctl and namu.out, namu.err or namu.tty");
			return -ENODEV;
		}
	}
}

int virtio_serial_init(void)
{
	int error;

	serial_device = virtio_next(VIRTIO_ID_CONSOLE, NULL);
	if (!serial_device) {
		log_line("no virtio-serial device, neither on the command line (%s) nor on PCI",
			 boot_info.command_line);
		return -ENODEV;
	}
	error = negotiate();
	if (!error)
		error = virtio_take_interrupt(serial_device, serial_interrupt, NULL);
	return error ? error : handshake();
}
