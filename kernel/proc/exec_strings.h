/*
 * The arguments and the environment of a program about to be executed, held in the kernel between two address spaces:
 * read from the old one once (so that no other thread can change them between check and use), written to the new one's
 * stack once.
 *
 * Strings stand one behind the other, each with its zero, in blocks of a page: arguments, then environment, then the
 * program's own name. What a #! line puts before the arguments is kept apart (prefix), as it takes the place of the
 * first one.
 */
#ifndef NAMU_PROC_EXEC_STRINGS_H
#define NAMU_PROC_EXEC_STRINGS_H

#include "lib/types.h"

/* Linux's limits (execve(2)): one string, and all of them together with their pointers. */
#define EXEC_STRING_BYTES (32 * PAGE_SIZE)
#define EXEC_TOTAL_LEAST  (32 * PAGE_SIZE)
#define EXEC_TOTAL_MOST   (6ull << 20)

#define EXEC_PREFIX_MAX \
	14 /* two words for each of six scripts (the sixth is refused), the first one's name, one to spare */
#define EXEC_LENGTHS_INLINE 64
#define EXEC_BLOCKS_INLINE  8

/* Owned by the thread that executes; on its stack. */
struct exec_strings {
	uint64_t limit_bytes; /* of strings and pointers together */
	uint64_t used_bytes;  /* of that */
	uint64_t text_bytes;  /* in the blocks */
	uint8_t **blocks;
	uint32_t block_count, block_room;
	uint32_t *lengths; /* of each string in the blocks, with its zero */
	uint32_t length_count, length_room;
	uint32_t argc, envc;           /* strings of each kind in the blocks */
	char *prefix[EXEC_PREFIX_MAX]; /* in the order in which the program sees them */
	uint32_t prefix_count;
	bool is_first_dropped; /* argv[0] as given is not passed on: a script's name stands for it */
	uint8_t *inline_blocks[EXEC_BLOCKS_INLINE];
	uint32_t inline_lengths[EXEC_LENGTHS_INLINE];
};

void exec_strings_init(struct exec_strings *strings, uint64_t stack_limit_bytes);
void exec_strings_free(struct exec_strings *strings);

/* One more string, from user memory or from the kernel. 0, -EFAULT, -E2BIG, -ENOMEM. */
int exec_strings_add_user(struct exec_strings *strings, uaddr_t text);
int exec_strings_add(struct exec_strings *strings, const char *text, size_t bytes);
/* All strings of a user's array of pointers ended by null (0: an empty one); how many into *count. */
int exec_strings_add_array(struct exec_strings *strings, uaddr_t array, uint32_t *count);
/* Put a word before the arguments (takes over `word`, a kmalloc block). -E2BIG. */
int exec_strings_prepend(struct exec_strings *strings, char *word);

/* How many arguments the program sees. */
static inline uint32_t exec_strings_argc(const struct exec_strings *strings)
{
	return strings->argc - (strings->is_first_dropped ? 1 : 0) + strings->prefix_count;
}

#endif
