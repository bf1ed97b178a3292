/*
 * The contract between the `namu` command (or any other host) and the kernel.
 *
 * 1. The start record. It says what to run. The kernel reads it at boot from QEMU's fw_cfg item
 *    NAMU_START_FW_CFG; all numbers are little-endian. It begins with struct namu_start_header and
 *    goes on with items: a struct namu_start_item, then `bytes` bytes of payload, then zero bytes up to
 *    the next multiple of 8. Strings carry no final zero. Order matters only among items of one kind.
 *    An unknown kind, a missing command or a length that does not fit ends the boot with a clear line.
 *
 * 2. The ports. Named ports of one virtio-serial device carry the rest:
 *      namu.in    host to guest: the bytes of stdin
 *      namu.out   guest to host: the bytes of stdout
 *      namu.err   guest to host: the bytes of stderr
 *      namu.tty   both ways: a terminal, in place of the three above (item NAMU_START_TTY); with it, namu.err is there
 * only when stderr goes elsewhere, and is the command's stderr then namu.trace guest to host: trace records, see
 * namu/trace.h (present only when asked for) namu.ctl   both ways: lines of text, words parted by one space, ended by
 * '\n' Host to guest on namu.ctl: "signal N"        deliver signal N to the foreground process group of the first
 * session "winsize R C"     the terminal has R rows and C columns now "eof N"           stdin ends after N bytes in all
 *      "hangup out|err|tty"  the reader of that stream is gone: writers get EPIPE and SIGPIPE
 *    Guest to host on namu.ctl:
 *      "started PID"     the command was executed; PID is its process id in the guest
 *      "failed ERRNO WHAT..." it could not be started: Linux errno number, then a text
 *      "exited N"        it ended by exit(N), N is 0 to 255
 *      "signaled N"      it was ended by signal N
 *      "panic TEXT..."   the kernel ended by a panic; its text in full is in the log
 *    One of the last four is the final line. Before the kernel ends the machine it waits until the host
 *    has taken every byte of every port.
 *
 * 3. The end. The kernel writes a byte to the isa-debug-exit device at I/O port NAMU_EXIT_PORT:
 *    NAMU_EXIT_DONE after an orderly end, NAMU_EXIT_PANIC after a panic; QEMU then exits with
 *    (byte << 1) | 1. The exit status of the command travels on namu.ctl alone.
 *
 * 4. The log. The kernel's log goes to the first 16550 serial port (COM1), as text.
 *
 * 5. The root. The EROFS image is the first PVH module (QEMU's -initrd), or lies in memory where the word
 *    "image=START+BYTES" of the kernel's command line says (physical, hexadecimal, whole pages). That memory may be
 *    read-only: the kernel never writes to the image.
 */
#ifndef NAMU_START_H
#define NAMU_START_H

#include <stdint.h>

#define NAMU_START_FW_CFG    "opt/namu/start"
#define NAMU_START_MAGIC     0x54525453554d414eull /* "NAMUSTRT" in memory */
#define NAMU_START_VERSION   1u
#define NAMU_START_MAX_BYTES (256u << 20)

/* The processors that the kernel starts at most. */
#define NAMU_CPUS_MOST 16

#define NAMU_EXIT_PORT  0x501
#define NAMU_EXIT_DONE  0x10
#define NAMU_EXIT_PANIC 0x11

struct namu_start_header {
	uint64_t magic;
	uint32_t version;
	uint32_t total_bytes; /* of the whole record, this header included */
};

struct namu_start_item {
	uint32_t kind;  /* enum namu_start_kind */
	uint32_t bytes; /* of the payload that follows */
};

enum namu_start_kind {
	NAMU_START_ARG = 1,  /* string: one argument of the command; the first is its path or name */
	NAMU_START_ENV = 2,  /* string: "NAME=VALUE" of the command's environment */
	NAMU_START_CWD = 3,  /* string: working directory; default "/" */
	NAMU_START_USER = 4, /* string: "USER[:GROUP]", names or numbers, looked up in the root's /etc/passwd and group;
				without a variable HOME, that is the user's directory there, or "/" */
	NAMU_START_HOSTNAME = 5, /* string; default "namu" */
	NAMU_START_TMPFS = 6,    /* string: "DIR[:OPTIONS]", an empty tmpfs is mounted there (made if missing) */
	NAMU_START_SEED = 7,     /* u64: seed of every choice and of every random byte; the machine runs under icount */
	NAMU_START_ENTROPY = 8,  /* 32 random bytes of the host's; absent in a seeded run */
	NAMU_START_CLOCK = 9,    /* u64: CLOCK_REALTIME in ns at the start of the machine */
	NAMU_START_TTY = 10,     /* u32 rows, u32 columns: stdio is a terminal on namu.tty */
	NAMU_START_STDIN =
		11, /* bytes: the whole of stdin, given before the start (seeded runs); namu.in is then absent */
	NAMU_START_READONLY = 12, /* empty: the root file system is mounted read-only */
	NAMU_START_SHARE = 13,    /* string: "TAG:ro:DIR" or "TAG:rw:DIR", the host folder of the virtio-9p device with
				     that mount tag is mounted there (made if missing); DIR "/": it is the root */
	NAMU_START_TRACE = 14,    /* u64: a bit for each event that is sent on namu.trace (absent: all), u64: flags */
	NAMU_START_NETWORK = 15,  /* 4 bytes address, 4 bytes gateway, u32 bits of the prefix (0 to 32): eth0, the
				     virtio network device, by IPv4 */
	NAMU_START_RESOLVER =
		16, /* string: a line for /etc/resolv.conf, which is made of them when the root has none */
};

#define NAMU_START_TRACE_LOSSY 1u /* drop and count what the host is too slow for; else the machine waits for it */

#endif
