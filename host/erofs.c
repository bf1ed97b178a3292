/* A first look at an EROFS image; offsets are those of the Linux kernel's documentation of the format. */
#include "erofs.h"

#include <endian.h>
#include <string.h>

#define SUPER_OFFSET        1024
#define SUPER_BYTES         128
#define SUPER_CHECKSUM      4
#define SUPER_COMPATIBLE    8
#define SUPER_BLOCK_BITS    12
#define SUPER_BLOCKS        36
#define EROFS_MAGIC         0xe0f5e1e2u
#define COMPATIBLE_CHECKSUM 1u
#define CRC32C_REVERSED     0x82f63b78u

static uint32_t read_u32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint32_t crc32c(uint32_t crc, const unsigned char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC32C_REVERSED : 0);
	}
	return crc;
}

uint32_t erofs_checksum(const unsigned char *head)
{
	static const unsigned char zeros[4];
	const unsigned char *super = head + SUPER_OFFSET;
	uint32_t crc = crc32c(~0u, super, SUPER_CHECKSUM);

	crc = crc32c(crc, zeros, sizeof(zeros));
	return crc32c(crc, super + SUPER_CHECKSUM + 4, EROFS_HEAD_BYTES - SUPER_OFFSET - SUPER_CHECKSUM - 4);
}

bool erofs_is_image(const unsigned char *head, size_t head_bytes)
{
	return head_bytes >= SUPER_OFFSET + SUPER_BYTES && read_u32(head + SUPER_OFFSET) == EROFS_MAGIC;
}

const char *erofs_check(const unsigned char *head, size_t head_bytes, uint64_t file_bytes)
{
	const unsigned char *super = head + SUPER_OFFSET;

	if (!erofs_is_image(head, head_bytes))
		return "not an EROFS image";
	if (super[SUPER_BLOCK_BITS] != 12)
		return "an EROFS image with blocks of another size than 4096 bytes";
	uint64_t needed = (uint64_t)read_u32(super + SUPER_BLOCKS) << 12;

	if (needed == 0 || needed > file_bytes || head_bytes < EROFS_HEAD_BYTES)
		return "a truncated EROFS image";
	if ((read_u32(super + SUPER_COMPATIBLE) & COMPATIBLE_CHECKSUM) &&
	    erofs_checksum(head) != read_u32(super + SUPER_CHECKSUM))
		return "a corrupt EROFS image: its superblock's checksum is wrong";
	return NULL;
}
