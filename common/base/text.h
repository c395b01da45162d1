/* Checks of text that comes from outside. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF); NUL bytes are allowed. */
bool text_is_utf8(const char *text, size_t size);
/* Characters (code points) of well-formed UTF-8. */
size_t text_length(const char *text);
/* How many bytes the control character has that the text begins with: one, or two of U+0080 to U+009F, which terminals obey as
 * well. 0 if it begins with none. NUL counts as one. */
size_t text_control_size(const char *text);
/* Three letters A to Z: an ISO 4217 code by shape. */
bool text_is_currency_shaped(const char *text);
/* A whole decimal number within [min, max]; -1 if it is not. */
int text_parse_int(const char *text, int64_t min, int64_t max, int64_t *number);

#endif
