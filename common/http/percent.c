#include "percent.h"

#include "../base/memory.h"
#include "../base/text.h"

#include <stdio.h>
#include <string.h>

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

char *
percent_decode(struct arena *arena, const char *text, size_t size, bool is_query)
{
    char *decoded = arena_alloc(arena, size + 1);
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        char c = text[i];

        if (c == '%') {
            int high = i + 2 < size ? hex_value(text[i + 1]) : -1;
            int low = i + 2 < size ? hex_value(text[i + 2]) : -1;

            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && is_query) {
            c = ' ';
        }
        decoded[used++] = c;
    }
    decoded[used] = '\0';
    return text_is_utf8(decoded, used) ? decoded : NULL;
}

static bool
is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;
}

char *
percent_encode(struct arena *arena, const char *text)
{
    char *encoded = arena_alloc(arena, 3 * strlen(text) + 1), *next = encoded;

    for (; *text != '\0'; text++)
        if (is_unreserved(*text))
            *next++ = *text;
        else
            next += sprintf(next, "%%%02X", (unsigned char)*text);
    *next = '\0';
    return encoded;
}
