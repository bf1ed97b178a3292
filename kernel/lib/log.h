/*
 * The kernel's log and its end by panic. Lines go to the sink that the machine's floor registers (the serial port);
 * nobody waits for a log line, and none is on a hot path.
 */
#ifndef NAMU_LIB_LOG_H
#define NAMU_LIB_LOG_H

#include "lib/types.h"

typedef void (*log_sink)(const char *text, size_t bytes);
/* `clock_ns` stamps the lines; null: 0. */
void log_set_sink(log_sink sink, uint64_t (*clock_ns)(void));

/* Print one line (the format ends without '\n'). Stamped with the time since the boot. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was logged and is still kept, from *position (0: the oldest) on; advances it. Returns bytes copied. For
 * /dev/kmsg and syslog(2). */
size_t log_read(uint64_t *position, char *to, size_t bytes);
uint64_t log_bytes(void);

/* End the machine: cause, registers, back trace, last trace events. Never returns. Defined in arch/x86_64/panic.c. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* KERNEL_CHECK holds in every build; KERNEL_ASSERT in debug builds only (its expression is not evaluated otherwise). */
#define KERNEL_CHECK(condition)                                                           \
	do {                                                                              \
		if (unlikely(!(condition)))                                               \
			panic("%s:%d: %s does not hold", __FILE__, __LINE__, #condition); \
	} while (0)
#ifdef NAMU_DEBUG
#define KERNEL_ASSERT(condition) KERNEL_CHECK(condition)
#else
#define KERNEL_ASSERT(condition)         \
	do {                             \
		(void)sizeof(condition); \
	} while (0)
#endif

#endif
