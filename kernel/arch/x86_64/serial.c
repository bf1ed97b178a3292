/*
 * The first 16550 serial port, for the kernel's log: polled, write-only, never waited for by a program.
 */
#include "arch/x86_64/serial.h"
#include "arch/x86_64/io.h"

#define COM1          0x3f8
#define LINE_STATUS   5
#define ROOM_FOR_BYTE 0x20

void serial_write(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		/* A missing port reads 0xff: ready. */
		for (int tries = 0; tries < 100000 && !(io_read8(COM1 + LINE_STATUS) & ROOM_FOR_BYTE); tries++)
			;
		io_write8(COM1, (uint8_t)text[i]);
	}
}
