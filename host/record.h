/*
 * The start record: the kernel reads from it what to run (include/namu/start.h, part 1). Made in memory, then put into
 * a file without a name that QEMU opens.
 */
#ifndef HOST_RECORD_H
#define HOST_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "files.h"
#include "namu/start.h"

/* Begins a record. The owner frees `record->data`. */
void record_begin(struct bytes *record);

/* Adds one item. */
void record_add(struct bytes *record, enum namu_start_kind kind, const void *payload, size_t bytes);
void record_add_text(struct bytes *record, enum namu_start_kind kind, const char *text);
void record_add_u64(struct bytes *record, enum namu_start_kind kind, uint64_t value);

/* Ends the record; false when it is larger than the kernel takes. */
bool record_end(struct bytes *record);

#endif
