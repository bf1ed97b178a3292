/* Command lines as a shell reads them. */
#ifndef NAMU_HOST_QUOTE_H
#define NAMU_HOST_QUOTE_H

/* To standard output, in one line, so that a shell would read back the same words. */
void quote_print(char *const *arguments);

#endif
