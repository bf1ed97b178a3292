/* A trace as a page: one HTML file that shows it, from disk and without a network. */
#ifndef HOST_TRACE_VIEW_H
#define HOST_TRACE_VIEW_H

#include <stdbool.h>

/* The page without data that `make view` builds. The caller frees; NULL with a line said when it is not there. */
char *view_template(void);

/*
 * Writes the page of the trace at `path` to `output`, which is whole or not there. False with a line said: it cannot be
 * written, or the trace was cut or damaged (the page then shows what is whole, and says so).
 */
bool view_write(const char *path, const char *template, const char *output);

#endif
