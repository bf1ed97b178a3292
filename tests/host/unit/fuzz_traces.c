/*
 * Fuzzes the readers of trace files: whatever a file holds, each command ends with 0 or with 125, and nothing is read
 * or written that is not its own (ASan). The first byte of the input chooses how the rest becomes a file: as it is, as
 * the records of a bare stream, or packed into chunks whose sums are right.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "commands.h"
#include "files.h"
#include "namu/trace.h"
#include "namu/trace_file.h"
#include "say.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_chunk(struct bytes *file, enum namu_chunk_kind kind, const uint8_t *data, size_t bytes)
{
	uLongf stored_bytes = compressBound(bytes);
	unsigned char *stored = must_alloc(stored_bytes);

	if (compress2(stored, &stored_bytes, data, bytes, 1) != Z_OK)
		abort();
	struct namu_chunk_head head = {
		.kind = kind,
		.bytes = (uint32_t)bytes,
		.stored_bytes = (uint32_t)stored_bytes,
		.crc = (uint32_t)crc32(0, stored, (uInt)stored_bytes),
	};
	bytes_add(file, &head, sizeof(head));
	bytes_add(file, stored, stored_bytes);
	free(stored);
}

static void make_file(struct bytes *file, const uint8_t *data, size_t size)
{
	struct namu_file_header header = {
		.magic = data[0] & 1 ? NAMU_TRACE_MAGIC : NAMU_FILE_MAGIC,
		.version = data[0] & 1 ? NAMU_TRACE_VERSION : NAMU_FILE_VERSION,
		.record_bytes = data[0] & 1 ? sizeof(struct namu_trace_item) : sizeof(struct namu_trace_record),
	};
	size_t info_bytes = data[0] >> 2;

	data++;
	size--;
	if ((data[-1] & 3) == 3) {
		bytes_add(file, data, size);
		return;
	}
	bytes_add(file, &header, sizeof(header));
	if (data[-1] & 1) {
		bytes_add(file, data, size);
		return;
	}
	if (info_bytes > size)
		info_bytes = size;
	add_chunk(file, NAMU_CHUNK_INFO, data, info_bytes);
	add_chunk(file, NAMU_CHUNK_RECORDS, data + info_bytes, size - info_bytes);
	add_chunk(file, NAMU_CHUNK_END, data, 0);
}

static void expect(int status)
{
	if (status != 0 && status != STATUS_NAMU)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (!freopen("/dev/null", "w", stdout))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *const forms[] = {"svg", "json", "dot", "perfetto"};
	struct bytes file = {0};

	if (size < 2)
		return -1;
	make_file(&file, data, size);
	int fd = memory_file("trace");
	if (write(fd, file.data, file.count) != (ssize_t)file.count)
		abort();
	char path[32];
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	expect(command_trace((char *[]){path, NULL}));
	expect(command_trace((char *[]){"-p", "sh", "-k", "fork,send", path, NULL}));
	expect(command_stat((char *[]){path, NULL}));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		expect(command_export((char *[]){"--to", forms[i], path, NULL}));
	close(fd);
	free(file.data);
	return 0;
}
