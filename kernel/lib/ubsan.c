/*
 * Undefined behaviour that the compiler's checks find at run time (debug builds): every one is a panic with its place.
 * The functions' names and first argument are the compiler's (GCC and clang, -fsanitize=undefined).
 */
#include "lib/log.h"

#ifdef NAMU_DEBUG

/* All records that the compiler passes begin with this. */
struct ubsan_place {
	const char *file;
	uint32_t line, column;
};

#define UBSAN_HANDLER(name, what, ...)                                                                       \
	void __ubsan_handle_##name(const struct ubsan_place *place, ##__VA_ARGS__);                          \
	void __ubsan_handle_##name(const struct ubsan_place *place, ##__VA_ARGS__)                           \
	{                                                                                                    \
		panic("undefined behaviour: %s at %s:%u:%u", what, place->file, place->line, place->column); \
	}

UBSAN_HANDLER(out_of_bounds, "index out of bounds", uint64_t index)
UBSAN_HANDLER(shift_out_of_bounds, "shift by a wrong amount", uint64_t value, uint64_t amount)
UBSAN_HANDLER(builtin_unreachable, "an unreachable place was reached")
UBSAN_HANDLER(load_invalid_value, "a bool or enum holds no value of its type", uint64_t value)
UBSAN_HANDLER(add_overflow, "signed addition overflows", uint64_t a, uint64_t b)
UBSAN_HANDLER(sub_overflow, "signed subtraction overflows", uint64_t a, uint64_t b)
UBSAN_HANDLER(mul_overflow, "signed multiplication overflows", uint64_t a, uint64_t b)
UBSAN_HANDLER(negate_overflow, "signed negation overflows", uint64_t a)
UBSAN_HANDLER(divrem_overflow, "division overflows", uint64_t a, uint64_t b)

#endif
