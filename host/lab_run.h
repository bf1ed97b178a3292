/* Making a lab's program and running it: a small root of its own, made once, run under as many seeds as asked for. */
#ifndef HOST_LAB_RUN_H
#define HOST_LAB_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "lab_folder.h"

struct lab_build {
	char *directory; /* of everything below, removed with it */
	char *image;
	char *command; /* the program's path in the image */
};

/*
 * Compiles the source, or the lab's own when it is NULL, with the host's gcc, and makes the root. False with a line
 * said.
 */
bool lab_build_make(struct lab_build *build, const struct lab *lab, const char *source, bool is_dynamic);
void lab_build_remove(struct lab_build *build);

/*
 * Runs it under the seed, with its trace in a file; what it writes to stdout is thrown away when it is quiet. The exit
 * status of `namu run`, or -1 with a line said.
 */
int lab_build_run(const struct lab_build *build, uint64_t seed, const char *trace, bool is_quiet);

/* Runs this very command with other words and waits for it; its exit status, or -1 with a line said. */
int lab_call(char *const *words, bool is_quiet);

#endif
