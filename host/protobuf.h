/*
 * Writing protocol buffers (the encoding that protobuf.dev documents): fields one after the other into a growing run of
 * bytes, a message within a message as a field of bytes.
 */
#ifndef HOST_PROTOBUF_H
#define HOST_PROTOBUF_H

#include <stdint.h>

#include "files.h"

/* bool, enum, int32, int64, uint32, uint64 */
void proto_number(struct bytes *message, unsigned field, uint64_t value);
void proto_fixed64(struct bytes *message, unsigned field, uint64_t value);
/* What is no UTF-8 in it becomes U+FFFD. */
void proto_text(struct bytes *message, unsigned field, const char *text);
/* Adds `part` as a message within, and empties it for the next. */
void proto_part(struct bytes *message, unsigned field, struct bytes *part);

#endif
