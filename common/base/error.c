#include "error.h"

#include "memory.h"

#include <stdarg.h>
#include <stdio.h>

int
error_set(char **error, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    *error = memory_copy_text(text);
    return -1;
}
