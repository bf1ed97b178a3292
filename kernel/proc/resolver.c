/*
 * /etc/resolv.conf, when the machine has a network and the root says nothing of who knows names.
 */
#include <asm-generic/fcntl.h>

#include "fs/file.h"
#include "fs/names.h"
#include "fs/vfs.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "namu/start.h"
#include "proc/command_mounts.h"
#include "vm/uio.h"

#define PLACE "/etc/resolv.conf"

static int write_bytes(struct file *file, const void *from, size_t bytes, uint64_t *offset)
{
	struct uio uio;
	ssize_t done;

	uio_init_kernel(&uio, (void *)from, bytes);
	done = file_write(file, &uio, offset);
	return done < 0 ? (int)done : 0;
}

static int write_lines(struct file *file)
{
	struct start_text text;
	uint64_t offset = 0;
	size_t cursor = 0;
	int error = 0;

	while (!error && start_next(&start_record, NAMU_START_RESOLVER, &cursor, &text)) {
		error = write_bytes(file, text.text, text.bytes, &offset);
		if (!error)
			error = write_bytes(file, "\n", 1, &offset);
	}
	return error;
}

void command_write_resolver(void)
{
	struct start_text text;
	struct file *file;
	size_t cursor = 0;
	char place[] = "/etc";
	int error;

	if (!start_next(&start_record, NAMU_START_RESOLVER, &cursor, &text))
		return;
	error = command_make_directories(place);
	file = error ? err_ptr(error) : file_open_kernel(PLACE, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (!is_err(file)) {
		error = write_lines(file);
		file_put(file);
	} else {
		error = (int)ptr_err(file);
	}
	if (error && error != -EEXIST)
		log_line("%s cannot be made: error %d", PLACE, -error);
}
