#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The length of the sequence that starts at text, 0 if it is malformed (RFC 3629, section 4). */
static size_t
sequence_length(const unsigned char *text, size_t size)
{
    unsigned char first = text[0], low = 0x80, high = 0xbf;
    size_t length;

    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length > size)
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (text[i] < 0x80 || text[i] > 0xbf)
            return 0;
    return length;
}

/* How many bytes at the beginning are ASCII, in eights: mostly all of them are. */
static size_t
ascii_eights(const unsigned char *text, size_t size)
{
    uint64_t eight;
    size_t used = 0;

    for (; size - used >= sizeof(eight); used += sizeof(eight)) {
        memcpy(&eight, text + used, sizeof(eight));
        if ((eight & 0x8080808080808080) != 0)
            break;
    }
    return used;
}

bool
text_is_utf8(const char *text, size_t size)
{
    const unsigned char *next = (const unsigned char *)text;
    size_t ascii = ascii_eights(next, size);

    next += ascii;
    size -= ascii;
    while (size > 0) {
        size_t length = sequence_length(next, size);

        if (length == 0)
            return false;
        next += length;
        size -= length;
    }
    return true;
}

size_t
text_length(const char *text)
{
    size_t length = 0;

    for (; *text != '\0'; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            length++;
    return length;
}

size_t
text_control_size(const char *text)
{
    unsigned char first = (unsigned char)text[0], second;

    if (first < ' ' || first == 0x7f)
        return 1;
    second = first == 0xc2 ? (unsigned char)text[1] : 0;
    return second >= 0x80 && second <= 0x9f ? 2 : 0;
}

bool
text_is_currency_shaped(const char *text)
{
    for (int i = 0; i < 3; i++)
        if (text[i] < 'A' || text[i] > 'Z')
            return false;
    return text[3] == '\0';
}

int
text_parse_int(const char *text, int64_t min, int64_t max, int64_t *number)
{
    char *end;
    long long value;

    if (*text != '-' && (*text < '0' || *text > '9'))
        return -1;      /* strtoll would take blanks and a plus sign */
    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min || value > max)
        return -1;
    *number = value;
    return 0;
}
