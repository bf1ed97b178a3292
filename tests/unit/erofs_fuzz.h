/* The entry that libFuzzer and test_erofs_fuzz.c call. */
#ifndef TESTS_UNIT_EROFS_FUZZ_H
#define TESTS_UNIT_EROFS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#endif
