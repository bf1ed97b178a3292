/* Writing protocol buffers. */
#include "protobuf.h"

#include <stdlib.h>

#include "json_text.h"

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

/* Seven bits a byte, the lowest first; the eighth says that there are more. */
static void add_varint(struct bytes *message, uint64_t value)
{
	unsigned char encoded[10];
	size_t count = 0;

	do {
		encoded[count] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
		count++;
	} while (value);
	bytes_add(message, encoded, count);
}

static void add_tag(struct bytes *message, unsigned field, enum wire wire)
{
	add_varint(message, (uint64_t)field << 3 | wire);
}

void proto_number(struct bytes *message, unsigned field, uint64_t value)
{
	add_tag(message, field, WIRE_VARINT);
	add_varint(message, value);
}

void proto_fixed64(struct bytes *message, unsigned field, uint64_t value)
{
	unsigned char encoded[8];

	for (unsigned i = 0; i < sizeof(encoded); i++)
		encoded[i] = (unsigned char)(value >> 8 * i);
	add_tag(message, field, WIRE_FIXED64);
	bytes_add(message, encoded, sizeof(encoded));
}

void proto_text(struct bytes *message, unsigned field, const char *text)
{
	struct bytes clean = {0};

	while (*text) {
		size_t bytes = utf8_bytes((const unsigned char *)text);

		bytes_add(&clean, bytes ? text : "\xef\xbf\xbd", bytes ? bytes : 3);
		text += bytes ? bytes : 1;
	}
	proto_part(message, field, &clean);
	free(clean.data);
}

void proto_part(struct bytes *message, unsigned field, struct bytes *part)
{
	add_tag(message, field, WIRE_BYTES);
	add_varint(message, part->count);
	if (part->count)
		bytes_add(message, part->data, part->count);
	part->count = 0;
}
