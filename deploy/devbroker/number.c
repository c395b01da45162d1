/* number.c: see number.h. */
#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

int
number_parse(const char *text, int low, int high, int *number)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    char *end;
    long value;

    if (!isdigit((unsigned char)digits[0]))     /* strtol would skip blanks and take a plus. */
        return -1;
    errno = 0;
    value = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < low || value > high)
        return -1;
    *number = (int)value;
    return 0;
}
