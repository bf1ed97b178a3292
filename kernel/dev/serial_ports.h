/* What the two halves of the virtio-serial driver share. */
#ifndef NAMU_DEV_SERIAL_PORTS_H
#define NAMU_DEV_SERIAL_PORTS_H

#include "dev/virtio_serial.h"

#define SERIAL_PORTS 8

extern struct serial_port serial_ports[SERIAL_PORTS];
/* Part of the interrupt: something may have come or gone on this port. */
void serial_port_interrupt(struct serial_port *port);

#endif
