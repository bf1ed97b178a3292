/* Text as JSON. */
#ifndef HOST_JSON_TEXT_H
#define HOST_JSON_TEXT_H

#include <stddef.h>

/* How many bytes the UTF-8 character at `at`, a text that ends with a zero, has; 0 when it is none. */
size_t utf8_bytes(const unsigned char *at);
/* A JSON string with its quotes; what is no UTF-8 becomes U+FFFD. The caller frees. */
char *json_string(const char *text);

#endif
