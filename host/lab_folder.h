/*
 * The labs of the installation: folders labs/NN-NAME with a program (lab.c), perhaps one that goes wrong (wrong.c),
 * programs that it starts (bin/NAME.c), the texts (lab.en.md, lab.ko.md), the check (lab_check.h) and what to look at
 * (look: options of `namu trace`).
 */
#ifndef HOST_LAB_FOLDER_H
#define HOST_LAB_FOLDER_H

#include <stdbool.h>

#include "strlist.h"

struct lab {
	char *path; /* of the folder */
	char *name; /* without its number */
};

/* The folders' names in their order; false with a line said when there are none. */
bool labs_list(struct strlist *names);

/* The lab of a name, of a number or of both ("7", "zombie", "07-zombie"); false with a line said when there is none. */
bool lab_find(struct lab *lab, const char *name);
void lab_free(struct lab *lab);

/* The path of a file of the lab; the caller frees. */
char *lab_file(const struct lab *lab, const char *name);

/* The whole of a text file, without the newlines at its end; NULL with a line said when it cannot be read. */
char *lab_text(const struct lab *lab, const char *name);

#endif
