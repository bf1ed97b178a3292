/* The serial port of the kernel's log. */
#ifndef NAMU_ARCH_SERIAL_H
#define NAMU_ARCH_SERIAL_H

#include "lib/types.h"

void serial_write(const char *text, size_t bytes);

#endif
