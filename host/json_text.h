/* Text as JSON. */
#ifndef HOST_JSON_TEXT_H
#define HOST_JSON_TEXT_H

/* A JSON string with its quotes; what is no UTF-8 becomes U+FFFD. The caller frees. */
char *json_string(const char *text);

#endif
